"""Ready-made rules: what is dialled in a country reaches the right rule, and the right number."""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from schema.dialplan.classes import classes_of
from schema.dialplan.compile import compile_table, numbering
from schema.dialplan.decision import Caller, Decision
from schema.dialplan.factory import factory_rules
from schema.dialplan.index import PatternIndex
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.route import route
from schema.models import Rule, Site, System, SystemSettings
from schema.validate import Validation

Check = Callable[..., Validation]
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
EVERYTHING = "[local, long_distance, mobile, international, toll_free, premium]"


def tree(
    region: str, factory: str, area: str = "", rest: str = "", granted: str = EVERYTHING
) -> str:
    site = ', emergency_callback: "+12125550100"' + (f', area_code: "{area}"' if area else "")
    return f"""\
version: 1
system: {{domain: example.test, region: {region}, factory: {{via: [pstn], {factory}}}}}
nodes: {{pbx1: {{address: 192.0.2.5}}}}
gateways:
  pstn: {{address: 192.0.2.10, caller_id: "+12125550200"}}
  other: {{address: 192.0.2.11}}
sites: {{hq: {{emergency_location: "1 Main St", permissions: {granted}{site}}}}}
users: {{alice: {{name: Alice, extension: "8201", site: hq}}}}
{rest}
"""


def dial(found: Validation, number: str) -> Decision:
    assert found.system is not None, found.diagnostics
    table = compile_table(found.system, found.origins)
    return route(table, Caller("user", "alice"), number, NOW)


def goes(found: Validation, number: str) -> tuple[str | None, str | None]:
    decision = dial(found, number)
    return decision.rule, decision.steps[0].number if decision.steps else None


@pytest.mark.parametrize(
    ("dialled", "rule", "number"),
    [
        ("911", "emergency", "911"),
        ("9911", "emergency-outside", "911"),
        ("95550123", "local", "+12125550123"),
        ("92125550123", "local", "+12125550123"),
        ("912125550123", "national", "+12125550123"),
        ("916175550123", "national", "+16175550123"),
        ("96175550123", "national", "+16175550123"),
        ("912425550123", "international", "+12425550123"),
        ("92425550123", "international", "+12425550123"),
        ("9011442079460000", "international", "+442079460000"),
        ("9011979123456789", "premium", "+979123456789"),
        ("919005550123", "premium", "+19005550123"),
        ("99005550123", "premium", "+19005550123"),
        ("918005550123", "toll-free", "+18005550123"),
        ("+16175550123", "national-e164", "+16175550123"),
        ("+12425550123", "international-e164", "+12425550123"),
        ("+19005550123", "premium-e164", "+19005550123"),
        ("9112", None, None),
        ("91234567890", None, None),  # no area code begins with 1
        ("9112125550123", None, None),
    ],
)
def test_the_united_states(
    check: Check, dialled: str, rule: str | None, number: str | None
) -> None:
    found = check(files={"pbx.yaml": tree("US", 'outside: "9"', "212")})
    assert found.diagnostics == ()
    assert goes(found, dialled) == (rule, number)


@pytest.mark.parametrize(
    ("dialled", "rule", "number"),
    [
        ("112", "emergency", "112"),
        ("0112", "emergency-outside", "112"),
        ("0110", "emergency-outside", "110"),
        ("0123456", "local", "+4930123456"),
        ("0030123456", "national", "+4930123456"),
        ("0015112345678", "mobile", "+4915112345678"),
        ("00015112345678", "international", "+15112345678"),
        ("000441212345678", "international", "+441212345678"),
        ("0004930123456", "national", "+4930123456"),
        ("00049900112233445", "premium", "+49900112233445"),
        ("009001234567", "premium", "+499001234567"),
        ("00900123456789", "premium", "+49900123456789"),
        ("001801234567", "shared-cost", "+491801234567"),
        ("008001234567", "toll-free", "+498001234567"),
        ("+4989123456", "national-e164", "+4989123456"),
    ],
)
def test_germany(check: Check, dialled: str, rule: str, number: str) -> None:
    granted = EVERYTHING.replace("]", ", shared_cost]")
    found = check(files={"pbx.yaml": tree("DE", 'outside: "0"', "30", granted=granted)})
    assert found.diagnostics == ()
    assert goes(found, dialled) == (rule, number)


@pytest.mark.parametrize(
    ("region", "area", "dialled", "rule", "number"),
    [
        ("GB", "20", "999", "emergency", "999"),
        ("GB", "20", "79460000", "local", "+442079460000"),
        ("GB", "20", "02079460000", "national", "+442079460000"),
        ("GB", "20", "07400123456", "mobile", "+447400123456"),
        ("GB", "20", "+447400123456", "mobile", "+447400123456"),
        ("GB", "20", "09011234567", "premium", "+449011234567"),
        ("FR", "", "0123456789", "national", "+33123456789"),
        ("FR", "", "0612345678", "mobile", "+33612345678"),
        ("FR", "", "0820123456", "shared-cost", "+33820123456"),
        ("FR", "", "15", "emergency", "15"),
        ("ES", "", "912345678", "national", "+34912345678"),
        ("ES", "91", "912345678", "national", "+34912345678"),
        ("ES", "", "612345678", "mobile", "+34612345678"),
        ("ES", "", "0033123456789", "international", "+33123456789"),
        ("IT", "", "0612345678", "national", "+390612345678"),
        ("JP", "", "09012345678", "mobile", "+819012345678"),
        ("JP", "", "01033123456789", "international", "+33123456789"),
        ("AU", "2", "1800123456", "toll-free-unprefixed", "+611800123456"),
        ("AU", "2", "131234", "shared-cost-unprefixed", "+61131234"),
        ("AU", "2", "91234567", "local", "+61291234567"),
        ("AU", "2", "0291234567", "national", "+61291234567"),
        ("AU", "2", "001133123456789", "international", "+33123456789"),
        ("CN", "10", "13123456789", "mobile-unprefixed", "+8613123456789"),
        ("CN", "10", "01012345678", "national", "+861012345678"),
        ("PE", "", "912345678", "mobile-unprefixed", "+51912345678"),
        ("LI", "", "2345678", "national-unprefixed", "+4232345678"),
        ("RU", "", "87012345678", "international", "+77012345678"),
        ("RU", "", "81033123456789", "international", "+33123456789"),
    ],
)
def test_other_countries_without_outside_digits(
    check: Check, region: str, area: str, dialled: str, rule: str, number: str
) -> None:
    granted = EVERYTHING.replace("]", ", shared_cost]")
    found = check(files={"pbx.yaml": tree(region, 'outside: ""', area, granted=granted)})
    assert goes(found, dialled) == (rule, number)


WRITTEN_OTHERWISE = {
    "AR": "mobile numbers are dialled with 15 at home, and with 9 from abroad",
    "BY": "most numbers have a 0 behind the national prefix 8",
}


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_numbers_as_a_country_writes_them_are_understood(region: str) -> None:
    """Of costly numbers and mobiles all; of the others those with a national prefix, without which
    digits may be a number of the own area."""
    system = SystemSettings.model_validate(
        {"domain": "a.test", "region": region, "factory": {"via": ["pstn"], "outside": "9"}}
    )
    rules, here = factory_rules(system, (), ()), numbering(region)
    for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.PREMIUM_RATE):
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None or region in WRITTEN_OTHERWISE:
            continue
        written = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
        digits = re.sub("[^0-9]", "", written)
        if kind == PhoneNumberType.FIXED_LINE and not digits.startswith(here.national_prefix):
            continue
        rule = first("9" + digits, rules)
        e164 = phonenumbers.format_number(example, PhoneNumberFormat.E164)
        called = rule.prepend + digits
        assert (here.e164(called) if rule.e164 else called) == e164
        assert rule.strip == 1
        if kind == PhoneNumberType.PREMIUM_RATE:
            assert rule.type == "premium"


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_what_leaves_is_of_the_class_of_the_rule_that_took_it(region: str) -> None:
    """Numbers drawn from every pattern: nothing costly is taken by a rule for something else."""
    draw = random.Random(region)
    system = SystemSettings.model_validate(
        {"domain": "a.test", "region": region, "factory": {"via": ["pstn"], "outside": "0"}}
    )
    rules, here, classes = factory_rules(system, (), ()), numbering(region, "2"), classes_of(region)
    costly = {name: numbers(classes[name], "!") for name in ("premium", "shared_cost")}
    own = {name: numbers(patterns, "!") for name, patterns in classes.items()}
    for pattern in (text for rule in rules for text in rule.patterns):
        dialled = drawn(pattern, draw)
        rule = first(dialled, rules)
        if rule.type == "emergency":
            continue
        called = rule.prepend + dialled[rule.strip :]
        left = here.e164(called) if rule.e164 else called
        name = rule.rule.removesuffix("-e164").removesuffix("-unprefixed").replace("-", "_")
        assert own[name].matching(left), (dialled, left)
        assert not any(of.matching(left) for of in costly.values()) or name in costly


def numbers(patterns: tuple[str, ...], tail: str) -> PatternIndex:
    return PatternIndex([parse_pattern(text.rstrip(".!") + tail) for text in patterns])


def drawn(text: str, draw: random.Random) -> str:
    pattern = parse_pattern(text)
    number = "".join(draw.choice(symbol) for symbol in pattern.symbols)
    return number + "".join(draw.choices("0123456789", k=6 if pattern.tail == "." else 0))


def first(number: str, rules: tuple[Rule, ...]) -> Rule:
    return next(r for r in rules if any(parse_pattern(p).matches(number) for p in r.patterns))


def test_permissions_are_those_of_the_types(check: Check) -> None:
    found = check(files={"pbx.yaml": tree("DE", 'outside: "0"', "30", granted="[local]")})
    assert found.diagnostics == ()
    assert dial(found, "0123456").status == 200
    for number in ("0030123456", "0015112345678", "009001234567", "001801234567", "000331234567"):
        assert dial(found, number).status == 403
    assert dial(found, "112").status == 200


@pytest.mark.parametrize("number", ["919005550123", "99005550123", "9011979123456789"])
def test_what_is_refused_is_not_let_through_by_another_rule(check: Check, number: str) -> None:
    found = check(files={"pbx.yaml": tree("US", 'outside: "9", refuse: [premium, local]', "212")})
    assert goes(found, number) == (None, None)
    assert goes(found, "95550123") == (None, None)
    assert goes(found, "912125550123") == ("national", "+12125550123")
    assert goes(found, "9011442079460000") == ("international", "+442079460000")


def test_a_longer_number_than_a_refused_one_is_refused_too(check: Check) -> None:
    refusing = 'outside: "0", refuse: [mobile, premium]'
    found = check(files={"pbx.yaml": tree("DE", refusing, "30")})
    for number in ("0015112345678", "00151123456789", "009001234567", "0090012345678"):
        assert goes(found, number) == (None, None)
    assert goes(found, "0030123456") == ("national", "+4930123456")


def test_emergency_may_be_left_to_the_trees_own_rule(check: Check) -> None:
    own = 'dialplan: [{rule: help, type: emergency, match: ["911"], via: [other]}]'
    found = check(files={"pbx.yaml": tree("US", "refuse: [emergency]", rest=own)})
    assert found.diagnostics == ()
    assert goes(found, "911") == ("help", "911")


def test_a_rule_of_the_tree_takes_the_place_of_its_name(check: Check) -> None:
    own = 'dialplan: [{rule: premium, type: premium, match: "91900555XXXX", via: [other]}]'
    found = check(files={"pbx.yaml": tree("US", 'outside: "9"', rest=own)})
    assert dial(found, "919005550123").steps[0].target == "other"
    assert goes(found, "919006660123") == (None, None)  # and not by the national rule
    names = [rule.rule for rule in found.system.dialplan] if found.system else []
    assert names.count("premium") == 1
    assert names[0] == "premium"


def test_rules_of_the_tree_come_first(check: Check) -> None:
    own = 'dialplan: [{rule: mine, match: "916.", strip: 1, via: [other], allow: []}]'
    found = check(files={"pbx.yaml": tree("US", 'outside: "9"', rest=own)})
    assert goes(found, "916175550123")[0] == "mine"
    assert goes(found, "912125550123")[0] == "national"


def test_number_classes_of_the_system_are_followed(check: Check) -> None:
    text = tree("US", 'outside: "9"')
    classes = 'number_classes: {premium: ["+1900NXXXXXX", "+1976NXXXXXX"]}, factory'
    found = check(files={"pbx.yaml": text.replace("factory", classes, 1)})
    assert goes(found, "919765550123") == ("premium", "+19765550123")
    assert goes(found, "919005550123") == ("premium", "+19005550123")


def test_a_ready_made_rule_stands_where_it_is_asked_for(check: Check) -> None:
    found = check(files={"pbx.yaml": tree("US", 'outside: "9"')})
    place = found.origins.at("dialplan", "national")
    assert place is not None
    assert (place.file, place.line) == ("pbx.yaml", 2)
    assert place == found.origins.at("dialplan", "emergency-outside")


@pytest.mark.parametrize(
    ("factory", "rest", "told"),
    [
        ("via: [pst]", "", [("PBX1208", "pbx.yaml:2:60", 'did you mean "pstn"?')]),
        ("via: [off]", "", [("PBX1313", "pbx.yaml:2:59", "enable one, or add another to via")]),
        ("via: [pstn], refuse: [premum]", "", [("PBX1105", "pbx.yaml:2:76", None)]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_once_and_there(
    check: Check, factory: str, rest: str, told: list[tuple[str, str, str | None]]
) -> None:
    gateways = "{pstn: {address: 192.0.2.10}, off: {address: 192.0.2.11, enabled: false}}"
    text = f"""\
version: 1
system: {{domain: example.test, region: US, factory: {{{factory}, outside: "9"}}}}
nodes: {{pbx1: {{address: 192.0.2.5}}}}
gateways: {gateways}
dialplan: [{rest}]
"""
    found = check(files={"pbx.yaml": text})
    assert [(d.code, d.place) for d in found.diagnostics] == [each[:2] for each in told]
    assert all(
        hint in (None, d.hint) for d, (_, _, hint) in zip(found.diagnostics, told, strict=True)
    )


def test_equal_settings_get_the_same_rules() -> None:
    def system() -> SystemSettings:
        return SystemSettings.model_validate({"domain": "a.test", "factory": {"via": ["pstn"]}})

    sites = [Site(area_code="212"), Site(area_code="617"), Site(region="CA", area_code="416")]
    rules = factory_rules(system(), sites, ())
    assert factory_rules(system(), reversed(sites), ()) is rules
    (local,) = (rule for rule in rules if rule.rule == "local")
    assert set(local.patterns) == {"NXXXXXX", "212NXXXXXX", "617NXXXXXX"}


def test_without_factory_there_is_nothing_ready_made(office: System) -> None:
    assert factory_rules(office.system, office.sites.values(), ()) == ()


def test_the_explanation_does_not_list_hundreds_of_patterns(check: Check) -> None:
    found = check(files={"pbx.yaml": tree("DE", 'outside: "0"', "30")})
    assert found.system is not None
    decision = route(compile_table(found.system), Caller("user", "alice"), "555", NOW, explain=True)
    (national,) = (tried for tried in decision.trace if tried.rule == "national")
    assert national.reason == "none of its 128 patterns matches"
    (premium,) = (tried for tried in decision.trace if tried.rule == "premium-e164")
    assert "+499009XXXXXXX!" in premium.reason
