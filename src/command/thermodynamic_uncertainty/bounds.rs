//! `saigen thermodynamic_uncertainty bounds`: what a model's motion says about its dissipation.

use saigen::cases::thermodynamic_uncertainty::cycles::cycle_affinities;
use saigen::cases::thermodynamic_uncertainty::model::Model;
use saigen::cases::thermodynamic_uncertainty::ode::{Tolerances, solve};
use saigen::cases::thermodynamic_uncertainty::split::Split;
use saigen::cases::thermodynamic_uncertainty::thermodynamics::{Thermodynamics, activity_bound};
use serde::Serialize;

use super::super::{Outcome, Verdict, terminal::Terminal};
use super::{ModelFile, raised};

/// Prints the entropy production rate, what every species' motion proves of it, and cycles out of detailed balance.
///
/// Rate laws are split into forward and backward mass-action fluxes; a law without a unique split is refused.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelFile,
    /// Time of the state, reached by integration from the model's start.
    #[arg(long, value_name = "T", default_value_t = 0.0)]
    at: f64,
    /// Gives every one-way reaction a reverse rate constant of this times its forward one.
    #[arg(long, value_name = "ε")]
    reverse_ratio: Option<f64>,
    /// Prints JSON; an infinite number is the string "infinity".
    #[arg(long)]
    json: bool,
}

/// Everything that is printed.
#[derive(Debug, Serialize)]
struct Report {
    version: u32,
    model: String,
    time: f64,
    /// Rates are per time and per this.
    per: &'static str,
    entropy_production: Number,
    excess: Number,
    housekeeping: Number,
    pseudo_entropy_production: Number,
    matrix_bound: Number,
    species: Vec<SpeciesBounds>,
    one_way: Vec<String>,
    /// Cycles that violate detailed balance.
    cycles: Vec<CycleReport>,
}

#[derive(Debug, Serialize)]
struct SpeciesBounds {
    species: String,
    drift: f64,
    scaled_diffusion: f64,
    /// `f²/D`.
    bound: Number,
    /// `Σ̇ D/f²`; null where the species doesn't move.
    ratio: Option<Number>,
    /// `f²/Λ`.
    onsager_bound: Number,
    onsager_ratio: Option<Number>,
    activity_bound: Number,
    activity_ratio: Option<Number>,
}

#[derive(Debug, Serialize)]
struct CycleReport {
    /// Reaction ids and how often each runs; negative backwards.
    reactions: Vec<(String, i64)>,
    affinity: f64,
}

/// A number that may be infinite, which JSON can't say.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
enum Number {
    Finite(f64),
    Other(&'static str),
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        if value.is_finite() {
            Number::Finite(value)
        } else if value.is_nan() {
            Number::Other("undefined")
        } else {
            Number::Other("infinity")
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Number::Finite(value) => f.pad(&format!("{value:.6e}")),
            Number::Other(word) => f.pad(word),
        }
    }
}

/// Affinities below this (units of R) are rounding.
const BALANCED: f64 = 1e-9;
/// Relative tolerance of the integration to `--at`.
const RELATIVE: f64 = 1e-10;

pub fn run(arguments: Arguments) -> Outcome {
    let file = &arguments.model;
    if !(arguments.at.is_finite() && arguments.at >= 0.0) {
        return Err(miette::miette!("--at is {}; it must be finite and not negative", arguments.at));
    }
    let model = file.read()?;
    let mut split = model.split().map_err(|e| raised(file, e))?;
    if let Some(ratio) = arguments.reverse_ratio {
        split.network = split.network.with_reverse_ratio(ratio).map_err(|e| raised(file, e))?;
    }
    let state = state_at(&model, &split, arguments.at).map_err(|e| raised(file, e))?;
    let report = report(file, &split, &state, arguments.at)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report).expect("a report serialises to JSON"));
    } else {
        print(&report);
    }
    Ok(Verdict::Done)
}

/// The state at a time, in the unit of the split network; rounding below zero counts as zero.
fn state_at(
    model: &Model,
    split: &Split,
    time: f64,
) -> Result<Vec<f64>, saigen::cases::thermodynamic_uncertainty::ode::OdeError> {
    if time == 0.0 {
        return Ok(split.state.clone());
    }
    let tolerances = Tolerances { relative: RELATIVE, absolute: model.absolute_tolerances(RELATIVE * 1e-3) };
    let run = solve(&model.system(), &model.initial_state(), &[0.0, time], &tolerances, &Terminal::start())?;
    let size = split.volume.unwrap_or(1.0);
    Ok(run.states[1].iter().map(|amount| amount.max(0.0) / size).collect())
}

fn report(file: &ModelFile, split: &Split, state: &[f64], time: f64) -> miette::Result<Report> {
    let network = &split.network;
    let stoichiometry = network.stoichiometry().view();
    let fluxes = network.fluxes(state).map_err(|e| raised(file, e))?;
    let at = Thermodynamics::new(stoichiometry, &fluxes);
    let ratio = |bound: f64| (bound > 0.0).then(|| (at.entropy_production / bound).into());
    let onsager = at.onsager_bounds();
    let species = network.species().iter().zip(at.species_bounds()).enumerate().map(|(i, (species, bound))| {
        let activity = activity_bound(&stoichiometry.row(i).to_vec(), &fluxes);
        SpeciesBounds {
            species: species.clone(),
            drift: at.drift[i],
            scaled_diffusion: at.scaled_diffusion[i],
            bound: bound.into(),
            ratio: ratio(bound),
            onsager_bound: onsager[i].into(),
            onsager_ratio: ratio(onsager[i]),
            activity_bound: activity.into(),
            activity_ratio: ratio(activity),
        }
    });
    Ok(Report {
        version: 1,
        model: file.path().display().to_string(),
        time,
        per: if split.volume.is_some() { "volume" } else { "whole system" },
        entropy_production: at.entropy_production.into(),
        excess: at.excess.into(),
        housekeeping: at.housekeeping().into(),
        pseudo_entropy_production: at.pseudo_entropy_production.into(),
        matrix_bound: at.matrix_bound.into(),
        species: species.collect(),
        one_way: one_way(split),
        cycles: unbalanced_cycles(file, split)?,
    })
}

/// Whether a channel runs both ways.
fn reversible(split: &Split, reaction: usize) -> bool {
    let reaction = &split.network.reactions()[reaction];
    reaction.forward > 0.0 && reaction.backward > 0.0
}

fn one_way(split: &Split) -> Vec<String> {
    let channels = 0..split.origins.len();
    channels.filter(|&r| !reversible(split, r)).map(|r| split.origins[r].reaction.clone()).collect()
}

/// Cycles of the reversible channels whose affinity isn't zero.
fn unbalanced_cycles(file: &ModelFile, split: &Split) -> miette::Result<Vec<CycleReport>> {
    let channels: Vec<usize> = (0..split.origins.len()).filter(|&r| reversible(split, r)).collect();
    let stoichiometry = split.network.stoichiometry().select(saigen::ndarray::Axis(1), &channels);
    let log_ratios: Vec<f64> = channels
        .iter()
        .map(|&r| {
            let reaction = &split.network.reactions()[r];
            (reaction.forward / reaction.backward).ln()
        })
        .collect();
    let cycles = cycle_affinities(stoichiometry.view(), &log_ratios).map_err(|e| raised(file, e))?;
    let named = cycles.into_iter().filter(|cycle| cycle.affinity > BALANCED).map(|cycle| CycleReport {
        reactions: cycle.reactions.iter().map(|&(r, n)| (split.origins[channels[r]].reaction.clone(), n)).collect(),
        affinity: cycle.affinity,
    });
    Ok(named.collect())
}

/// Pads to a width on the screen; the dot over a letter (U+0307) takes no room there.
fn padded(text: &str, width: usize) -> String {
    let shown = text.chars().filter(|c| *c != '\u{307}').count();
    format!("{text}{}", " ".repeat(width.saturating_sub(shown)))
}

fn print(report: &Report) {
    println!("{} at t = {}, rates in R per time and {}\n", report.model, report.time, report.per);
    for (name, value) in [
        ("entropy production Σ̇", report.entropy_production),
        ("  excess Σ̇_ex", report.excess),
        ("  housekeeping Σ̇_hk", report.housekeeping),
        ("Π = Σ 2J²/a", report.pseudo_entropy_production),
        ("matrix bound fᵀD⁺f", report.matrix_bound),
    ] {
        println!("{}{value:>14}", padded(name, 24));
    }
    if !report.one_way.is_empty() {
        println!("\none-way reactions (they make Σ̇ infinite; see --reverse-ratio): {}", report.one_way.join(", "));
    }
    let width = report.species.iter().map(|s| s.species.chars().count()).max().unwrap_or(0).max(7);
    println!(
        "\n{:<width$} {:>14} {:>13} {:>14} {:>13} {:>14} {:>13} {:>14}",
        "species", "f = dx/dt", "f²/D", "Σ̇/(f²/D)", "f²/Λ", "Σ̇/(f²/Λ)", "activity", "Σ̇/activity"
    );
    let shown = |ratio: &Option<Number>| ratio.map_or("–".to_owned(), |r| r.to_string());
    for s in &report.species {
        println!(
            "{:<width$} {:>14.6e} {:>13} {:>13} {:>13} {:>13} {:>13} {:>13}",
            s.species,
            s.drift,
            s.bound,
            shown(&s.ratio),
            s.onsager_bound,
            shown(&s.onsager_ratio),
            s.activity_bound,
            shown(&s.activity_ratio)
        );
    }
    if report.cycles.is_empty() {
        println!("\nno cycle of reversible reactions violates detailed balance");
    } else {
        println!("\ncycles that violate detailed balance (affinity in R):");
        for cycle in &report.cycles {
            let steps: Vec<String> = cycle.reactions.iter().map(|(id, n)| format!("{n:+} {id}")).collect();
            println!("{:>14.6e}  {}", cycle.affinity, steps.join(" "));
        }
    }
}
