//! Data frames, columns and series as tables.

use polars::prelude::{AnyValue, Column, DataFrame, IntoColumn, Series};

use super::html::{Cell, ROWS_FROM_EITHER_END, Table, ends};
use super::number::Element;
use super::{Representation, Show};

/// Columns shown from either end of a wider frame.
const COLUMNS_FROM_EITHER_END: usize = 20;

impl Show for DataFrame {
    /// An HTML table of the first and last rows, and polars' own text.
    fn show(&self) -> Vec<Representation> {
        let (rows, columns) = (count(self.height(), "row"), count(self.width(), "column"));
        let table = table(self.columns(), self.height(), format!("{rows} × {columns}"));
        vec![Representation::text(self.to_string()), Representation::html(table.html())]
    }
}

impl Show for Column {
    /// An HTML table of the first and last values, and polars' own text.
    fn show(&self) -> Vec<Representation> {
        let table = table(std::slice::from_ref(self), self.len(), count(self.len(), "value"));
        vec![Representation::text(self.as_materialized_series().to_string()), Representation::html(table.html())]
    }
}

impl Show for Series {
    /// An HTML table of the first and last values, and polars' own text.
    fn show(&self) -> Vec<Representation> {
        let column = self.clone().into_column();
        let table = table(&[column], self.len(), count(self.len(), "value"));
        vec![Representation::text(self.to_string()), Representation::html(table.html())]
    }
}

fn count(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn table(columns: &[Column], height: usize, note: String) -> Table {
    let shown: Vec<Option<&Column>> = ends(columns.len(), COLUMNS_FROM_EITHER_END)
        .into_iter()
        .map(|place| place.map(|place| &columns[place]))
        .collect();
    let above = |column: &Column, cell: Cell| if column.dtype().is_numeric() { cell.right() } else { cell };
    let name = |column: &&Column| above(column, Cell::text(column.name()));
    let kind = |column: &&Column| above(column, Cell::soft(column.dtype().to_string()));
    let row = |cell: &dyn Fn(&&Column) -> Cell| -> Vec<Cell> {
        shown.iter().map(|column| column.as_ref().map_or_else(Cell::gap, cell)).collect()
    };
    let body = ends(height, ROWS_FROM_EITHER_END).into_iter().map(|place| match place {
        Some(place) => row(&|column| value(column, place)),
        None => row(&|column| above(column, Cell::soft("…"))),
    });
    Table { body: body.collect(), head: vec![row(&name), row(&kind)], note }
}

fn value(column: &Column, row: usize) -> Cell {
    match column.get(row) {
        Ok(AnyValue::String(text)) => Cell::text(text),
        Ok(AnyValue::StringOwned(text)) => Cell::text(&text),
        Ok(AnyValue::Float64(value)) => value.cell(),
        Ok(AnyValue::Float32(value)) => value.cell(),
        Ok(AnyValue::Null) if column.dtype().is_numeric() => Cell::soft("null").right(),
        Ok(AnyValue::Null) => Cell::soft("null"),
        Ok(other) if column.dtype().is_numeric() => Cell::number(other.to_string(), None),
        Ok(other) => Cell::text(&other.to_string()),
        Err(error) => Cell::soft(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Content;
    use polars::prelude::{NamedFrom, df};

    fn html(value: &dyn Show) -> String {
        match &value.show()[..] {
            [text, Representation { mime: "text/html", content: Content::Text(html) }] if text.mime == "text/plain" => {
                html.clone()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_types_and_values_are_shown() {
        let frame = df!("a<b" => ["x & y", "<z>"], "n" => [Some(1.0 / 3.0), None]).expect("two columns");
        let html = html(&frame);
        assert!(html.contains("<th>a&lt;b</th><th class=\"number\">n</th>"));
        assert!(html.contains("<th class=\"soft\">str</th><th class=\"number soft\">f64</th>"));
        assert!(html.contains("<td>x &amp; y</td><td class=\"number\" title=\"0.3333333333333333\">0.333333</td>"));
        assert!(html.contains("<td>&lt;z&gt;</td><td class=\"number soft\">null</td>"));
        assert!(html.contains("2 rows × 2 columns"));
    }

    #[test]
    fn a_long_table_shows_both_ends() {
        let frame = df!("n" => (0..100_i32).collect::<Vec<_>>()).expect("one column");
        let html = html(&frame);
        for (value, shown) in [(9, true), (10, false), (89, false), (90, true), (99, true)] {
            assert_eq!(html.contains(&format!(">{value}</td>")), shown, "{value}");
        }
    }

    #[test]
    fn a_wide_table_shows_both_ends() {
        let columns = (0..100).map(|i| Series::new(format!("c{i}").into(), [i]).into_column()).collect();
        let html = html(&DataFrame::new(1, columns).expect("equal heights"));
        for (column, shown) in [(19, true), (20, false), (79, false), (80, true)] {
            assert_eq!(html.contains(&format!(">c{column}</th>")), shown, "{column}");
        }
        assert!(html.contains("1 row × 100 columns"));
    }

    #[test]
    fn a_table_just_short_enough_is_whole() {
        let frame = df!("n" => (0..21_i32).collect::<Vec<_>>()).expect("one column");
        assert!(!html(&frame).contains('…'));
    }

    #[test]
    fn an_empty_frame_has_a_shape() {
        assert!(html(&DataFrame::empty()).contains("0 rows × 0 columns"));
    }

    #[test]
    fn a_series_and_a_column_are_tables_too() {
        let series = Series::new("n".into(), [1_i64, 2]);
        assert!(html(&series).contains(">i64</th>") && html(&series).contains("2 values"));
        assert_eq!(html(&series.into_column()).matches("<tr>").count(), 4);
    }
}
