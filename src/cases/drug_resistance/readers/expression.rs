//! Expression matrices: lines in rows (own tables, DepMap), or genes in rows (GDSC's RMA text).

use std::collections::HashMap;

use ndarray::{Array2, ArrayView1, Axis};

use super::error::{Fault, Position, ReadError};
use super::exclusion::{Exclusion, Reason, Subject};
use super::ids::{IdKind, plain};
use super::source::Source;
use super::table::Table;
use super::{rma, wide};

/// How an expression file is laid out; recognised from its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A line a row: the id first, then a column for each gene.
    LinesInRows,
    /// DepMap's `OmicsExpression…TPMLogp1.csv`: a model a row, columns called `SYMBOL (Entrez id)`.
    DepMap,
    /// GDSC's `Cell_line_RMA_proc_basalExp.txt`: a gene a row, columns called `DATA.<COSMIC id>`.
    GdscRma,
    /// A gene a row: the symbol first, then a column for each line.
    GenesInRows,
}

impl Layout {
    /// Its name in messages.
    pub fn label(self) -> &'static str {
        match self {
            Layout::LinesInRows => "a line a row",
            Layout::DepMap => "DepMap expression, a model a row",
            Layout::GdscRma => "GDSC RMA, a gene a row",
            Layout::GenesInRows => "a gene a row",
        }
    }
}

/// An expression matrix as its file has it, but for lines and genes that occur twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// The file, as the caller named it.
    pub place: String,
    pub layout: Layout,
    /// What lines are named by.
    pub kind: IdKind,
    /// Names of lines; each occurs once.
    pub lines: Vec<String>,
    /// Where each line stands in the file.
    pub line_positions: Vec<Position>,
    /// Symbols of genes; each occurs once.
    pub genes: Vec<String>,
    /// Where each gene stands in the file.
    pub gene_positions: Vec<Position>,
    /// Lines × genes, NaN where the file has no value.
    pub x: Array2<f64>,
    /// What was left out.
    pub exclusions: Vec<Exclusion>,
    /// What else its user should know.
    pub notes: Vec<String>,
}

/// A matrix before duplicates are taken out.
pub(super) struct Raw {
    pub(super) layout: Layout,
    pub(super) kind: IdKind,
    pub(super) lines: Vec<String>,
    pub(super) line_positions: Vec<Position>,
    pub(super) genes: Vec<String>,
    pub(super) gene_positions: Vec<Position>,
    /// Lines × genes, in any order in memory.
    pub(super) x: Array2<f64>,
    pub(super) exclusions: Vec<Exclusion>,
    pub(super) notes: Vec<String>,
}

/// Words over a first column that holds gene symbols.
const SYMBOLS: [&str; 8] =
    ["genesymbols", "genesymbol", "gene", "genes", "symbol", "hugosymbol", "hgncsymbol", "genename"];

/// Reads an expression matrix: CSV (comma, semicolon or tab; gzip), Parquet, GDSC's RMA text or DepMap's CSV.
///
/// The layout is recognised from the header (sources: GDSC1000 web resources, `Cell_line_RMA_proc_basalExp.txt`; DepMap
/// portal, `OmicsExpressionProteinCodingGenesTPMLogp1.csv` and, from 25Q2 on, `OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv`
/// with columns about profiles before the genes). Text streams: memory holds the matrix and one row of text.
///
/// A symbol that occurs twice is kept where it varies most over all lines of the file, which doesn't look at
/// responses; rows without a symbol are left out. A line that occurs twice with the same values counts once; GDSC's replicate
/// columns (`DATA.1503362.1`) are left out though their values differ. All that is listed in `exclusions`.
///
/// # Errors
/// [`ReadError`]: a file that can't be read, a cell that is no number or infinite, a row that is too short or too long, a line
/// that occurs twice with other values.
pub fn expression(source: &Source) -> Result<Expression, ReadError> {
    let table = Table::open(source)?;
    let first = table.header().first().map(|name| plain(name)).unwrap_or_default();
    let raw = if SYMBOLS.contains(&first.as_str()) { rma::read(table)? } else { wide::read(table)? };
    finish(source.place(), raw)
}

impl Expression {
    /// Number of lines and genes.
    pub fn dim(&self) -> (usize, usize) {
        self.x.dim()
    }
}

/// Takes out lines and genes that occur twice, and genes without a name.
fn finish(place: &str, raw: Raw) -> Result<Expression, ReadError> {
    let Raw {
        layout,
        kind,
        mut lines,
        mut line_positions,
        mut genes,
        mut gene_positions,
        mut x,
        mut exclusions,
        notes,
    } = raw;
    let left_out = |subject, id: &str, reason, position| Exclusion {
        subject,
        id: id.into(),
        reason,
        place: place.into(),
        position: Some(position),
    };
    let mut keep = Vec::with_capacity(lines.len());
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (row, id) in lines.iter().enumerate() {
        let Some(first) = seen.get(id.as_str()).copied() else {
            seen.insert(id, row);
            keep.push(row);
            continue;
        };
        let (kept, position) = (line_positions[first], line_positions[row]);
        let differs = !same(x.row(first), x.row(row));
        // The published file itself has replicate columns; in a table of one's own, which row is right can't be known.
        if differs && layout != Layout::GdscRma {
            let fault = Fault::Different { id: id.clone(), first: kept };
            return Err(ReadError::at(place, fault).position(position));
        }
        exclusions.push(left_out(Subject::Line, id, Reason::Repeated { kept, differs }, position));
    }
    drop(seen);
    if keep.len() < lines.len() {
        x = x.select(Axis(0), &keep);
        lines = keep.iter().map(|row| std::mem::take(&mut lines[*row])).collect();
        line_positions = keep.iter().map(|row| line_positions[*row]).collect();
    }
    let mut keep: Vec<usize> = Vec::with_capacity(genes.len());
    let mut columns: HashMap<&str, Vec<usize>> = HashMap::new();
    for (column, symbol) in genes.iter().enumerate() {
        columns.entry(symbol).or_default().push(column);
    }
    for (column, symbol) in genes.iter().enumerate() {
        if symbol.is_empty() {
            exclusions.push(left_out(Subject::Gene, "", Reason::NoSymbol, gene_positions[column]));
            continue;
        }
        let best = match &columns[symbol.as_str()][..] {
            [_] => column,
            several => most_varied(&x, several),
        };
        if best == column {
            keep.push(column);
            continue;
        }
        let differs = !same(x.column(best), x.column(column));
        let reason = Reason::RepeatedSymbol { kept: gene_positions[best], differs };
        exclusions.push(left_out(Subject::Gene, symbol, reason, gene_positions[column]));
    }
    drop(columns);
    if keep.is_empty() {
        return Err(ReadError::at(place, Fault::NoGenes { total: genes.len() }));
    }
    if keep.len() < genes.len() {
        x = x.select(Axis(1), &keep);
        genes = keep.iter().map(|column| std::mem::take(&mut genes[*column])).collect();
        gene_positions = keep.iter().map(|column| gene_positions[*column]).collect();
    }
    if !x.is_standard_layout() {
        x = x.as_standard_layout().into_owned();
    }
    Ok(Expression {
        place: place.into(),
        layout,
        kind,
        lines,
        line_positions,
        genes,
        gene_positions,
        x,
        exclusions,
        notes,
    })
}

/// Whether two rows or columns hold the same values, with gaps in the same places.
fn same(a: ArrayView1<f64>, b: ArrayView1<f64>) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
}

/// The column that varies most, the first one of equals; gaps don't count.
fn most_varied(x: &Array2<f64>, columns: &[usize]) -> usize {
    let mut best = (columns[0], f64::NEG_INFINITY);
    for column in columns {
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for value in x.column(*column).iter().filter(|value| !value.is_nan()) {
            count += 1.0;
            let off = value - mean;
            mean += off / count;
            squares += off * (value - mean);
        }
        let variance = squares / count;
        if variance > best.1 {
            best = (*column, variance);
        }
    }
    best.0
}
