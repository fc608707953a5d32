"""Tests of the dial plan: what the files in `tests/` say, and whether it holds.

    files → names → running → report → views/

`files` reads what stands in the files, `names` compares it with the tree, `running` asks the route
table, `judging` compares its answer with what was expected, `coverage` counts which rules decided.
May know: the tree, the route table, positions. May not: where a source comes from.
"""

from schema.dialtest.coverage import Coverage, RuleUse
from schema.dialtest.files import TestFile, read_tests
from schema.dialtest.report import Report, Result
from schema.dialtest.running import run_tests

__all__ = ["Coverage", "Report", "Result", "RuleUse", "TestFile", "read_tests", "run_tests"]
