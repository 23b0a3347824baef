//! Instances of the generic functions that cells use most, compiled once. A cell that depends on this crate reuses them
//! instead of instantiating them anew. Nothing here is ever called.

#![allow(unused, reason = "only what the compiler makes of it counts")]

pub mod arrays;
pub mod basics;
pub mod externs;
pub mod library;
pub mod plots;
pub mod shown;
pub mod statistics;
pub mod tables;
pub mod tensors;

/// Keeps a value from being optimised away.
pub fn used<T>(value: T) {
    std::hint::black_box(value);
}
