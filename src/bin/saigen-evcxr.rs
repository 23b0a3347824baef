//! The stock evcxr kernel, for comparison and for `saigen kernel install --stock`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match evcxr_jupyter::main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("saigen-evcxr: {error}");
            ExitCode::FAILURE
        }
    }
}
