"""Generates trees of any size, such as a company of 10,000 people would keep.

`generate(path, users, phones, files)` is deterministic: the same arguments write the same bytes.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

_MAIN = """\
version: 1
system: {domain: example.test, region: US, timezone: America/New_York}
nodes:
  pbx1: {address: 127.0.0.1, sip: {udp: 5060, tcp: 5060}, http: {port: 8090}}
sites:
  hq: {emergency_location: "1 Main St, Floor 2"}
  west: {emergency_location: "2 Ocean Ave", timezone: America/Los_Angeles}
groups:
  everyone: {permissions: [local]}
  sales: {permissions: [long_distance], settings: {language: en}}
  abroad: {permissions: [international, premium]}
gateways:
  pstn: {address: "192.0.2.10:5060", site: hq}
  backup: {address: "192.0.2.11:5060", site: west}
schedules:
  office_hours: {weekly: ["mon-fri 09:00-17:30"], except: ["2026-12-25"]}
dialplan:
  - {rule: emergency, type: emergency, match: ["911", "9911"], dial: "911", via: [pstn, backup]}
  - {rule: local, type: local, match: "9NXXXXXX", strip: 1, prepend: "+1212", via: [pstn]}
  - {rule: premium, type: premium, match: "91900XXXXXXX", strip: 1, prepend: "+", via: [pstn]}
  - rule: caribbean
    type: international
    match: ["9124[26].", "9126[48].", "91284.", "91345.", "91441.", "91473.", "91649.", "91658.",
            "91664.", "91721.", "91758.", "91767.", "91784.", "918[024]9.", "9186[89].", "91876."]
    strip: 1
    prepend: "+"
    via: [pstn, backup]
  - rule: long-distance
    type: long_distance
    match: "91NXXNXXXXXX"
    strip: 1
    prepend: "+"
    via: [pstn, backup]
    when: office_hours
"""
_MODELS = ("yealink-t46g", "poly-vvx400")
MIXED = (
    "yealink-t46g", "poly-vvx400", "snom-d785", "grandstream-grp2614", "ciscospa-spa504g",
    "ciscompp-8841", "mitel-6869i", "fanvil-x6u", "htek-uc903", "audiocodes-440hd",
)  # fmt: skip
"""A model of each kind of desk phone."""


def generate(
    path: Path, users: int = 10_000, phones: int = 10_000, files: int = 200,
    models: Sequence[str] = _MODELS,
) -> None:  # fmt: skip
    """Write a valid tree: half of the files hold users, half phones, in equal parts."""
    each = max(1, files // 2)
    _write(path / "pbx.yaml", _MAIN)
    for number, entries in enumerate(_shared_out(users, each)):
        text = "users:\n" + "".join(_user(index, users) for index in entries)
        _write(path / "users" / f"team{number:04}.yaml", text)
    for number, entries in enumerate(_shared_out(phones, each)):
        text = "phones:\n" + "".join(_phone(index, users, models) for index in entries)
        _write(path / "phones" / f"floor{number:04}.yaml", text)


def mac(index: int) -> str:
    """The MAC address of a phone."""
    return f"001565{index:06x}"


def _shared_out(entries: int, files: int) -> Iterator[range]:
    size = -(-entries // files)
    return (range(start, min(start + size, entries)) for start in range(0, entries, size or 1))


def _user(index: int, users: int) -> str:
    groups = "[everyone, sales]" if index % 3 == 0 else "[everyone]"
    text = f"""\
  user{index:05}:
    name: Person Number {index}
    extension: "{20_000 + index}"
    did: "+1212{5_000_000 + index}"
    groups: {groups}
    site: {"west" if index % 4 == 0 else "hq"}
"""
    if index % 10 == 0:
        other = 20_000 + (index + 1) % users
        text += f'    forward: [{{to: "{other}", after: 20s, when: office_hours}}]\n'
    return text


def _phone(index: int, users: int, models: Sequence[str]) -> str:
    owner, other = index % users, (index + 1) % users
    return f"""\
  "{mac(index)}":
    model: {models[index % len(models)]}
    lines: [user{owner:05}]
    keys:
      - {{blf: user{other:05}}}
      - {{speed_dial: "9911", label: Help}}
"""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
