//! Claims, figures, records, tiers, reports: what makes a result checkable.

mod case;
mod claim;
mod figure;

pub use case::{Case, CaseError, Experiment, Tier, Workbench};
pub use claim::{Claim, ClaimResult, Evidence, Finding, Origin, Status};
pub use figure::Figure;
