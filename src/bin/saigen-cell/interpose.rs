//! System calls that a cell waits in, put before the C library's for all of the process, Rust's standard library
//! included: reading standard input asks the user, and sleeping ends when the cell is asked to stop.

use std::ffi::{c_int, c_long, c_void};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use libc::{clockid_t, size_t, ssize_t, timespec};
use saigen::cell::{channel, input, sleep};

/// What the user typed and nobody has read yet.
static TYPED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// # Safety
/// As for the C library's function of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(descriptor: c_int, buffer: *mut c_void, count: size_t) -> ssize_t {
    if descriptor != libc::STDIN_FILENO || count == 0 || !channel::is_live() {
        // SAFETY: the caller's promise is the system call's.
        return unsafe { libc::syscall(libc::SYS_read, c_long::from(descriptor), buffer, count) } as ssize_t;
    }
    let mut typed = TYPED.lock().unwrap_or_else(PoisonError::into_inner);
    if typed.is_empty() {
        let Some(line) = input::line("", false) else { return 0 };
        typed.extend_from_slice(line.as_bytes());
        typed.push(b'\n');
    }
    let length = typed.len().min(count);
    // SAFETY: the caller's buffer has room for `count` bytes, and it can't lie in `typed`.
    unsafe { std::ptr::copy_nonoverlapping(typed.as_ptr(), buffer.cast(), length) };
    typed.drain(..length);
    length as ssize_t
}

/// # Safety
/// As for the C library's function of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nanosleep(request: *const timespec, left: *mut timespec) -> c_int {
    // SAFETY: a pointer to a time, which the system call would refuse otherwise, can be read.
    if let Some(duration) = unsafe { request.as_ref() }.and_then(duration).filter(|_| ends_early()) {
        sleep(duration);
        return 0;
    }
    // SAFETY: the caller's promise is the system call's.
    unsafe { libc::syscall(libc::SYS_nanosleep, request, left) as c_int }
}

/// # Safety
/// As for the C library's function of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_nanosleep(
    clock: clockid_t,
    flags: c_int,
    request: *const timespec,
    left: *mut timespec,
) -> c_int {
    // SAFETY: as in `nanosleep`.
    let asked = unsafe { request.as_ref() }.and_then(duration).filter(|_| ends_early());
    let duration = match asked {
        Some(until) if flags & libc::TIMER_ABSTIME != 0 => now(clock).map(|now| until.saturating_sub(now)),
        relative => relative,
    };
    if let Some(duration) = duration {
        sleep(duration);
        return 0;
    }
    // SAFETY: the caller's promise is the system call's.
    let result = unsafe { libc::syscall(libc::SYS_clock_nanosleep, c_long::from(clock), flags, request, left) };
    // SAFETY: the address of errno is always valid. This function returns the error instead of setting it.
    if result == 0 { 0 } else { unsafe { *libc::__errno_location() } }
}

/// Whether the caller is the thread that runs cells; others sleep as they like.
fn ends_early() -> bool {
    // SAFETY: neither takes arguments.
    channel::is_live() && unsafe { libc::gettid() == libc::getpid() }
}

fn duration(time: &timespec) -> Option<Duration> {
    let nanoseconds = u32::try_from(time.tv_nsec).ok().filter(|nanoseconds| *nanoseconds < 1_000_000_000)?;
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, nanoseconds))
}

fn now(clock: clockid_t) -> Option<Duration> {
    let mut time = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` can be written.
    let result = unsafe { libc::clock_gettime(clock, &raw mut time) };
    if result == 0 { duration(&time) } else { None }
}
