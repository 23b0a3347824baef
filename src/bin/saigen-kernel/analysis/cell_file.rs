//! The file that rust-analyzer sees: the session's items, and the cell inside a function that holds its variables.

use std::ops::Range;

use crate::engine::Context;

/// The generated function. Its name never appears among candidates.
pub const FUNCTION: &str = "__saigen_cell";

/// One version of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellFile {
    pub text: String,
    cell: Range<usize>,
}

impl CellFile {
    /// Puts a cell into its session. Commands at its top become blanks of the same length.
    pub fn new(context: &Context, code: &str) -> CellFile {
        let mut text = context.items.clone();
        text.push_str("\nasync fn ");
        text.push_str(FUNCTION);
        text.push_str("() -> ::core::result::Result<(), ::std::boxed::Box<dyn ::std::error::Error>> {\n");
        for (name, of) in &context.variables {
            text.push_str(&format!("let {name}: {of};\n"));
        }
        let start = text.len();
        text.push_str(&without_commands(code));
        let cell = start..text.len();
        // On a line of its own: the cell may end within a comment, or within a path that `Result` would continue.
        text.push_str("\n; ::core::result::Result::Ok(())\n}\n");
        CellFile { text, cell }
    }

    /// Where a byte of the cell is in the file.
    pub fn position(&self, cursor: usize) -> usize {
        (self.cell.start + cursor).min(self.cell.end)
    }

    /// Where a range of the file is in the cell, if it is.
    pub fn in_cell(&self, range: Range<usize>) -> Option<Range<usize>> {
        let inside = range.start >= self.cell.start && range.end <= self.cell.end;
        inside.then(|| range.start - self.cell.start..range.end - self.cell.start)
    }
}

/// Whether a line, at the top of a cell, is meant for the kernel.
pub fn is_command(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('%') || line.strip_prefix(':').is_some_and(|rest| rest.starts_with(char::is_alphabetic))
}

/// Whether the rest of the cell isn't Rust.
pub fn is_foreign(code: &str) -> bool {
    let first = code.trim_start();
    ["%%bash", "%%writefile"].iter().any(|magic| first.starts_with(magic))
}

fn without_commands(code: &str) -> String {
    let mut text = String::with_capacity(code.len());
    let mut at_top = true;
    for line in code.split_inclusive('\n') {
        let trimmed = line.trim();
        if at_top && is_command(line) {
            text.extend(std::iter::repeat_n(' ', line.trim_end_matches('\n').len()));
            text.push_str(if line.ends_with('\n') { "\n" } else { "" });
        } else {
            at_top &= trimmed.is_empty() || trimmed.starts_with("//");
            text.push_str(line);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cell_lies_in_the_file_as_it_was_written() {
        let context = Context { items: "use std::fmt;".into(), variables: [("x".into(), "Vec<u8>".into())].into() };
        let code = "let ä = x.len();\nä";
        let file = CellFile::new(&context, code);
        assert!(file.text.contains("let x: Vec<u8>;\n"), "{}", file.text);
        let start = file.position(0);
        assert_eq!(&file.text[start..file.position(code.len())], code);
        assert_eq!(file.in_cell(start + 4..start + 6), Some(4..6));
        assert_eq!(file.in_cell(0..3), None);
        assert_eq!(file.position(10_000), start + code.len());
    }

    #[test]
    fn commands_at_the_top_become_blanks() {
        let code = ":dep serde = \"1\"\n\n%%opt 2\n// ü\n:vars é\nlet a = b::c;\n:d";
        let text = without_commands(code);
        assert_eq!(text.len(), code.len());
        assert_eq!(text.lines().map(str::trim).collect::<Vec<_>>(), ["", "", "", "// ü", "", "let a = b::c;", ":d"]);
        assert_eq!(without_commands("::std::mem::drop(1)"), "::std::mem::drop(1)");
    }

    #[test]
    fn other_languages_are_told_apart() {
        assert!(is_foreign("%%bash\nls"));
        assert!(is_foreign("\n%%writefile a.rs\nfn f() {}"));
        assert!(!is_foreign("%%time\nf()"));
    }
}
