//! The simulated design on which all predictors are compared.
//!
//! A DAG of hubs with children: hubs and isolated genes are standard normal, a child is `w·hub` plus standard normal noise with
//! `w = ±U(½, 1)`. θ* is ½ with the sign of its edge on the children of the first hubs, else 0, and
//! `z = θ*ᵀB*ᵀx + noise`. Every predictor is fitted on the training lines, chosen by its error on the validation lines, and scored
//! on the test lines in units of z, where nothing can be below the variance of the noise.
//!
//! Siblings under a hub are predicted by almost the same combination of genes, so their columns of `XB` are almost collinear: θ
//! isn't identifiable, and its true-positive rate says nothing about markers.

use std::ops::Range;
use std::sync::Arc;

use ndarray::Array2;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::comparators::{ElasticNetPaths, Training, least};
use super::cross_validation::{ElasticNetGrid, NetworkGrid, mean_square, neighbours};
use super::predictive::{
    Design as Standardised, Mode, Nodewise, Params, PredictiveError, PredictiveFit, Response, ResponseScale, ThetaGrid,
    ThetaPenalty, fit_on, theta_grid,
};
use crate::display::{Monitor, Quiet};
use crate::methods::parallel::ordered;
use crate::methods::random::stream;

/// The design. Reference values hold for [`Design::default`] only.
///
/// | name | default | meaning |
/// |---|---|---|
/// | `hubs`, `children`, `isolated` | 6, 8, 6 | 6 hubs with 8 children each, 6 genes without edges: p = 60 |
/// | `active_hubs` | 2 | hubs whose children have θ* = ±½ |
/// | `noise_variance` | 4 | of z |
/// | `train`, `validation`, `test` | 100, 100, 2000 | lines |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Hubs.
    pub hubs: usize,
    /// Children of each hub.
    pub children: usize,
    /// Genes without edges.
    pub isolated: usize,
    /// Hubs whose children have θ* = ±½.
    pub active_hubs: usize,
    /// Variance of the noise of z.
    pub noise_variance: f64,
    /// Training lines.
    pub train: usize,
    /// Validation lines.
    pub validation: usize,
    /// Test lines.
    pub test: usize,
}

impl Default for Design {
    fn default() -> Self {
        Self {
            hubs: 6,
            children: 8,
            isolated: 6,
            active_hubs: 2,
            noise_variance: 4.0,
            train: 100,
            validation: 100,
            test: 2000,
        }
    }
}

/// A predictor of the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Contender {
    /// Lasso.
    Lasso,
    /// Elastic net.
    ElasticNet,
    /// NW.P with λ4 = 0.
    NetworkPredictorPlain,
    /// NW.P.
    NetworkPredictor,
    /// PredictiveNetwork.
    PredictiveNetwork,
    /// PredictiveNetwork on z that isn't scaled.
    PredictiveNetworkUnscaled,
}

impl Contender {
    /// All of them, in the order of the table.
    pub const ALL: [Contender; 6] = [
        Contender::Lasso,
        Contender::ElasticNet,
        Contender::NetworkPredictorPlain,
        Contender::NetworkPredictor,
        Contender::PredictiveNetwork,
        Contender::PredictiveNetworkUnscaled,
    ];

    /// The short name of tables.
    pub fn label(self) -> &'static str {
        match self {
            Contender::Lasso => "LA",
            Contender::ElasticNet => "ELA",
            Contender::NetworkPredictorPlain => "NW.P (λ4 = 0)",
            Contender::NetworkPredictor => "NW.P",
            Contender::PredictiveNetwork => "Pro",
            Contender::PredictiveNetworkUnscaled => "Pro, z unscaled",
        }
    }
}

/// One seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The seed.
    pub seed: u64,
    /// Test MSE in z units, in the order of [`Contender::ALL`].
    pub mse: [f64; 6],
    /// Test MSE of PredictiveNetwork when it ends after one round, chosen among the same f: how much of what the later rounds
    /// take out of F is noise.
    pub one_round: f64,
    /// Share of true edges (in either direction) that B of PredictiveNetwork has.
    pub edge_tpr: f64,
    /// Share of pairs of genes without a true edge that it leaves without one.
    pub edge_tnr: f64,
    /// Share of genes with θ* ≠ 0 that θ of PredictiveNetwork has.
    pub theta_tpr: f64,
    /// a1, f and a4 of PredictiveNetwork.
    pub chosen: [f64; 3],
    /// Whether PredictiveNetwork met its stop rule; with z unscaled it hardly ever does.
    pub converged: bool,
}

impl Trial {
    /// The test MSE of a contender.
    pub fn of(&self, contender: Contender) -> f64 {
        self.mse[contender as usize]
    }
}

/// The network and the predictor behind the data of one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// `(hub, child, w)` of every edge.
    pub edges: Vec<(usize, usize, f64)>,
    /// θ*, of p entries.
    pub theta: Vec<f64>,
    /// p.
    pub genes: usize,
}

/// Expression and response of simulated lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Lines × genes.
    pub x: Array2<f64>,
    /// One response for each line.
    pub z: Vec<f64>,
}

impl Truth {
    /// Draws the weights of the edges.
    pub fn draw(design: &Design, random: &mut impl Rng) -> Self {
        let genes = design.hubs * (design.children + 1) + design.isolated;
        let (mut edges, mut theta) = (Vec::new(), vec![0.0; genes]);
        for hub in 0..design.hubs {
            for place in 0..design.children {
                let child = design.hubs + hub * design.children + place;
                let size: f64 = random.random_range(0.5..1.0);
                let weight = if random.random::<bool>() { size } else { -size };
                edges.push((hub, child, weight));
                if hub < design.active_hubs {
                    theta[child] = 0.5_f64.copysign(weight);
                }
            }
        }
        Self { edges, theta, genes }
    }

    /// Draws lines.
    pub fn sample(&self, lines: usize, noise_variance: f64, random: &mut impl Rng) -> Sample {
        let mut x = Array2::zeros((lines, self.genes));
        let mut z = Vec::with_capacity(lines);
        for mut line in x.rows_mut() {
            line.iter_mut().for_each(|value| *value = random.sample(StandardNormal));
            // Hubs come first, so all parents are drawn already.
            let mut signal = 0.0;
            for (hub, child, weight) in &self.edges {
                let predicted = weight * line[*hub];
                line[*child] += predicted;
                signal += self.theta[*child] * predicted;
            }
            let noise: f64 = random.sample(StandardNormal);
            z.push(signal + noise_variance.sqrt() * noise);
        }
        Sample { x, z }
    }
}

/// Runs one seed; seeds are independent, so callers run them in parallel ([`trials`]).
///
/// Grids are the defaults of [`NetworkGrid`] and [`ElasticNetGrid`].
///
/// # Errors
/// A fit that fails, or an interrupt.
pub fn trial(design: &Design, seed: u64, monitor: &dyn Monitor) -> Result<Trial, PredictiveError> {
    let mut random = stream(seed, "drug_resistance", "simulation", 0);
    let truth = Truth::draw(design, &mut random);
    let mut sample = |lines| truth.sample(lines, design.noise_variance, &mut random);
    let data = Split { train: sample(design.train), validation: sample(design.validation), test: sample(design.test) };
    let [lasso, elastic_net] = data.elastic_nets()?;
    let networks = Networks::of(&data, monitor)?;
    let plain = networks.network_predictor(&[0.0], monitor)?;
    let full = networks.network_predictor(&networks.grid.a4, monitor)?;
    let rounds = Params::default().max_rounds;
    let scaled = networks.predictive_network(&full, ResponseScale::UnitVariance, rounds, monitor)?;
    let unscaled = networks.predictive_network(&full, ResponseScale::AsGiven, rounds, monitor)?;
    let once = networks.predictive_network(&full, ResponseScale::UnitVariance, 1, monitor)?;
    let (edge_tpr, edge_tnr) = edge_rates(&truth, &scaled.fit);
    let found = truth.theta.iter().zip(&scaled.fit.theta).filter(|(truth, theta)| **truth != 0.0 && **theta != 0.0);
    let active = truth.theta.iter().filter(|value| **value != 0.0).count();
    Ok(Trial {
        seed,
        mse: [
            lasso,
            elastic_net,
            plain.test,
            full.test,
            data.test_error(&scaled.fit)?,
            data.test_error(&unscaled.fit)?,
        ],
        one_round: data.test_error(&once.fit)?,
        edge_tpr,
        edge_tnr,
        theta_tpr: found.count() as f64 / active.max(1) as f64,
        chosen: [networks.grid.a1[full.network], networks.grid.f[scaled.f], full.a4],
        converged: scaled.fit.converged,
    })
}

/// Runs many seeds in parallel, with progress.
///
/// # Errors
/// As [`trial`]; of several failures the first by seed.
pub fn trials(design: &Design, seeds: Range<u64>, monitor: &dyn Monitor) -> Result<Vec<Trial>, PredictiveError> {
    let count = seeds.end.saturating_sub(seeds.start);
    let quiet = Quiet(monitor);
    monitor.begin("simulation, seeds", count);
    let all = ordered(count as usize, monitor, |index| trial(design, seeds.start + index as u64, &quiet));
    monitor.end();
    all?.into_iter().collect()
}

struct Split {
    train: Sample,
    validation: Sample,
    test: Sample,
}

impl Split {
    /// Test errors of lasso and elastic net.
    fn elastic_nets(&self) -> Result<[f64; 2], PredictiveError> {
        let grid = ElasticNetGrid::default();
        let training = Training::of(self.train.x.view(), &self.train.z)?;
        let held_out = [training.judged_on(self.validation.x.view(), &self.validation.z)];
        let error = |l1_ratios: &[f64]| -> Result<f64, PredictiveError> {
            let paths =
                ElasticNetPaths { l1_ratios, lambdas: grid.lambdas, smallest: grid.smallest, tolerance: TOLERANCE };
            let choice = training.choose(&held_out, &paths)?;
            Ok(mean_square(&self.test.z, &choice.model.predict(self.test.x.view())))
        };
        Ok([error(&[1.0])?, error(&grid.l1_ratios)?])
    }

    fn test_error(&self, fit: &PredictiveFit) -> Result<f64, PredictiveError> {
        Ok(mean_square(&self.test.z, &fit.predict(self.test.x.view())?))
    }
}

/// KKT residual of every block, relative to the largest correlation.
const TOLERANCE: f64 = 1e-6;

/// The nodewise networks of the training lines for every a1.
struct Networks<'a> {
    data: &'a Split,
    grid: NetworkGrid,
    ratio: f64,
    design: Arc<Standardised>,
    response: Response,
    nodewise: Vec<Nodewise>,
}

/// What NW.P chose, and its test error.
struct NetworkChoice {
    network: usize,
    f: usize,
    a4: f64,
    test: f64,
}

/// What PredictiveNetwork chose.
struct PredictiveChoice {
    f: usize,
    fit: PredictiveFit,
}

impl<'a> Networks<'a> {
    fn of(data: &'a Split, monitor: &dyn Monitor) -> Result<Self, PredictiveError> {
        let grid = NetworkGrid::default();
        let train = &data.train;
        let design = Arc::new(Standardised::of(train.x.view(), Mode::Covariance)?);
        let response = Response::of(&design, train.x.view(), &train.z, ResponseScale::UnitVariance)?;
        let ratio = if design.genes() < design.lines() { grid.a2_tall } else { grid.a2_wide };
        let of_weight = |a1: &f64| Nodewise::of(&design, *a1, ratio * a1, None, TOLERANCE, monitor);
        let nodewise = grid.a1.iter().map(of_weight).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { data, grid, ratio, design, response, nodewise })
    }

    /// NW.P over all a1 and f, and these a4.
    fn network_predictor(&self, a4: &[f64], monitor: &dyn Monitor) -> Result<NetworkChoice, PredictiveError> {
        let Self { grid, design, response, .. } = self;
        let Sample { x, z } = &self.data.validation;
        let points = ThetaGrid { f: &grid.f, a4, sign: grid.sign, degree: grid.degree, tolerance: TOLERANCE };
        let (mut errors, mut all) = (Vec::new(), Vec::new());
        for nodewise in &self.nodewise {
            for point in theta_grid(nodewise, response, &points, monitor)? {
                errors.push(mean_square(z, &response.predict(design, &point.h, x.view())));
                all.push(point.h);
            }
        }
        let best = least(errors.into_iter()).unwrap_or_default();
        let of_network = grid.f.len() * a4.len();
        let test = &self.data.test;
        Ok(NetworkChoice {
            network: best / of_network,
            f: best % of_network / a4.len(),
            a4: a4[best % a4.len()],
            test: mean_square(&test.z, &response.predict(design, &all[best], test.x.view())),
        })
    }

    /// PredictiveNetwork at three f around that of NW.P.
    fn predictive_network(
        &self,
        start: &NetworkChoice,
        scale: ResponseScale,
        max_rounds: usize,
        monitor: &dyn Monitor,
    ) -> Result<PredictiveChoice, PredictiveError> {
        let train = &self.data.train;
        let response = Response::of(&self.design, train.x.view(), &train.z, scale)?;
        let a1 = self.grid.a1[start.network];
        let mut best: Option<(f64, PredictiveChoice)> = None;
        for f in neighbours(start.f, self.grid.f.len()) {
            let params = Params {
                a1,
                a2: self.ratio * a1,
                a3: ThetaPenalty::Fraction(self.grid.f[f]),
                a4: start.a4,
                response: scale,
                max_rounds,
                block_tolerance: TOLERANCE,
                ..Params::default()
            };
            let fit = fit_on(&self.nodewise[start.network], &response, &params.check()?, monitor)?;
            let error = mean_square(&self.data.validation.z, &fit.predict(self.data.validation.x.view())?);
            if best.as_ref().is_none_or(|(least, _)| error < *least) {
                best = Some((error, PredictiveChoice { f, fit }));
            }
        }
        best.map(|(_, choice)| choice).ok_or(PredictiveError::TooFew { what: "values of f", found: 0, least: 1 })
    }
}

/// Shares of pairs with an edge that B has, and of pairs without one that it leaves empty, whatever the direction.
fn edge_rates(truth: &Truth, fit: &PredictiveFit) -> (f64, f64) {
    let mut found = Array2::from_elem((truth.genes, truth.genes), false);
    fit.b.edges().for_each(|(regulator, target, _)| found[[regulator.min(target), regulator.max(target)]] = true);
    let pairs = truth.genes * (truth.genes - 1) / 2;
    let hits = truth.edges.iter().filter(|(hub, child, _)| found[[*hub, *child]]).count();
    let extra = found.iter().filter(|edge| **edge).count() - hits;
    let empty = pairs - truth.edges.len();
    (hits as f64 / truth.edges.len() as f64, (empty - extra) as f64 / empty as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::{Silent, Stopped};

    #[test]
    fn the_design_has_the_moments_of_its_recipe() {
        let design = Design::default();
        let mut random = stream(7, "drug_resistance", "test of the simulation", 0);
        let truth = Truth::draw(&design, &mut random);
        assert_eq!((truth.genes, truth.edges.len()), (60, 48));
        assert!(truth.edges.iter().all(|(_, _, weight)| (0.5..1.0).contains(&weight.abs())));
        for (hub, child, weight) in &truth.edges {
            let expected = if *hub < 2 { 0.5 * weight.signum() } else { 0.0 };
            assert_eq!(truth.theta[*child], expected);
        }
        let lines = 40_000;
        let sample = truth.sample(lines, 4.0, &mut random);
        let variance =
            |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>() / lines as f64;
        let (hub, child, weight) = truth.edges[3];
        // Means are zero; the standard error of a variance v is v √(2/lines) = 0.7 %.
        assert!((variance(&mut sample.x.column(hub).iter().copied()) - 1.0).abs() < 0.04);
        assert!((variance(&mut sample.x.column(child).iter().copied()) / (1.0 + weight * weight) - 1.0).abs() < 0.04);
        let load = |hub: usize| {
            let of_hub = truth.edges.iter().filter(|edge| edge.0 == hub);
            of_hub.map(|(_, child, weight)| truth.theta[*child] * weight).sum::<f64>()
        };
        let noise = sample
            .x
            .rows()
            .into_iter()
            .zip(&sample.z)
            .map(|(line, z)| z - (0..6).map(|hub| load(hub) * line[hub]).sum::<f64>());
        assert!((variance(&mut noise.into_iter()) / 4.0 - 1.0).abs() < 0.04);
    }

    #[test]
    fn networks_predict_better_than_the_lasso_and_an_unscaled_response_ruins_them() {
        let trials = trials(&Design::default(), 0..12, &Silent).expect("fits");
        let mean = |contender| trials.iter().map(|trial| trial.of(contender)).sum::<f64>() / trials.len() as f64;
        let [lasso, predictor, both] =
            [Contender::Lasso, Contender::NetworkPredictor, Contender::PredictiveNetwork].map(mean);
        assert!(both < lasso && predictor < lasso, "{both} {predictor} {lasso}");
        let unscaled = Contender::PredictiveNetworkUnscaled;
        let wins = trials.iter().filter(|trial| trial.of(unscaled) < trial.of(Contender::NetworkPredictor)).count();
        assert_eq!(wins, 0);
        // The noise has variance 4; 2000 test lines know it to 0.13.
        assert!(trials.iter().flat_map(|trial| trial.mse).all(|mse| mse > 3.4));
        let edges = |rate: fn(&Trial) -> f64| trials.iter().map(rate).sum::<f64>() / trials.len() as f64;
        assert!(edges(|trial| trial.edge_tpr) > 0.9 && edges(|trial| trial.edge_tnr) > 0.9);
    }

    #[test]
    fn a_trial_has_the_same_bits_for_any_number_of_threads() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| trials(&Design::default(), 3..5, &Silent).expect("fits"))
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn an_interrupt_ends_it() {
        assert!(matches!(trials(&Design::default(), 0..4, &Stopped), Err(PredictiveError::Interrupted(_))));
    }
}
