//! Instances of the generic functions that cells use most, compiled once. A cell that depends on this crate reuses them
//! instead of instantiating them anew. Nothing here is ever called.

#![allow(unused, reason = "only what the compiler makes of it counts")]

/// Makes values; what the compiler needs for them is all that counts.
macro_rules! made {
    ($($value:expr),* $(,)?) => {
        $({
            let _made = $value;
        })*
    };
}

pub mod arrays;
pub mod basics;
pub mod externs;
pub mod library;
pub mod plots;
pub mod shown;
pub mod statistics;
pub mod tables;
pub mod tensors;
