//! Optical constants as optool keeps them: comments, then the number of rows and the density, then λ (µm), n, k.

use super::error::{Fault, ReadError};
use super::table::{Column, Format, Row, Table};

pub(super) fn read(place: &str, text: &str) -> Result<Table, ReadError> {
    let mut keywords = Vec::new();
    let mut data = Vec::new();
    for (line, text) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
        if let Some(comment) = text.strip_prefix(['#', '!']) {
            if let Some((name, value)) = comment.split_once(':') {
                keywords.push((name.trim().to_string(), value.trim().to_string()));
            }
        } else if !text.is_empty() {
            data.push((line, text));
        }
    }
    let Some(((line, counts), rows)) = data.split_first() else {
        let found = "comments only".into();
        return Err(ReadError::at(place, Fault::Header { found, expected: "the number of rows and the density" }));
    };
    let words: Vec<&str> = counts.split_whitespace().collect();
    let (Some(declared), true) = (words.first().and_then(|n| n.parse::<usize>().ok()), words.len() == 2) else {
        let found = format!("`{counts}`");
        let fault = Fault::Header { found, expected: "the number of rows and the density" };
        return Err(ReadError::at(place, fault).line(*line));
    };
    keywords.push(("density".into(), words[1].into()));
    let columns = vec![Column::new("wavelength", Some("um")), Column::new("n", None), Column::new("k", None)];
    let row = |(line, text): &(usize, &str)| Row {
        line: *line,
        fields: text.split_whitespace().map(|word| Some(word.to_string())).collect(),
    };
    let table = Table::new(place, Format::Lnk, *line, columns, rows.iter().map(row).collect(), keywords)?;
    if table.rows().len() != declared {
        let found = table.rows().len();
        return Err(table.head_fault(Fault::Count { found, declared }));
    }
    Ok(table)
}
