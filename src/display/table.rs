//! Data frames as HTML.

use std::fmt::Write;

use polars::prelude::{AnyValue, DataFrame};

/// Rows shown from either end of a longer table.
const ROWS_FROM_EITHER_END: usize = 5;

/// Renders a data frame: names, types, the first and last rows, and its shape.
pub fn html(frame: &DataFrame) -> String {
    let mut html = String::from("<table>\n<thead>\n<tr>");
    for name in frame.get_column_names() {
        // Writing to a string can't fail; the same holds below.
        let _ = write!(html, "<th>{}</th>", escape(name));
    }
    html.push_str("</tr>\n<tr>");
    for kind in frame.dtypes() {
        let _ = write!(html, "<td><i>{}</i></td>", escape(&kind.to_string()));
    }
    html.push_str("</tr>\n</thead>\n<tbody>\n");
    let rows = frame.height();
    let hidden = rows > 2 * ROWS_FROM_EITHER_END + 1;
    let first = if hidden { ROWS_FROM_EITHER_END } else { rows };
    for row in 0..first {
        push_row(&mut html, frame, row);
    }
    if hidden {
        html.push_str("<tr>");
        html.push_str(&"<td>…</td>".repeat(frame.width()));
        html.push_str("</tr>\n");
        for row in rows - ROWS_FROM_EITHER_END..rows {
            push_row(&mut html, frame, row);
        }
    }
    let _ = write!(html, "</tbody>\n</table>\n<p>{rows} rows × {} columns</p>", frame.width());
    html
}

fn push_row(html: &mut String, frame: &DataFrame, row: usize) {
    html.push_str("<tr>");
    for name in frame.get_column_names() {
        let value = frame.column(name).ok().and_then(|column| column.get(row).ok()).unwrap_or(AnyValue::Null);
        let text = match &value {
            AnyValue::String(text) => (*text).to_owned(),
            AnyValue::Null => "null".to_owned(),
            other => other.to_string(),
        };
        let _ = write!(html, "<td>{}</td>", escape(&text));
    }
    html.push_str("</tr>\n");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn names_and_values_are_escaped() {
        let frame = df!("a<b" => ["x & y", "<z>"]).expect("one column");
        let html = html(&frame);
        assert!(html.contains("<th>a&lt;b</th>") && html.contains("<td>x &amp; y</td>"));
        assert!(html.contains("2 rows × 1 columns"));
    }

    #[test]
    fn a_long_table_shows_both_ends() {
        let frame = df!("n" => (0..100_i32).collect::<Vec<_>>()).expect("one column");
        let html = html(&frame);
        for (value, shown) in [(4, true), (5, false), (94, false), (95, true), (99, true)] {
            assert_eq!(html.contains(&format!("<td>{value}</td>")), shown, "{value}");
        }
    }

    #[test]
    fn a_table_just_short_enough_is_whole() {
        let frame = df!("n" => (0..11_i32).collect::<Vec<_>>()).expect("one column");
        assert!(!html(&frame).contains('…'));
    }

    #[test]
    fn an_empty_frame_has_a_shape() {
        assert!(html(&DataFrame::empty()).contains("0 rows × 0 columns"));
    }
}
