"""Jupyter's conformance suite against a kernel: conformance.py [KERNEL_NAME].

Samples are filled in wherever the language allows. A test that is skipped and not named in `SKIPPED` is a failure. The
last line of the output is a summary as JSON, for comparisons between kernels.
"""

import json
import sys
import time
import unittest

import jupyter_kernel_test

KERNEL = sys.argv[1] if len(sys.argv) > 1 else "saigen"

# What the suite asks and no Rust kernel of protocol 5.3 answers.
SKIPPED = {
    "test_pager": "help in a pager (`name?`) is not Rust; documentation comes by inspection",
}


def display(code):
    """Code that shows something: with the library, or by the convention of stock evcxr."""
    if KERNEL == "saigen":
        return f"saigen::display::show(&saigen::display::Html({code}.into()));"
    return f'println!("EVCXR_BEGIN_CONTENT text/html\\n{{}}\\nEVCXR_END_CONTENT", {code});'


class RustKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = KERNEL
    # As each kernel writes it of itself.
    language_name = "rust" if KERNEL == "saigen" else "Rust"
    file_extension = ".rs"
    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("oops");'
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": 'format!("{}", 6)', "result": '"6"'},
    ]
    code_display_data = [{"code": display('"<b>bold</b>"'), "mime": "text/html"}]
    code_clear_output = "saigen::display::clear_output(false);"
    code_generate_error = 'panic!("as asked");'
    completion_samples = [
        {"text": "vec![1].pus", "matches": {"push", "push_mut"} if KERNEL == "saigen" else {"push(value)", "push_mut(value)"}}
    ]
    complete_code_samples = ["1 + 1", "fn f() -> u8 { 1 }", 'println!("(")']
    incomplete_code_samples = ["fn f() {", 'let text = "abc', "let x ="]
    invalid_code_samples = ["}", "let = = 2; 1"]
    code_inspect_sample = "String"
    code_history_pattern = "1 + ?"
    supported_history_operations = ("tail", "range", "search")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # An analysis that has only begun completes nothing yet, which the suite would take for the answer. On a machine
        # with other work this takes a while.
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            asked = cls.kc.complete("vec![1].pus")
            reply = cls.kc.get_shell_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == asked and reply["content"]["matches"]:
                break
            time.sleep(0.2)


class Result(unittest.TextTestResult):
    """Knows of each test by its name; one with a failed or skipped part is failed or skipped."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.outcomes = {}

    def _note(self, test, outcome):
        case = getattr(test, "test_case", test)
        name = getattr(case, "_testMethodName", str(case))
        worst = ("passed", "skipped", "failed")
        self.outcomes[name] = max(self.outcomes.get(name, "passed"), outcome, key=worst.index)

    def startTest(self, test):
        super().startTest(test)
        self._note(test, "passed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._note(test, "skipped")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._note(test, "failed")

    def addError(self, test, error):
        super().addError(test, error)
        self._note(test, "failed")

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self._note(test, "failed")


def main():
    tests = unittest.defaultTestLoader.loadTestsFromTestCase(RustKernelTests)
    result = unittest.TextTestRunner(verbosity=2, resultclass=Result).run(tests)
    unexpected = [name for name, outcome in result.outcomes.items() if outcome == "skipped" and name not in SKIPPED]
    if unexpected:
        print(f"skipped, though a kernel could answer: {', '.join(unexpected)}", file=sys.stderr)
    counts = {kind: sum(outcome == kind for outcome in result.outcomes.values()) for kind in ("passed", "failed", "skipped")}
    print(json.dumps({"kernel": KERNEL, **counts, "tests": result.outcomes}))
    whole = result.wasSuccessful() and not unexpected and counts["passed"] + len(SKIPPED) == len(result.outcomes)
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
