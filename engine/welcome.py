"""What a newcomer needs after `make run`: where things listen, two accounts, a phone, the loop."""

from itertools import islice
from pathlib import Path

from engine.secrets import Secrets
from renderers.devices import provisioning_url
from schema.models import Node, System


def welcome(system: System, node: str, secrets: Secrets, directory: Path) -> str:
    """Text for the terminal. Holds passwords: printed only where `--welcome` asks for it."""
    here = system.nodes[node]
    return "\n".join(
        [
            "",
            f"Dialtree runs {directory} as {node}.",
            "",
            f"  SIP       {here.address}  {_ports(here)}  (domain {system.system.domain})",
            f"  profiles  http://{here.address}:{here.http.port}",
            "",
            *_accounts(system, secrets, f"{here.address}:{next(iter(here.sip.ports.values()))}"),
            *_phone(system, secrets),
            "Change something: the PBX follows every commit.",
            f"  edit {directory / 'pbx.yaml'}, then",
            f"  git -C {directory} commit -am 'Rename Alice'    (or: pbx apply {directory})",
            f"  pbx status {directory}",
            "",
            "What happens from now on (Ctrl-C stops):",
            "",
        ]
    )


def _ports(node: Node) -> str:
    return "  ".join(f"{transport} {port}" for transport, port in node.sip.ports.items())


def _accounts(system: System, secrets: Secrets, proxy: str) -> list[str]:
    people = list(islice(((n, u) for n, u in system.users.items() if u.enabled), 2))
    lines = [f"For a softphone (proxy {proxy}):"]
    if len(people) == 2:
        number = people[1][1].extension or people[1][0]
        lines = [f"For two softphones (proxy {proxy}); dial {number} from {people[0][0]}:"]
    for name, user in people:
        password = secrets.sip_password(name, "", user.credential_epoch)
        lines.append(f"  {name}@{system.system.domain}   password {password}")
    return [*lines, ""]


def _phone(system: System, secrets: Secrets) -> list[str]:
    for mac, phone in islice(system.phones.items(), 1):
        url = provisioning_url(system, mac, secrets)
        return [f"The profile of the {phone.model} of {phone.lines[0]}:", f"  curl {url}", ""]
    return []
