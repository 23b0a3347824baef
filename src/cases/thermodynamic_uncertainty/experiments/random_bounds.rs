//! Claim 1: the bounds on random states, a million of them, and two controls that must fail.

use serde::{Deserialize, Serialize};

use super::{CASE, ParamsError, raise, require, slack};
use crate::cases::thermodynamic_uncertainty::random_networks::{RandomState, Shape, random_state};
use crate::cases::thermodynamic_uncertainty::thermodynamics::{
    drift, entropy_production, onsager_diagonal, pseudo_entropy_production, scaled_diffusion,
};
use crate::display::Monitor;
use crate::methods::parallel::{Interrupted, ordered};
use crate::methods::random::stream;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`RandomBounds`].
///
/// | name | default (smoke, paper) | purpose |
/// |---|---|---|
/// | draws | 10⁶, 10⁶ | random states |
/// | shape | 4 species, 6 reactions, 3 decades | what they look like |
/// | scatter | 2000, 2000 | states kept for the figure, evenly thinned |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomBoundsParams {
    pub draws: usize,
    pub shape: Shape,
    pub scatter: usize,
    pub seed: u64,
}

impl RandomBoundsParams {
    /// The claim needs its million draws at either tier; they take seconds.
    pub fn smoke(seed: u64) -> Self {
        Self { draws: 1_000_000, shape: Shape { species: 4, reactions: 6, decades: 3.0 }, scatter: 2000, seed }
    }

    /// The same as [`RandomBoundsParams::smoke`].
    pub fn paper(seed: u64) -> Self {
        Self::smoke(seed)
    }

    /// # Errors
    /// No draws, an empty shape, or a range of decades that overflows.
    pub fn check(&self) -> Result<(), ParamsError> {
        require(self.draws > 0, "draws", self.draws, "at least one")?;
        require(self.shape.species > 0, "shape.species", self.shape.species, "at least one")?;
        require(self.shape.reactions > 0, "shape.reactions", self.shape.reactions, "at least one")?;
        require((0.0..=50.0).contains(&self.shape.decades), "shape.decades", self.shape.decades, "from 0 to 50")
    }
}

/// What random states have to say of the bounds; slacks are `(larger side − smaller side)/larger side`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomBounds {
    pub draws: usize,
    /// Smallest slack of `f² ≤ Σ̇ D` over states and species.
    pub diffusion_slack: f64,
    /// Smallest slack of `f² ≤ Σ̇ Λ`.
    pub onsager_slack: f64,
    /// Smallest slack of `Π ≤ Σ̇`.
    pub pseudo_slack: f64,
    /// Control: smallest slack of `f² ≤ Σ̇ D` when the force is plain `ln(J⁺/J⁻)`. Well below zero.
    pub plain_logarithm_slack: f64,
    /// Smallest `Σ̇ D/f²`: one, with the constant one for `D`.
    pub smallest_ratio: f64,
    /// Control: smallest `Σ̇ D̃/f²`: two, so the constant one for `D̃ = 2D` would be true but loose.
    pub smallest_unscaled_ratio: f64,
    /// Kept states: (`Σ̇ D`, `f²`) of the first species that moves.
    pub scatter: Vec<(f64, f64)>,
}

impl Experiment for RandomBounds {
    type Params = RandomBoundsParams;
    type Outcome = RandomBounds;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "random_bounds";

    fn run(params: &RandomBoundsParams, bench: &Workbench) -> Result<RandomBounds, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        Ok(random_bounds(params, bench.monitor)?)
    }
}

/// States per random stream: enough that deriving the stream costs nothing, few enough to spread and to interrupt.
const CHUNK: usize = 1000;

/// Tries the bounds on random states; the same bits for any number of threads.
///
/// # Errors
/// An interrupt.
pub fn random_bounds(params: &RandomBoundsParams, monitor: &dyn Monitor) -> Result<RandomBounds, Interrupted> {
    let chunks = params.draws.div_ceil(CHUNK);
    let keep_every = params.draws.div_ceil(params.scatter.max(1));
    monitor.begin("random states", chunks as u64);
    let partial = ordered(chunks, monitor, |chunk| {
        let mut random = stream(params.seed, CASE, "random_bounds", chunk as u64);
        let mut summary = empty();
        for draw in chunk * CHUNK..params.draws.min((chunk + 1) * CHUNK) {
            let state = random_state(&params.shape, &mut random);
            let keep = params.scatter > 0 && draw % keep_every == 0;
            examine(&state, keep, &mut summary);
        }
        summary
    });
    monitor.end();
    Ok(partial?.into_iter().fold(empty(), join))
}

fn empty() -> RandomBounds {
    RandomBounds {
        draws: 0,
        diffusion_slack: f64::INFINITY,
        onsager_slack: f64::INFINITY,
        pseudo_slack: f64::INFINITY,
        plain_logarithm_slack: f64::INFINITY,
        smallest_ratio: f64::INFINITY,
        smallest_unscaled_ratio: f64::INFINITY,
        scatter: Vec::new(),
    }
}

fn join(mut all: RandomBounds, part: RandomBounds) -> RandomBounds {
    all.draws += part.draws;
    all.diffusion_slack = all.diffusion_slack.min(part.diffusion_slack);
    all.onsager_slack = all.onsager_slack.min(part.onsager_slack);
    all.pseudo_slack = all.pseudo_slack.min(part.pseudo_slack);
    all.plain_logarithm_slack = all.plain_logarithm_slack.min(part.plain_logarithm_slack);
    all.smallest_ratio = all.smallest_ratio.min(part.smallest_ratio);
    all.smallest_unscaled_ratio = all.smallest_unscaled_ratio.min(part.smallest_unscaled_ratio);
    all.scatter.extend(part.scatter);
    all
}

fn examine(state: &RandomState, keep: bool, summary: &mut RandomBounds) {
    let (view, fluxes) = (state.stoichiometry.view(), &state.fluxes);
    let total = entropy_production(fluxes);
    let pairs = fluxes.forward.iter().zip(&fluxes.backward);
    let plain: f64 = pairs.map(|(p, m)| (p - m) * (p / m).ln()).sum();
    let rates = drift(view, fluxes);
    let spreads = scaled_diffusion(view, fluxes);
    let tighter = onsager_diagonal(view, fluxes);
    summary.draws += 1;
    summary.pseudo_slack = summary.pseudo_slack.min(slack(pseudo_entropy_production(fluxes), total));
    let mut kept = !keep;
    for i in (0..rates.len()).filter(|&i| rates[i] != 0.0) {
        let square = rates[i] * rates[i];
        let cost = total * spreads[i];
        summary.diffusion_slack = summary.diffusion_slack.min(slack(square, cost));
        summary.onsager_slack = summary.onsager_slack.min(slack(square, total * tighter[i]));
        // a control: where plain logarithms lose all digits, the cost itself can vanish
        let plain_slack = slack(square, (plain * spreads[i]).max(f64::MIN_POSITIVE)).max(-1.0);
        summary.plain_logarithm_slack = summary.plain_logarithm_slack.min(plain_slack);
        summary.smallest_ratio = summary.smallest_ratio.min(cost / square);
        summary.smallest_unscaled_ratio = summary.smallest_unscaled_ratio.min(2.0 * cost / square);
        if !kept {
            summary.scatter.push((cost, square));
            kept = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;
    use crate::display::Silent;

    fn small() -> RandomBoundsParams {
        RandomBoundsParams { draws: 30_000, scatter: 100, ..RandomBoundsParams::smoke(7) }
    }

    #[test]
    fn bounds_hold_and_controls_fail() {
        let found = run::<RandomBounds>(&small()).expect("valid settings");
        assert_eq!(found.draws, 30_000);
        for slack in [found.diffusion_slack, found.onsager_slack, found.pseudo_slack] {
            assert!(slack >= -1e-12, "{found:?}");
        }
        assert!(found.plain_logarithm_slack < -1e-3, "{}", found.plain_logarithm_slack);
        assert!((found.smallest_ratio - 1.0).abs() < 1e-9, "{}", found.smallest_ratio);
        assert!((found.smallest_unscaled_ratio - 2.0).abs() < 1e-9);
        assert!((80..=100).contains(&found.scatter.len()), "{}", found.scatter.len());
        assert!(found.scatter.iter().all(|(cost, square)| *square <= cost * (1.0 + 1e-12)));
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| random_bounds(&small(), &Silent).expect("nobody cancels"))
        };
        assert_eq!(with(1), with(2));
        assert_eq!(with(1), with(8));
    }

    #[test]
    fn bad_settings_are_refused() {
        assert_eq!(RandomBoundsParams { draws: 0, ..small() }.check().expect_err("no draws").name, "draws");
        let wide = RandomBoundsParams { shape: Shape { decades: 500.0, ..small().shape }, ..small() };
        assert_eq!(wide.check().expect_err("overflow").name, "shape.decades");
    }
}
