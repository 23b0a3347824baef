//! A compiler that was started before its cell is known.
//!
//! A third of a small cell's compilation passes before the compiler looks at the cell: it starts, and reads the metadata
//! of all crates. A spare compiler has done this already. Its crate root names the crates and includes a pipe, on which it
//! waits; the text that comes out of the pipe is the cell's, under the file name that it would have otherwise.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::rustc::{Running, RustcError};

/// How often is looked whether the compiler has read.
const LOOK_EVERY: Duration = Duration::from_micros(200);

/// A compiler that waits for the cell of one name.
#[derive(Debug)]
pub struct Spare {
    name: String,
    program: PathBuf,
    /// Taken when the cell comes.
    child: Option<Child>,
    /// Open for reading too, so that neither side waits for the other; when it closes, the compiler has read all. It
    /// closes with the kernel, however that ends, and the compiler ends then.
    pipe: Option<File>,
    root: PathBuf,
    source: PathBuf,
}

impl Spare {
    /// Starts one whose cell comes through a pipe at `source`; `None` where that can't be done. `command` is all but its
    /// crate root.
    pub fn start(mut command: Command, folder: &Path, name: &str, source: &Path) -> Option<Spare> {
        let root = folder.join(format!("{name}_root.rs"));
        let _ = std::fs::remove_file(source);
        make_pipe(source).ok()?;
        let pipe = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(source).ok();
        let mut spare = Spare {
            name: name.to_owned(),
            program: command.get_program().into(),
            child: None,
            pipe,
            root,
            source: source.to_owned(),
        };
        spare.pipe.as_ref()?;
        // Within the folder, so that the path needs no quoting.
        std::fs::write(&spare.root, format!("extern crate saigen;\nuse saigen_warm as _;\ninclude!(\"{name}.rs\");\n"))
            .ok()?;
        command.arg(&spare.root).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
        spare.child = Some(command.spawn().ok()?);
        Some(spare)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives it the cell; whether it compiled, and what the compiler said. `None` when the compiler is gone.
    pub fn compile(mut self, source: &str, running: &Running) -> Option<Result<(bool, String), RustcError>> {
        let mut child = self.child.take()?;
        let pipe = self.pipe.take()?;
        running.adopt(&child);
        if !matches!(hand_over(&pipe, source.as_bytes(), &mut child, running), Ok(true)) {
            let _ = child.kill();
            let stopped = matches!(running.outcome(&mut child), Ok(None));
            return stopped.then_some(Err(RustcError::Stopped));
        }
        drop(pipe);
        let failed = |source| RustcError::NotRun { program: self.program.clone(), source };
        Some(running.outcome(&mut child).map_err(failed).and_then(|outcome| outcome.ok_or(RustcError::Stopped)))
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
            let _ = std::fs::remove_file(&self.source);
        }
        let _ = std::fs::remove_file(&self.root);
    }
}

/// Writes all of it and waits until it was read, which a compiler does before it says anything; false when it has ended.
///
/// The pipe must not be closed before: a reader that hasn't opened it yet would find it empty, and wait for ever.
fn hand_over(pipe: &File, mut rest: &[u8], child: &mut Child, running: &Running) -> io::Result<bool> {
    let mut writer = pipe;
    loop {
        if rest.is_empty() {
            if unread(pipe)? == 0 {
                return Ok(true);
            }
        } else {
            match writer.write(rest) {
                Ok(written) => {
                    rest = &rest[written..];
                    continue;
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(error) => return Err(error),
            }
        }
        if running.has_ended(child)? {
            return Ok(false);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The bytes in the pipe that nobody has read.
fn unread(pipe: &File) -> io::Result<libc::c_int> {
    let mut bytes = 0;
    // SAFETY: the descriptor is open, and FIONREAD writes one integer.
    if unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &raw mut bytes) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(bytes)
}

fn make_pipe(path: &Path) -> io::Result<()> {
    let path = std::ffi::CString::new(OsStr::as_bytes(path.as_os_str()))?;
    // SAFETY: the path is a string that ends with a zero.
    if unsafe { libc::mkfifo(path.as_ptr(), 0o600) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// A spare whose compiler is a shell script in a folder of its own.
    fn spare(script: &str) -> (tempfile::TempDir, Spare) {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.current_dir(folder.path()).args(["-c", script]);
        let spare = Spare::start(command, folder.path(), "cell_1", &folder.path().join("cell_1.rs")).unwrap();
        (folder, spare)
    }

    #[test]
    fn all_of_a_cell_arrives_also_at_a_compiler_that_starts_late() {
        let long = "let a = 1;\n".repeat(40_000);
        for (script, source) in [
            ("cat cell_1.rs > copy; cat copy >&2", "short"),
            ("sleep 0.3; cat cell_1.rs > copy; cat copy >&2", "short"),
            ("sleep 0.3; cat cell_1.rs > copy; cat copy >&2", long.as_str()),
        ] {
            let (folder, spare) = spare(script);
            let (succeeded, said) = spare.compile(source, &Running::default()).unwrap().unwrap();
            assert!(succeeded && said == source, "{script}: {} of {}", said.len(), source.len());
            assert!(!folder.path().join("cell_1_root.rs").exists());
        }
    }

    #[test]
    fn a_compiler_that_is_gone_is_no_answer() {
        let (_folder, spare) = spare("exit 1");
        assert!(spare.compile("1", &Running::default()).is_none());
        let (_folder, spare) = self::spare("head -c 100 cell_1.rs >&2; exit 1");
        assert!(spare.compile(&"x".repeat(300_000), &Running::default()).is_none());
    }

    #[test]
    fn a_compiler_can_be_stopped_at_its_cell() {
        let (_folder, spare) = spare("cat cell_1.rs; sleep 60");
        let running = Running::default();
        let stopper = running.clone();
        let begin = Instant::now();
        let stop = std::thread::spawn(move || {
            while !stopper.stop() {
                std::thread::sleep(LOOK_EVERY);
            }
        });
        assert!(matches!(spare.compile("1", &running), Some(Err(RustcError::Stopped))));
        stop.join().unwrap();
        assert!(begin.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn one_that_is_not_needed_leaves_nothing() {
        let (folder, spare) = spare("cat cell_1.rs; echo done > after");
        let process = spare.child.as_ref().unwrap().id();
        drop(spare);
        // SAFETY: signal 0 only asks whether the process is there.
        assert_eq!(unsafe { libc::kill(libc::pid_t::try_from(process).unwrap(), 0) }, -1);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
