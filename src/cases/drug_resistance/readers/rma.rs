//! Expression with a gene a row, as GDSC publishes it.

use ndarray::Array2;

use super::error::{Fault, Position, ReadError};
use super::expression::{Layout, Raw};
use super::ids::{IdKind, plain};
use super::table::Table;
use super::wide::kind;

/// Words over a column that describes genes.
const TITLES: [&str; 6] = ["genetitle", "title", "description", "genedescription", "entrezid", "ensemblid"];

pub(super) fn read(mut table: Table) -> Result<Raw, ReadError> {
    let place = table.place().to_string();
    let header = table.header().to_vec();
    let first = header.iter().skip(1).position(|name| !TITLES.contains(&plain(name).as_str())).map(|index| index + 1);
    let Some(first) = first else {
        let known = header.join(", ");
        return Err(table.head_fault(Fault::MissingColumn { wanted: "a line".into(), known }));
    };
    if let Some(number) = header.iter().skip(first).position(String::is_empty) {
        return Err(table.head_fault(Fault::UnnamedColumn { number: first + number + 1 }));
    }
    let cosmic: Option<Vec<String>> = header[first..].iter().map(|name| cosmic_id(name)).collect();
    let (layout, named, mut lines) = match cosmic {
        Some(ids) => {
            // Titles of genes hold whatever marks they like; the published file has no quotes around its fields.
            table.take_quotes_literally();
            (Layout::GdscRma, Some(IdKind::Cosmic), ids)
        }
        None => (Layout::GenesInRows, None, header[first..].to_vec()),
    };
    let n = lines.len();
    let (mut genes, mut gene_positions, mut values) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(record) = table.next()? {
        genes.push(record.value(0).unwrap_or_default().to_string());
        gene_positions.push(record.position);
        for (column, name) in header.iter().enumerate().skip(first).take(n) {
            let value = record
                .number(column)
                .map_err(|fault| ReadError::at(&place, fault).position(record.position).column(name))?;
            values.push(value.unwrap_or(f64::NAN));
        }
    }
    if genes.is_empty() {
        return Err(ReadError::at(&place, Fault::NoRows));
    }
    let mut notes = Vec::new();
    if table.unfinished() {
        notes.push(format!("{place}: the last line has no line break; was the file cut off?"));
    }
    let by_gene =
        Array2::from_shape_vec((genes.len(), n), values).expect("a value for each line was pushed with each gene");
    let kind = kind(named, &mut lines);
    let line_positions = (first..first + n).map(|column| Position::Column(column + 1)).collect();
    let x = by_gene.reversed_axes();
    Ok(Raw { layout, kind, lines, line_positions, genes, gene_positions, x, exclusions: Vec::new(), notes })
}

/// The id in `DATA.906826`, or in `DATA.1503362.1`, a replicate of `DATA.1503362`.
fn cosmic_id(name: &str) -> Option<String> {
    let rest = name.strip_prefix("DATA.")?;
    let (id, replicate) = rest.split_once('.').unwrap_or((rest, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!id.is_empty() && digits(id) && digits(replicate)).then(|| id.to_string())
}
