//! Running a notebook from its first cell to its last.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{DocumentError, Notebook, Session, SessionError};
use crate::display::Monitor;

/// A notebook could not be run. A cell that fails is no such error: see [`RunReport::failure`].
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error("the kernel could not be used")]
    Start(#[source] SessionError),
    #[error("cell {cell} was not finished")]
    Cell {
        /// Among the code cells, from 1.
        cell: usize,
        #[source]
        source: SessionError,
    },
}

/// The first cell that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellFailure {
    /// Among the code cells, from 1: the count that Jupyter shows beside it.
    pub cell: usize,
    pub name: String,
    pub value: String,
}

/// How a run went.
#[derive(Clone, Debug, PartialEq)]
pub struct RunReport {
    /// Code cells that were run.
    pub cells: usize,
    /// Time until the kernel was ready.
    pub started: Duration,
    /// Time that the cells took, together.
    pub ran: Duration,
    pub failure: Option<CellFailure>,
}

/// Runs all code cells of a notebook with a kernel program, in a working folder, and returns the notebook with fresh
/// outputs. The first cell that fails ends the run: its error is stored, and later cells have no outputs.
///
/// # Errors
/// The kernel can't be used, ends, or takes longer than `limit` for one cell; or the monitor asked to stop.
pub fn run(
    notebook: &Notebook,
    program: &Path,
    folder: &Path,
    limit: Duration,
    monitor: &dyn Monitor,
) -> Result<(Notebook, RunReport), RunError> {
    let mut fresh = notebook.clone();
    let cells = fresh.code_cells();
    for (index, _) in &cells {
        fresh.set_outputs(*index, None, Vec::new());
    }
    let mut session = Session::start(program, folder, limit, monitor).map_err(RunError::Start)?;
    fresh.set_kernel(session.language_info().clone());
    let mut report = RunReport { cells: 0, started: session.started(), ran: Duration::ZERO, failure: None };
    let begin = Instant::now();
    monitor.begin("cells", cells.len() as u64);
    for (count, (index, source)) in (1..).zip(&cells) {
        let evaluation =
            session.evaluate(source, count, limit, monitor).map_err(|source| RunError::Cell { cell: count, source })?;
        fresh.set_outputs(*index, Some(count), evaluation.outputs);
        for change in evaluation.changes {
            let Some((changed, _)) = cells.get(change.cell - 1) else { continue };
            let mut outputs = fresh.outputs(*changed).to_vec();
            if let Some(output) = outputs.get_mut(change.output) {
                output["data"] = change.data;
                output["metadata"] = change.metadata;
            }
            fresh.set_outputs(*changed, Some(change.cell), outputs);
        }
        report.cells = count;
        monitor.advance(1);
        if let Some((name, value)) = evaluation.error {
            report.failure = Some(CellFailure { cell: count, name, value });
            break;
        }
    }
    monitor.end();
    report.ran = begin.elapsed();
    Ok((fresh, report))
}
