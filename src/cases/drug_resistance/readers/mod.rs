//! Reads screens as GDSC, DepMap and their users hold them: expression, responses, folds, tissues, and what joins them.
//!
//! Layouts are recognised from headers, never from names of files; text may be gzip-compressed, and every table may be
//! Parquet. What can't be used is either an error that names file, line, column and [how to mend it](ReadError::mend), or an
//! [`Exclusion`] with its reason; nothing is dropped in silence.
//!
//! ```
//! use saigen::cases::drug_resistance::readers::{Choice, Parts, Source, expression, responses, screen};
//!
//! let matrix = Source::bytes("E.csv", *b"cosmic_id,TP53,MYC\n683665,0.1,2\n683667,0.3,1\n684052,0.2,4\n");
//! let table = Source::bytes("R.csv", *b"COSMIC_ID,Mitomycin C\n683665,-1.5\n684052,0.7\n687448,2.2\n");
//! let (expression, responses) = (expression(&matrix)?, responses(&table, &Choice::default())?);
//! let parts = Parts { expression: &expression, responses: &responses, folds: None, feature_set: None, tissue: None, lines: None };
//! let joined = screen(&parts)?;
//! assert_eq!(joined.screen.lines(), ["683665", "684052"]);
//! assert_eq!(joined.exclusions[0].to_string(), "line `683667`: no response to the drug");
//! # Ok::<(), saigen::cases::drug_resistance::readers::ReadError>(())
//! ```

mod error;
mod exclusion;
mod expression;
mod folds;
mod frame;
mod ids;
mod interactions;
mod join;
mod lines;
mod missing;
mod responses;
mod rma;
mod shipped;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod wide;

pub use error::{Fault, Position, ReadError};
pub use exclusion::{Exclusion, Reason, Subject, summary};
pub use expression::{Expression, Layout, expression};
pub use folds::{FoldTable, folds};
pub use ids::{IdKind, Ids, Lines};
pub use interactions::interactions;
pub use join::{Joined, NO_TISSUE, Parts, screen};
pub use lines::{LineTable, lines};
pub use responses::{Choice, DrugNames, ResponseLayout, Responses, drug_names, responses};
pub(super) use shipped::LINES;
pub use shipped::{Drug, Features, published_links, shipped, shipped_files};
pub use source::Source;

/// The case's name in the manifest.
const CASE: &str = "drug_resistance";
