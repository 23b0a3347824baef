//! Expression with a line a row.

use ndarray::Array2;

use super::error::{Fault, Position, ReadError};
use super::exclusion::{Exclusion, Reason, Subject};
use super::expression::{Layout, Raw};
use super::ids::{IdKind, plain};
use super::table::Table;

/// What the columns are.
struct Plan {
    layout: Layout,
    id: usize,
    /// The kind that the id column's name tells of.
    kind: Option<IdKind>,
    /// Columns of genes, and their symbols.
    genes: Vec<(usize, String)>,
    /// Column that says whether a profile stands for its model.
    default: Option<usize>,
    /// Names of columns that aren't read.
    skipped: Vec<String>,
}

/// Columns about profiles that DepMap's files have before the genes, from release 25Q2 on.
const PROFILES: [&str; 6] =
    ["sequencingid", "modelconditionid", "profileid", "isdefaultentryformodel", "isdefaultentryformc", "unnamed0"];

pub(super) fn read(mut table: Table) -> Result<Raw, ReadError> {
    let plan = Plan::of(&table)?;
    let mut notes = Vec::new();
    if !plan.skipped.is_empty() {
        notes.push(format!("{}: not read as genes: {}", table.place(), plan.skipped.join(", ")));
    }
    let (mut lines, mut line_positions, mut exclusions, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let place = table.place().to_string();
    // Numbers of a Parquet table needn't pass through text.
    let frame = table.frame().is_some();
    table.look_only_at([Some(plan.id), plan.default].into_iter().flatten().collect());
    let columns: Vec<String> = plan.genes.iter().map(|(column, _)| table.header()[*column].clone()).collect();
    let mut kept = Vec::new();
    let mut rows = 0;
    while let Some(record) = table.next()? {
        rows += 1;
        let at = |fault| ReadError::at(&place, fault).position(record.position);
        let id = record.value(plan.id).ok_or_else(|| at(Fault::NoId))?.to_string();
        let default = plan.default.and_then(|column| record.value(column));
        if default.is_some_and(|word| !["yes", "true", "1"].iter().any(|yes| word.eq_ignore_ascii_case(yes))) {
            let (subject, reason) = (Subject::Line, Reason::NotDefault);
            exclusions.push(Exclusion { subject, id, reason, place: place.clone(), position: Some(record.position) });
            continue;
        }
        lines.push(id);
        line_positions.push(record.position);
        kept.push(rows - 1);
        if frame {
            continue;
        }
        for ((column, _), name) in plan.genes.iter().zip(&columns) {
            let value = record.number(*column).map_err(|fault| at(fault).column(name))?;
            values.push(value.unwrap_or(f64::NAN));
        }
    }
    if lines.is_empty() {
        return Err(ReadError::at(&place, Fault::NoRows));
    }
    if table.unfinished() {
        notes.push(format!("{place}: the last line has no line break; was the file cut off?"));
    }
    let (n, p) = (lines.len(), plan.genes.len());
    let x = match table.frame() {
        Some(frame) => {
            let mut x = Array2::zeros((n, p));
            for (k, (column, _)) in plan.genes.iter().enumerate() {
                let numbers = frame.numbers(*column)?;
                x.column_mut(k).iter_mut().zip(&kept).for_each(|(x, row)| *x = numbers[*row]);
            }
            x
        }
        None => Array2::from_shape_vec((n, p), values).expect("a value for each gene was pushed with each line"),
    };
    let kind = kind(plan.kind, &mut lines);
    let gene_positions = plan.genes.iter().map(|(column, _)| Position::Column(column + 1)).collect();
    let genes = plan.genes.into_iter().map(|(_, symbol)| symbol).collect();
    Ok(Raw { layout: plan.layout, kind, lines, line_positions, genes, gene_positions, x, exclusions, notes })
}

/// What ids are, by the column's name and by what they look like; puts them in the form in which they are compared.
pub(super) fn kind(named: Option<IdKind>, lines: &mut [String]) -> IdKind {
    let told = IdKind::of_text(&lines[0]);
    let kind = match (named, told) {
        (Some(IdKind::Cosmic | IdKind::Name), _) | (Some(_), None) => named.unwrap_or(IdKind::Own),
        (_, Some(told)) => told,
        (None, None) => IdKind::Own,
    };
    for line in lines {
        *line = kind.normal(line).to_string();
    }
    kind
}

impl Plan {
    fn of(table: &Table) -> Result<Self, ReadError> {
        let header = table.header();
        let plains: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let entrez = |name: &str| {
            let (symbol, rest) = name.rsplit_once(" (")?;
            let id = rest.strip_suffix(')')?;
            (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| symbol.trim().to_string())
        };
        // An id may stand further right, behind an index or DepMap's columns about profiles; a name only first.
        let known = |kind: IdKind| header.iter().position(|name| IdKind::of_column(name) == Some(kind));
        let id = [IdKind::DepMap, IdKind::Cosmic, IdKind::Sanger].into_iter().find_map(known);
        // Where pandas keeps an index that has no name.
        let id = id.or_else(|| header.iter().position(|name| name == "__index_level_0__")).unwrap_or(0);
        let kind = IdKind::of_column(&header[id]);
        let default = plains.iter().position(|name| name == "isdefaultentryformodel");
        let mut genes = Vec::with_capacity(header.len());
        let mut skipped = Vec::new();
        for (column, name) in header.iter().enumerate().filter(|(column, _)| *column != id) {
            let other_id = matches!(IdKind::of_column(name), Some(IdKind::Cosmic | IdKind::DepMap | IdKind::Sanger))
                || plains[column] == "celllinename";
            if other_id || PROFILES.contains(&plains[column].as_str()) || (column == 0 && name.is_empty()) {
                skipped.push(if name.is_empty() { "the first column".into() } else { format!("`{name}`") });
            } else if name.is_empty() {
                return Err(table.head_fault(Fault::UnnamedColumn { number: column + 1 }));
            } else {
                genes.push((column, name.clone()));
            }
        }
        if genes.is_empty() {
            let known = header.join(", ");
            return Err(table.head_fault(Fault::MissingColumn { wanted: "a gene".into(), known }));
        }
        let told = genes.iter().filter(|(_, name)| entrez(name).is_some()).count();
        let layout = if 2 * told > genes.len() { Layout::DepMap } else { Layout::LinesInRows };
        if layout == Layout::DepMap {
            for (_, name) in &mut genes {
                *name = entrez(name).unwrap_or_else(|| std::mem::take(name));
            }
        }
        Ok(Self { layout, id, kind, genes, default, skipped })
    }
}
