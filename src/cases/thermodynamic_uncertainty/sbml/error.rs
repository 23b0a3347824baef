//! Why a file could not be read as a model.

use crate::cases::thermodynamic_uncertainty::expression::mathml::MathError;
use crate::cases::thermodynamic_uncertainty::model::{Element, ModelError};

/// An SBML file is malformed, outside the subset, or contradicts itself.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SbmlError {
    #[error("the file is not UTF-8 text: the byte at {offset} is out of place")]
    NotUtf8 { offset: usize },
    #[error("line {line}, column {column}: the XML is malformed: {reason}")]
    Xml { line: usize, column: usize, reason: String },
    #[error("{element} is not SBML; an <sbml> element is expected")]
    NotSbml { element: Element },
    #[error("{element} has level {level} version {version}; levels 2 and 3 are read")]
    Level { element: Element, level: String, version: String },
    #[error("{element}: {feature} is not supported")]
    Unsupported { element: Element, feature: String },
    #[error("{element} has no {part}")]
    Missing { element: Element, part: &'static str },
    #[error("{element}: {attribute} is `{found}`; it must be {expected}")]
    BadAttribute { element: Element, attribute: &'static str, found: String, expected: &'static str },
    #[error("{element}: {attribute} names `{id}`, which is not a declared {expected}")]
    UnknownReference { element: Element, attribute: &'static str, id: String, expected: &'static str },
    #[error("{element}: its id is taken by {first}")]
    Duplicate { element: Element, first: Box<Element> },
    #[error("{element}: it already has a rule or an initial assignment")]
    AssignedTwice { element: Element },
    #[error("{element}: {source}")]
    Math {
        element: Element,
        #[source]
        source: MathError,
    },
    #[error("{element}: the function definition calls itself")]
    RecursiveFunction { element: Element },
    #[error(transparent)]
    Model(#[from] ModelError),
}
