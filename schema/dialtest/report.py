"""What became of all tests: data for the views and for an exit code."""

from dataclasses import dataclass

from schema.diagnostics import Diagnostic, in_reading_order
from schema.dialplan.decision import Decision
from schema.dialtest.coverage import Coverage
from schema.models.dial_test import DialTest


@dataclass(frozen=True, slots=True)
class Result:
    """One test that was run. `failure` says what came instead; None when the test holds."""

    file: str
    line: int
    test: DialTest
    decision: Decision
    failure: Diagnostic | None


@dataclass(frozen=True)
class Report:
    """Everything that `pbx test` found out.

    `mistakes` keep the tree, or a test, from being tried; `refuted` is what was found against
    proofs, and `proofs` how many of them hold and do not (0, 0 when nothing was proved);
    `untested` says that too few rules were tested. Without a valid tree there is no coverage.
    """

    files: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    mistakes: tuple[Diagnostic, ...] = ()
    refuted: tuple[Diagnostic, ...] = ()
    proofs: tuple[int, int] = (0, 0)
    coverage: Coverage | None = None
    untested: Diagnostic | None = None

    @property
    def failed(self) -> tuple[Result, ...]:
        """Tests that do not hold."""
        return tuple(result for result in self.results if result.failure is not None)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that is wrong, in reading order."""
        failures = (result.failure for result in self.results if result.failure is not None)
        few = (self.untested,) if self.untested else ()
        return in_reading_order((*self.mistakes, *self.refuted, *failures, *few))

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.diagnostics

    def of_file(self, file: str) -> tuple[Result, ...]:
        """The results of one test file, in its order."""
        return tuple(result for result in self.results if result.file == file)
