//! Beamline scans as mda2ascii writes them: a header that describes every column, then rows separated by tabs.

use super::error::{Fault, ReadError};
use super::table::{Column, Format, Row, Table};

/// What introduces the list of columns.
const COLUMNS: &str = "# Column Descriptions:";

pub(super) fn read(place: &str, text: &str) -> Result<Table, ReadError> {
    let mut columns: Vec<Column> = Vec::new();
    let mut keywords = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut completed = None;
    let (mut header, mut in_columns) = (0, false);
    for (line, text) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end())) {
        if let Some(comment) = text.strip_prefix('#') {
            if text == COLUMNS {
                if !columns.is_empty() {
                    let fault = Fault::Header { found: "a second list of columns".into(), expected: "a 1-D scan" };
                    return Err(ReadError::at(place, fault).line(line));
                }
                (header, in_columns) = (line, true);
            } else if in_columns {
                columns.push(described(comment).ok_or_else(|| {
                    let fault = Fault::Header { found: format!("`{text}`"), expected: "number, [kind], description" };
                    ReadError::at(place, fault).line(line)
                })?);
            } else if let Some((name, value)) = comment.split_once(['=', ':']) {
                let (name, value) = (name.trim(), value.trim());
                if name == "Points completed" {
                    completed = value.split_whitespace().next().and_then(|n| n.parse().ok()).map(|n: usize| (line, n));
                }
                keywords.push((name.to_string(), value.to_string()));
            }
        } else {
            in_columns = false;
            if !text.trim().is_empty() {
                let fields = text.split('\t').map(|word| word.trim().to_string());
                rows.push(Row { line, fields: fields.map(super::header::optional).collect() });
            }
        }
    }
    if columns.is_empty() {
        let fault = Fault::Header { found: format!("no `{COLUMNS}`"), expected: "a header as mda2ascii writes it" };
        return Err(ReadError::at(place, fault));
    }
    // Descriptions may repeat; process variables rarely do.
    for index in 0..columns.len() {
        let name = columns[index].name.clone();
        if columns.iter().filter(|column| column.name == name).count() > 1 {
            let about = columns[index].about.clone();
            let taken = columns.iter().any(|column| column.name == about);
            columns[index].name = if taken || about.is_empty() { format!("{name} ({})", index + 1) } else { about };
        }
    }
    let table = Table::new(place, Format::Scan, header, columns, rows, keywords)?;
    if let Some((line, declared)) = completed.filter(|(_, declared)| *declared != table.rows().len()) {
        return Err(ReadError::at(place, Fault::Count { found: table.rows().len(), declared }).line(line));
    }
    Ok(table)
}

/// Reads `  4  [1-D Detector   1]  PV, description, unit`; a positioner has `PV, description, mode, unit, …`.
fn described(comment: &str) -> Option<Column> {
    let (number, rest) = comment.trim().split_once('[')?;
    number.trim().parse::<usize>().ok()?;
    let (kind, rest) = rest.split_once(']')?;
    let kind = kind.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts: Vec<&str> = rest.split(',').map(str::trim).collect();
    let (variable, description, unit) = if kind.contains("Positioner") {
        (parts.first(), parts.get(1), parts.get(3))
    } else {
        (parts.first(), parts.get(1), parts.get(2))
    };
    let variable = variable.copied().unwrap_or_default();
    let description = description.copied().unwrap_or_default();
    let name = [description, variable, kind.as_str()].into_iter().find(|name| !name.is_empty())?.to_string();
    Some(Column { about: variable.to_string(), ..Column::new(name, unit.copied()) })
}
