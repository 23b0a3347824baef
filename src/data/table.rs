//! Tables of numbers: comma-separated text with one header line, read with errors that say where and what.

/// A table of finite numbers under named columns.
#[derive(Clone, Debug, PartialEq)]
pub struct NumericTable {
    /// The file that it was read from, for errors.
    pub place: String,
    /// Column names, without surrounding space.
    pub columns: Vec<String>,
    /// One vector per line, each as long as `columns`.
    pub rows: Vec<Vec<f64>>,
}

/// What is wrong with a table, and where: lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TableError {
    #[error("{place}: found nothing, expected a header line and rows of numbers")]
    Empty { place: String },
    #[error("{place}:1: found numbers (`{found}`), expected a header line of column names")]
    NoHeader { place: String, found: String },
    #[error("{place}:1: column {column} has no name")]
    UnnamedColumn { place: String, column: usize },
    #[error("{place}:1: column {column} repeats the name `{name}`; expected each name once")]
    RepeatedColumn { place: String, column: usize, name: String },
    #[error("{place}:{line}: found {found} fields, expected {expected} as in the header")]
    Ragged { place: String, line: usize, found: usize, expected: usize },
    #[error("{place}:{line}: column {column} (`{name}`): found `{found}`, expected a finite number such as 1.5e-3")]
    NotANumber { place: String, line: usize, column: usize, name: String, found: String },
    #[error("{place}:{line}: column {column} opens a quote that doesn't close on the same line")]
    OpenQuote { place: String, line: usize, column: usize },
    #[error("{place}: found no column `{name}`; it has {known}")]
    MissingColumn { place: String, name: String, known: String },
}

impl NumericTable {
    /// Reads comma-separated text; `place` names it in errors.
    ///
    /// Accepts a byte-order mark, CRLF line ends, quoted fields, space around fields and empty lines at the end.
    ///
    /// # Errors
    /// The first fault from the top, as a [`TableError`].
    pub fn parse(place: &str, text: &str) -> Result<Self, TableError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end();
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let Some((_, first)) = lines.next().filter(|(_, line)| !line.trim().is_empty()) else {
            return Err(TableError::Empty { place: place.into() });
        };
        let columns = header(place, first)?;
        let rows = lines.map(|(line, text)| row(place, line, text, &columns)).collect::<Result<_, _>>()?;
        Ok(Self { place: place.into(), columns, rows })
    }

    /// The numbers of one column, top to bottom; names are compared exactly.
    ///
    /// # Errors
    /// [`TableError::MissingColumn`], with the names that there are.
    pub fn column(&self, name: &str) -> Result<Vec<f64>, TableError> {
        let index = self.index(name)?;
        Ok(self.rows.iter().map(|row| row[index]).collect())
    }

    /// Where a column stands, counted from 0.
    ///
    /// # Errors
    /// [`TableError::MissingColumn`], with the names that there are.
    pub fn index(&self, name: &str) -> Result<usize, TableError> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| TableError::MissingColumn {
            place: self.place.clone(),
            name: name.into(),
            known: self.columns.join(", "),
        })
    }
}

fn header(place: &str, text: &str) -> Result<Vec<String>, TableError> {
    let columns = fields(place, 1, text)?;
    if columns.iter().all(|name| name.parse::<f64>().is_ok()) {
        return Err(TableError::NoHeader { place: place.into(), found: text.trim().into() });
    }
    for (index, name) in columns.iter().enumerate() {
        let column = index + 1;
        if name.is_empty() {
            return Err(TableError::UnnamedColumn { place: place.into(), column });
        }
        if columns[..index].contains(name) {
            return Err(TableError::RepeatedColumn { place: place.into(), column, name: name.clone() });
        }
    }
    Ok(columns)
}

fn row(place: &str, line: usize, text: &str, columns: &[String]) -> Result<Vec<f64>, TableError> {
    let fields = fields(place, line, text)?;
    if fields.len() != columns.len() {
        let (found, expected) = (fields.len(), columns.len());
        return Err(TableError::Ragged { place: place.into(), line, found, expected });
    }
    let number = |(index, field): (usize, String)| match field.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(TableError::NotANumber {
            place: place.into(),
            line,
            column: index + 1,
            name: columns[index].clone(),
            found: field,
        }),
    };
    fields.into_iter().enumerate().map(number).collect()
}

/// Splits a line at commas outside quotes; `""` inside quotes stands for one quote (RFC 4180).
fn fields(place: &str, line: usize, text: &str) -> Result<Vec<String>, TableError> {
    let (mut fields, mut field) = (Vec::new(), String::new());
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted || field.trim().is_empty() => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field).trim().to_string()),
            other => field.push(other),
        }
    }
    if quoted {
        return Err(TableError::OpenQuote { place: place.into(), line, column: fields.len() + 1 });
    }
    fields.push(field.trim().to_string());
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<NumericTable, TableError> {
        NumericTable::parse("t.csv", text)
    }

    fn message(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn plain_marked_quoted_and_crlf_tables_read_alike() {
        let plain = read("time,S1\n0,1.5e-4\n0.1,-2\n").unwrap();
        assert_eq!(plain.columns, ["time", "S1"]);
        assert_eq!(plain.rows, [[0.0, 1.5e-4], [0.1, -2.0]]);
        for same in [
            "\u{feff}time,S1\n0,1.5e-4\n0.1,-2\n",
            "time,S1\r\n0,1.5e-4\r\n0.1,-2\r\n",
            "time , \"S1\"\n 0, 1.5e-004\n\"0.1\",-2\n\n\n",
            "time,S1\n0,1.5E-4\n0.1,-2",
        ] {
            assert_eq!(read(same).unwrap(), plain, "{same:?}");
        }
    }

    #[test]
    fn a_header_alone_is_a_table_without_rows() {
        assert_eq!(read("time,S1\n").unwrap().rows, Vec::<Vec<f64>>::new());
        assert_eq!(read("\"a,b\",\"say \"\"c\"\"\"\n").unwrap().columns, ["a,b", "say \"c\""]);
    }

    #[test]
    fn faults_name_file_line_column_and_what_was_found() {
        assert_eq!(message("time,S1\n0,1\n2\n"), "t.csv:3: found 1 fields, expected 2 as in the header");
        assert_eq!(message("time,S1\n0,1,\n"), "t.csv:2: found 3 fields, expected 2 as in the header");
        for found in ["NaN", "inf", "-Infinity", "1e999", "", "1.2.3", "1,5"] {
            let quoted = format!("time,S1\n0,1\n1,\"{found}\"\n");
            let expected = TableError::NotANumber {
                place: "t.csv".into(),
                line: 3,
                column: 2,
                name: "S1".into(),
                found: found.into(),
            };
            assert_eq!(read(&quoted).unwrap_err(), expected);
        }
        assert_eq!(read("a,b\n1,\"2\n"), Err(TableError::OpenQuote { place: "t.csv".into(), line: 2, column: 2 }));
    }

    #[test]
    fn an_empty_line_between_rows_is_a_ragged_row() {
        assert!(matches!(read("a,b\n1,2\n\n3,4\n"), Err(TableError::Ragged { line: 3, found: 1, .. })));
    }

    #[test]
    fn empty_texts_and_headers_without_names_are_refused() {
        for empty in ["", "\n\n", "\u{feff}", "  \r\n"] {
            assert_eq!(read(empty), Err(TableError::Empty { place: "t.csv".into() }), "{empty:?}");
        }
        assert!(matches!(read("0,1\n2,3\n"), Err(TableError::NoHeader { .. })));
        assert!(matches!(read("a,,b\n"), Err(TableError::UnnamedColumn { column: 2, .. })));
        assert!(matches!(read("a,b,a\n"), Err(TableError::RepeatedColumn { column: 3, .. })));
    }

    #[test]
    fn columns_are_found_by_name() {
        let table = read("time,S1\n0,5\n1,6\n").unwrap();
        assert_eq!(table.column("S1").unwrap(), [5.0, 6.0]);
        let missing = table.column("S2").unwrap_err().to_string();
        assert_eq!(missing, "t.csv: found no column `S2`; it has time, S1");
    }
}
