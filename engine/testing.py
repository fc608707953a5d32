"""`pbx test`: the tests that live beside the dial plan, and the proofs of validation.

What the pre-commit hook judges by is the same report.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from schema.diagnostics import Diagnostic, in_reading_order
from schema.dialtest import Report, read_tests, run_tests
from schema.tree import TreeSource
from schema.validate import Validation

PROOFS = ("PBX16", "PBX1304")
"""How the codes of proofs begin: each one that validation reports is refuted."""

Validate = Callable[[TreeSource], Validation]


def try_out(source: TreeSource, found: Validation, at_least: float | None = None) -> Report:
    """Test a tree that was validated. `at_least` is the rule coverage asked for, in percent.

    An invalid tree is not tested: its errors are the report. Raises SourceError.
    """
    refuted = tuple(d for d in found.diagnostics if _is_refutation(d))
    proofs = (found.proven.held, found.proven.refuted)
    if found.system is None:
        mistakes = tuple(error for error in found.errors if error not in refuted)
        return Report(mistakes=mistakes, refuted=refuted, proofs=proofs)
    files, ignored = read_tests(source)
    report = run_tests(files, found.system, found.origins, at_least)
    mistakes = (*report.mistakes, *ignored)
    return replace(report, mistakes=mistakes, refuted=refuted, proofs=proofs)


def _is_refutation(diagnostic: Diagnostic) -> bool:
    return diagnostic.code.startswith(PROOFS) and diagnostic.severity != "info"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a commit is judged by (sync.verdict.Judgement)."""

    ok: bool
    diagnostics: tuple[Diagnostic, ...]


def tested(validate: Validate) -> Callable[[TreeSource], Judgement]:
    """A validation that also runs the tests of the tree. Warnings of proofs hold no commit up."""

    def judge(source: TreeSource) -> Judgement:
        found = validate(source)
        report = try_out(source, found)
        both = dict.fromkeys((*found.diagnostics, *report.diagnostics))
        ok = found.ok and not report.mistakes and not report.failed
        return Judgement(ok, in_reading_order(both))

    return judge
