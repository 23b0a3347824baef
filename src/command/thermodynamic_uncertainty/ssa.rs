//! `saigen thermodynamic_uncertainty ssa`: mean and spread of a model's counts.

use std::path::PathBuf;

use saigen::cases::thermodynamic_uncertainty::ThermodynamicUncertainty;
use saigen::cases::thermodynamic_uncertainty::stochastic::{EnsembleParams, Method, Search, Simulator, ensemble};

use saigen::repro::Case;

use super::super::{Outcome, Verdict, terminal::Terminal};
use super::table::Table;
use super::{ModelFile, Quantity, Times, raised};

/// Simulates the model many times, exactly, and writes means and standard deviations.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelFile,
    /// Independent runs.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
    /// When to report; the model starts at time 0.
    #[arg(long, value_name = "START:END:STEPS")]
    times: Times,
    /// Seed of the random streams: the same seed gives the same bytes, whatever the number of threads.
    #[arg(long)]
    seed: u64,
    /// What a species' columns hold.
    #[arg(long, value_enum, default_value_t = Quantity::Amount)]
    quantity: Quantity,
    /// Engine.
    #[arg(long, value_enum, default_value_t = Engine::Direct)]
    engine: Engine,
    /// CSV file to write: `time`, then `X-mean` and `X-sd` for every species `X`.
    #[arg(long, value_name = "F.csv")]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Engine {
    /// Gillespie's direct method.
    Direct,
    /// Gibson and Bruck's next-reaction method.
    NextReaction,
    /// Adaptive tau-leaping, ε = 0.03: approximate, for large counts.
    TauLeap,
}

impl From<Engine> for Method {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Direct => Method::Direct(Search::Auto),
            Engine::NextReaction => Method::NextReaction,
            Engine::TauLeap => Method::AdaptiveTauLeap { epsilon: 0.03 },
        }
    }
}

pub fn run(arguments: Arguments) -> Outcome {
    let model = arguments.model.read()?;
    let counting = model.counting().map_err(|e| raised(&arguments.model, e))?;
    let readout =
        model.readout(&model.species_columns(arguments.quantity.into())).map_err(|e| raised(&arguments.model, e))?;
    let names = model.species_names().iter().flat_map(|id| [format!("{id}-mean"), format!("{id}-sd")]).collect();
    let mut table = Table::create(&arguments.out, names)?;
    let simulator =
        Simulator::new(&counting.process, arguments.engine.into()).map_err(|e| raised(&arguments.model, e))?;
    let runs = usize::try_from(arguments.runs).unwrap_or(usize::MAX);
    let params = EnsembleParams::new(runs, arguments.seed, ThermodynamicUncertainty.name(), "user model");
    let times = arguments.times.grid();
    let found = ensemble(&simulator, &counting.initial, &times, &readout, &params, &Terminal::start())
        .map_err(|e| raised(&arguments.model, e))?;
    for (time, (mean, sd)) in found.times.iter().zip(found.mean.iter().zip(&found.sd)) {
        table.push(*time, mean.iter().zip(sd).flat_map(|(mean, sd)| [*mean, *sd]).collect());
    }
    table.finish()?;
    Ok(Verdict::Done)
}
