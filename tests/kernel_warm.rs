//! `saigen-kernel --warm` and `--status`: one link set for all kernels of a build.

#![cfg(all(feature = "kernel", target_os = "linux"))]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn start(mode: &str) -> std::process::Child {
    Command::new(env!("CARGO_BIN_EXE_saigen-kernel")).arg(mode).stdout(Stdio::piped()).spawn().unwrap()
}

/// The last line that a kernel wrote.
fn last(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn two_kernels_warm_at_once_and_agree_on_what_is_there() {
    let kernels = [start("--warm"), start("--warm")];
    let said = kernels.map(|kernel| kernel.wait_with_output().unwrap());
    for output in &said {
        assert!(output.status.success(), "{}", last(output));
    }
    let [one, other] = said.map(|output| last(&output)["ready"]["folder"].clone());
    assert_eq!(one, other);
    let status = last(&start("--status").wait_with_output().unwrap());
    assert_eq!(status["ready"]["folder"], one);
    let folder = Path::new(one.as_str().unwrap());
    for file in ["saigen-cell", "libsaigen_warm.so", "deps/libsaigen.so"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    // A kernel that starts now finds it at once: no cargo, no compiling.
    assert!(status["ready"]["seconds"].as_f64().unwrap() < 2.0, "{status}");
}
