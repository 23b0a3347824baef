//! `saigen thermodynamic_uncertainty ode`: a model's trajectory.

use std::path::PathBuf;

use saigen::cases::thermodynamic_uncertainty::ode::{Tolerances, solve};

use super::super::{Outcome, Verdict, terminal::Terminal};
use super::table::Table;
use super::{ModelFile, Quantity, Times, raised};

/// Integrates the model's rate equations: an implicit method with the model's analytic Jacobian.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelFile,
    /// When to report; the model starts at time 0.
    #[arg(long, value_name = "START:END:STEPS")]
    times: Times,
    /// What a species' column holds.
    #[arg(long, value_enum, default_value_t = Quantity::Amount)]
    quantity: Quantity,
    /// Relative tolerance of the integration.
    #[arg(long, default_value_t = 1e-9)]
    tolerance: f64,
    /// CSV file to write: `time`, then a column per species.
    #[arg(long, value_name = "F.csv")]
    out: PathBuf,
}

/// Absolute tolerances are this times the relative one, times the size of a species' amounts.
const ABSOLUTE: f64 = 1e-3;

pub fn run(arguments: Arguments) -> Outcome {
    let model = arguments.model.read()?;
    let columns = model.species_columns(arguments.quantity.into());
    let outputs = model.outputs(&columns).map_err(|e| raised(&arguments.model, e))?;
    let names = columns.into_iter().map(|(id, _)| id).collect();
    let mut table = Table::create(&arguments.out, names)?;
    let (times, skipped) = arguments.times.with_origin();
    let tolerances = Tolerances {
        relative: arguments.tolerance,
        absolute: model.absolute_tolerances(arguments.tolerance * ABSOLUTE),
    };
    let trajectory = solve(&model.system(), &model.initial_state(), &times, &tolerances, &Terminal::start())
        .map_err(|e| raised(&arguments.model, e))?;
    for (time, state) in trajectory.times.iter().zip(&trajectory.states).skip(skipped) {
        table.push(*time, model.row(&outputs, *time, state));
    }
    table.finish()?;
    Ok(Verdict::Done)
}
