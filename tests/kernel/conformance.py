"""Jupyter's conformance suite against the saigen kernel."""

import unittest

import jupyter_kernel_test


class SaigenKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "saigen"
    language_name = "rust"
    file_extension = ".rs"
    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("oops");'
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": 'format!("{}", 6)', "result": '"6"'},
    ]
    code_generate_error = 'panic!("as asked");'
    completion_samples = [{"text": "vec![1].pus", "matches": {"push(value)", "push_mut(value)"}}]
    complete_code_samples = ["1 + 1", "fn f() -> u8 { 1 }", 'println!("(")']
    incomplete_code_samples = ["fn f() {", 'let text = "abc', "let x ="]
    invalid_code_samples = ["}", "let = = 2; 1"]
    code_inspect_sample = "String"


if __name__ == "__main__":
    unittest.main(verbosity=2)
