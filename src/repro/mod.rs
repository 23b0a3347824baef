//! Claims, figures, records, tiers, reports: what makes a result checkable.
//!
//! A [`Case`] states claims and figures; both pull experiments from a [`Workbench`]. [`reproduce`] runs cases, writes
//! their files and the [`Report`]; [`compare`] holds a run against what is committed.

mod case;
mod claim;
mod draw;
mod figure;
mod page;
mod record;
mod reference;
mod report;
mod run;
mod session;
mod source;
mod store;
mod table;
#[cfg(test)]
mod toy;
mod workbench;
mod write;

pub use case::{Case, CaseError, Experiment, Tier, UnknownTier, raise};
pub use claim::{Claim, ClaimResult, Evidence, Finding, Origin, Status};
pub use draw::svg;
pub use figure::{Axis, Figure, Mark, Note, Panel, Scale, Series, Side, Tolerance, Tone};
pub use page::record_lines;
pub use record::{Record, RecordError};
pub use reference::{CompareError, Comparison, Reference, compare};
pub use report::{CaseReport, FigureReport, Report};
pub use run::{CaseRun, ClaimRun, Drawn, FigureRun, NotDrawn, Step, draw as draw_figure, run_case};
pub use session::{ReproduceError, reproduce, write_figure};
pub use source::{rustc, source_id};
pub use table::{SeriesError, TableSeries, read_series, series_csv};
pub use workbench::Workbench;
pub use write::{OutputFolder, WriteError, write_atomically};
