//! The command: parse, validate, run, report.

use std::process::ExitCode;

mod command;

fn main() -> ExitCode {
    command::main()
}
