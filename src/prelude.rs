//! What a notebook cell starts with: `use saigen::prelude::*;`.

pub use crate::data::Library;
pub use crate::display::{
    Html, Latex, Markdown, Monitor, Progress, Show, Silent, Svg, clear_output, plot, progress, show,
};
pub use crate::repro::{
    Axis, Case, CaseError, Claim, ClaimResult, Evidence, Figure, Mark, Origin, Panel, Series, Status, Tier, Workbench,
};
