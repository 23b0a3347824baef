//! Fixed folds: which lines are tested together.

use super::error::{Fault, Position, ReadError};
use super::ids::{IdColumns, Lines, column, distinct, plain};
use super::responses::listed;
use super::source::Source;
use super::table::Table;

/// Folds of lines, of one drug and feature set or of several.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldTable {
    /// The file, as the caller named it.
    pub place: String,
    rows: Lines,
    folds: Vec<String>,
    drugs: Option<Vec<String>>,
    features: Option<Vec<String>>,
}

/// The folds of one drug and feature set.
pub(super) struct Chosen {
    pub(super) lines: Lines,
    pub(super) folds: Vec<String>,
}

/// Reads folds: ids of lines, `fold`, and where they differ by drug or feature set, `drug` and `features` (the case's
/// `folds.csv`). Folds are told apart by their text.
///
/// # Errors
/// [`ReadError`]: a file that can't be read, no column `fold`, a line without a fold.
pub fn folds(source: &Source) -> Result<FoldTable, ReadError> {
    let mut table = Table::open(source)?;
    distinct(&table)?;
    let header = table.header().to_vec();
    let ids = IdColumns::of(&header);
    let fold = column(&header, &["fold", "folds"]).or_else(|| (header.len() == 2 && !ids.holds(1)).then_some(1));
    let fold = fold.ok_or_else(|| {
        let (wanted, known) = ("the fold (`fold`)".into(), header.join(", "));
        table.head_fault(Fault::MissingColumn { wanted, known })
    })?;
    let drug = column(&header, &["drug", "drugname", "drugid"]);
    let feature = column(&header, &["features", "featureset"]);
    let place = table.place().to_string();
    let (mut rows, mut folds, mut drugs, mut features) = (Lines::default(), Vec::new(), Vec::new(), Vec::new());
    while let Some(record) = table.next()? {
        rows.push(&place, &ids, &record)?;
        let empty = || ReadError::at(&place, Fault::EmptyCell { wanted: "the fold" }).position(record.position);
        let found = record.value(fold).ok_or_else(|| empty().column(&header[fold]))?;
        folds.push(found.to_string());
        drugs.extend(drug.map(|column| record.get(column).to_string()));
        features.extend(feature.map(|column| record.get(column).to_string()));
    }
    if folds.is_empty() {
        return Err(ReadError::at(&place, Fault::NoRows));
    }
    Ok(FoldTable { place, rows, folds, drugs: drug.map(|_| drugs), features: feature.map(|_| features) })
}

impl FoldTable {
    /// The folds of a drug and a feature set; where the file tells no drugs or sets apart, they don't matter.
    ///
    /// A z-score's column (`doxorubicin_z`) has the folds of its drug.
    pub(super) fn chosen(&self, drug: &str, features: Option<&str>) -> Result<Chosen, ReadError> {
        let missing = |wanted: String, known: &[String]| {
            let known = listed(distinct_texts(known.iter()).into_iter());
            ReadError::at(&self.place, Fault::NoFolds { wanted, known })
        };
        let mut rows: Vec<usize> = (0..self.folds.len()).collect();
        if let Some(drugs) = &self.drugs {
            let of = |drug: &str| -> Vec<usize> {
                rows.iter().copied().filter(|row| plain(&drugs[*row]) == plain(drug)).collect()
            };
            let found = of(drug);
            let score = drug.strip_suffix("_z").filter(|_| found.is_empty());
            rows = score.map(of).unwrap_or(found);
            if rows.is_empty() {
                return Err(missing(format!("the drug `{drug}`"), drugs));
            }
        }
        if let Some(sets) = &self.features {
            match features {
                Some(wanted) => {
                    rows.retain(|row| plain(&sets[*row]) == plain(wanted));
                    if rows.is_empty() {
                        return Err(missing(format!("the feature set `{wanted}`"), sets));
                    }
                }
                None => {
                    let known = distinct_texts(rows.iter().map(|row| &sets[*row]));
                    if known.len() > 1 {
                        let known = known.join(", ");
                        return Err(ReadError::at(&self.place, Fault::SeveralFeatureSets { known }));
                    }
                }
            }
        }
        let lines = Lines {
            ids: rows.iter().map(|row| self.rows.ids[*row].clone()).collect(),
            positions: rows.iter().map(|row| self.rows.positions[*row]).collect(),
        };
        Ok(Chosen { lines, folds: rows.iter().map(|row| self.folds[*row].clone()).collect() })
    }
}

/// Numbers the folds that lines have, in the order of their texts: by number where all are whole numbers.
pub(super) fn numbered(place: &str, folds: &[String], first: Option<Position>) -> Result<Vec<usize>, ReadError> {
    let mut labels = distinct_texts(folds.iter());
    if labels.iter().all(|label| label.parse::<i64>().is_ok()) {
        labels.sort_by_key(|label| label.parse::<i64>().unwrap_or(0));
    }
    if labels.len() < 2 {
        let found = labels.first().map_or("", |label| label).to_string();
        let error = ReadError::at(place, Fault::OneFold { found });
        return Err(match first {
            Some(position) => error.position(position),
            None => error,
        });
    }
    // Every label was put there.
    Ok(folds.iter().map(|fold| labels.iter().position(|label| label == fold).unwrap_or(0)).collect())
}

fn distinct_texts<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut texts: Vec<&str> = texts.map(String::as_str).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}
