//! saigen (再現, "to reproduce"): documented results, re-created in Rust, claim by claim.
//!
//! Rooms, and which way the arrows point: commands and notebooks → [`cases`] → [`methods`], [`data`],
//! [`repro`], [`display`]. Nothing below knows of Jupyter or of the command line.

pub mod cases;
#[cfg(unix)]
#[doc(hidden)]
pub mod cell;
pub mod data;
pub mod display;
pub mod methods;
pub mod notebook;
pub mod prelude;
pub mod repro;

pub use candle_core;
pub use candle_nn;
pub use image;
pub use ndarray;
pub use plotters;
pub use polars;
pub use serde_json;
pub use statrs;
