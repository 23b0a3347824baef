//! Figures of the deterministic side.

use super::super::experiments::{
    ClosedNetworks, ClosedRun, CostPrecision, DrivePoint, NearEquilibrium, Oscillation, RandomBounds, SingleReaction,
    SpeedLimitRun, SpeedLimitRuns, ZooReaction,
};
use super::super::params::Params;
use super::super::speed_limit::SpeedLimits;
use super::{captioned, positive};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench};

pub fn bound(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<RandomBounds>(&params.random_bounds)?;
    let (cost, square): (Vec<f64>, Vec<f64>) = found.scatter.iter().copied().unzip();
    let ends = vec![1e-12, 1e8];
    let panel = Panel::new(
        "",
        Axis::log("Σ̇ D  (units of R · concentration² / time²)").limits(1e-12, 1e8),
        Axis::log("f²  (concentration² / time²)").limits(1e-20, 1e8),
    )
    .series(positive(Series::new("random states", Origin::Synthetic, Mark::Points, cost, square)))
    .series(Series::new("f² = Σ̇ D", Origin::Exact, Mark::Guide, ends.clone(), ends));
    Ok(captioned(format!(
        "Squared rate of change against dissipation times diffusion, {} of {} random states. All lie on or below the \
         line: what moves fast or noiselessly must dissipate. States yet closer to rest lie \
         outside the frame.",
        found.scatter.len(),
        found.draws
    ))
    .panel(panel))
}

pub fn sharpness(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<SingleReaction>(&params.single_reaction)?;
    let zoo = |value: fn(&ZooReaction) -> f64| found.zoo.iter().map(value).collect();
    let panel = Panel::new("", Axis::linear("|F|  (R)").limits(0.0, 12.0), Axis::linear("Σ̇ D / f²").limits(0.9, 6.2))
        .series(Series::new("(F/2) coth(F/2)", Origin::Exact, Mark::Line, found.forces.clone(), found.curve.clone()))
        .series(Series::new(
            "reactions of the zoo, one by one",
            Origin::Exact,
            Mark::Points,
            zoo(|r| r.force.abs()),
            zoo(|r| r.ratio),
        ))
        .series(Series::new("bound", Origin::Exact, Mark::Guide, vec![0.0, 12.0], vec![1.0, 1.0]));
    Ok(captioned(
        "A single reaction saturates the bound as its force vanishes; far from equilibrium its cost grows in proportion \
         to the force.",
    )
    .panel(panel))
}

pub fn brusselator(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Oscillation>(&params.oscillation)?;
    let times: Vec<f64> = found.points.iter().map(|p| p.time).collect();
    let line = |name: String, values: Vec<f64>| Series::new(name, Origin::Exact, Mark::Line, times.clone(), values);
    let time = || Axis::linear("time over one period").limits(0.0, found.cycle.period);
    let mut states = Panel::new("Concentrations", time(), Axis::linear("concentration"));
    let mut bounds =
        Panel::new("Dissipation and what motion proves", time(), Axis::log("rate  (R / time)").limits(1e-3, 3e2))
            .series(line("Σ̇".into(), found.points.iter().map(|p| p.entropy_production).collect()))
            .series(positive(line("Σ̇ (excess)".into(), found.points.iter().map(|p| p.excess).collect())));
    for (i, species) in found.species.iter().enumerate() {
        states = states.series(line(species.clone(), found.points.iter().map(|p| p.state[i]).collect()));
        let scaled = found.points.iter().map(|p| p.scaled_bounds[i]).collect();
        let onsager = found.points.iter().map(|p| p.onsager_bounds[i]).collect();
        bounds = bounds
            .series(positive(line(format!("f²/Λ of {species}"), onsager)))
            .series(positive(line(format!("f²/D of {species}"), scaled)));
    }
    let smallest: Vec<String> = found.smallest_ratios.iter().map(|r| format!("{r:.1}")).collect();
    Ok(captioned(format!(
        "Reversible Brusselator, period {:.4}. Most of the dissipation keeps the cycle turning; the excess part is close \
         to what the motion proves. Smallest Σ̇D/f²: {}.",
        found.cycle.period,
        smallest.join(" and ")
    ))
    .panel(states)
    .panel(bounds))
}

pub fn closed(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<ClosedNetworks>(&params.closed_networks)?;
    let draw = |run: &ClosedRun| {
        let line = |name: String, mark: Mark, values: &[f64]| {
            positive(Series::new(name, Origin::Exact, mark, run.times.clone(), values.to_vec()))
        };
        let mut panel = Panel::new(title(&run.id), Axis::log("time"), Axis::log("rate  (R / time)")).series(line(
            "−dG/dt".into(),
            Mark::Line,
            &run.dissipation,
        ));
        for (species, bound) in run.species.iter().zip(&run.bounds) {
            panel = panel.series(line(format!("f²/D of {species}"), Mark::Line, bound));
        }
        panel
    };
    let caption = "Closed networks relaxing to equilibrium from their state in the zoo. The fall of the Gibbs energy \
                   stays above what the motion of each species proves, and meets it where one reaction is left.";
    Ok(found.runs.iter().map(draw).fold(captioned(caption), Figure::panel))
}

/// One number of a set of speed limits.
type Limit<'a> = &'a dyn Fn(&SpeedLimits) -> f64;

/// Networks whose speed limits are drawn.
const SHOWN: [&str; 4] = ["iso", "assoc", "mm", "brus"];

pub fn speed_limits(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<SpeedLimitRuns>(&params.speed_limits)?;
    let best = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let kinds: [(&str, Limit); 5] = [
        ("ℒ²/(Σ D̄)", &|l| best(&l.scaled)),
        ("ℒ²/(Σ Λ̄)", &|l| best(&l.onsager)),
        ("|Δx|²/(Σ D̄)", &|l| best(&l.displacement)),
        ("vector, Σ", &|l| l.vector),
        ("vector, Σ excess", &|l| l.vector_excess),
    ];
    let draw = |run: &SpeedLimitRun| {
        let durations: Vec<f64> = run.limits.iter().map(|l| l.duration).collect();
        let mut panel = Panel::new(title(&run.id), Axis::log("duration τ"), Axis::log("bound / τ").limits(1e-3, 2.0));
        for (name, limit) in kinds {
            let ratios = run.limits.iter().map(|l| limit(l) / l.duration).collect();
            panel =
                panel.series(positive(Series::new(name, Origin::Exact, Mark::LinePoints, durations.clone(), ratios)));
        }
        let ends = vec![durations[0], durations[durations.len() - 1]];
        panel.series(Series::new("limit", Origin::Exact, Mark::Guide, ends, vec![1.0, 1.0]))
    };
    let caption = "The least time that dissipation allows, over the time taken, for the species that comes closest. \
                   Closed networks come near their limit; in the driven Brusselator only the excess dissipation makes \
                   the limit useful.";
    Ok(found
        .runs
        .iter()
        .filter(|run| SHOWN.contains(&run.id.as_str()))
        .map(draw)
        .fold(captioned(caption), Figure::panel))
}

fn title(id: &str) -> String {
    super::super::zoo::specimen(id).map_or_else(|| id.to_owned(), |specimen| specimen.title.to_owned())
}

pub fn near_equilibrium(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<NearEquilibrium>(&params.near_equilibrium)?;
    let distances: Vec<f64> = found.points.iter().map(|p| p.epsilon).collect();
    let line = |name: String, values: Vec<f64>| Series::new(name, Origin::Exact, Mark::Line, distances.clone(), values);
    let mut panel =
        Panel::new("", Axis::log("distance from equilibrium ε"), Axis::linear("Σ̇ / bound").limits(0.9, 2.6));
    for (i, species) in found.species.iter().enumerate() {
        panel = panel
            .series(line(format!("species {species}"), found.points.iter().map(|p| p.species_ratios[i]).collect()));
    }
    panel = panel
        .series(line("observable o = F".into(), found.points.iter().map(|p| p.force_ratio).collect()))
        .series(line("matrix fᵀD⁺f".into(), found.points.iter().map(|p| p.matrix_ratio).collect()))
        .series(Series::new(
            "bound",
            Origin::Exact,
            Mark::Guide,
            vec![distances[0], distances[distances.len() - 1]],
            vec![1.0, 1.0],
        ));
    Ok(captioned(
        "A ⇌ B ⇌ C pushed off equilibrium by ε along a fixed direction. Small forces alone don't make a species' bound \
         sharp; the observable that weighs each reaction by its force does, and so does the matrix bound.",
    )
    .panel(panel))
}

pub fn cost_precision(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<CostPrecision>(&params.cost_precision)?;
    let against = |points: &[DrivePoint], name: &str, mark: Mark, value: &dyn Fn(&DrivePoint) -> Option<f64>| {
        let pairs: (Vec<f64>, Vec<f64>) = points.iter().filter_map(|p| value(p).map(|v| (p.cost, v))).unzip();
        positive(Series::new(name, Origin::Exact, mark, pairs.0, pairs.1))
    };
    let cost = || Axis::log("cost Σ̇  (R / time)");
    let precision = |heading: &str, points: &[DrivePoint]| {
        let ends = points
            .iter()
            .map(|p| p.cost)
            .filter(|c| *c > 0.0)
            .fold((f64::INFINITY, 0.0_f64), |e, c| (e.0.min(c), e.1.max(c)));
        Panel::new(heading, cost(), Axis::log("what the output proves  (R / time)"))
            .series(against(points, "J²/D of the output", Mark::LinePoints, &|p| Some(p.precision)))
            .series(against(points, "activity bound", Mark::LinePoints, &|p| Some(p.activity_bound)))
            .series(Series::new("cost", Origin::Exact, Mark::Guide, vec![ends.0, ends.1], vec![ends.0, ends.1]))
    };
    let quality = Panel::new("What the cost buys", cost(), Axis::log("fraction"))
        .series(against(&found.proofreading, "proofreading: wrong per right product", Mark::LinePoints, &|p| p.error))
        .series(against(&found.push_pull, "push-pull: phosphorylated share", Mark::LinePoints, &|p| p.phosphorylated));
    Ok(captioned(
        "Stationary states as the concentration of ATP varies. The precision of the output current never exceeds the \
         cost; far out the activity bound is the tighter of the two. Parameters and the choice of output are ours.",
    )
    .panel(precision("Push-pull switch", &found.push_pull))
    .panel(precision("Proofreading", &found.proofreading))
    .panel(quality))
}
