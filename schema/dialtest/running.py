"""Run the tests of a valid tree against its route table.

May know: the tree, the table, tests. Pure: a call's moment comes from the test, never from a clock.
"""

import shlex
from collections.abc import Iterator, Sequence

from schema.diagnostics import Diagnostic, Related
from schema.dialplan.callers import caller_named
from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Decision
from schema.dialplan.route import route
from schema.dialplan.table import RouteTable
from schema.dialtest.coverage import Coverage, coverage_of
from schema.dialtest.files import Placed, TestFile
from schema.dialtest.judging import in_words, unmet
from schema.dialtest.moments import moment_of
from schema.dialtest.names import mistakes
from schema.dialtest.report import Report, Result
from schema.models import System
from schema.models.dial_test import DialTest
from schema.origins import Origins
from schema.tree import TESTS


def run_tests(
    files: Sequence[TestFile], system: System, origins: Origins, at_least: float | None = None
) -> Report:
    """Run every test that can be run. `at_least` is the rule coverage that is asked for, in %."""
    table = compile_table(system, origins)
    wrong = [diagnostic for file in files for diagnostic in file.diagnostics]
    results: list[Result] = []
    for file in files:
        for placed in file.tests:
            found = list(mistakes(file, placed, system))
            wrong += found
            if not found:
                results.append(_result(file, placed, system, table, origins))
    coverage = coverage_of(system, origins, (result.decision for result in results))
    return Report(
        files=tuple(file.document.path for file in files),
        results=tuple(results),
        mistakes=tuple(wrong),
        coverage=coverage,
        untested=_too_little(coverage, at_least, origins),
    )


def _result(
    file: TestFile, placed: Placed, system: System, table: RouteTable, origins: Origins
) -> Result:
    test = placed.test
    decision = _decide(test, system, table)
    lacking = unmet(test, decision)
    failure = _failure(file, placed, lacking, decision, system, origins) if lacking else None
    line = file.document.locate((TESTS, placed.at)).line
    return Result(file.document.path, line, test, decision, failure)


def _decide(test: DialTest, system: System, table: RouteTable) -> Decision:
    caller = caller_named(system, test.from_, test.caller)
    if caller is None:
        raise LookupError(test.from_)  # names.mistakes has refused it
    at = moment_of(test.at, system.system.timezone)
    return route(table, caller, test.dial, at, explain=True)


def _failure(
    file: TestFile, placed: Placed, lacking: list[str], decision: Decision, system: System,
    origins: Origins,
) -> Diagnostic:  # fmt: skip
    """What was expected, what came, and the rule that decided."""
    test = placed.test
    message = f"{test.title}: expected {', '.join(lacking)}; it {in_words(decision)}"
    hint = f"{_question(test, system)} explains each rule"
    span = file.document.span((TESTS, placed.at))
    return file.document.report("PBX1705", message, span, hint, _decider(decision, origins))


def _question(test: DialTest, system: System) -> str:
    """The same call for `pbx route`."""
    at = moment_of(test.at, system.system.timezone)
    caller = ["--caller", test.caller] if test.caller is not None else []
    words = ["pbx", "route", test.dial, "--from", test.from_, *caller]
    return shlex.join([*words, "--at", f"{at:%Y-%m-%d %H:%M}"])


def _decider(decision: Decision, origins: Origins) -> Iterator[Related]:
    place = origins.at("dialplan", decision.rule) if decision.rule else None
    if place is not None:
        yield Related(f"rule {decision.rule} decided", place)


def _too_little(coverage: Coverage, at_least: float | None, origins: Origins) -> Diagnostic | None:
    """Point at the first rule without a test, and name the others."""
    if at_least is None or coverage.percent >= at_least:
        return None
    first, *others = coverage.untested
    message = (
        f"tests reach {coverage.percent:.0f} % of the rules, and {at_least:g} % are asked for: "
        f"none reaches rule {first.rule}"
    )
    related = tuple(Related(f"nor rule {use.rule}", use.at) for use in others if use.at)
    hint = f"add a test that this rule decides to a file in {TESTS}/"
    document, base = origins.entry("dialplan", first.rule)
    return document.report("PBX1707", message, document.span((*base, "rule")), hint, related)
