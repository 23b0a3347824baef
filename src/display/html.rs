//! Tables in HTML, readable on light and dark pages: no colours of their own.

use std::fmt::Write;

/// Rows shown from either end of a longer table.
pub const ROWS_FROM_EITHER_END: usize = 10;
/// Columns shown from either end of a wider array.
pub const COLUMNS_FROM_EITHER_END: usize = 5;
/// A longer text is cut in its cell; its `title` has more of it.
const LONGEST_TEXT: usize = 100;
const LONGEST_TITLE: usize = 1000;

/// What all tables and progress bars look like. `soft` is what is said about the data, `number` what is compared.
///
/// The class stands twice where JupyterLab's own rule, which puts all text to the right, would win otherwise.
pub const STYLE: &str = "<style>\
table.saigen{border-collapse:collapse;margin:.3em 0;font-size:.9em;line-height:1.4;color:inherit}\
table.saigen.saigen th,table.saigen.saigen td{padding:.1em .7em;border:0;text-align:left;white-space:pre;color:inherit}\
table.saigen thead tr:last-child>*{border-bottom:1px solid}\
table.saigen.saigen .number{text-align:right;font-variant-numeric:tabular-nums}\
table.saigen .soft,p.saigen{opacity:.65;font-weight:normal}\
p.saigen{margin:.2em 0 .6em .7em;font-size:.85em}\
</style>";

/// Text that stands for itself in HTML, SVG and XML, also inside double quotes; a character that XML 1.0 forbids becomes
/// U+FFFD.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            control if control < ' ' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Which of `count` positions are shown: all of a few, else those at either end with `None` between them.
pub fn ends(count: usize, each: usize) -> Vec<Option<usize>> {
    if count <= 2 * each + 1 {
        return (0..count).map(Some).collect();
    }
    (0..each).map(Some).chain([None]).chain((count - each..count).map(Some)).collect()
}

/// One cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    text: String,
    /// What is shown when the pointer rests on the cell.
    title: Option<String>,
    class: &'static str,
}

impl Cell {
    /// A text, cut if it is long.
    pub fn text(text: &str) -> Self {
        match text.char_indices().nth(LONGEST_TEXT) {
            None => Self { text: text.to_owned(), title: None, class: "" },
            Some((end, _)) => {
                let title = text.chars().take(LONGEST_TITLE).collect();
                Self { text: format!("{}…", &text[..end]), title: Some(title), class: "" }
            }
        }
    }

    /// A number; with its full digits as title if it is rounded.
    pub fn number(text: String, title: Option<String>) -> Self {
        Self { text, title, class: "number" }
    }

    /// Something about the data, such as a type or an index.
    pub fn soft(text: impl Into<String>) -> Self {
        Self { text: text.into(), title: None, class: "soft" }
    }

    /// Stands for rows or columns that aren't shown.
    pub fn gap() -> Self {
        Self { text: "…".to_owned(), title: None, class: "number soft" }
    }

    /// Puts the text to the right, above numbers.
    pub fn right(mut self) -> Self {
        self.class = if self.class == "soft" { "number soft" } else { "number" };
        self
    }

    fn push(&self, html: &mut String, tag: &str) {
        // Writing to a string can't fail; the same holds below.
        let _ = write!(html, "<{tag}");
        if !self.class.is_empty() {
            let _ = write!(html, " class=\"{}\"", self.class);
        }
        if let Some(title) = &self.title {
            let _ = write!(html, " title=\"{}\"", escape(title));
        }
        let _ = write!(html, ">{}</{tag}>", escape(&self.text));
    }
}

/// A table with rows above and columns left of its body.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Rows of the head, the first of which is in bold.
    pub head: Vec<Vec<Cell>>,
    /// Rows of the body.
    pub body: Vec<Vec<Cell>>,
    /// What is said below the table.
    pub note: String,
}

impl Table {
    /// The table as HTML, with its style.
    pub fn html(&self) -> String {
        let mut html = format!("{STYLE}\n<table class=\"saigen\">\n<thead>\n");
        for row in &self.head {
            push_row(&mut html, row, "th");
        }
        html.push_str("</thead>\n<tbody>\n");
        for row in &self.body {
            push_row(&mut html, row, "td");
        }
        let _ = write!(html, "</tbody>\n</table>\n<p class=\"saigen\">{}</p>", escape(&self.note));
        html
    }
}

fn push_row(html: &mut String, row: &[Cell], tag: &str) {
    html.push_str("<tr>");
    for cell in row {
        cell.push(html, tag);
    }
    html.push_str("</tr>\n");
}

/// An array of `rows` × `columns` with its indices; one row has no index of its own. `cell` is asked only for what is
/// shown.
pub fn grid(rows: Option<usize>, columns: usize, cell: impl Fn(usize, usize) -> Cell, note: String) -> Table {
    let columns = ends(columns, COLUMNS_FROM_EITHER_END);
    let index = |place: &Option<usize>| place.map_or_else(Cell::gap, |place| Cell::soft(place.to_string()).right());
    let corner = rows.map(|_| Cell::soft(""));
    let head = vec![corner.into_iter().chain(columns.iter().map(index)).collect()];
    let body = ends(rows.unwrap_or(1), ROWS_FROM_EITHER_END)
        .iter()
        .map(|row| {
            let value = |column: &Option<usize>| match (row, column) {
                (Some(row), Some(column)) => cell(*row, *column),
                _ => Cell::gap(),
            };
            rows.map(|_| index(row)).into_iter().chain(columns.iter().map(value)).collect()
        })
        .collect();
    Table { head, body, note }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_long_list_are_shown() {
        assert_eq!(ends(3, 1), [Some(0), Some(1), Some(2)]);
        assert_eq!(ends(4, 1), [Some(0), None, Some(3)]);
        assert_eq!(ends(0, 1), []);
    }

    #[test]
    fn nothing_in_a_table_is_markup() {
        let table = Table {
            head: vec![vec![Cell::text("a<b")]],
            body: vec![vec![Cell::number("1".into(), Some("\"><script>".into())), Cell::text("x & 'y'")]],
            note: "<i>".into(),
        };
        let html = table.html();
        assert!(html.contains("<th>a&lt;b</th>"));
        assert!(html.contains("<td class=\"number\" title=\"&quot;&gt;&lt;script&gt;\">1</td><td>x &amp; 'y'</td>"));
        assert!(html.contains("<p class=\"saigen\">&lt;i&gt;</p>"));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = "日".repeat(2000);
        let cell = Cell::text(&long);
        assert_eq!(cell.text.chars().count(), LONGEST_TEXT + 1);
        assert_eq!(cell.title.map(|title| title.chars().count()), Some(LONGEST_TITLE));
        assert_eq!(Cell::text(&"日".repeat(LONGEST_TEXT)).title, None);
    }

    #[test]
    fn a_grid_asks_for_what_it_shows() {
        let asked = std::cell::RefCell::new(Vec::new());
        let cell = |row, column| {
            asked.borrow_mut().push((row, column));
            Cell::text("x")
        };
        let table = grid(Some(1_000_000), 12, cell, String::new());
        assert_eq!(table.head[0].len(), 1 + 11);
        assert_eq!(table.body.len(), 21);
        assert!(table.body.iter().all(|row| row.len() == 12));
        assert_eq!(asked.borrow().len(), 200);
        assert!(asked.borrow().contains(&(999_999, 11)) && !asked.borrow().contains(&(10, 0)));
    }

    #[test]
    fn one_row_has_no_index() {
        let table = grid(None, 2, |_, column| Cell::text(&column.to_string()), String::new());
        assert_eq!((table.head[0].len(), table.body.len(), table.body[0].len()), (2, 1, 2));
    }
}
