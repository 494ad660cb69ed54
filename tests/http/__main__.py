# SPDX-License-Identifier: Apache-2.0
"""Runs the HTTP tests:  python3 tests/http [--counts FILE] [module…]

Without names all modules but test_transport, which ctest runs. FILE gets "passed failed skipped".
"""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
RUN_BY_CTEST = {"test_transport"}


class Result(unittest.TextTestResult):
    passed = 0
    broken = None

    def startTest(self, test):
        super().startTest(test)
        self.broken = len(self.failures) + len(self.errors)

    def addSuccess(self, test):
        super().addSuccess(test)
        # A test is called successful even when it has failed in a subTest.
        self.passed += len(self.failures) + len(self.errors) == self.broken


def main():
    arguments = sys.argv[1:]
    counts = None
    if arguments[:1] == ["--counts"]:
        counts, arguments = arguments[1], arguments[2:]
    names = arguments or sorted(path.stem for path in HERE.glob("test_*.py") if path.stem not in RUN_BY_CTEST)
    sys.path.insert(0, str(HERE))
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(resultclass=Result, verbosity=2).run(suite)
    skipped = len(result.skipped) + len(result.expectedFailures)
    # Broken fixtures count as one, and a test that fails in several subTests too.
    failed = len({test.test_case.id() if hasattr(test, "test_case") else test.id()
                  for test, _ in result.failures + result.errors}) + len(result.unexpectedSuccesses)
    if counts:
        pathlib.Path(counts).write_text(f"{result.passed} {failed} {skipped}\n", encoding="utf-8")
    return 1 if failed else 0


sys.exit(main())
