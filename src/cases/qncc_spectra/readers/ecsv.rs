//! Enhanced CSV (astropy APE 6): a YAML header in comments gives names, units and types; then a table with one line of names.

use super::error::{Fault, ReadError};
use super::header::{fields, optional};
use super::table::{Column, Format, Row, Table};

pub(super) fn read(place: &str, text: &str) -> Result<Table, ReadError> {
    let mut yaml = Vec::new();
    let mut data = Vec::new();
    for (line, text) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end())) {
        match text.strip_prefix('#') {
            Some(comment) if data.is_empty() => yaml.push((line, comment.strip_prefix(' ').unwrap_or(comment))),
            _ if text.trim().is_empty() => {}
            _ => data.push((line, text)),
        }
    }
    let header = parse(place, &yaml)?;
    let Some((names_line, names)) = data.first().copied() else {
        let found = "no line of column names after the comments".into();
        return Err(ReadError::at(place, Fault::Header { found, expected: "an ECSV table" }));
    };
    let split = |line: usize, text: &str| {
        fields(text, header.delimiter).map_err(|fault| ReadError::at(place, fault).line(line))
    };
    let names = split(names_line, names)?;
    if names.iter().ne(header.columns.iter().map(|column| &column.name)) {
        let known: Vec<&str> = header.columns.iter().map(|column| column.name.as_str()).collect();
        let found = format!("the names {} (the YAML header lists {})", names.join(", "), known.join(", "));
        let fault = Fault::Header { found, expected: "the same names in both places" };
        return Err(ReadError::at(place, fault).line(names_line));
    }
    let row = |(line, text): &(usize, &str)| {
        let fields = split(*line, text)?.into_iter().map(optional).collect();
        Ok(Row { line: *line, fields })
    };
    let rows = data[1..].iter().map(row).collect::<Result<_, ReadError>>()?;
    Table::new(place, Format::Ecsv, names_line, header.columns, rows, Vec::new())
}

struct Header {
    delimiter: char,
    columns: Vec<Column>,
}

/// Reads what is needed of the YAML: `delimiter`, and the list under `datatype`, in flow or block style.
fn parse(place: &str, yaml: &[(usize, &str)]) -> Result<Header, ReadError> {
    let mut header = Header { delimiter: ' ', columns: Vec::new() };
    let mut in_list = false;
    let mut lines = yaml.iter().copied().peekable();
    while let Some((line, text)) = lines.next() {
        let bad = |found: &str, expected| {
            ReadError::at(place, Fault::Header { found: format!("`{}`", found.trim()), expected }).line(line)
        };
        if let Some(value) = text.strip_prefix("delimiter:") {
            header.delimiter = match unquoted(value) {
                "," => ',',
                "" | " " => ' ',
                _ => return Err(bad(text, "a comma or a space as the delimiter")),
            };
            continue;
        }
        if !text.starts_with([' ', '-']) {
            in_list = text.trim_end() == "datatype:";
            continue;
        }
        let Some(item) = text.trim_start().strip_prefix("- ").filter(|_| in_list) else { continue };
        let mut entry = item.trim().to_string();
        if entry.starts_with('{') {
            while !entry.ends_with('}') {
                let Some((_, more)) = lines.next() else { return Err(bad(text, "a closing brace")) };
                entry.push(' ');
                entry.push_str(more.trim());
            }
            entry = entry.trim_start_matches('{').trim_end_matches('}').to_string();
        } else {
            while let Some((_, more)) = lines.next_if(|(_, next)| next.starts_with("  ") && !next.contains("- ")) {
                entry.push_str(", ");
                entry.push_str(more.trim());
            }
        }
        let name = member(&entry, "name").ok_or_else(|| bad(text, "an entry with a name"))?;
        header.columns.push(Column::new(name, member(&entry, "unit").as_deref()));
    }
    if header.columns.is_empty() {
        let fault = Fault::Header { found: "no `datatype` list".into(), expected: "an ECSV header that lists columns" };
        return Err(ReadError::at(place, fault).line(1));
    }
    Ok(header)
}

/// The value of a key in `key: value, key: value`; commas inside quotes or brackets belong to the value.
fn member(entry: &str, key: &str) -> Option<String> {
    let (mut depth, mut quote, mut start) = (0i32, None, 0);
    let mut members = Vec::new();
    for (at, c) in entry.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[' | '{' | '(') => depth += 1,
            (None, ']' | '}' | ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                members.push(&entry[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    members.push(&entry[start..]);
    members.iter().find_map(|member| {
        let (name, value) = member.split_once(':')?;
        (unquoted(name) == key).then(|| unquoted(value).to_string())
    })
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}
