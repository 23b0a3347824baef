//! `saigen qncc_spectra`: decomposition, comparison and edge models of the user's own spectra.

use clap::Subcommand;

use super::Outcome;

mod compare;
mod fit;
mod input;
mod xanes;

/// Decomposes, compares and models your own spectra (infrared, N K-edge).
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Fit(fit::Arguments),
    Compare(compare::Arguments),
    Xanes(xanes::Arguments),
}

pub fn run(arguments: Arguments) -> Outcome {
    match arguments.action {
        Action::Fit(arguments) => fit::run(arguments),
        Action::Compare(arguments) => compare::run(arguments),
        Action::Xanes(arguments) => xanes::run(arguments),
    }
}
