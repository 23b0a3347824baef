//! `saigen thermodynamic_uncertainty`: trajectories, noise and bounds of the user's own SBML model.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Subcommand, ValueEnum};
use miette::{IntoDiagnostic, WrapErr};
use saigen::cases::thermodynamic_uncertainty::model::{self, Model};
use saigen::cases::thermodynamic_uncertainty::sbml::{Events, read};

use super::Outcome;

mod bounds;
mod ode;
mod ssa;
mod table;

/// Trajectories, noise and thermodynamic bounds of your own model (SBML).
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Ode(ode::Arguments),
    Ssa(ssa::Arguments),
    Bounds(bounds::Arguments),
}

pub fn run(arguments: Arguments) -> Outcome {
    match arguments.action {
        Action::Ode(arguments) => ode::run(arguments),
        Action::Ssa(arguments) => ssa::run(arguments),
        Action::Bounds(arguments) => bounds::run(arguments),
    }
}

/// What a species column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Quantity {
    Amount,
    Concentration,
}

impl From<Quantity> for model::Quantity {
    fn from(quantity: Quantity) -> Self {
        match quantity {
            Quantity::Amount => model::Quantity::Amount,
            Quantity::Concentration => model::Quantity::Concentration,
        }
    }
}

/// An even time grid, written `START:END:STEPS`: `STEPS` intervals, so `STEPS + 1` rows.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Times {
    start: f64,
    end: f64,
    steps: usize,
}

/// More rows than this are a slip of the keyboard.
const MOST_STEPS: usize = 10_000_000;

impl Times {
    /// The grid with time zero before it, where the model starts, and how many entries to leave out of the report.
    fn with_origin(self) -> (Vec<f64>, usize) {
        let grid = self.grid();
        if self.start == 0.0 { (grid, 0) } else { (std::iter::once(0.0).chain(grid).collect(), 1) }
    }

    fn grid(self) -> Vec<f64> {
        let width = (self.end - self.start) / self.steps as f64;
        (0..=self.steps).map(|k| if k == self.steps { self.end } else { self.start + k as f64 * width }).collect()
    }
}

impl FromStr for Times {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let [start, end, steps] = parts[..] else {
            return Err(format!("expected START:END:STEPS, found `{text}`"));
        };
        let time = |part: &str| {
            let value: f64 = part.trim().parse().map_err(|_| format!("`{part}` is not a number"))?;
            if value.is_finite() { Ok(value) } else { Err(format!("`{part}` is not finite")) }
        };
        let (start, end) = (time(start)?, time(end)?);
        let steps: usize = steps.trim().parse().map_err(|_| format!("`{steps}` is not a whole number of steps"))?;
        if start < 0.0 {
            return Err(format!("the model starts at time 0; found the start {start}"));
        }
        if end <= start {
            return Err(format!("the end {end} must come after the start {start}"));
        }
        if !(1..=MOST_STEPS).contains(&steps) {
            return Err(format!("the number of steps must lie between 1 and {MOST_STEPS}, found {steps}"));
        }
        Ok(Self { start, end, steps })
    }
}

/// The model file of every action.
#[derive(Debug, clap::Args)]
struct ModelFile {
    /// SBML file, Level 2 or 3.
    #[arg(value_name = "MODEL.xml")]
    path: PathBuf,
}

impl ModelFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn read(&self) -> miette::Result<Model> {
        let bytes = std::fs::read(&self.path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read {}", self.path.display()))?;
        read(&bytes, Events::Refuse).map_err(|e| raised(self, e))
    }
}

/// Names the file in front of what went wrong in it.
fn raised(file: &ModelFile, error: impl std::error::Error + Send + Sync + 'static) -> miette::Report {
    miette::Report::from_err(error).wrap_err(file.path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_intervals() {
        let grid = "0:50:100".parse::<Times>().expect("valid").grid();
        assert_eq!(grid.len(), 101);
        assert_eq!((grid[0], grid[1], grid[100]), (0.0, 0.5, 50.0));
    }

    #[test]
    fn bad_grids_say_what_is_wrong() {
        for (text, part) in [
            ("1:2", "START:END:STEPS"),
            ("a:2:3", "`a` is not a number"),
            ("0:inf:3", "not finite"),
            ("2:1:3", "must come after"),
            ("-1:1:3", "starts at time 0"),
            ("0:1:0", "between 1"),
            ("0:1:1.5", "whole number"),
        ] {
            let error = text.parse::<Times>().expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
