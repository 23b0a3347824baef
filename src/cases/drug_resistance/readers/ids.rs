//! Names of cell lines: which kind of id a column holds, and all ids of the lines of a table.

use std::collections::HashMap;

use super::error::{Fault, Position, ReadError};
use super::table::{Record, Table};

/// Kinds of ids that files name lines by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    /// COSMIC sample id, such as 905933: GDSC's.
    Cosmic,
    /// DepMap model id, such as ACH-000001.
    DepMap,
    /// Sanger model id, such as SIDM00001.
    Sanger,
    /// The line's name.
    Name,
    /// The first column of a file that doesn't say what it holds; matches every kind.
    Own,
}

impl IdKind {
    /// For messages.
    pub fn label(self) -> &'static str {
        match self {
            IdKind::Cosmic => "COSMIC id",
            IdKind::DepMap => "DepMap id (ACH-…)",
            IdKind::Sanger => "Sanger id (SIDM…)",
            IdKind::Name => "name",
            IdKind::Own => "the id of the first column",
        }
    }

    /// The kind that a column's name tells of.
    pub(super) fn of_column(name: &str) -> Option<Self> {
        Some(match plain(name).as_str() {
            "cosmicid" | "cosmic" | "cosmicsampleid" | "cosmicidentifier" => IdKind::Cosmic,
            "modelid" | "depmapid" | "depmapmodelid" | "achid" => IdKind::DepMap,
            "sangermodelid" | "sidm" => IdKind::Sanger,
            "celllinename" | "cellline" | "linename" | "samplename" | "name" | "line" => IdKind::Name,
            _ => return None,
        })
    }

    /// The kind that an id itself tells of.
    pub(super) fn of_text(id: &str) -> Option<Self> {
        if id.starts_with("ACH-") {
            return Some(IdKind::DepMap);
        }
        id.starts_with("SIDM").then_some(IdKind::Sanger)
    }

    /// An id as it is compared: `905933.0`, as some programs write it, is the COSMIC id 905933.
    pub(super) fn normal(self, id: &str) -> &str {
        let id = id.trim();
        match self {
            IdKind::Cosmic => id.strip_suffix(".0").unwrap_or(id),
            _ => id,
        }
    }
}

/// Letters and digits of a name in lower case: `COSMIC_ID`, `cosmic id` and `cosmicId` are one.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The ids of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids(Vec<(IdKind, String)>);

impl Ids {
    /// The id of a kind.
    pub fn get(&self, kind: IdKind) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == kind).map(|(_, id)| id.as_str())
    }

    /// The first id that there is, for messages.
    pub fn any(&self) -> &str {
        self.0.first().map_or("", |(_, id)| id)
    }
}

/// The columns that hold ids.
#[derive(Clone, Debug)]
pub(super) struct IdColumns(Vec<(IdKind, usize)>);

impl IdColumns {
    /// Columns named as ids; without any, the first one.
    pub(super) fn of(header: &[String]) -> Self {
        let mut columns: Vec<(IdKind, usize)> = Vec::new();
        for (index, name) in header.iter().enumerate() {
            if let Some(kind) = IdKind::of_column(name)
                && columns.iter().all(|(known, _)| *known != kind)
            {
                columns.push((kind, index));
            }
        }
        if columns.is_empty() {
            columns.push((IdKind::Own, 0));
        }
        Self(columns)
    }

    pub(super) fn holds(&self, column: usize) -> bool {
        self.0.iter().any(|(_, index)| *index == column)
    }

    /// The ids of a row; those that tell of another kind than their column count as that.
    pub(super) fn read(&self, record: &Record<'_>) -> Option<Ids> {
        let id = |(kind, column): &(IdKind, usize)| {
            let id = record.value(*column)?;
            let kind = match kind {
                IdKind::Cosmic | IdKind::Name => *kind,
                _ => IdKind::of_text(id).unwrap_or(*kind),
            };
            Some((kind, kind.normal(id).to_string()))
        };
        let ids: Vec<(IdKind, String)> = self.0.iter().filter_map(id).collect();
        (!ids.is_empty()).then_some(Ids(ids))
    }
}

/// What files about lines have in common: the ids of every row, and where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    pub ids: Vec<Ids>,
    pub positions: Vec<Position>,
}

impl Lines {
    pub(super) fn push(&mut self, table: &str, columns: &IdColumns, record: &Record<'_>) -> Result<(), ReadError> {
        let ids = columns.read(record);
        let ids = ids.ok_or_else(|| ReadError::at(table, Fault::NoId).position(record.position))?;
        self.ids.push(ids);
        self.positions.push(record.position);
        Ok(())
    }

    /// The kinds that occur, each once.
    pub fn kinds(&self) -> Vec<IdKind> {
        let mut kinds: Vec<IdKind> = self.ids.iter().flat_map(|ids| ids.0.iter().map(|(kind, _)| *kind)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Rows by their id of a kind, in the file's order.
    pub(super) fn by(&self, kind: IdKind) -> HashMap<&str, Vec<usize>> {
        let mut rows: HashMap<&str, Vec<usize>> = HashMap::new();
        for (row, ids) in self.ids.iter().enumerate() {
            if let Some(id) = ids.get(kind) {
                rows.entry(id).or_default().push(row);
            }
        }
        rows
    }
}

/// The column with one of these plain names, in their order of preference.
pub(super) fn column(header: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|wanted| header.iter().position(|name| plain(name) == *wanted))
}

/// Columns must be told apart by their names.
pub(super) fn distinct(table: &Table) -> Result<(), ReadError> {
    let header = table.header();
    for (index, name) in header.iter().enumerate() {
        if !name.is_empty() && header[..index].contains(name) {
            return Err(table.head_fault(Fault::RepeatedColumn { name: name.clone() }));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_ids_tell_their_kind() {
        for (name, kind) in [
            ("COSMIC_ID", Some(IdKind::Cosmic)),
            ("COSMICID", Some(IdKind::Cosmic)),
            ("COSMIC identifier", Some(IdKind::Cosmic)),
            ("ModelID", Some(IdKind::DepMap)),
            ("model_id", Some(IdKind::DepMap)),
            ("SANGER_MODEL_ID", Some(IdKind::Sanger)),
            ("CELL_LINE_NAME", Some(IdKind::Name)),
            ("PatientID", None),
            ("TP53", None),
            ("", None),
        ] {
            assert_eq!(IdKind::of_column(name), kind, "{name}");
        }
        assert_eq!(IdKind::Cosmic.normal(" 905933.0"), "905933");
        assert_eq!(IdKind::Name.normal("SW1088.0"), "SW1088.0");
    }
}
