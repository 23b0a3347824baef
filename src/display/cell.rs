//! How a notebook shows the value of a cell's last expression. The kernel imports this; cells need not.
//!
//! The kernel turns a trailing `value` into `(value).saigen_peeled().evcxr_display()` with the four traits in scope.
//! `Peeled` makes one reference of a value and of a reference to it. Method lookup then prefers, in this order, a
//! method of that name on the value's own type (evcxr's convention), `Shown` for types that implement [`Show`](super::Show),
//! `Debugged` for whatever implements `Debug`, and `Opaque` for the rest: the first two fit the receiver `&T` as it
//! stands, the third after one more borrow, the last after one more mutable borrow. So one compilation does, whatever
//! the type. In a notebook under the stock evcxr kernel nothing here is in scope, and its own rules apply.

use std::fmt::{Debug, Write};

use super::Representation;
use super::out;

/// Text of a value beyond this many bytes is cut off.
const LONGEST_TEXT: usize = 1 << 20;

/// Defines the four traits where it is called: in the crate of instances that the kernel gives to every cell.
///
/// They are not the library's own, because stock evcxr takes whatever the compiler says about a method `evcxr_display` that
/// some trait of a dependency has for an error of the user's.
#[doc(hidden)]
#[macro_export]
macro_rules! display_traits {
    () => {
        /// Takes the reference off a value that is one, so that it is shown like what it refers to.
        pub trait Peeled {
            /// Refers to the value, or to what it refers to.
            fn saigen_peeled(&self) -> &Self;
        }

        impl<T: ?Sized> Peeled for T {
            fn saigen_peeled(&self) -> &Self {
                self
            }
        }

        /// Shows values that implement `Show`.
        pub trait Shown {
            /// Shows the value as the cell's result.
            fn evcxr_display(&self);
        }

        impl<T: $crate::display::Show + ?Sized> Shown for T {
            fn evcxr_display(&self) {
                $crate::display::cell::showing(self.show());
            }
        }

        /// Shows values that implement `Debug`.
        pub trait Debugged {
            /// Shows the value as the cell's result.
            fn evcxr_display(&self);
        }

        impl<T: ::std::fmt::Debug + ?Sized> Debugged for &T {
            fn evcxr_display(&self) {
                $crate::display::cell::debugging(self);
            }
        }

        /// Shows the type's name of values that implement neither `Show` nor `Debug`, such as closures.
        pub trait Opaque {
            /// Shows the type's name as the cell's result.
            fn evcxr_display(&mut self);
        }

        impl<T: ?Sized> Opaque for &T {
            fn evcxr_display(&mut self) {
                $crate::display::cell::naming(::std::any::type_name::<T>());
            }
        }
    };
}

// Cells compile the methods above for each type: they do as little as they can, and these do the work.

/// Shows representations as the cell's result.
pub fn showing(representations: Vec<Representation>) {
    out::result(&representations);
}

/// Shows a value's `Debug` text as the cell's result.
pub fn debugging(value: &dyn Debug) {
    let mut text = Limited::default();
    // The writer takes everything; an error is the value's own, and what came before it is worth showing.
    let _ = write!(text, "{value:?}");
    out::result(&[Representation::text(text.finish())]);
}

/// Shows a type's name as the cell's result.
pub fn naming(kind: &str) {
    out::result(&[Representation::text(format!("<{kind}>"))]);
}

/// Keeps the beginning of what is written to it, so that a long value doesn't flood the page.
#[derive(Default)]
struct Limited {
    text: String,
    dropped: usize,
}

impl Write for Limited {
    fn write_str(&mut self, piece: &str) -> std::fmt::Result {
        let room = LONGEST_TEXT.saturating_sub(self.text.len());
        let kept = if self.dropped > 0 { 0 } else { piece.floor_char_boundary(room) };
        self.text.push_str(&piece[..kept]);
        self.dropped += piece.len() - kept;
        Ok(())
    }
}

impl Limited {
    fn finish(mut self) -> String {
        if self.dropped > 0 {
            self.text.push_str(&format!("… ({} more bytes)", self.dropped));
        }
        self.text
    }
}

#[cfg(test)]
#[allow(
    unused_parens,
    unused_braces,
    clippy::double_parens,
    clippy::needless_borrow,
    reason = "as the kernel writes it"
)]
mod tests {
    use super::{LONGEST_TEXT, Limited};
    use crate::cell::message::Report;
    use crate::display::out::captured;
    use polars::prelude::{Column, DataFrame, df};
    use serde_json::Value;
    use std::cell::Cell;
    use std::fmt::Write as _;

    display_traits!();

    /// The text of the one result, and the MIME types; nothing when nothing was shown.
    fn result(show: impl FnOnce()) -> Option<(String, Vec<String>)> {
        let mut reports = captured(show);
        assert!(reports.len() <= 1, "{reports:?}");
        match reports.pop()? {
            Report::Result { data, .. } => {
                let text = data.get("text/plain").and_then(Value::as_str).unwrap_or_default().to_owned();
                Some((text, data.into_keys().collect()))
            }
            other => panic!("{other:?}"),
        }
    }

    /// As the kernel writes it.
    macro_rules! shown {
        ($($value:tt)*) => {
            result(|| ($($value)*).saigen_peeled().evcxr_display())
        };
    }

    /// As a kernel without [`super::Peeled`] writes it.
    macro_rules! shown_plainly {
        ($($value:tt)*) => {
            result(|| (&($($value)*)).evcxr_display())
        };
    }

    fn text(shown: Option<(String, Vec<String>)>) -> String {
        shown.expect("something is shown").0
    }

    /// Has a method of evcxr's convention.
    #[derive(Debug)]
    struct Own(Cell<u32>);
    impl Own {
        fn evcxr_display(&self) {
            self.0.set(self.0.get() + 1);
        }
    }

    /// Has neither `Show` nor `Debug`.
    struct Bare;

    struct Generic<T>(T);

    #[test]
    fn a_types_own_method_wins() {
        let own = Own(Cell::new(0));
        let reference = &own;
        assert_eq!(shown!(own), None);
        assert_eq!(shown!(reference), None);
        assert_eq!(shown_plainly!(own), None);
        assert_eq!(own.0.get(), 3);
    }

    #[test]
    fn a_unit_shows_nothing() {
        assert_eq!(shown!(()), None);
        assert_eq!(shown!({}), None);
        assert_eq!(shown_plainly!(()), None);
    }

    #[test]
    fn debug_is_the_second_choice() {
        let words = vec![String::from("a"), String::from("b")];
        let boxed: Box<dyn std::fmt::Debug> = Box::new(1);
        let done: Result<(), std::io::Error> = Ok(());
        assert_eq!(text(shown!(1 + 1)), "2");
        assert_eq!(text(shown!(1.5)), "1.5");
        assert_eq!(text(shown!("text")), "\"text\"");
        assert_eq!(text(shown!(words)), "[\"a\", \"b\"]");
        assert_eq!(text(shown!(words[..])), "[\"a\", \"b\"]");
        assert_eq!(text(shown!(*"text")), "\"text\"");
        assert_eq!(text(shown!(&&words)), "[\"a\", \"b\"]");
        assert_eq!(text(shown!(words.iter().max())), "Some(\"b\")");
        assert_eq!(text(shown!(boxed)), "1");
        assert_eq!(text(shown!(*boxed)), "1");
        assert_eq!(text(shown!(done)), "Ok(())");
        assert_eq!(text(shown!(if words.is_empty() { 1 } else { 2 })), "2");
        assert_eq!(text(shown_plainly!(words[..])), "[\"a\", \"b\"]");
        assert_eq!(text(shown_plainly!("text")), "\"text\"");
        assert_eq!(text(shown_plainly!(2.5)), "2.5");
    }

    #[test]
    fn show_is_the_first_choice_also_behind_pointers() {
        let frame: DataFrame = df!("a" => [1, 2]).expect("one column");
        let rich = Some(vec!["text/html".to_owned(), "text/plain".to_owned()]);
        let mut other = frame.clone();
        let kinds = |shown: Option<(String, Vec<String>)>| shown.map(|(_, kinds)| kinds);
        assert_eq!(kinds(shown!(frame)), rich);
        assert_eq!(kinds(shown!(&frame)), rich);
        assert_eq!(kinds(shown!(frame.clone())), rich);
        assert_eq!(kinds(shown!(Box::new(frame.clone()))), rich);
        assert_eq!(kinds(shown!(std::sync::Arc::new(frame.clone()))), rich);
        assert_eq!(kinds(shown!(&mut other)), rich);
        assert_eq!(kinds(shown_plainly!(frame)), rich);
        let column: &Column = frame.column("a").expect("a column");
        assert_eq!(kinds(shown!(column)), rich);
        assert!(text(shown!(&&frame)).contains("shape: (2, 1)"), "text at least");
    }

    #[test]
    fn the_rest_shows_its_type() {
        let offset = 3;
        let closure = move |x: i32| x + offset;
        assert!(text(shown!(closure)).contains("{{closure}}"));
        assert!(text(shown!(Bare)).ends_with("::Bare>"));
        assert!(text(shown!(&Bare)).ends_with("::Bare>"));
        assert!(text(shown!(Some(Bare))).starts_with("<core::option::Option<"));
        assert!(text(shown!(Generic(1_u8))).contains("Generic<u8>"));
        assert!(text(shown!(async { 1 })).contains("{{closure}}"));
        assert!(text(shown_plainly!(closure)).contains("{{closure}}"));
        let function: Box<dyn Fn(i32) -> i32> = Box::new(closure);
        assert!(text(shown!(function)).contains("dyn core::ops::function::Fn"));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let mut text = Limited::default();
        for _ in 0..LONGEST_TEXT {
            write!(text, "日").expect("never fails");
        }
        let text = text.finish();
        assert!(text.len() < LONGEST_TEXT + 50 && text.starts_with("日日"), "{}", text.len());
        assert!(text.ends_with(&format!("… ({} more bytes)", 3 * LONGEST_TEXT - LONGEST_TEXT / 3 * 3)));
    }
}
