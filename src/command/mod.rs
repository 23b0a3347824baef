//! The command line: one file per subcommand, each with its arguments and a `run`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod data;
mod doctor;
mod drug_resistance;
mod explain;
mod figure;
mod kernel;
mod lab;
mod library;
mod notebooks;
mod output;
mod qncc_spectra;
mod reproduce;
mod terminal;
mod thermodynamic_uncertainty;

/// Re-creates documented results and says, claim by claim, what reproduces.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Reproduce(reproduce::Arguments),
    Figure(figure::Arguments),
    Explain(explain::Arguments),
    Data(data::Arguments),
    Notebooks(notebooks::Arguments),
    Lab(lab::Arguments),
    Kernel(kernel::Arguments),
    Doctor(doctor::Arguments),
    #[command(name = "thermodynamic_uncertainty")]
    ThermodynamicUncertainty(thermodynamic_uncertainty::Arguments),
    #[command(name = "qncc_spectra")]
    QnccSpectra(Box<qncc_spectra::Arguments>),
    #[command(name = "drug_resistance")]
    DrugResistance(Box<drug_resistance::Arguments>),
}

/// How a subcommand ended when it didn't end in an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Exit status 0.
    Done,
    /// A claim or a check fell short: exit status 1.
    FellShort,
    /// Ctrl-C stopped it: exit status 130.
    Interrupted,
}

/// Errors are shown with their causes and a hint, and end the command with exit status 2.
type Outcome = miette::Result<Verdict>;

/// Parses the arguments, runs the subcommand and turns its outcome into an exit status.
pub fn main() -> ExitCode {
    let outcome = match Command::parse().action {
        Action::Reproduce(arguments) => reproduce::run(arguments),
        Action::Figure(arguments) => figure::run(arguments),
        Action::Explain(arguments) => explain::run(arguments),
        Action::Data(arguments) => data::run(arguments),
        Action::Notebooks(arguments) => notebooks::run(arguments),
        Action::Lab(arguments) => lab::run(arguments),
        Action::Kernel(arguments) => kernel::run(arguments),
        Action::Doctor(arguments) => doctor::run(arguments),
        Action::ThermodynamicUncertainty(arguments) => thermodynamic_uncertainty::run(arguments),
        Action::QnccSpectra(arguments) => qncc_spectra::run(*arguments),
        Action::DrugResistance(arguments) => drug_resistance::run(*arguments),
    };
    match outcome {
        Ok(Verdict::Done) => ExitCode::SUCCESS,
        Ok(Verdict::FellShort) => ExitCode::from(1),
        Ok(Verdict::Interrupted) => ExitCode::from(terminal::INTERRUPTED),
        Err(report) => {
            eprintln!("{report:?}");
            ExitCode::from(2)
        }
    }
}
