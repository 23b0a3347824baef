//! Thirteen reversible networks at fixed states, each with reference values.

mod networks;
mod reference;

pub use networks::{brusselator, proofreading, push_pull};
pub use reference::{Reference, ReferenceError, reference};

use super::network::Network;

/// One network of the zoo at its table state.
#[derive(Clone, Debug, PartialEq)]
pub struct Specimen {
    pub id: &'static str,
    pub title: &'static str,
    pub network: Network,
    pub state: Vec<f64>,
}

/// All networks of the zoo, in the order of the case's table.
pub fn zoo() -> Vec<Specimen> {
    networks::all()
}

/// The network of that id, such as `brus`.
pub fn specimen(id: &str) -> Option<Specimen> {
    zoo().into_iter().find(|specimen| specimen.id == id)
}
