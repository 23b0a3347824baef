//! Tables with a header line, as people publish them: comma, semicolon, tab or space between fields, `#` before comments,
//! units in names (`wavelength_um`, `PE/eV`, `flux (Jy)`).

use super::error::ReadError;
use super::header::{fields, name_and_unit, optional};
use super::numbers;
use super::table::{Column, Format, Row, Table};

pub(super) fn read(place: &str, text: &str) -> Result<Table, ReadError> {
    let mut comments = Vec::new();
    let mut lines = Vec::new();
    for (line, text) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end())) {
        match text.strip_prefix('#') {
            Some(comment) => comments.push((line, comment.trim())),
            None if text.trim().is_empty() => {}
            None => lines.push((line, text)),
        }
    }
    let first = lines.first().copied().unwrap_or_default();
    let delimiter = [',', ';', '\t'].into_iter().find(|mark| first.1.contains(*mark)).unwrap_or(' ');
    let split =
        |(line, text): (usize, &str)| fields(text, delimiter).map_err(|fault| ReadError::at(place, fault).line(line));
    let width = split(first)?.len();
    // Without a line of names, the comment before the rows may hold them.
    let headed = !numbers(first.1);
    let above = comments.iter().rev().find(|(line, _)| *line < first.0).copied();
    let written = |(line, text)| split((line, text)).map(|names| (line, names));
    let (header, names, skip) = match above.map(written).transpose() {
        _ if headed => (first.0, split(first)?, 1),
        Ok(Some((line, names))) if names.len() == width && names.iter().all(|name| name.parse::<f64>().is_err()) => {
            (line, names, 0)
        }
        _ => (first.0, (1..=width).map(|number| format!("column {number}")).collect(), 0),
    };
    let parts: Vec<(String, Option<String>)> = names.iter().map(|name| name_and_unit(name)).collect();
    let column = |(whole, (name, unit)): (&String, &(String, Option<String>))| {
        // `center_um` beside `center_cm-1`: the unit is what tells them apart.
        let alone = parts.iter().filter(|(other, _)| other == name).count() == 1;
        Column { about: whole.clone(), ..Column::new(if alone { name } else { whole }, unit.as_deref()) }
    };
    let columns = names.iter().zip(&parts).map(column).collect();
    let row = |line: &(usize, &str)| {
        let fields = split(*line)?.into_iter().map(optional).collect();
        Ok(Row { line: line.0, fields })
    };
    let rows = lines[skip.min(lines.len())..].iter().map(row).collect::<Result<_, ReadError>>()?;
    let keywords = comments.into_iter().map(|(_, text)| (String::new(), text.to_string())).collect();
    Table::new(place, Format::Csv, header, columns, rows, keywords)
}
