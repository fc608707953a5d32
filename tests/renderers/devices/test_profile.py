"""What a profile says, beyond the golden cases: secrets, places, keys, clearing."""

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from renderers.devices import (
    DeviceCompiler,
    DeviceFile,
    Families,
    Placeholders,
    device_files,
    provisioning_url,
    render,
    render_all,
)
from schema.models import System

MAC = "0015651234ab"
Make = Callable[..., System]


class KeyedSecrets:
    """Secrets that can be told apart."""

    def sip_password(self, user: str, device: str, epoch: int, /) -> str:
        return f"sip-{user}-{device}-{epoch}"

    def admin_password(self, device: str, epoch: int, /) -> str:
        return f"admin-{device}-{epoch}"

    def provisioning_token(self, device: str, epoch: int, /) -> str:
        return f"token-{device}-{epoch}"


def values(system: System, families: Families) -> dict[str, str]:
    """The parameters of the only phone, a Yealink, as the phone reads them."""
    content = render_all(system, families, KeyedSecrets())[f"devices/{MAC}/{MAC}.cfg"]
    lines = [line for line in content.decode().splitlines() if " = " in line]
    return {key: value for key, _, value in (line.partition(" = ") for line in lines)}


def yealink(make: Make, **more: object) -> System:
    phone = {"model": "yealink-t46s", "lines": ["alice"], **more}
    return make(phones={MAC: phone})


def test_each_line_has_the_password_of_its_user_on_this_device(
    make_system: Make, families: Families
) -> None:
    found = values(yealink(make_system, lines=["alice", "bob"]), families)
    assert found["account.1.password"] == f"sip-alice-{MAC}-1"
    assert found["account.2.password"] == f"sip-bob-{MAC}-1"
    assert found["account.2.user_name"] == found["account.2.auth_name"] == "bob"


def test_passwords_follow_the_epochs_of_user_and_phone(
    make_system: Make, families: Families
) -> None:
    users = {"alice": {"name": "Alice", "credential_epoch": 3}}
    phone = {"model": "yealink-t21p", "lines": ["alice"], "credential_epoch": 5}
    found = values(make_system(users=users, phones={MAC: phone}), families)
    assert found["account.1.password"] == f"sip-alice-{MAC}-3"
    assert found["static.security.user_password"] == f"admin:admin-{MAC}-5"
    assert found["static.auto_provision.server.url"] == (f"http://192.0.2.5:8090/d/token-{MAC}-5/")


def test_the_url_in_the_profile_is_the_one_that_a_phone_is_given(
    make_system: Make, families: Families
) -> None:
    system = yealink(make_system)
    found = values(system, families)
    assert (
        provisioning_url(system, MAC, KeyedSecrets()) == (found["static.auto_provision.server.url"])
    )


def test_nothing_but_rendering_sees_a_secret(make_system: Make, families: Families) -> None:
    for file in device_files(yealink(make_system), families).values():
        assert "sip-" not in repr(file.context)
        assert "password" not in repr(file.context)


def test_without_a_master_key_secrets_are_visible_placeholders(
    make_system: Make, families: Families
) -> None:
    system = yealink(make_system)
    content = render_all(system, families)[f"devices/{MAC}/{MAC}.cfg"]
    assert (
        f"account.1.password = {Placeholders().sip_password('alice', MAC, 1)}" in content.decode()
    )


def test_secret_files_are_marked_and_no_other_file_holds_a_secret(
    make_system: Make, families: Families
) -> None:
    keys = [{"blf": "bob"}, {"speed_dial": "9911"}]
    phone = {"model": "poly-vvx400", "lines": ["alice"], "keys": keys}
    for file in device_files(make_system(phones={MAC: phone}), families).values():
        content = render(file, KeyedSecrets()).decode()
        holds = any(secret in content for secret in ("sip-alice", f"admin-{MAC}", "token-"))
        assert holds == file.secret, file.path


def test_requests_go_to_the_node_unless_it_is_the_domain(
    make_system: Make, families: Families
) -> None:
    found = values(yealink(make_system), families)
    assert found["account.1.sip_server.1.address"] == "example.test"
    assert found["account.1.outbound_proxy_enable"] == "1"
    assert found["account.1.outbound_proxy.1.address"] == "192.0.2.5"
    system = make_system(
        system={"domain": "192.0.2.5"}, phones={MAC: {"model": "yealink-t46s", "lines": ["alice"]}}
    )
    found = values(system, families)
    assert found["account.1.outbound_proxy_enable"] == "0"
    assert found["account.1.outbound_proxy.1.address"] == "%NULL%"


def test_a_phone_registers_with_the_router_at_its_site(
    make_system: Make, families: Families
) -> None:
    system = make_system(
        nodes={
            "hq": {"address": "192.0.2.5", "roles": ["router"]},
            "branch": {"address": "2001:db8::5", "site": "branch", "sip": {"udp": 5070}},
        },
        sites={"branch": {}},
        users={"alice": {"name": "Alice", "site": "branch"}, "bob": {"name": "Bob"}},
        phones={MAC: {"model": "yealink-t46s", "lines": ["alice"]}},
    )
    found = values(system, families)
    assert found["account.1.outbound_proxy.1.address"] == "2001:db8::5"
    assert found["account.1.sip_server.1.port"] == "5070"
    assert found["static.auto_provision.server.url"].startswith("http://[2001:db8::5]:8090/d/")


def test_lines_that_no_key_names_come_first(make_system: Make, families: Families) -> None:
    keys = [{"blf": "bob"}, {"line": 2, "label": "Second"}, {"speed_dial": "9911"}]
    found = values(yealink(make_system, lines=["alice", "bob"], keys=keys), families)
    layout = [(found[f"linekey.{n}.type"], found[f"linekey.{n}.value"]) for n in range(1, 6)]
    assert layout == [
        ("15", "%NULL%"), ("16", "bob"), ("15", "%NULL%"), ("13", "9911"), ("0", "%NULL%"),
    ]  # fmt: skip
    assert found["linekey.2.label"] == "Bob Brown"
    assert (found["linekey.3.line"], found["linekey.3.label"]) == ("2", "Second")


def test_what_was_removed_is_cleared_up_to_what_the_model_has(
    make_system: Make, families: Families
) -> None:
    found = values(yealink(make_system), families)
    for line in range(2, 17):
        assert found[f"account.{line}.enable"] == "0"
        assert found[f"account.{line}.password"] == "%NULL%"
    for key in range(2, 28):
        assert found[f"linekey.{key}.type"] == "0"
    assert found["lang.gui"] == found["local_time.ntp_server1"] == "%NULL%"


def test_settings_of_the_phone_override_those_of_its_user(
    make_system: Make, families: Families
) -> None:
    inherited = {"language": "de", "ntp_server": "time.example.test", "voicemail_number": "*97"}
    system = make_system(
        system={"domain": "example.test", "settings": inherited},
        phones={
            MAC: {"model": "yealink-t46s", "lines": ["alice"], "settings": {"language": "fr",
                "transport": "tcp", "register_expires": "10m", "timezone": "Asia/Tokyo"}},
        },
    )  # fmt: skip
    found = values(system, families)
    assert found["lang.gui"] == "French"
    assert found["local_time.ntp_server1"] == "time.example.test"
    assert (found["voice_mail.number.1"], found["account.1.subscribe_mwi"]) == ("*97", "1")
    assert found["account.1.sip_server.1.transport_type"] == "1"
    assert found["account.1.sip_server.1.expires"] == "600"
    assert (found["local_time.time_zone"], found["local_time.summer_time"]) == ("+9", "0")


def test_phones_poll_at_the_interval_but_not_all_together(
    make_system: Make, families: Families
) -> None:
    settings = {"provisioning_interval": "1h"}
    phones = {
        f"{number:012x}": {"model": "yealink-t21p", "lines": ["alice"], "settings": settings}
        for number in range(200)
    }
    polling = {
        file.context.polling
        for file in device_files(make_system(phones=phones), families).values()
        if file.phone
    }
    assert min(polling) >= 3240
    assert max(polling) <= 3960
    assert len(polling) > 100


def test_speed_dials_of_a_poly_are_found_in_its_directory(
    make_system: Make, families: Families
) -> None:
    keys = [{"speed_dial": "9911", "label": "Help"}, {"blf": "bob"}, {"speed_dial": "+49301234"}]
    system = make_system(phones={MAC: {"model": "poly-vvx400", "lines": ["alice"], "keys": keys}})
    files = render_all(system, families)
    user = ElementTree.fromstring(files[f"devices/{MAC}/{MAC}-user.cfg"])
    written = {name: value for one in user.iter() for name, value in one.attrib.items()}
    directory = ElementTree.fromstring(files[f"devices/{MAC}/{MAC}-directory.xml"])
    items = {item.findtext("sd"): item.findtext("ct") for item in directory.iter("item")}
    assert written["lineKey.2.category"] == written["lineKey.4.category"] == "SpeedDial"
    assert items[written["lineKey.2.index"]] == "9911"
    assert items[written["lineKey.4.index"]] == "+49301234"
    assert written["attendant.resourceList.1.address"] == "bob@example.test"


def test_the_master_file_of_a_poly_names_a_file_that_is_served(
    make_system: Make, families: Families
) -> None:
    system = make_system(phones={MAC: {"model": "poly-vvx400", "lines": ["alice"]}})
    device = DeviceCompiler(families).devices(system)[MAC]
    (primary,) = [file for file in device.values() if file.primary]
    master = ElementTree.fromstring(render(primary, Placeholders()))
    named = master.attrib["CONFIG_FILES"].split(",")
    assert set(named) <= set(device)


def test_the_same_tree_renders_to_the_same_bytes(make_system: Make, families: Families) -> None:
    first, second = yealink(make_system), yealink(make_system)
    assert render_all(first, families) == render_all(second, families)
    prints = [
        [file.fingerprint for file in device_files(system, families).values()]
        for system in (first, second)
    ]
    assert prints[0] == prints[1]


@pytest.mark.parametrize("change", [{"label": "Other"}, {"speed_dial": "112", "blf": None}])
def test_another_meaning_has_another_fingerprint(
    make_system: Make, families: Families, change: dict[str, str]
) -> None:
    def only(key: dict[str, str]) -> DeviceFile:
        return device_files(yealink(make_system, keys=[key]), families)[f"devices/{MAC}/{MAC}.cfg"]

    before, after = only({"blf": "bob"}), only({"blf": "bob", **change})
    assert before.fingerprint != after.fingerprint
    assert before != after
