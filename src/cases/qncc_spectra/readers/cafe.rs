//! CAFE's opacity tables: comments behind `;`, the last of which names the columns; wavelengths in µm, opacity relative.

use super::error::{Fault, ReadError};
use super::table::{Column, Format, Row, Table};

pub(super) fn read(place: &str, text: &str) -> Result<Table, ReadError> {
    let mut names: Option<(usize, Vec<&str>)> = None;
    let mut keywords = Vec::new();
    let mut rows = Vec::new();
    for (line, text) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
        if let Some(comment) = text.strip_prefix(';') {
            if let Some(header) = comment.strip_prefix('~') {
                names = Some((line, header.split_whitespace().collect()));
            } else if let Some((name, value)) = comment.trim_start_matches('>').split_once('=')
                && comment.starts_with('>')
            {
                keywords.push((name.trim().to_string(), value.trim().trim_matches('\'').to_string()));
            }
        } else if !text.is_empty() {
            let fields = text.split_whitespace().map(|word| Some(word.to_string())).collect();
            rows.push(Row { line, fields });
        }
    }
    let Some((line, names)) = names else {
        let found = "no comment `;~` with column names".into();
        return Err(ReadError::at(place, Fault::Header { found, expected: "`;~ WAVE OPACITY` before the rows" }));
    };
    if names.first().is_none_or(|name| !name.to_lowercase().starts_with("wave")) {
        let found = format!("the columns {}", names.join(", "));
        let fault = Fault::Header { found, expected: "`;~ WAVE OPACITY`: wavelengths first" };
        return Err(ReadError::at(place, fault).line(line));
    }
    let columns = names
        .iter()
        .enumerate()
        .map(|(index, name)| Column::new(name.to_lowercase(), (index == 0).then_some("um")))
        .collect();
    Table::new(place, Format::Cafe, line, columns, rows, keywords)
}
