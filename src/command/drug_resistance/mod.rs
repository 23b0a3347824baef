//! `saigen drug_resistance`: predictors of drug response and gene networks on the user's own screen.

use clap::Subcommand;

use super::Outcome;

mod cv;
mod files;
mod graph;
mod input;
mod network;

/// Predicts drug response from expression, and estimates gene networks, on your own screen.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Cv(Box<cv::Arguments>),
    Network(Box<network::Arguments>),
}

pub fn run(arguments: Arguments) -> Outcome {
    match arguments.action {
        Action::Cv(arguments) => cv::run(&arguments),
        Action::Network(arguments) => network::run(&arguments),
    }
}
