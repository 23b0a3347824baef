//! Compile errors in the words of the compiler and at the places of the user's cells.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use super::rustc::{Diagnostic, Span};
use super::source::{Cell, Place, Source};
use crate::engine::Failure;

/// The place in a cell that a span is about: of the span itself, or of the macro call that it comes from.
pub fn place(span: &Span, source: &Source, file: &str) -> Option<Place> {
    if is_ours(span, file)
        && let Some(place) = source.place(&(span.byte_start..span.byte_end))
    {
        return Some(place);
    }
    place(&span.expansion.as_ref()?.span, source, file)
}

/// Whether a span lies in the generated file.
pub fn is_ours(span: &Span, file: &str) -> bool {
    span.file_name.rsplit(['/', '\\']).next() == Some(file)
}

/// The failure of a cell that doesn't compile; `notes` say what the compiler can't know.
pub fn failure(errors: &[Diagnostic], source: &Source, file: &str, notes: &[String]) -> Failure {
    let primary = |error: &Diagnostic| {
        let span = error.spans.iter().find(|span| span.is_primary)?;
        place(span, source, file)
    };
    // What is said of generated code follows from what is said of the user's.
    let placed: Vec<&Diagnostic> = errors.iter().filter(|error| primary(error).is_some()).collect();
    let errors = if placed.is_empty() { errors.iter().collect() } else { placed };
    let first = errors.first();
    let mut value =
        first.map_or_else(|| "the cell does not compile".to_owned(), |error| plain(&error.message, source, file));
    let place = first.and_then(|error| primary(error));
    if let Some(place) = place {
        let (line, column) = place.line_and_column();
        value.push_str(&format!(" (cell {}, line {line}, column {column})", place.cell.count));
    }
    for note in notes {
        value.push_str(&format!("; {note}"));
    }
    let mut traceback: Vec<String> =
        errors.iter().map(|error| render(error, source, file, &Renderer::styled())).collect();
    // One cause, seen from several generated places, is one for the user.
    traceback.dedup();
    traceback.extend(notes.iter().map(|note| format!("note: {note}")));
    Failure { name: "CompileError".to_owned(), value, traceback }
}

/// A diagnostic as the compiler would print it for the cell.
pub fn render(diagnostic: &Diagnostic, source: &Source, file: &str, renderer: &Renderer) -> String {
    let places = |spans: &[Span]| -> Vec<(Place, bool, String)> {
        let mut found = Vec::new();
        for span in spans {
            let Some(at) = place(span, source, file) else { continue };
            let label = span.label.as_deref().filter(|label| !is_generated(label)).unwrap_or_default();
            let call =
                span.expansion.as_ref().and_then(|call| place(&call.span, source, file)).filter(|call| *call != at);
            found.push((at, span.is_primary, plain(label, source, file)));
            found.extend(call.map(|call| (call, false, "in this macro call".to_owned())));
        }
        found
    };
    let own = places(&diagnostic.spans);
    let level = if diagnostic.is_error() { Level::ERROR } else { Level::WARNING };
    let mut title = level.primary_title(plain(&diagnostic.message, source, file));
    if let Some(code) = &diagnostic.code {
        title = title.id(code.code.clone());
    }
    let mut groups = vec![Group::with_title(title).elements(snippets(&own))];
    for child in diagnostic.children.iter().filter(|child| !is_generated(&child.message)) {
        let message = plain(&child.message, source, file);
        let level = if child.level == "help" { Level::HELP } else { Level::NOTE };
        let changes: Vec<(Place, String)> = child
            .spans
            .iter()
            .filter_map(|span| Some((changed(span, source, file)?, span.suggested_replacement.clone()?)))
            .collect();
        let spots = places(&child.spans);
        if !changes.is_empty() && changes.len() == child.spans.len() {
            groups.push(Group::with_title(level.secondary_title(message)).elements(patches(&changes)));
        } else if !spots.is_empty() {
            groups.push(Group::with_title(level.secondary_title(message)).elements(snippets(&spots)));
        } else if child.spans.is_empty()
            && let Some(last) = groups.pop()
        {
            groups.push(last.element(level.message(message)));
        }
    }
    renderer.render(&groups)
}

/// The place of a change that the compiler proposes.
fn changed(span: &Span, source: &Source, file: &str) -> Option<Place> {
    if is_ours(span, file) { source.exact(&(span.byte_start..span.byte_end)) } else { None }
}

/// Whether a text is about generated code.
fn is_generated(text: &str) -> bool {
    const WORDS: [&str; 6] =
        ["saigen_cell", "saigen_done", "saigen_peeled", "saigen_warm", "saigen::cell::", "evcxr_display"];
    WORDS.iter().any(|word| text.contains(word))
}

/// A message with places in cells instead of those in generated code, as in `{closure@cell 3:1:9}`.
fn plain(text: &str, source: &Source, file: &str) -> String {
    let needle = format!("@{file}:");
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&needle) {
        told.push_str(&rest[..at]);
        let after = &rest[at + needle.len()..];
        let end = after.find(|c: char| !c.is_ascii_digit() && c != ':' && c != ' ').unwrap_or(after.len());
        let mut numbers = after[..end].split(':').filter_map(|number| number.trim().parse::<usize>().ok());
        let found = numbers.next().zip(numbers.next()).and_then(|(line, column)| {
            let byte = source.byte(line, column);
            source.place(&(byte..byte + 1))
        });
        match found {
            Some(place) => {
                let (line, column) = place.line_and_column();
                told.push_str(&format!("@cell {}:{line}:{column}", place.cell.count));
            }
            None => told.push_str("@cell"),
        }
        rest = &after[end..];
    }
    told.push_str(rest);
    told
}

/// The errors of a cell that can't be parsed, compiled by itself: what its syntax has wrong, in words about a cell.
pub fn of_syntax(mut errors: Vec<Diagnostic>, source: &Source) -> Vec<Diagnostic> {
    let is_syntax = |error: &Diagnostic| {
        (error.code().is_empty() || error.code().starts_with("E07")) && !error.message.starts_with("cannot find")
    };
    if errors.iter().any(is_syntax) {
        errors.retain(is_syntax);
    }
    let end = source.text().trim_end().len() - 1;
    for error in &mut errors {
        error.message = error.message.replace("this file", "this cell");
        if error.spans.iter().any(|span| span.is_primary && span.byte_start == end) {
            error.message = error.message.replace("found `}`", "found the end of the cell");
        }
    }
    errors
}

fn label(cell: &Cell) -> String {
    format!("cell {}", cell.count)
}

type Annotated<'a> = Snippet<'a, annotate_snippets::Annotation<'a>>;

fn snippets(places: &[(Place, bool, String)]) -> Vec<Annotated<'static>> {
    grouped(places.iter().map(|(place, ..)| place))
        .into_iter()
        .map(|cell| {
            let mut seen: Vec<(Range<usize>, &str)> = Vec::new();
            let mut snippet = Snippet::source(cell.code.clone()).path(label(&cell));
            for (place, primary, label) in places.iter().filter(|(place, ..)| Arc::ptr_eq(&place.cell, &cell)) {
                if seen.contains(&(place.range.clone(), label)) {
                    continue;
                }
                seen.push((place.range.clone(), label));
                let kind = if *primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                let annotation = kind.span(place.range.clone());
                let annotation = if label.is_empty() { annotation } else { annotation.label(label.clone()) };
                snippet = snippet.annotation(annotation);
            }
            snippet
        })
        .collect()
}

fn patches(changes: &[(Place, String)]) -> Vec<Snippet<'static, Patch<'static>>> {
    grouped(changes.iter().map(|(place, _)| place))
        .into_iter()
        .map(|cell| {
            let own = changes.iter().filter(|(place, _)| Arc::ptr_eq(&place.cell, &cell));
            let own = own.map(|(place, text)| Patch::new(place.range.clone(), text.clone()));
            Snippet::source(cell.code.clone()).path(label(&cell)).patches(own)
        })
        .collect()
}

/// The cells of some places, each once, in the order of their first place.
fn grouped<'a>(places: impl Iterator<Item = &'a Place>) -> Vec<Arc<Cell>> {
    let mut cells: Vec<Arc<Cell>> = Vec::new();
    for place in places {
        if !cells.iter().any(|cell| Arc::ptr_eq(cell, &place.cell)) {
            cells.push(Arc::clone(&place.cell));
        }
    }
    cells
}

/// The explanation of each error code, for `:explain`.
pub fn explanations(errors: &[Diagnostic]) -> BTreeMap<String, String> {
    errors
        .iter()
        .filter_map(|error| error.code.as_ref())
        .filter_map(|code| Some((code.code.clone(), code.explanation.clone()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize, label: &str) -> Span {
        Span {
            file_name: "cell_2.rs".into(),
            byte_start: start,
            byte_end: end,
            is_primary: true,
            label: Some(label.into()),
            suggested_replacement: None,
            expansion: None,
        }
    }

    #[test]
    fn an_error_stands_at_its_place_in_the_cell() {
        let cell = Arc::new(Cell { number: 2, count: 2, code: "let a = 1;\nlet é: u8 = \"x\";".into() });
        let mut source = Source::default();
        source.push("fn generated() {\n\n");
        source.copy(&cell, 0..cell.code.len());
        let at = source.text().find("\"x\"").unwrap();
        let error = Diagnostic {
            message: "mismatched types".into(),
            code: None,
            level: "error".into(),
            spans: vec![span(at, at + 3, "expected `u8`, found `&str`")],
            children: Vec::new(),
        };
        let failure = failure(&[error.clone()], &source, "cell_2.rs", &[]);
        assert_eq!(failure.value, "mismatched types (cell 2, line 2, column 13)");
        let plain = render(&error, &source, "cell_2.rs", &Renderer::plain());
        assert!(plain.contains("--> cell 2:2:13"), "{plain}");
        assert!(plain.contains("2 | let é: u8 = \"x\";"), "{plain}");
        assert!(plain.contains("^^^ expected `u8`, found `&str`"), "{plain}");
        assert!(!plain.contains("generated"));
    }
}
