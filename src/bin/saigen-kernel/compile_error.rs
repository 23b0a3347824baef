//! Compile errors in the words and places of the user's cell.

use evcxr::CompilationError;

use crate::cell::Prepared;
use crate::engine::Failure;

const RED: &str = "\u{1b}[1;31m";
const BLUE: &str = "\u{1b}[1;34m";
const PLAIN: &str = "\u{1b}[0m";

/// A piece of the cell that an error points at; lines and columns count from 1, the last column is exclusive.
struct Place {
    line: usize,
    column: usize,
    last_column: usize,
    primary: bool,
    label: String,
}

/// The failure of a cell that doesn't compile.
pub fn failure(errors: &[CompilationError], code: &str, prepared: &Prepared) -> Failure {
    let headline = errors.first().map_or_else(|| "the cell does not compile".to_owned(), CompilationError::message);
    let mut traceback = Vec::new();
    for error in errors {
        let places = places(error, prepared);
        traceback.push(render(error, &places, code));
    }
    Failure { name: "CompileError".to_owned(), value: headline, traceback }
}

fn places(error: &CompilationError, prepared: &Prepared) -> Vec<Place> {
    error
        .spanned_messages()
        .iter()
        .filter_map(|message| {
            let span = message.span?;
            let column = prepared.column(span.start_line, span.start_column);
            let last_column = if span.end_line == span.start_line {
                prepared.column(span.end_line, span.end_column).max(column + 1)
            } else {
                usize::MAX
            };
            let label = message.label.clone();
            Some(Place { line: span.start_line, column, last_column, primary: message.is_primary, label })
        })
        .collect()
}

fn render(error: &CompilationError, places: &[Place], code: &str) -> String {
    let number = error.code().map(|code| format!("[{code}]")).unwrap_or_default();
    let mut text = format!("{RED}error{number}{PLAIN}: {}", error.message());
    for place in places {
        let source = code.lines().nth(place.line - 1).unwrap_or_default();
        let gutter = place.line.to_string();
        let margin = " ".repeat(gutter.len());
        let width = source.chars().count().saturating_sub(place.column - 1).min(place.last_column - place.column);
        let mark = if place.primary { "^" } else { "-" }.repeat(width.max(1));
        let colour = if place.primary { RED } else { BLUE };
        // The message itself is often repeated as the label of its place.
        let label = if place.label.ends_with(&error.message()) { "" } else { place.label.as_str() };
        text.push_str(&format!("\n{margin}{BLUE}--> {PLAIN}line {}, column {}", place.line, place.column));
        text.push_str(&format!("\n{BLUE}{gutter} |{PLAIN} {source}"));
        let indent = " ".repeat(place.column - 1);
        text.push_str(&format!("\n{margin} {BLUE}|{PLAIN} {indent}{colour}{mark} {label}{PLAIN}"));
    }
    for help in error.help() {
        text.push_str(&format!("\n{BLUE}help{PLAIN}: {help}"));
    }
    if places.is_empty() && !error.is_from_user_code() {
        text.push_str(&format!("\n{}", error.rendered()));
    }
    text
}
