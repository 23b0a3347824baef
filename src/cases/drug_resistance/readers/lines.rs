//! Tables about lines: ids of several kinds, tissues (the case's `cell_lines.csv`, DepMap's `Model.csv`, own ones).

use super::error::{Fault, ReadError};
use super::ids::{IdColumns, Lines, column, distinct, plain};
use super::source::Source;
use super::table::Table;

/// What is known of lines.
#[derive(Clone, Debug, PartialEq)]
pub struct LineTable {
    /// The file, as the caller named it.
    pub place: String,
    pub lines: Lines,
    /// Name of the tissue column, where there is one.
    pub tissue: Option<String>,
    /// The tissue of each row, where there is such a column; `None` where it is empty.
    pub tissues: Option<Vec<Option<String>>>,
}

/// Columns of tissues, the first one that there is: GDSC's and the case's, then DepMap's.
const TISSUES: [&str; 8] = [
    "tissue",
    "gdsctissuedescriptor1",
    "gdscdescription1",
    "oncotreelineage",
    "lineage",
    "site",
    "primarysite",
    "cancertype",
];

/// The column that tells tissues.
pub(super) fn tissue_column(header: &[String]) -> Option<usize> {
    column(header, &TISSUES)
}

/// Reads a table about lines: ids by the names of their columns (`cosmic_id`, `COSMICID`, `model_id`, `ModelID`,
/// `SangerModelID`, `CellLineName`…), and a column of tissues (`tissue`, `OncotreeLineage`…), or one that is named.
///
/// # Errors
/// [`ReadError`]: a file that can't be read, or has no such column of tissues.
pub fn lines(source: &Source, tissue: Option<&str>) -> Result<LineTable, ReadError> {
    let mut table = Table::open(source)?;
    distinct(&table)?;
    let header = table.header().to_vec();
    let ids = IdColumns::of(&header);
    let tissue = match tissue {
        Some(name) => Some(column(&header, &[plain(name).as_str()]).ok_or_else(|| {
            let (wanted, known) = (format!("the tissue (`{name}`)"), header.join(", "));
            table.head_fault(Fault::MissingColumn { wanted, known })
        })?),
        None => tissue_column(&header),
    };
    // A table of two columns is an id and a tissue, whatever they are called.
    let tissue = tissue.or_else(|| (header.len() == 2 && !ids.holds(1)).then_some(1));
    let place = table.place().to_string();
    let (mut lines, mut tissues) = (Lines::default(), Vec::new());
    while let Some(record) = table.next()? {
        lines.push(&place, &ids, &record)?;
        if let Some(tissue) = tissue {
            tissues.push(record.value(tissue).map(str::to_string));
        }
    }
    if lines.ids.is_empty() {
        return Err(ReadError::at(&place, Fault::NoRows));
    }
    let name = tissue.map(|column| header[column].clone());
    Ok(LineTable { place, lines, tissues: name.as_ref().map(|_| tissues), tissue: name })
}
