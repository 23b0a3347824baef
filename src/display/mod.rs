//! What a person sees while something runs and when it is done: values, tables, figures, progress.
//!
//! In a saigen notebook the last expression of a cell is shown through [`Show`], and [`show`], [`display`],
//! [`clear_output`], [`input`] and [`Progress`] reach the front end while the cell runs. Everything here also works
//! without a notebook, with text on standard output; under the stock evcxr kernel values are shown in evcxr's way.

mod array;
mod bars;
mod base64;
#[doc(hidden)]
pub mod cell;
pub mod comm;
mod html;
mod iterate;
mod lines;
mod live;
mod media;
mod number;
mod out;
mod picture;
mod plot;
mod progress;
mod show;
mod table;
mod tensor;

pub use bars::Progress;
pub(crate) use html::escape;
pub use iterate::{Iterate, progress};
pub use live::{Handle, clear_output, display, input, password, show, show_as};
pub(crate) use media::drawing;
pub use media::{Html, Json, Latex, Markdown, Png, Svg, Text};
pub use plot::{Area, PlotError, plot};
#[cfg(test)]
pub(crate) use progress::Stopped;
pub use progress::{Monitor, Quiet, Silent};
pub use show::{Content, Representation, Show};
