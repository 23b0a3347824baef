//! What a notebook cell starts with: `use saigen::prelude::*;`.

pub use crate::display::{Monitor, Silent};
pub use crate::repro::{Case, Claim, Evidence, Figure, Origin, Status, Tier};
