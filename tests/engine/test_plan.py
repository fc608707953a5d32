from collections.abc import Callable

import pytest

from engine.checking import ValidTree
from engine.desired import Desired
from engine.plan import Plan, diff
from engine.plan_views import as_json, as_markdown, as_text, summary
from schema.dialplan.serial import to_json

Edit = Callable[[str, str], None]
Compile = Callable[[], Desired]
Load = Callable[[], ValidTree]


@pytest.fixture
def change(compile_: Compile, load: Load, edit: Edit) -> Callable[..., Plan]:
    """The plan of one or more edits."""

    def planned(*edits: tuple[str, str]) -> Plan:
        before, origins = compile_(), load().origins
        for old, new in edits:
            edit(old, new)
        after = compile_()
        return diff(before, after, old_origins=origins, new_origins=load().origins)

    return planned


def test_nothing_changes_when_only_comments_do(change: Callable[..., Plan]) -> None:
    plan = change(("version: 1", "version: 1  # one"))
    assert plan == Plan(())
    assert summary(plan) == "nothing changes"


def test_the_first_plan_creates_everything(compile_: Compile) -> None:
    plan = diff(None, compile_())
    assert {change.action for change in plan.changes} == {"create"}
    assert plan.count()["account", "create"] == 2
    assert not plan.unsafe


def test_a_new_name_changes_the_account_and_the_profiles_that_show_it(
    change: Callable[..., Plan],
) -> None:
    plan = change(("Bob Brown", "Bob Braun"))
    assert {(c.kind, c.id.split("/")[-1]) for c in plan.changes} >= {("account", "bob")}
    # Bob's own phone shows it, and so does the key on Alice's that watches him.
    assert set(plan.phones()) == {"0015651234ab", "64167f5678cd"}
    account = next(c for c in plan.changes if c.kind == "account")
    assert [(f.path, f.old, f.new) for f in account.fields] == [("name", "Bob Brown", "Bob Braun")]
    assert account.origin is not None
    assert (account.origin.file, account.origin.line) == ("pbx.yaml", 11)


def test_a_profile_says_which_entry_it_changed_for(change: Callable[..., Plan]) -> None:
    plan = change(("Bob Brown", "Bob Braun"))
    profile = next(c for c in plan.changes if c.id.startswith("devices/0015651234ab"))
    assert profile.reason == "users/bob changed"
    assert profile.origin is not None
    assert profile.origin.line == 11


def test_a_permission_changes_no_profile(change: Callable[..., Plan]) -> None:
    plan = change(("permissions: [local]", "permissions: [local, mobile]"))
    assert {c.kind for c in plan.changes} == {"account"}
    assert plan.phones() == ()


def test_the_order_of_rules_is_a_change(change: Callable[..., Plan]) -> None:
    plan = change(
        ("  - {rule: emergency, type: emergency, match: [\"911\"], via: [pstn]}\n", ""),
        ("when: office_hours}\n", "when: office_hours}\n"
         "  - {rule: emergency, type: emergency, match: [\"911\"], via: [pstn]}\n"),
    )  # fmt: skip
    assert [(c.kind, c.fields[0].path) for c in plan.changes] == [("order", "rules")]


def test_the_last_emergency_route_is_not_removed_by_accident(
    change: Callable[..., Plan],
) -> None:
    plan = change(('  - {rule: emergency, type: emergency, match: ["911"], via: [pstn]}\n', ""))
    assert any("last emergency route" in text for text in plan.unsafe)


def test_mass_deletion_is_unsafe(change: Callable[..., Plan]) -> None:
    plan = change(
        ("system: {domain", "system: {safety: {min_objects: 2}, domain"),
        ("64167f5678cd", "64167f5678ce"),
    )
    assert plan.unsafe == ()  # the old limits hold: 10 objects at least
    plan = change(('  "64167f5678ce": {model: poly-vvx400, lines: [bob]}\n', ""))
    assert plan.unsafe == (
        "deletes 1 of 2 phones (50 %); the limit is 30 % (system.safety.max_delete_percent)",
    )


def test_an_absolute_limit_holds_too(change: Callable[..., Plan]) -> None:
    change(("system: {domain", "system: {safety: {max_delete: 0}, domain"))
    plan = change(('  "64167f5678cd": {model: poly-vvx400, lines: [bob]}\n', ""))
    assert plan.unsafe == ("deletes 1 phones; the limit is 0 (system.safety.max_delete)",)


def test_who_is_disabled_is_as_gone_as_who_is_deleted(change: Callable[..., Plan]) -> None:
    change(("system: {domain", "system: {safety: {min_objects: 2}, domain"))
    plan = change(("Bob Brown, ", "Bob Brown, enabled: false, "))
    assert plan.unsafe == (
        "disables 1 of 2 users (50 %); the limit is 30 % (system.safety.max_delete_percent)",
    )
    plan = change(
        ("Alice Adams, ", "Alice Adams, enabled: false, "),
        ("Bob Brown, enabled: false", "Bob Brown"),
    )
    assert "disables 1 of 2 users (50 %)" in plan.unsafe[0]


CRITICAL = (
    "system: {domain",
    "system: {safety: {critical: [gateways/pstn, users/bob, rules/local]}, domain",
)


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([("Bob Brown, ", "Bob Brown, enabled: false, ")], "disables users/bob, which is critical"),
        (
            [('"192.0.2.10:5060", ', '"192.0.2.10:5060", enabled: false, '),
             ("gateways:", 'gateways:\n  other: {address: "192.0.2.11", emergency: true}'),
             ("via: [pstn]}", "via: [pstn, other]}")],
            "disables gateways/pstn, which is critical",
        ),
        (
            [("users/bob, ", ""), ("  bob:", "  rob:"), ("blf: bob", "blf: rob"),
             ("lines: [bob]", "lines: [rob]")],
            "deletes users/bob, which is critical",
        ),
        (
            [('prepend: "+1212", via: [pstn]', "to: {user: bob}"), ("strip: 1, ", "")],
            "leaves rules/local without a gateway that is enabled",
        ),
        ([("rule: local,", "rule: local, enabled: false,")], "disables rules/local, which is"),
    ],
)  # fmt: skip
def test_what_is_critical_is_not_lost_by_accident(
    change: Callable[..., Plan], edits: list[tuple[str, str]], said: str
) -> None:
    assert change(CRITICAL).unsafe == ()
    assert any(text.startswith(said) for text in change(*edits).unsafe)


def test_what_is_critical_may_change(change: Callable[..., Plan]) -> None:
    change(CRITICAL)
    assert change(("Bob Brown", "Bob Braun"), ("192.0.2.10", "192.0.2.11")).unsafe == ()


def test_another_model_has_other_files_and_is_no_deletion(change: Callable[..., Plan]) -> None:
    change(("system: {domain", "system: {safety: {max_delete: 0}, domain"))
    plan = change(("model: poly-vvx400", "model: yealink-t46g"))
    assert plan.count()["profile", "delete"] == 3  # one of them was shared by all of its model
    assert plan.unsafe == ()


def test_a_phones_lower_epoch_is_refused_too(change: Callable[..., Plan]) -> None:
    change(("{model: poly-vvx400", "{credential_epoch: 2, model: poly-vvx400"))
    plan = change(("{credential_epoch: 2, ", "{"))
    assert plan.refused == (
        "phones/64167f5678cd lowers credential_epoch from 2 to 1: old passwords would work again",
    )


def test_a_lower_epoch_is_refused(change: Callable[..., Plan]) -> None:
    change(("bob: {name", "bob: {credential_epoch: 3, name"))
    plan = change(("credential_epoch: 3", "credential_epoch: 2"))
    assert plan.refused == (
        "users/bob lowers credential_epoch from 3 to 2: old passwords would work again",
    )


def test_a_lower_epoch_is_refused_although_the_phone_becomes_another_model(
    change: Callable[..., Plan],
) -> None:
    change(("{model: poly-vvx400", "{credential_epoch: 2, model: poly-vvx400"))
    plan = change(("{credential_epoch: 2, model: poly-vvx400", "{model: yealink-t46g"))
    assert len(plan.refused) == 1


GATEWAY = """\
gateways:
  fxo:
    address: 192.0.2.12
    device:
      model: mediapack-mp114-fxo
      mac: "00908f112233"
      credential_epoch: 4
      ports: [{number: "+12125550210"}]
"""


def test_a_gateways_lower_epoch_is_refused_and_a_higher_one_is_not(
    change: Callable[..., Plan],
) -> None:
    change(("gateways:\n", GATEWAY))
    assert not change(("credential_epoch: 4", "credential_epoch: 5")).refused
    plan = change(("credential_epoch: 5", "credential_epoch: 1"))
    assert plan.refused == (
        "gateways/fxo lowers credential_epoch from 5 to 1: old passwords would work again",
    )


def test_a_higher_epoch_changes_the_phones_of_that_user_only(change: Callable[..., Plan]) -> None:
    plan = change(("bob: {name", "bob: {credential_epoch: 2, name"))
    assert plan.phones() == ("64167f5678cd",)


def test_views_tell_the_same(change: Callable[..., Plan]) -> None:
    plan = change(("Bob Brown", "Bob | <b>Braun</b>"))
    text = as_text(plan)
    assert "~ account/bob  (pbx.yaml:11:" in text
    assert '    name: "Bob Brown" → "Bob | <b>Braun</b>"' in text
    assert text.splitlines()[-1] == summary(plan)
    shape = as_json(plan)
    account = next(c for c in shape["changes"] if c["kind"] == "account")
    assert account["fields"] == [{"path": "name", "old": "Bob Brown", "new": "Bob | <b>Braun</b>"}]
    markdown = as_markdown(plan)
    assert "Bob \\| &lt;b>Braun&lt;/b>" in markdown


def test_an_unchanged_system_compiles_to_the_very_same_resources(compile_: Compile) -> None:
    first, second = compile_(), compile_()
    assert first.resources == second.resources


def test_compiling_is_deterministic(load: Load, compile_: Compile) -> None:
    from engine.desired import Compiler
    from renderers.devices import load_families

    tree = load()
    again = Compiler(load_families()).compile(tree.system, tree.origins)
    for kind, resources in compile_().resources.items():
        assert list(again.resources[kind]) == list(resources)
    assert to_json(again.table) == to_json(compile_().table)
