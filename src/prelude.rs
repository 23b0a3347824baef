//! What a notebook cell starts with: `use saigen::prelude::*;`.

pub use crate::data::Library;
pub use crate::display::{Monitor, Show, Silent};
pub use crate::repro::{
    Axis, Case, CaseError, Claim, ClaimResult, Evidence, Figure, Mark, Origin, Panel, Series, Status, Tier, Workbench,
};
