//! The series behind a figure as CSV, in long form: what a reader plots again, and what a later run is compared with.

use super::Figure;

/// One series, read back.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSeries {
    pub panel: String,
    pub name: String,
    pub origin: String,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// Empty when the series has none.
    pub spread: Vec<f64>,
}

/// Why a table could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    #[error("found header `{found}`, expected one that starts with `{HEADER}`")]
    Header { found: String },
    #[error("line {line}: found {found} fields, expected {expected}")]
    Fields { line: usize, found: usize, expected: usize },
    #[error("line {line}: found `{found}`, expected a number")]
    Number { line: usize, found: String },
    #[error("line {line}: a quote is not closed")]
    Quote { line: usize },
}

const HEADER: &str = "panel,series,origin,x,y,spread";

/// Writes the series of a figure: one line per point, in the order in which they are drawn.
///
/// Numbers are the shortest that read back to the same f64. Figures with a categorical axis have a further column with
/// the category that `x` counts, those with named points one with their names. Points without a spread leave that field
/// empty.
pub fn series_csv(figure: &Figure) -> String {
    let categorical = figure.panels.iter().any(|panel| !panel.categories.is_empty());
    let labelled = figure.panels.iter().flat_map(|panel| &panel.series).any(|series| !series.labels.is_empty());
    let column = |there: bool, name: &'static str| if there { name } else { "" };
    let mut csv = format!("{HEADER}{}{}\n", column(categorical, ",category"), column(labelled, ",label"));
    for (panel, panel_name) in figure.panels.iter().zip(figure.panel_names()) {
        for series in &panel.series {
            let lead = format!("{},{},{}", quoted(&panel_name), quoted(&series.name), series.origin.label());
            for (index, (x, y)) in series.x.iter().zip(&series.y).enumerate() {
                let spread = series.spread.get(index).map(|s| number(*s)).unwrap_or_default();
                csv.push_str(&format!("{lead},{},{},{spread}", number(*x), number(*y)));
                if categorical {
                    let at = x.round();
                    let category = if at >= 0.0 { panel.categories.get(at as usize) } else { None };
                    csv.push(',');
                    csv.push_str(&category.map(|c| quoted(c)).unwrap_or_default());
                }
                if labelled {
                    csv.push(',');
                    csv.push_str(&series.labels.get(index).map(|label| quoted(label)).unwrap_or_default());
                }
                csv.push('\n');
            }
        }
    }
    csv
}

/// Reads what [`series_csv`] wrote.
///
/// # Errors
/// [`SeriesError`], with the line at fault.
pub fn read_series(csv: &str) -> Result<Vec<TableSeries>, SeriesError> {
    let mut records = records(csv);
    let header = records.next().transpose()?.map(|(_, fields)| fields.join(",")).unwrap_or_default();
    if !header.starts_with(HEADER) {
        return Err(SeriesError::Header { found: header });
    }
    let expected = header.split(',').count();
    let mut all: Vec<TableSeries> = Vec::new();
    for record in records {
        let (line, fields) = record?;
        let found = fields.len();
        if found != expected {
            return Err(SeriesError::Fields { line, found, expected });
        }
        let value = |text: &String| text.parse::<f64>().map_err(|_| SeriesError::Number { line, found: text.clone() });
        let [panel, name, origin, x, y, spread] = std::array::from_fn(|i| &fields[i]);
        let same = |s: &TableSeries| (&s.panel, &s.name, &s.origin) == (panel, name, origin);
        if !all.last().is_some_and(same) {
            let (panel, name, origin) = (panel.clone(), name.clone(), origin.clone());
            all.push(TableSeries { panel, name, origin, x: Vec::new(), y: Vec::new(), spread: Vec::new() });
        }
        if let Some(series) = all.last_mut() {
            series.x.push(value(x)?);
            series.y.push(value(y)?);
            if !spread.is_empty() {
                series.spread.push(value(spread)?);
            }
        }
    }
    Ok(all)
}

fn number(value: f64) -> String {
    format!("{value:?}")
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into() }
}

/// Splits CSV into records with the line each starts on; quoted fields may hold commas, quotes and line breaks.
fn records(csv: &str) -> impl Iterator<Item = Result<(usize, Vec<String>), SeriesError>> {
    let mut characters = csv.chars().peekable();
    let mut line = 1;
    std::iter::from_fn(move || {
        characters.peek()?;
        let start = line;
        let mut fields = vec![String::new()];
        let mut inside = false;
        loop {
            let next = characters.next();
            let field = fields.last_mut().expect("there is always a field");
            match next {
                None if inside => return Some(Err(SeriesError::Quote { line: start })),
                None => break,
                Some('"') if inside && characters.peek() == Some(&'"') => {
                    characters.next();
                    field.push('"');
                }
                Some('"') if inside || field.is_empty() => inside = !inside,
                Some(',') if !inside => fields.push(String::new()),
                Some('\n') => {
                    line += 1;
                    if !inside {
                        break;
                    }
                    field.push('\n');
                }
                Some('\r') if !inside => {}
                Some(other) => field.push(other),
            }
        }
        Some(Ok((start, fields)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repro::{Axis, Mark, Origin, Panel, Series};

    fn figure() -> Figure {
        let x = vec![0.1 + 0.2, f64::NAN, -0.0, 5e-324];
        let y = vec![f64::INFINITY, f64::NEG_INFINITY, 1e300, -1.0 / 3.0];
        let odd =
            Series::new("a, \"b\"\nc", Origin::Synthetic, Mark::Points, x, y).spread(vec![1.0, 2.0, 3.0, f64::NAN]);
        let plain = Series::new("plain", Origin::Exact, Mark::Bars, vec![0.0, 1.0], vec![3.0, 4.0]);
        let panel = |title| Panel::new(title, Axis::linear("x"), Axis::linear("y"));
        Figure::new("f", "t", "c")
            .panel(panel("same").series(odd))
            .panel(panel("same").categories(["one", "two, three"]).series(plain))
    }

    #[test]
    fn every_number_comes_back_bit_for_bit() {
        let figure = figure();
        let back = read_series(&series_csv(&figure)).unwrap();
        assert_eq!(back.len(), 2);
        let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        for (read, drawn) in back.iter().zip(figure.panels.iter().flat_map(|p| &p.series)) {
            assert_eq!((read.name.as_str(), read.origin.as_str()), (drawn.name.as_str(), drawn.origin.label()));
            for (a, b) in [(&read.x, &drawn.x), (&read.y, &drawn.y), (&read.spread, &drawn.spread)] {
                assert_eq!(bits(a), bits(b));
            }
        }
    }

    #[test]
    fn categories_are_named_and_panels_told_apart() {
        let csv = series_csv(&figure());
        assert!(csv.starts_with("panel,series,origin,x,y,spread,category\n"), "{csv}");
        assert!(csv.contains("b: same,plain,exact,1.0,4.0,,\"two, three\"\n"), "{csv}");
    }

    #[test]
    fn named_points_have_a_column_of_their_own() {
        let mut named = figure();
        named.panels[1].series[0].labels = vec!["A → B".into(), "C, D".into()];
        let csv = series_csv(&named);
        assert!(csv.starts_with("panel,series,origin,x,y,spread,category,label\n"), "{csv}");
        assert!(csv.contains("b: same,plain,exact,0.0,3.0,,one,A → B\n"), "{csv}");
        assert_eq!(read_series(&csv).unwrap()[1], read_series(&series_csv(&figure())).unwrap()[1]);
    }

    #[test]
    fn faults_name_the_line() {
        let read = |rest: &str| read_series(&format!("{HEADER}\n{rest}"));
        assert_eq!(read("p,s,exact,1.0,2.0").unwrap_err(), SeriesError::Fields { line: 2, found: 5, expected: 6 });
        let number = SeriesError::Number { line: 3, found: "x".into() };
        assert_eq!(read("p,s,exact,1,2,\np,s,exact,1,x,\n").unwrap_err(), number);
        assert_eq!(read("\"p,s").unwrap_err(), SeriesError::Quote { line: 2 });
        assert!(matches!(read_series("a,b\n"), Err(SeriesError::Header { .. })));
    }
}
