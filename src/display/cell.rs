//! How a notebook shows the value of a cell's last expression. The kernel imports this; cells need not.
//!
//! The kernel turns a trailing `value` into `(&(value)).evcxr_display()`. Method lookup then prefers, in this order,
//! a method of that name on the value's own type (evcxr's convention), [`Shown`] for types that implement
//! [`Show`], and [`Debugged`] for whatever implements `Debug`: the first two fit the receiver `&T` as it stands, the
//! last only after one more borrow. So one compilation does, whatever the type. In a notebook under the stock evcxr
//! kernel nothing here is in scope, and its own rules apply.

use std::fmt::Debug;
use std::io::Write;

use super::{Representation, Show};

/// Shows values that implement [`Show`].
pub trait Shown {
    /// Writes the value to the kernel.
    fn evcxr_display(&self);
}

impl<T: Show + ?Sized> Shown for T {
    fn evcxr_display(&self) {
        send(&self.show());
    }
}

/// Shows values that implement `Debug`.
pub trait Debugged {
    /// Writes the value to the kernel.
    fn evcxr_display(&self);
}

impl<T: Debug + ?Sized> Debugged for &T {
    fn evcxr_display(&self) {
        send(&[Representation { mime: "text/plain", content: format!("{self:?}") }]);
    }
}

/// Writes representations to standard output in evcxr's form. Each begins on a line of its own; the kernel takes
/// back the line break that this costs a cell whose output was at the start of a line.
fn send(representations: &[Representation]) {
    if representations.is_empty() {
        return;
    }
    let mut text = String::from("\n");
    for Representation { mime, content } in representations {
        text.push_str(&format!("EVCXR_BEGIN_CONTENT {mime}\n{}\nEVCXR_END_CONTENT\n", content.trim_end_matches('\n')));
    }
    let mut output = std::io::stdout().lock();
    // Without its output the process has no kernel left to tell.
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}
