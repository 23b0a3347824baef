//! One fixed piece of work, named by the argument, for counting instructions; see `guard.sh`.
//!
//! Prints `units N`, the amount of work done, so that work that depends on chance compares by the unit.

use std::hint::black_box;

use ndarray::{Array1, Array2};
use rand::RngExt;
use saigen::cases::thermodynamic_uncertainty::experiments::{RandomBoundsParams, random_bounds};
use saigen::cases::thermodynamic_uncertainty::ode::{problems::robertson, solve};
use saigen::cases::thermodynamic_uncertainty::stochastic::models::{self, Problem};
use saigen::cases::thermodynamic_uncertainty::stochastic::{Limits, Method, Simulator};
use saigen::display::Silent;
use saigen::methods::random::stream;

#[path = "peers/diffsol.rs"]
mod diffsol_peer;
#[path = "peers/rebop.rs"]
mod rebop_peer;

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
        // What starting a program costs; also what `cargo bench` runs, which passes `--bench`.
        _ => 1.0,
    };
    println!("units {units}");
}
