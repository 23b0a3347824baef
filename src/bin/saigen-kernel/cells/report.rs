//! Compile errors in the words of the compiler and at the places of the user's cells.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::renderer::{Effects, RgbColor, Style};
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
    let first = errors.first();
    let mut value = first.map_or_else(|| "the cell does not compile".to_owned(), |error| error.message.clone());
    let place = first.and_then(|error| {
        let primary = error.spans.iter().find(|span| span.is_primary)?;
        self::place(primary, source, file)
    });
    if let Some(place) = place {
        let (line, column) = place.line_and_column();
        value.push_str(&format!(" (cell {}, line {line}, column {column})", place.cell.count));
    }
    for note in notes {
        value.push_str(&format!("; {note}"));
    }
    let mut traceback: Vec<String> = errors.iter().map(|error| render(error, source, file, &coloured())).collect();
    traceback.extend(notes.iter().map(|note| format!("note: {note}")));
    Failure { name: "CompileError".to_owned(), value, traceback }
}

/// The compiler's colours, in tones that have the same contrast, 3 to 1 at least, on the pale and on the dark red on which
/// JupyterLab's two themes show errors. The sixteen colours of a terminal are readable on one of them only.
pub fn coloured() -> Renderer {
    const fn bold(red: u8, green: u8, blue: u8) -> Style {
        RgbColor(red, green, blue).on_default().effects(Effects::BOLD)
    }
    const RED: Style = bold(0xe3, 0x3b, 0x44);
    const ORANGE: Style = bold(0xb2, 0x6e, 0x00);
    const GREEN: Style = bold(0x2a, 0x8c, 0x45);
    const BLUE: Style = bold(0x2b, 0x7d, 0xe0);
    const CYAN: Style = bold(0x14, 0x86, 0xa0);
    Renderer::styled()
        .error(RED)
        .warning(ORANGE)
        .info(BLUE)
        .note(GREEN)
        .help(CYAN)
        .line_num(BLUE)
        .context(BLUE)
        .addition(GREEN)
        .removal(RED)
}

/// A diagnostic as the compiler would print it for the cell.
pub fn render(diagnostic: &Diagnostic, source: &Source, file: &str, renderer: &Renderer) -> String {
    let places = |spans: &[Span]| -> Vec<(Place, bool, String)> {
        spans
            .iter()
            .filter_map(|span| {
                Some((place(span, source, file)?, span.is_primary, span.label.clone().unwrap_or_default()))
            })
            .collect()
    };
    let own = places(&diagnostic.spans);
    if own.is_empty()
        && let Some(rendered) = &diagnostic.rendered
    {
        return rendered.trim_end().to_owned();
    }
    let level = if diagnostic.is_error() { Level::ERROR } else { Level::WARNING };
    let mut title = level.primary_title(diagnostic.message.clone());
    if let Some(code) = &diagnostic.code {
        title = title.id(code.code.clone());
    }
    let mut groups = vec![Group::with_title(title).elements(snippets(&own))];
    for child in &diagnostic.children {
        let level = if child.level == "help" { Level::HELP } else { Level::NOTE };
        let changes: Vec<(Place, String)> = child
            .spans
            .iter()
            .filter_map(|span| Some((place(span, source, file)?, span.suggested_replacement.clone()?)))
            .collect();
        let spots = places(&child.spans);
        if !changes.is_empty() && changes.len() == child.spans.len() {
            groups.push(Group::with_title(level.secondary_title(child.message.clone())).elements(patches(&changes)));
        } else if !spots.is_empty() {
            groups.push(Group::with_title(level.secondary_title(child.message.clone())).elements(snippets(&spots)));
        } else if child.spans.is_empty()
            && let Some(last) = groups.pop()
        {
            groups.push(last.element(level.message(child.message.clone())));
        }
    }
    renderer.render(&groups)
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
            rendered: None,
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
