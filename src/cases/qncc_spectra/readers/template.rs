//! The PDRs4All template spectra (Peeters et al. 2024): a line with the numbers of rows, columns and header lines, free
//! text, names, units, then rows. A flux and an error that are both zero mean no data.

use super::error::{Fault, ReadError};
use super::table::{Column, Format, Row, Table};

pub(super) fn read(place: &str, text: &str) -> Result<Table, ReadError> {
    let lines: Vec<&str> = text.lines().collect();
    let counts: Vec<usize> = lines[0].split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let bad = |found: String, expected| ReadError::at(place, Fault::Header { found, expected });
    let [declared, width, head] = counts[..] else {
        let found = format!("`{}`", lines[0].trim());
        return Err(bad(found, "the numbers of rows, columns and header lines").line(1));
    };
    if head < 2 || lines.len() <= head {
        let found = format!("{head} header lines in a file of {} lines", lines.len());
        return Err(bad(found, "at least two header lines, and rows after them").line(1));
    }
    let names: Vec<&str> = lines[head - 1].split(',').map(str::trim).collect();
    if names.len() != width {
        let found = format!("{} column names, but {width} columns announced", names.len());
        return Err(bad(found, "a name per column").line(head));
    }
    let units = units(lines[head]);
    let unit = |index: usize| units.get(index).or(units.last()).map(String::as_str);
    let columns: Vec<Column> = names
        .iter()
        .enumerate()
        .map(|(index, name)| Column::new(*name, unit(index).filter(|unit| !unit.starts_with('('))))
        .collect();
    // Which column holds the error of which.
    let pairs: Vec<usize> = (1..columns.len())
        .filter(|&index| columns[index].name.starts_with("error") && columns[index - 1].name.starts_with("flux"))
        .collect();
    let mut rows = Vec::new();
    for (index, text) in lines.iter().enumerate().skip(head + 1).filter(|(_, text)| !text.trim().is_empty()) {
        let mut fields: Vec<Option<String>> = text.split_whitespace().map(|word| Some(word.to_string())).collect();
        let zero = |field: &Option<String>| field.as_ref().is_some_and(|text| text.parse() == Ok(0.0));
        let width = fields.len();
        for &error in pairs.iter().filter(|&&error| error < width) {
            if zero(&fields[error]) && zero(&fields[error - 1]) {
                (fields[error], fields[error - 1]) = (None, None);
            }
        }
        rows.push(Row { line: index + 1, fields });
    }
    let table = Table::new(place, Format::Template, head, columns, rows, Vec::new())?;
    if table.rows().len() != declared {
        return Err(ReadError::at(place, Fault::Count { found: table.rows().len(), declared }).line(1));
    }
    Ok(table)
}

/// Splits `um,  (1, 2, 3), MJy/sr` at commas outside parentheses.
fn units(line: &str) -> Vec<String> {
    let mut units = vec![String::new()];
    let mut depth = 0;
    for c in line.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        match units.last_mut() {
            Some(unit) if c != ',' || depth > 0 => unit.push(c),
            _ => units.push(String::new()),
        }
    }
    units.into_iter().map(|unit| unit.trim().to_string()).collect()
}
