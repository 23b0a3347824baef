//! Data files: the manifest, the mirror they come from, and checks that they are the right ones.
//!
//! A [`Library`] hands out files by (case, name). It never returns a file whose SHA-256 is not the one in
//! `data/manifest.toml`, and it never reads the environment: the caller says where mirror and cache lie.

mod digest;
mod error;
mod fetch;
mod http;
mod library;
mod manifest;
mod mirror;
mod partial;
mod table;

pub use digest::sha256_hex;
pub use error::DataError;
pub use fetch::{FetchReport, Patience};
pub use library::{FileState, Library};
pub use manifest::{Entry, Manifest};
pub use mirror::MirrorLocation;
pub use table::{NumericTable, TableError};
