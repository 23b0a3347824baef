//! Numerics that two or more cases use. Never reads a file, the clock, the environment or the network.

pub mod parallel;
pub mod random;
