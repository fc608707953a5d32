"""Whatever a source says twice: the tree stays valid, and what is not the importer's as it was."""

import pytest
from directory_office import Office, batch, person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.importing import Policy, Range

BY_HAND = """\
version: 1   # the format
system: {domain: example.test, region: US}
nodes: {pbx1: {address: 127.0.0.1}}
sites: {hq: {}}
groups:
    sales: {}          # indented by four
    support: { }

users:

  # The doors

  lobby: { name: "Lobby",extension:   '100' }   # at the entrance
  gate:
      name: Gate
      aliases: [outside]
      extension: "101"
      did: "+12125550101"   # printed on the sign

  # From the directory
  zoe: {name: Zoe, extension: "299", managed_by: ldap/corp, managed_id: u-zoe}  # she is early
"""
NAMES = ("alice", "bob", "carol", "zoe", "lobby", "outside")
NUMBERS = st.sampled_from(["100", "201", "202", "299"])
DIDS = st.sampled_from(["+12125550101", "+12125550201", "+12125550202"])

said = st.fixed_dictionaries(
    {},
    optional={
        "extension": NUMBERS,
        "did": st.one_of(DIDS, st.lists(DIDS, min_size=1, max_size=2, unique=True)),
        "aliases": st.lists(st.sampled_from(["aa", "bob", "gate", "202"]), max_size=2, unique=True),
        "groups": st.lists(st.sampled_from(["sales", "emea", "support"]), max_size=2, unique=True),
        "email": st.sampled_from(["a@b", "c@d"]),
        "site": st.just("hq"),
        "enabled": st.booleans(),
    },
)
answers = st.dictionaries(st.sampled_from(NAMES), said, min_size=1)
POLICY = Policy(extensions=Range("200", "210"), disable_after=0.0, forced=True)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(answers, min_size=1, max_size=3))
@pytest.mark.timeout(600)
def test_it_settles_and_touches_nothing_else(office: Office, git, said: list[dict]) -> None:
    office.save(BY_HAND, "By hand")
    for answer in said:
        one = batch(*(person(name, **values) for name, values in answer.items()))
        office.run(one, POLICY)
        again = office.plan(one, POLICY)
        assert again.edits == (), answer
    text = office.text()
    for part in (BY_HAND.partition("    support")[0], BY_HAND.partition("users:")[2]):
        assert part.partition("  # From the directory\n")[0] in text
    assert "  # she is early\n" in text
