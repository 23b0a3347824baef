//! Responses to one drug: wide tables (a column for each drug) and long ones (a row for each line and drug).

use std::collections::BTreeMap;

use super::error::{Fault, ReadError};
use super::ids::{IdColumns, Lines, column, distinct, plain};
use super::source::Source;
use super::table::{Record, Table, shown};

/// Which responses of a file are meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// Name or id of the drug; not needed where the file has only one.
    pub drug: Option<String>,
    /// The column of values of a long table, in place of `LN_IC50`.
    pub value: Option<String>,
    /// Names of drugs by their ids, for tables whose columns are ids.
    pub names: Option<DrugNames>,
}

/// Names of drugs by their ids, from a table such as the case's `drugs.csv`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrugNames(BTreeMap<String, String>);

/// How responses are laid out; recognised from the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseLayout {
    /// A line a row, a drug a column.
    Wide,
    /// A line and a drug a row, as GDSC's fitted dose responses.
    Long,
}

/// The responses of lines to one drug, as the file has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Responses {
    /// The file, as the caller named it.
    pub place: String,
    pub layout: ResponseLayout,
    /// The drug's name, as the file has it, else its id.
    pub drug: String,
    /// The column that values come from.
    pub column: String,
    /// Lines, one for each row.
    pub lines: Lines,
    /// Values; `None` where the line wasn't screened.
    pub z: Vec<Option<f64>>,
    /// The tissue that stands in the same row, where the file has a column of them.
    pub tissues: Option<Vec<Option<String>>>,
    /// What else its user should know.
    pub notes: Vec<String>,
}

/// Columns of long tables that values are taken from, the first one that there is.
const VALUES: [&str; 5] = ["lnic50", "response", "ic50", "zscore", "auc"];
/// Columns about lines, which no drug is named like.
const ABOUT: [&str; 14] = [
    "tissue",
    "tissuedetail",
    "tcga",
    "tcgadesc",
    "msi",
    "hasexpression",
    "hastf",
    "hasic50",
    "site",
    "histology",
    "lineage",
    "oncotreelineage",
    "cancertype",
    "unnamed0",
];

impl ResponseLayout {
    /// Its name in messages.
    pub fn label(self) -> &'static str {
        match self {
            ResponseLayout::Wide => "a line a row, a drug a column",
            ResponseLayout::Long => "a line and a drug a row",
        }
    }
}

/// Reads the responses to one drug.
///
/// Long tables are told by a column `DRUG_NAME` or `DRUG_ID` (GDSC's `GDSC1_fitted_dose_response_….csv`, saved from the
/// published workbook: `COSMIC_ID, CELL_LINE_NAME, …, DRUG_ID, DRUG_NAME, …, LN_IC50, AUC, RMSE, Z_SCORE`); values are `LN_IC50`
/// unless another column is chosen. Wide tables have ids of lines and a column for each drug, named by the drug or its id.
/// Names are compared by letters and digits: `Mitomycin-C` is `mitomycin_c`.
///
/// # Errors
/// [`ReadError`]: a file that can't be read, a drug that isn't there or isn't unique, a cell that is no number.
pub fn responses(source: &Source, choice: &Choice) -> Result<Responses, ReadError> {
    let table = Table::open(source)?;
    distinct(&table)?;
    let drug_columns = [column(table.header(), &["drugid"]), column(table.header(), &["drugname", "drug"])];
    match drug_columns {
        [None, None] => wide(table, choice),
        [id, name] => long(table, choice, id, name),
    }
}

/// Reads names of drugs: a table with the columns `drug_id` and `name` (or `drug_name`).
///
/// # Errors
/// [`ReadError`]: a file that can't be read, or lacks one of the columns.
pub fn drug_names(source: &Source) -> Result<DrugNames, ReadError> {
    let mut table = Table::open(source)?;
    let missing = |wanted: &str| {
        table.head_fault(Fault::MissingColumn { wanted: wanted.into(), known: table.header().join(", ") })
    };
    let id = column(table.header(), &["drugid", "id"]).ok_or_else(|| missing("the drug's id (drug_id)"))?;
    let name =
        column(table.header(), &["drugname", "name", "drug"]).ok_or_else(|| missing("the drug's name (name)"))?;
    let mut names = BTreeMap::new();
    while let Some(record) = table.next()? {
        if let (Some(id), Some(name)) = (record.value(id), record.value(name)) {
            names.insert(id.to_string(), name.to_string());
        }
    }
    Ok(DrugNames(names))
}

impl DrugNames {
    fn name(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

fn wide(mut table: Table, choice: &Choice) -> Result<Responses, ReadError> {
    let header = table.header().to_vec();
    let ids = IdColumns::of(&header);
    let name = |index: usize| choice.names.as_ref().and_then(|names| names.name(&header[index]));
    let about = |name: &str| ABOUT.contains(&plain(name).as_str()) || name.is_empty();
    let drugs: Vec<usize> = (0..header.len()).filter(|index| !ids.holds(*index) && !about(&header[*index])).collect();
    let known = || listed(drugs.iter().map(|index| name(*index).unwrap_or(&header[*index])));
    let chosen = match &choice.drug {
        None => match drugs[..] {
            [only] => only,
            [] => {
                let (wanted, known) = ("a drug".into(), header.join(", "));
                return Err(table.head_fault(Fault::MissingColumn { wanted, known }));
            }
            _ => return Err(table.head_fault(Fault::NoDrug { count: drugs.len(), known: known() })),
        },
        Some(drug) => {
            let exact: Vec<usize> = drugs.iter().copied().filter(|index| header[*index] == *drug).collect();
            let alike = |index: &usize| {
                plain(&header[*index]) == plain(drug) || name(*index).is_some_and(|name| plain(name) == plain(drug))
            };
            let found = if exact.is_empty() { drugs.iter().copied().filter(alike).collect() } else { exact };
            match found[..] {
                [one] => one,
                [] => return Err(table.head_fault(Fault::UnknownDrug { drug: drug.clone(), known: known() })),
                _ => {
                    let ids = found.iter().map(|index| header[*index].as_str()).collect::<Vec<_>>().join(", ");
                    return Err(table.head_fault(Fault::AmbiguousDrug { drug: drug.clone(), ids }));
                }
            }
        }
    };
    let drug = name(chosen).unwrap_or(&header[chosen]).to_string();
    let mut rows = Rows::new(&header);
    let place = table.place().to_string();
    while let Some(record) = table.next()? {
        rows.push(&place, &ids, &record, chosen, &header[chosen])?;
    }
    rows.finish(&table, ResponseLayout::Wide, drug, header[chosen].clone())
}

fn long(mut table: Table, choice: &Choice, id: Option<usize>, name: Option<usize>) -> Result<Responses, ReadError> {
    let header = table.header().to_vec();
    let ids = IdColumns::of(&header);
    let missing = |wanted: String| Fault::MissingColumn { wanted, known: header.join(", ") };
    let value = match &choice.value {
        Some(wanted) => column(&header, &[plain(wanted).as_str()])
            .ok_or_else(|| table.head_fault(missing(format!("the response (`{wanted}`)"))))?,
        None => column(&header, &VALUES).ok_or_else(|| table.head_fault(missing("the response (LN_IC50)".into())))?,
    };
    let place = table.place().to_string();
    let mut rows = Rows::new(&header);
    // Every drug of the file, for messages: name by id, or by itself.
    let mut drugs: BTreeMap<String, String> = BTreeMap::new();
    let mut meant: BTreeMap<String, String> = BTreeMap::new();
    while let Some(record) = table.next()? {
        let of_id = id.and_then(|column| record.value(column)).map(|id| id.strip_suffix(".0").unwrap_or(id));
        let of_name = name.and_then(|column| record.value(column));
        let of_name = of_name.or_else(|| choice.names.as_ref()?.name(of_id?)).or(of_id).unwrap_or_default();
        let key = of_id.unwrap_or(of_name);
        if !drugs.contains_key(key) {
            drugs.insert(key.to_string(), of_name.to_string());
            let wanted = choice.drug.as_ref().is_none_or(|drug| drug.as_str() == key || plain(drug) == plain(of_name));
            if wanted {
                meant.insert(key.to_string(), of_name.to_string());
            }
        }
        if meant.contains_key(key) {
            rows.push(&place, &ids, &record, value, &header[value])?;
        }
    }
    // An id is meant before a name that looks like it.
    let known = || listed(drugs.values().map(String::as_str));
    let (key, drug) = match (meant.len(), &choice.drug) {
        (1, _) => meant.into_iter().next().unwrap_or_default(),
        (0, Some(drug)) => {
            return Err(table.head_fault(Fault::UnknownDrug { drug: drug.clone(), known: known() }));
        }
        (0, None) => return Err(ReadError::at(&place, Fault::NoRows)),
        (_, None) => return Err(table.head_fault(Fault::NoDrug { count: drugs.len(), known: known() })),
        (_, Some(drug)) => {
            let ids = meant.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(table.head_fault(Fault::AmbiguousDrug { drug: drug.clone(), ids }));
        }
    };
    let drug = if drug.is_empty() { key } else { drug };
    rows.finish(&table, ResponseLayout::Long, drug, header[value].clone())
}

/// Rows of responses as they come in.
struct Rows {
    lines: Lines,
    z: Vec<Option<f64>>,
    tissue: Option<usize>,
    tissues: Vec<Option<String>>,
}

impl Rows {
    fn new(header: &[String]) -> Self {
        Self {
            lines: Lines::default(),
            z: Vec::new(),
            tissue: super::lines::tissue_column(header),
            tissues: Vec::new(),
        }
    }

    fn push(
        &mut self,
        place: &str,
        ids: &IdColumns,
        record: &Record<'_>,
        value: usize,
        name: &str,
    ) -> Result<(), ReadError> {
        self.lines.push(place, ids, record)?;
        let z = record.number(value);
        self.z.push(z.map_err(|fault| ReadError::at(place, fault).position(record.position).column(name))?);
        if let Some(tissue) = self.tissue {
            self.tissues.push(record.value(tissue).map(str::to_string));
        }
        Ok(())
    }

    fn finish(
        self,
        table: &Table,
        layout: ResponseLayout,
        drug: String,
        column: String,
    ) -> Result<Responses, ReadError> {
        let place = table.place().to_string();
        if self.z.is_empty() {
            return Err(ReadError::at(&place, Fault::NoRows));
        }
        let mut notes = Vec::new();
        if table.unfinished() {
            notes.push(format!("{place}: the last line has no line break; was the file cut off?"));
        }
        let tissues = self.tissue.map(|_| self.tissues);
        Ok(Responses { place, layout, drug, column, lines: self.lines, z: self.z, tissues, notes })
    }
}

/// The first of many names, for messages.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 12;
    let names: Vec<String> = names.map(shown).collect();
    match names.len() {
        0 => "none".into(),
        count if count <= MOST => names.join(", "),
        count => format!("{} and {} more", names[..MOST].join(", "), count - MOST),
    }
}
