"""Device folders: what is built in, what a user's tree may add, and what is wrong with a folder."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import renderers.devices
from renderers.devices import (
    Families,
    FamilyError,
    RenderError,
    announced,
    known_models,
    load_families,
    recognise,
    render_all,
)
from schema.models import System

BUILT_IN = Path(renderers.devices.__file__).parent
MAC = "0015651234ab"


def folder(name: str) -> dict[str, bytes]:
    """A built-in folder as a user's tree would hold it, under the name "mine"."""
    files = {}
    for path in (BUILT_IN / name).rglob("*"):
        if path.is_file() and "cases" not in path.parts:
            content = path.read_bytes().replace(f"family: {name}".encode(), b"family: mine")
            content = re.sub(f"(  |\\[){name}-".encode(), rb"\1mine-", content)
            content = content.replace(b'"y0000000000{model}.cfg"', b'"m0000000000{model}.cfg"')
            files[f"mine/{path.relative_to(BUILT_IN / name).as_posix()}"] = content
    return files


def test_every_model_has_lines_and_a_name_of_its_own(families: Families) -> None:
    assert {"yealink-t46g", "yealink-t21p", "poly-vvx400"} <= known_models(families)
    agents = [
        (family.name, agent)
        for family, model in families.models.values()
        for agent in model.user_agent or ()
    ]
    assert len(set(agents)) == len(agents)


def test_a_folder_of_the_users_tree_adds_a_family(
    make_system: Callable[..., System],
) -> None:
    families = load_families(folder("yealink"))
    assert {"mine-t46g", "yealink-t46g"} <= known_models(families)
    system = make_system(phones={MAC: {"model": "mine-t46g", "lines": ["alice"]}})
    assert (
        b"account.1.user_name = alice\n" in render_all(system, families)[f"devices/{MAC}/{MAC}.cfg"]
    )


def test_a_folder_with_the_name_of_a_built_in_one_replaces_it() -> None:
    files = {
        path.replace("mine/", "yealink/"): content.replace(b"mine", b"yealink").replace(
            b"lines: 2, keys: 2, user_agent: T21P,", b"lines: 9, keys: 2, user_agent: T21P,"
        )
        for path, content in folder("yealink").items()
    }
    assert load_families(files).models["yealink-t21p"][1].lines == 9


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "says"),
    [
        ("model.yaml", b"lines: 2, keys: 2, user_agent: T20P", b"lines: two, keys: 2", True,
         "models.mine-t20p.lines"),
        ("model.yaml", b"vendor: Yealink", b"vendro: Yealink", True, "vendro"),
        ("model.yaml", b"vendor: Yealink", b"vendor: [", True, "bracket"),
        ("model.yaml", b'primary: "{mac}.cfg"', b'primary: "{mac}.xml"', False, "primary"),
        ("model.yaml", b"family: mine", b"family: other", False, '"other"'),
        ("model.yaml", b"template: profile.j2", b"template: nothing.j2", False, "nothing.j2"),
        ("model.yaml", b"(?P<model>", b"(?P<modell>", False, "(?P<model>"),
        ("model.yaml", b"(?P<model>", b"(((", False, "regular expression"),
        ("model.yaml", b'request: "{mac}.cfg"', b'request: "../{mac}.cfg"', True, "request"),
        ("settings.yaml", b"ntp_server:", b"nap_server:", True, "nap_server"),
        ("settings.yaml", b"local_time.ntp_server1", b"local_time.ntp_sever1", True,
         "local_time.ntp_sever1"),
        ("templates/profile.j2", b"{% endfor %}", b"{% endfro %}", True, "endfro"),
        ("vocabulary.txt", b"lang.gui", b"\xff\xfe", False, "UTF-8"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_folder_is_named_with_its_file(
    file: str, old: bytes, new: bytes, line: bool, says: str
) -> None:
    files = folder("yealink")
    assert old in files[f"mine/{file}"]
    files[f"mine/{file}"] = files[f"mine/{file}"].replace(old, new, 1)
    with pytest.raises(FamilyError) as caught:
        load_families(files)
    assert caught.value.path.startswith(("mine/" + file, "mine/templates"))
    assert says in caught.value.reason
    assert (caught.value.line is not None) == line


def test_the_line_of_a_mistake_is_the_line_in_the_file() -> None:
    files = folder("yealink")
    text = files["mine/model.yaml"].decode()
    wanted = next(n for n, line in enumerate(text.splitlines(), 1) if "mine-t20p" in line)
    files["mine/model.yaml"] = text.replace("SIP-T20P, lines: 2", "SIP-T20P, lines: 0").encode()
    with pytest.raises(FamilyError) as caught:
        load_families(files)
    assert caught.value.line == wanted


def test_a_missing_file_is_named() -> None:
    files = folder("poly")
    del files["mine/settings.yaml"]
    with pytest.raises(FamilyError, match=r"mine/settings\.yaml: the file is missing"):
        load_families(files)


def test_a_model_belongs_to_one_family() -> None:
    files = folder("yealink")
    files["mine/model.yaml"] = files["mine/model.yaml"].replace(b"  mine-t46g", b"  yealink-t46g")
    with pytest.raises(FamilyError, match="yealink-t46g is also in mine"):
        load_families(files)


@pytest.mark.parametrize(
    ("printed", "says"),
    [
        (b"{{ device.nonsense }}", "nonsense"),
        (b"{{ nobody.gave.this }}", "nobody"),
        (b"{{ device.__class__.__mro__ }}", "__class__"),
        (b"{{ secrets._secrets }}", "_secrets"),
        (b"{{ secrets.sip_password.__globals__ }}", "__globals__"),
        (b"{{ 1 / 0 }}", "division"),
    ],
)
def test_a_template_reaches_data_only_and_never_prints_what_is_undefined(
    make_system: Callable[..., System], printed: bytes, says: str
) -> None:
    files = folder("yealink")
    files["mine/templates/profile.j2"] += printed
    families = load_families(files)
    system = make_system(phones={MAC: {"model": "mine-t46g", "lines": ["alice"]}})
    with pytest.raises(RenderError, match=says):
        render_all(system, families)


@pytest.mark.parametrize(
    ("user_agent", "model", "mac"),
    [
        ("Yealink SIP-T46G 28.83.0.120 00:15:65:4a:a9:37", "yealink-t46g", "0015654aa937"),
        ("Yealink SIP-T19P_E2 53.80.0.3 00:15:65:4c:4c:26", "yealink-t19p-e2", "0015654c4c26"),
        ("Yealink-T46G 28.71.0.81 28.1.0.128.0.0.0", "yealink-t46g", None),
        ("Yealink SIP-T58A 58.86.0.20 805ec0d57d72", "yealink-t58a", "805ec0d57d72"),
        ("Yealink W60B 77.81.0.35 80:5e:c0:09:ab:dc", "yealink-w60b", "805ec009abdc"),
        ("Yealink SIP-T999 1.2.3.4 80:5e:c0:09:ab:dc", None, "805ec009abdc"),
        ("FileTransport PolycomVVX-VVX_400-UA/4.1.4.7430 Type/Application", "poly-vvx400", None),
        ("FileTransport PolycomSoundPointIP-SPIP_335-UA/4.2.1.0275", "poly-spip335", None),
        ("FileTransport PolycomSoundStationIP-SSIP_6000-UA/5.0.3.1667 Type/Updater",
         "poly-ssip6000", None),
    ],
)  # fmt: skip
def test_a_phone_is_recognised_by_its_user_agent(
    families: Families, user_agent: str, model: str | None, mac: str | None
) -> None:
    sighting = recognise(families, user_agent)
    assert sighting is not None
    assert (sighting.model, sighting.mac) == (model, mac)


@pytest.mark.parametrize("user_agent", ["", "curl/8.0", "Mozilla/5.0 Yealink", "a" * 8000])
def test_a_stranger_is_not_recognised(families: Families, user_agent: str) -> None:
    assert recognise(families, user_agent) is None


def test_rendering_does_not_depend_on_the_hash_seed() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from schema.models import *\nfrom renderers.devices import *\n"
        "import hashlib\n"
        "phones = {f'{n:012x}': Phone(model=m, lines=('a',)) for n, m in "
        "enumerate(sorted(known_models(load_families())))}\n"
        "system = System(SystemSettings(domain='x.test'), {'n': Node(address='192.0.2.1')}, {}, {},"
        " {'a': User(name='A')}, phones, {}, {}, ())\n"
        "print(hashlib.sha256(repr(list(render_all(system, load_families()).items())).encode())"
        ".hexdigest())"
    )
    root = str(BUILT_IN.parent.parent)
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, root],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("vendor", "model", "expected"),
    [
        ("yealink", "SIP-T46G", "yealink-t46g"),
        ("Yealink", "T46G", "yealink-t46g"),
        ("YEALINK", "sip-t21p_e2", "yealink-t21p-e2"),
        ("yealink", "T999", None),
    ],
)
def test_a_phone_is_known_by_what_pnp_says(
    families: Families, vendor: str, model: str, expected: str | None
) -> None:
    found = announced(families, vendor, model)
    assert found is not None
    assert (found.family, found.model, found.mac) == ("yealink", expected, None)


def test_a_vendor_that_no_family_names_is_a_stranger(families: Families) -> None:
    assert announced(families, "ACME", "T46G") is None
    assert announced(families, "", "") is None


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("{code: 43}", "sub belongs"),
        ("{code: 66, sub: 2}", "sub belongs"),
        ("{code: 125, sub: 1}", "enterprise belongs"),
        ("{code: 43, sub: 1, enterprise: 9}", "enterprise belongs"),
        ("{code: 150, value: url}", "holds addresses"),
        ("{code: 67}", "dhcp.options.0.code"),
    ],
)
def test_a_dhcp_option_that_cannot_be_written_is_refused_with_its_line(
    option: str, says: str
) -> None:
    files = folder("yealink")
    model = files["mine/model.yaml"]
    files["mine/model.yaml"] = model.replace(b"{code: 66}", option.encode())
    with pytest.raises(FamilyError, match=says) as error:
        load_families(files)
    line = model.partition(b"{code: 66}")[0].count(b"\n") + 1
    assert error.value.line == line
