//! The decomposition of M101 against its reference values, and what holds for any spectrum.

mod m101;
mod made_up;
