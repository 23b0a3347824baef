//! IPAC tables: `\` keywords, four header lines between bars (names, types, units, nulls), fixed columns below them.
//!
//! Format: IPAC Table Format, version 1.x, https://irsa.ipac.caltech.edu/applications/DDGEN/Doc/ipac_tbl.html.

use super::error::{Fault, ReadError};
use super::table::{Column, Format, Row, Table};

/// What a missing value is written as when the header doesn't say.
const NULL: &str = "null";

pub(super) fn read(place: &str, text: &str) -> Result<Table, ReadError> {
    let (mut headers, mut keywords, mut data) = (Vec::new(), Vec::new(), Vec::new());
    for (line, text) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end())) {
        if let Some(keyword) = text.strip_prefix('\\') {
            if let Some((name, value)) = keyword.split_once('=') {
                let value = value.trim().trim_matches(['\'', '"']);
                keywords.push((name.trim().to_string(), value.to_string()));
            }
        } else if text.starts_with('|') {
            headers.push((line, text));
        } else if !text.trim().is_empty() {
            data.push((line, text));
        }
    }
    let Some((first_line, first)) = headers.first().copied() else {
        let found = "no line of column names between bars (|)".into();
        return Err(ReadError::at(place, Fault::Header { found, expected: "an IPAC header" }));
    };
    if headers.len() > 4 {
        let found = format!("{} header lines", headers.len());
        let fault = Fault::Header { found, expected: "one to four: names, types, units, nulls" };
        return Err(ReadError::at(place, fault).line(headers[4].0));
    }
    let bars: Vec<usize> = first.chars().enumerate().filter(|(_, c)| *c == '|').map(|(at, _)| at).collect();
    if bars.len() < 2 {
        let fault = Fault::Header { found: "one bar".into(), expected: "a bar before and after every column name" };
        return Err(ReadError::at(place, fault).line(first_line));
    }
    let mut cells = Vec::new();
    for (line, text) in &headers {
        let row: Vec<&str> = text.trim_start_matches('|').trim_end_matches('|').split('|').map(str::trim).collect();
        if row.len() != bars.len() - 1 {
            let fault = Fault::Ragged { found: row.len(), expected: bars.len() - 1, last: false };
            return Err(ReadError::at(place, fault).line(*line));
        }
        cells.push(row);
    }
    let columns: Vec<Column> = cells[0]
        .iter()
        .enumerate()
        .map(|(index, name)| Column::new(*name, cells.get(2).map(|units| units[index])))
        .collect();
    let null =
        |index: usize| cells.get(3).map_or(NULL, |nulls| if nulls[index].is_empty() { NULL } else { nulls[index] });
    let mut rows = Vec::with_capacity(data.len());
    let last = data.last().map(|(line, _)| *line);
    for (line, text) in data {
        let short = |found| {
            let fault = Fault::Ragged { found, expected: columns.len(), last: last == Some(line) };
            ReadError::at(place, fault).line(line)
        };
        let characters: Vec<char> = text.chars().collect();
        let mut fields = Vec::with_capacity(columns.len());
        for (index, pair) in bars.windows(2).enumerate() {
            // What lies under the bar on the left belongs to no column, but writers do start there.
            let from = if index == 0 { 0 } else { pair[0] + 1 };
            let outermost = index + 2 == bars.len();
            let to = if outermost { characters.len().max(from) } else { pair[1].min(characters.len()) };
            if from >= characters.len() {
                return Err(short(index));
            }
            if !outermost && characters.get(pair[1]).is_some_and(|c| !c.is_whitespace()) {
                let before = characters[..pair[1]].iter().rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1);
                let word: String = characters[before..].iter().take_while(|c| !c.is_whitespace()).collect();
                return Err(ReadError::at(place, Fault::CrossesBar { found: word }).line(line));
            }
            let field = characters[from..to].iter().collect::<String>().trim().to_string();
            if field.split_whitespace().count() > 1
                && outermost
                && field.split_whitespace().all(|w| w.parse::<f64>().is_ok())
            {
                return Err(short(columns.len() + field.split_whitespace().count() - 1));
            }
            fields.push(if field.is_empty() || field == null(index) { None } else { Some(field) });
        }
        rows.push(Row { line, fields });
    }
    Table::new(place, Format::Ipac, first_line, columns, rows, keywords)
}
