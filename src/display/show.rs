//! Rich representations of values.

use polars::prelude::DataFrame;

use super::table;

/// One representation of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Representation {
    /// MIME type, such as `text/html`.
    pub mime: &'static str,
    pub content: String,
}

/// A value that is shown richly as the last expression of a notebook cell.
pub trait Show {
    /// Returns the representations; a front end picks the richest that it can show. None at all shows nothing.
    fn show(&self) -> Vec<Representation>;
}

impl Show for () {
    fn show(&self) -> Vec<Representation> {
        Vec::new()
    }
}

impl Show for DataFrame {
    /// An HTML table of the first and last rows, and polars' own text.
    fn show(&self) -> Vec<Representation> {
        vec![
            Representation { mime: "text/plain", content: self.to_string() },
            Representation { mime: "text/html", content: table::html(self) },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::cell::{Debugged as _, Shown as _};
    use polars::prelude::df;

    /// Has a method of evcxr's convention.
    #[derive(Debug)]
    struct Own(std::cell::Cell<u32>);
    impl Own {
        fn evcxr_display(&self) {
            self.0.set(self.0.get() + 1);
        }
    }

    #[expect(clippy::needless_borrow, reason = "as the kernel writes it")]
    #[test]
    fn a_types_own_method_wins() {
        let own = Own(std::cell::Cell::new(0));
        (&(own)).evcxr_display();
        assert_eq!(own.0.get(), 1);
    }

    #[expect(clippy::needless_borrow, clippy::double_parens, reason = "as the kernel writes it")]
    #[test]
    fn every_kind_of_value_finds_its_method() {
        // That these compile is what the kernel relies on.
        (&(())).evcxr_display();
        (&(vec![1, 2])).evcxr_display();
        (&("text")).evcxr_display();
        (&(Some(String::new()))).evcxr_display();
        (&([1.0, 2.0][..])).evcxr_display();
    }

    #[test]
    fn a_data_frame_is_a_table_and_text() {
        let frame = df!("a" => [1, 2]).expect("one column");
        let shown = frame.show();
        assert_eq!(shown.iter().map(|one| one.mime).collect::<Vec<_>>(), ["text/plain", "text/html"]);
        assert!(shown[0].content.contains("shape: (2, 1)"));
    }
}
