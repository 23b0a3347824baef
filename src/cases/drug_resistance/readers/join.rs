//! Puts expression, responses, folds and tissues together, line by line.

use std::collections::HashMap;

use ndarray::Axis;

use super::error::{Fault, Position, ReadError};
use super::exclusion::{Exclusion, Reason, Subject};
use super::expression::Expression;
use super::folds::{FoldTable, numbered};
use super::ids::{IdKind, Ids, Lines};
use super::lines::LineTable;
use super::missing::complete;
use super::responses::Responses;
use crate::cases::drug_resistance::Screen;

/// What a screen is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    pub expression: &'a Expression,
    pub responses: &'a Responses,
    /// Fixed folds.
    pub folds: Option<&'a FoldTable>,
    /// Which of the file's feature sets has the folds of this matrix.
    pub feature_set: Option<&'a str>,
    /// Tissues; without it, those of `lines`, else those of `responses`.
    pub tissue: Option<&'a LineTable>,
    /// Translates ids where files name lines by different ones.
    pub lines: Option<&'a LineTable>,
}

/// A screen, and what became of everything that isn't in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    pub screen: Screen,
    pub exclusions: Vec<Exclusion>,
    /// How files were read and joined, for their user.
    pub notes: Vec<String>,
}

/// What stands for a tissue where the file leaves it empty or lacks the line.
pub const NO_TISSUE: &str = "not stated";

/// Joins expression and responses by the ids of lines, and looks up tissues and folds.
///
/// Lines without a response, responses without a line, lines and genes with missing values and constant genes are left out and
/// listed. Missing values: whichever line or gene lacks the greatest share of its values goes, until none is missing. A
/// line whose tissue isn't known gets [`NO_TISSUE`].
///
/// # Errors
/// [`ReadError`]: ids that can't be matched, two different responses or folds for one line, a line without a fold, too few
/// lines or genes left.
pub fn screen(parts: &Parts<'_>) -> Result<Joined, ReadError> {
    let Parts { expression, responses, .. } = *parts;
    let mut exclusions = expression.exclusions.clone();
    let mut notes = [&expression.notes[..], &responses.notes[..]].concat();
    let bridges = bridges(parts);
    let key = Keys::of(expression, &responses.place, &responses.lines, &bridges)?;
    notes.push(key.note(&responses.place));
    let found = key.rows(&responses.lines);
    let mut kept: Vec<usize> = Vec::new();
    let mut z = Vec::new();
    let mut used = vec![false; responses.z.len()];
    let mut owner: HashMap<usize, usize> = HashMap::new();
    let line = |row: usize, reason| Exclusion {
        subject: Subject::Line,
        id: expression.lines[row].clone(),
        reason,
        place: expression.place.clone(),
        position: Some(expression.line_positions[row]),
    };
    for (row, found) in found.iter().enumerate() {
        let rows: &[usize] = match found {
            Ok(rows) => rows,
            Err(reason) => {
                exclusions.push(line(row, reason.clone()));
                continue;
            }
        };
        rows.iter().for_each(|row| used[*row] = true);
        let Some((at, value)) = one_response(responses, rows, &mut exclusions)? else {
            exclusions.push(line(row, Reason::NoResponse));
            continue;
        };
        if let Some(first) = owner.insert(at, row) {
            owner.insert(at, first);
            exclusions.push(line(row, Reason::SameLine { kept: expression.lines[first].clone() }));
            continue;
        }
        kept.push(row);
        z.push(value);
    }
    for row in (0..used.len()).filter(|row| !used[*row]) {
        let (ids, position) = (&responses.lines.ids[row], responses.lines.positions[row]);
        // A line that wasn't screened has no response to leave out.
        if responses.z[row].is_some() {
            exclusions.push(response(responses, ids, Reason::NoExpression, position));
        }
    }
    if kept.is_empty() {
        return Err(ReadError::at(&expression.place, Fault::NothingInCommon { other: responses.place.clone() }));
    }
    let mut x =
        if kept.len() == expression.lines.len() { expression.x.clone() } else { expression.x.select(Axis(0), &kept) };
    let whole = complete(&mut x);
    for (row, cells) in &whole.lines_out {
        exclusions.push(line(kept[*row], Reason::Missing { cells: *cells, of: expression.genes.len() }));
    }
    for (column, reason) in whole.genes_out {
        exclusions.push(Exclusion {
            subject: Subject::Gene,
            id: expression.genes[column].clone(),
            reason,
            place: expression.place.clone(),
            position: Some(expression.gene_positions[column]),
        });
    }
    let total = expression.lines.len();
    let z: Vec<f64> = whole.lines.iter().map(|row| z[*row]).collect();
    let kept: Vec<usize> = whole.lines.iter().map(|row| kept[*row]).collect();
    if kept.len() < 2 {
        return Err(ReadError::at(&expression.place, Fault::TooFewLines { left: kept.len(), total }));
    }
    if whole.genes.is_empty() {
        return Err(ReadError::at(&expression.place, Fault::NoGenes { total: expression.genes.len() }));
    }
    let ids: Vec<String> = kept.iter().map(|row| expression.lines[*row].clone()).collect();
    let genes = whole.genes.iter().map(|column| expression.genes[*column].clone()).collect();
    let refuse = |error| ReadError::at(&expression.place, Fault::Screen(error));
    let mut screen = Screen::new(x, z, ids, genes).map_err(refuse)?.named(responses.drug.as_str());
    if let Some(tissues) = tissues(parts, &kept, &bridges, &mut notes)? {
        screen = screen.tissues(&tissues).map_err(refuse)?;
    }
    if let Some(table) = parts.folds {
        let folds = folds(parts, table, &kept, &bridges, &mut exclusions)?;
        screen = screen.folds(&folds).map_err(refuse)?;
    }
    Ok(Joined { screen, exclusions, notes })
}

/// The tables that know lines by several kinds of ids.
fn bridges<'a>(parts: &Parts<'a>) -> Vec<(&'a str, &'a Lines)> {
    let tables = [parts.lines, parts.tissue].into_iter().flatten().map(|table| (table.place.as_str(), &table.lines));
    tables.chain([(parts.responses.place.as_str(), &parts.responses.lines)]).collect()
}

fn response(responses: &Responses, ids: &Ids, reason: Reason, position: Position) -> Exclusion {
    let (place, id) = (responses.place.clone(), ids.any().to_string());
    Exclusion { subject: Subject::Response, id, reason, place, position: Some(position) }
}

/// The response of a line that may stand in several rows; those that repeat it are listed.
fn one_response(
    responses: &Responses,
    rows: &[usize],
    exclusions: &mut Vec<Exclusion>,
) -> Result<Option<(usize, f64)>, ReadError> {
    let mut found: Option<(usize, f64)> = None;
    for row in rows.iter().copied() {
        let Some(value) = responses.z[row] else { continue };
        let Some((first, known)) = found else {
            found = Some((row, value));
            continue;
        };
        let (ids, position) = (&responses.lines.ids[row], responses.lines.positions[row]);
        let kept = responses.lines.positions[first];
        if value != known {
            let fault = Fault::Contradiction {
                id: ids.any().into(),
                found: value.to_string(),
                before: known.to_string(),
                first: kept,
            };
            return Err(ReadError::at(&responses.place, fault).position(position).column(&responses.column));
        }
        exclusions.push(response(responses, ids, Reason::Repeated { kept, differs: false }, position));
    }
    Ok(found)
}

/// How lines of the matrix are looked up in another file.
struct Keys {
    /// The kind of id that both sides are compared by.
    kind: IdKind,
    /// For each line, its id of that kind, or why it has none.
    keys: Vec<Result<String, Reason>>,
    /// The file that translates, where one does.
    through: Option<String>,
}

impl Keys {
    /// Ids of the same kind on both sides, else by a table that has both kinds.
    fn of(expression: &Expression, there: &str, lines: &Lines, bridges: &[(&str, &Lines)]) -> Result<Self, ReadError> {
        if let Some(kind) = meets(expression, lines) {
            let keys = expression.lines.iter().cloned().map(Ok).collect();
            return Ok(Self { kind, keys, through: None });
        }
        let kinds = lines.kinds();
        for (place, bridge) in bridges {
            let known = bridge.kinds();
            let to = kinds.iter().copied().find(|kind| *kind != IdKind::Own && known.contains(kind));
            if let (Some(from), Some(to)) = (meets(expression, bridge), to) {
                return Ok(Self::through(expression, place, bridge, from, to));
            }
        }
        if expression.kind == IdKind::Own || kinds.contains(&IdKind::Own) {
            return Err(ReadError::at(&expression.place, Fault::NothingInCommon { other: there.into() }));
        }
        let known = kinds.iter().map(|kind| kind.label()).collect::<Vec<_>>().join(", ");
        let here = expression.kind.label();
        Err(ReadError::at(&expression.place, Fault::NoCommonId { here, other: there.into(), there: known }))
    }

    fn through(expression: &Expression, place: &str, bridge: &Lines, from: IdKind, to: IdKind) -> Self {
        let rows = bridge.by(from);
        let translated = |id: &String| {
            let rows = rows.get(id.as_str()).map_or(&[][..], Vec::as_slice);
            let mut found: Vec<&str> = rows.iter().filter_map(|row| bridge.ids[*row].get(to)).collect();
            found.sort_unstable();
            found.dedup();
            match found[..] {
                [one] => Ok(one.to_string()),
                [] => Err(Reason::NoTranslation { wanted: to.label() }),
                _ => Err(Reason::SeveralTranslations { found: found.join(", ") }),
            }
        };
        let keys = expression.lines.iter().map(translated).collect();
        Self { kind: to, keys, through: Some(place.into()) }
    }

    fn note(&self, place: &str) -> String {
        match &self.through {
            None => format!("{place}: lines found by {}", self.kind.label()),
            Some(through) => format!("{place}: lines found by {}, through {through}", self.kind.label()),
        }
    }

    /// For each line, the rows that it has there; possibly none.
    fn rows(&self, lines: &Lines) -> Vec<Result<Vec<usize>, Reason>> {
        let by = lines.by(self.kind);
        let rows = |key: &Result<String, Reason>| {
            let key = key.as_ref().map_err(Reason::clone)?;
            Ok(by.get(key.as_str()).cloned().unwrap_or_default())
        };
        self.keys.iter().map(rows).collect()
    }
}

/// The kind of id by which a table knows the lines of the matrix: their own kind; where either side doesn't say what it
/// holds, whatever meets most of them.
fn meets(expression: &Expression, lines: &Lines) -> Option<IdKind> {
    let kinds = lines.kinds();
    if expression.kind != IdKind::Own && kinds.contains(&expression.kind) {
        return Some(expression.kind);
    }
    let own = expression.kind == IdKind::Own;
    let hits = |kind: IdKind| {
        let rows = lines.by(kind);
        expression.lines.iter().filter(|id| rows.contains_key(id.as_str())).count()
    };
    let candidates = kinds.into_iter().filter(|kind| own || *kind == IdKind::Own).map(|kind| (hits(kind), kind));
    candidates.filter(|(hits, _)| *hits > 0).max_by_key(|(hits, _)| *hits).map(|(_, kind)| kind)
}

/// The tissue of each line that is used, from the first table that has tissues.
fn tissues(
    parts: &Parts<'_>,
    kept: &[usize],
    bridges: &[(&str, &Lines)],
    notes: &mut Vec<String>,
) -> Result<Option<Vec<String>>, ReadError> {
    let tables = [parts.tissue, parts.lines].into_iter().flatten();
    let tables = tables.map(|table| (table.place.as_str(), &table.lines, table.tissues.as_ref()));
    let responses = parts.responses;
    let own = (responses.place.as_str(), &responses.lines, responses.tissues.as_ref());
    let Some((place, lines, Some(tissues))) = tables.chain([own]).find(|(_, _, tissues)| tissues.is_some()) else {
        return Ok(None);
    };
    let rows = Keys::of(parts.expression, place, lines, bridges)?.rows(lines);
    let mut unknown = 0;
    let mut found = Vec::with_capacity(kept.len());
    for row in kept {
        let mut tissue: Option<(usize, &String)> = None;
        for at in rows[*row].as_deref().unwrap_or_default() {
            let Some(here) = &tissues[*at] else { continue };
            match tissue {
                Some((first, known)) if known != here => {
                    let fault = Fault::Contradiction {
                        id: parts.expression.lines[*row].clone(),
                        found: format!("`{here}`"),
                        before: format!("`{known}`"),
                        first: lines.positions[first],
                    };
                    return Err(ReadError::at(place, fault).position(lines.positions[*at]));
                }
                Some(_) => {}
                None => tissue = Some((*at, here)),
            }
        }
        unknown += usize::from(tissue.is_none());
        found.push(tissue.map_or_else(|| NO_TISSUE.to_string(), |(_, tissue)| tissue.clone()));
    }
    if unknown == kept.len() {
        notes.push(format!("{place}: no line of the screen has a tissue there"));
        return Ok(None);
    }
    if unknown > 0 {
        notes.push(format!("{place}: {unknown} lines have no tissue there; they count as one, `{NO_TISSUE}`"));
    }
    Ok(Some(found))
}

/// The fold of each line that is used.
fn folds(
    parts: &Parts<'_>,
    table: &FoldTable,
    kept: &[usize],
    bridges: &[(&str, &Lines)],
    exclusions: &mut Vec<Exclusion>,
) -> Result<Vec<usize>, ReadError> {
    let chosen = table.chosen(&parts.responses.drug, parts.feature_set).or_else(|error| {
        // The column may carry the name that the file of folds uses.
        table.chosen(&parts.responses.column, parts.feature_set).map_err(|_| error)
    })?;
    let lines = &chosen.lines;
    let rows = Keys::of(parts.expression, &table.place, lines, bridges)?.rows(lines);
    let mut used = vec![false; chosen.folds.len()];
    let mut found: Vec<Option<&String>> = Vec::with_capacity(kept.len());
    for row in kept {
        let mut fold: Option<(usize, &String)> = None;
        for at in rows[*row].as_deref().unwrap_or_default().iter().copied() {
            used[at] = true;
            match fold {
                Some((first, known)) if *known != chosen.folds[at] => {
                    let fault = Fault::Contradiction {
                        id: parts.expression.lines[*row].clone(),
                        found: format!("fold {}", chosen.folds[at]),
                        before: format!("fold {known}"),
                        first: lines.positions[first],
                    };
                    return Err(ReadError::at(&table.place, fault).position(lines.positions[at]));
                }
                Some(_) => {}
                None => fold = Some((at, &chosen.folds[at])),
            }
        }
        found.push(fold.map(|(_, fold)| fold));
    }
    let missing = found.iter().filter(|fold| fold.is_none()).count();
    if let Some(first) = found.iter().position(Option::is_none) {
        let id = parts.expression.lines[kept[first]].clone();
        return Err(ReadError::at(&table.place, Fault::NoFold { id, missing, total: kept.len() }));
    }
    for row in (0..used.len()).filter(|row| !used[*row]) {
        exclusions.push(Exclusion {
            subject: Subject::Fold,
            id: lines.ids[row].any().into(),
            reason: Reason::NotUsed,
            place: table.place.clone(),
            position: Some(lines.positions[row]),
        });
    }
    let found: Vec<String> = found.into_iter().flatten().cloned().collect();
    numbered(&table.place, &found, lines.positions.first().copied())
}
