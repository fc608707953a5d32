"""PBX17xx: tests of the dial plan (`pbx test`, and the pre-commit hook)."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1701", "not-a-list-of-tests", "error", "A file in tests/ is not a list of tests",
        "Each file in `tests/` is a list, and each of its items one test.",
        'Begin each test with a dash: `- {from: alice, dial: "911", expect: {via: pstn}}`.',
    ),
    Code(
        "PBX1702", "unknown-in-test", "error", "A test names something that is not in the tree",
        "`from` is the id of a user or a gateway. What `expect` names has to be in the tree as "
        "well, or else the test could never hold.",
        "Correct the name, or remove the test together with what it was about.",
    ),
    Code(
        "PBX1703", "bad-moment", "error", "The moment of a test cannot be read",
        "`at` is a time of day, a weekday with a time, or a date with a time. It is never the "
        "moment at which the tests run, so that they give the same result on every day.",
        "Write the moment as the hint says, in quotes.",
    ),
    Code(
        "PBX1704", "caller-of-a-user", "error", "A user's call has an outside caller",
        "`caller` is the number that somebody outside shows. Calls of users have none.",
        "Remove `caller`, or name a gateway in `from`.",
    ),
    Code(
        "PBX1705", "test-failed", "error", "A test of the dial plan failed",
        "The call does not go where the test expects it to. The message says what was expected, "
        "what came, and which rule decided.",
        "Correct the dial plan, or the test when it is the one that is wrong.",
    ),
    Code(
        "PBX1706", "impossible-expectation", "error", "An expectation cannot be right",
        "A test that expects nothing holds whatever happens, and a call that is refused goes by no "
        "gateway and rings nobody.",
        "Write what has to come of the call.",
    ),
    Code(
        "PBX1707", "rules-without-tests", "error", "Too few rules are tested",
        "`pbx test --cover` asks for a share of the rules, and fewer of them decide a test. Rules "
        "that come ready-made for the region are not counted.",
        "Add tests for the rules that the message names, or ask for less.",
    ),
)  # fmt: skip
