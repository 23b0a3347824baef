//! One fixed piece of work, named by the argument, for counting instructions; see `guard.sh`.
//!
//! Prints `units N`, the amount of work done, so that work that depends on chance compares by the unit.

use std::hint::black_box;

use nalgebra::{DMatrix, DVector};
use ndarray::{Array1, Array2};
use rand::RngExt;
use saigen::cases::qncc_spectra::fit::{Matrix, nnls};
use saigen::cases::thermodynamic_uncertainty::experiments::{RandomBoundsParams, random_bounds};
use saigen::cases::thermodynamic_uncertainty::ode::{problems::robertson, solve};
use saigen::cases::thermodynamic_uncertainty::stochastic::models::{self, Problem};
use saigen::cases::thermodynamic_uncertainty::stochastic::{Limits, Method, Simulator};
use saigen::display::Silent;
use saigen::methods::elastic_net::{Gram, Options, Penalty, Scaling, many};
use saigen::methods::random::stream;

#[path = "peers/diffsol.rs"]
mod diffsol_peer;
#[path = "peers/rebop.rs"]
mod rebop_peer;
#[path = "peers/drug_resistance/screen.rs"]
mod screen;
#[path = "peers/qncc_spectra/spectrum.rs"]
mod spectrum;

const STATES: usize = 20_000;
const EVENTS: usize = 60_000;
const END: f64 = 1e6;

/// A shorter Brusselator, so that a count takes seconds.
fn brusselator() -> Problem {
    Problem { end: 10.0, ..models::brusselator(1000.0).expect("valid volume") }
}

fn simulate(problem: &Problem) -> f64 {
    let simulator = Simulator::new(&problem.process, Method::default()).expect("valid method");
    let rng = stream(1, "guard", "ssa", 0);
    let path = simulator.run(&problem.initial, &[problem.end], rng, Limits::default(), &Silent);
    path.expect("no faults").tally.total()
}

/// The bounds of one random state by whole matrices, as one would first write them.
fn plain_bounds(states: usize) -> f64 {
    let mut random = stream(1, "guard", "bounds", 0);
    let mut worst = f64::INFINITY;
    for _ in 0..states {
        let stoichiometry = Array2::from_shape_fn((4, 6), |_| f64::from(random.random_range(-2..=2_i32)));
        let forward: Vec<f64> = (0..6).map(|_| (6.0 * random.random::<f64>() - 3.0).exp()).collect();
        let backward: Vec<f64> = (0..6).map(|_| (6.0 * random.random::<f64>() - 3.0).exp()).collect();
        let pairs = || forward.iter().zip(&backward);
        let activity: Array1<f64> = pairs().map(|(p, m)| 0.5 * (p + m)).collect();
        let onsager: Array1<f64> = pairs().map(|(p, m)| (p - m) / (p / m).ln()).collect();
        let diffusion = stoichiometry.dot(&Array2::from_diag(&activity)).dot(&stoichiometry.t());
        let response = stoichiometry.dot(&Array2::from_diag(&onsager)).dot(&stoichiometry.t());
        let current: Array1<f64> = pairs().map(|(p, m)| p - m).collect();
        let drift = stoichiometry.dot(&current);
        let entropy: f64 = pairs().map(|(p, m)| (p - m) * (p / m).ln()).sum();
        for i in 0..4 {
            let square = drift[i] * drift[i];
            worst = worst.min(entropy * diffusion[[i, i]] - square).min(entropy * response[[i, i]] - square);
        }
    }
    worst
}

/// Components of a made-up spectrum, and the spectrum, divided by its errors.
fn weighted_spectrum() -> (Vec<Vec<f64>>, Vec<f64>) {
    let (components, [wavelength, flux, sigma]) = spectrum::made_up(600, 80);
    let weighted = |values: Vec<f64>| values.iter().zip(&sigma).map(|(value, sigma)| value / sigma).collect();
    let column = |component: &saigen::cases::qncc_spectra::decompose::Component| {
        weighted(wavelength.iter().map(|x| component.value(*x)).collect())
    };
    (components.iter().map(column).collect(), weighted(flux))
}

/// Lawson–Hanson as the book has it, with a factorisation of the passive columns in every step.
fn plain_nnls(columns: &[Vec<f64>], b: &[f64]) -> f64 {
    let b = DVector::from_column_slice(b);
    let all =
        DMatrix::from_columns(&columns.iter().map(|c| DVector::from_column_slice(c).normalize()).collect::<Vec<_>>());
    let mut x = DVector::zeros(columns.len());
    let mut passive: Vec<usize> = Vec::new();
    loop {
        let gradient = all.tr_mul(&(&b - &all * &x));
        let outside = (0..columns.len()).filter(|j| !passive.contains(j));
        let Some(next) = outside.max_by(|a, b| gradient[*a].total_cmp(&gradient[*b])) else { break };
        if gradient[next] < 1e-9 * b.norm() {
            break;
        }
        passive.push(next);
        loop {
            let factor = all.select_columns(&passive).qr();
            let goal = factor.r().solve_upper_triangular(&factor.q().tr_mul(&b)).expect("independent columns");
            let negative = passive.iter().zip(goal.iter()).filter(|(_, goal)| **goal <= 0.0);
            let step = negative.map(|(j, goal)| x[*j] / (x[*j] - goal)).fold(1.0, f64::min);
            for (j, goal) in passive.iter().zip(goal.iter()) {
                x[*j] += step * (goal - x[*j]);
            }
            if step == 1.0 {
                break;
            }
            passive.retain(|j| x[*j] > 1e-12 * b.norm());
            (0..columns.len()).filter(|j| !passive.contains(j)).for_each(|j| x[j] = 0.0);
        }
    }
    (&b - &all * &x).norm_squared()
}

const NET: Penalty = Penalty::glmnet(0.2, 0.5);
const NET_KKT: f64 = 1e-9;

/// The Gram matrix of a small screen.
fn correlations() -> Gram {
    Gram::of(screen::made_up(150, 120, 10).view(), None, Scaling::UnitVariance).expect("finite")
}

/// Coordinate descent on the Gram matrix over all columns in turn, as one would first write it; the sum of the objectives.
fn plain_nets(gram: &Gram) -> f64 {
    let columns = gram.columns();
    let mut sum = 0.0;
    for target in 0..columns {
        let mut gradient = gram.matrix.row(target).to_vec();
        let mut beta = vec![0.0; columns];
        let others = || (0..columns).filter(|j| *j != target);
        let size = others().map(|j| gradient[j].abs()).fold(0.0, f64::max);
        loop {
            for j in others() {
                let pull: f64 = gradient[j] + gram.matrix[[j, j]] * beta[j];
                let new = pull.signum() * (pull.abs() - NET.l1).max(0.0) / (gram.matrix[[j, j]] + NET.l2);
                if new != beta[j] {
                    let row = gram.matrix.row(j);
                    gradient.iter_mut().zip(row).for_each(|(gradient, g)| *gradient += (beta[j] - new) * g);
                    beta[j] = new;
                }
            }
            let violation = |j: usize| match beta[j] {
                0.0 => gradient[j].abs() - NET.l1,
                b => (gradient[j] - NET.l2 * b - NET.l1.copysign(b)).abs(),
            };
            if others().all(|j| violation(j) <= NET_KKT * size) {
                break;
            }
        }
        let c = gram.matrix.row(target);
        for j in others().filter(|j| beta[*j] != 0.0) {
            sum += NET.l1 * beta[j].abs() + 0.5 * NET.l2 * beta[j].powi(2) - 0.5 * beta[j] * (c[j] + gradient[j]);
        }
    }
    sum
}

fn main() {
    let work = std::env::args().nth(1).unwrap_or_default();
    let units = match work.as_str() {
        "ssa" => simulate(&brusselator()),
        "ssa-rebop" => {
            // About as many events as ours to the same time; rebop doesn't count its own.
            let mut peer = rebop_peer::build(&brusselator(), 1, true);
            peer.advance_n_reactions(EVENTS);
            black_box(peer.get_species(0));
            EVENTS as f64
        }
        "bounds" => {
            let params = RandomBoundsParams { draws: STATES, ..RandomBoundsParams::smoke(1) };
            black_box(random_bounds(&params, &Silent).expect("nobody cancels"));
            STATES as f64
        }
        "bounds-plain" => {
            black_box(plain_bounds(STATES));
            STATES as f64
        }
        "ode" => {
            let problem = robertson();
            let times = [0.0, END];
            black_box(solve(problem.system.as_ref(), &problem.initial, &times, &problem.tolerances, &Silent))
                .expect("solvable");
            1.0
        }
        "ode-diffsol" => {
            black_box(diffsol_peer::bare(&robertson(), END));
            1.0
        }
        "nnls" => {
            let (columns, b) = weighted_spectrum();
            let matrix = Matrix::from_columns(&columns).expect("equally long");
            let non_negative = vec![true; columns.len()];
            println!("chi2 {:.6}", nnls(matrix.view(), &b, &non_negative).expect("solvable").residual_norm2);
            1.0
        }
        "nnls-plain" => {
            let (columns, b) = weighted_spectrum();
            println!("chi2 {:.6}", plain_nnls(&columns, &b));
            1.0
        }
        "enet" => {
            let options = Options { tolerance: NET_KKT, ..Options::default() };
            let network = many::nodewise(&correlations(), NET, None, &options, &Silent).expect("fits");
            println!("objectives {:.9}", network.objective().iter().sum::<f64>());
            1.0
        }
        "enet-plain" => {
            println!("objectives {:.9}", plain_nets(&correlations()));
            1.0
        }
        // What starting a program costs; also what `cargo bench` runs, which passes `--bench`.
        _ => 1.0,
    };
    println!("units {units}");
}
