//! Numerics that two or more cases use. Never reads a file, the clock, the environment or the network.

pub mod elastic_net;
pub mod parallel;
pub mod random;
pub mod ridge;
