//! Stiff problems by `solve`, beside diffsol's BDF called bare on the same problem; prints the ratio of both.

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use diffsol_bare::bare;
use saigen::cases::thermodynamic_uncertainty::ode::problems::{StiffProblem, oregonator, robertson};
use saigen::cases::thermodynamic_uncertainty::ode::solve;
use saigen::display::Silent;

#[path = "peers/diffsol.rs"]
mod diffsol_bare;

/// The last state by our solver.
fn ours(problem: &StiffProblem, end: f64) -> Vec<f64> {
    let run = solve(problem.system.as_ref(), &problem.initial, &[0.0, end], &problem.tolerances, &Silent);
    run.expect("solvable").states.remove(1)
}

/// Smallest seconds of each, run in turn: on a busy machine the minimum is what the work itself takes.
fn seconds(problem: &StiffProblem, end: f64) -> (f64, f64) {
    let timed = |run: fn(&StiffProblem, f64) -> Vec<f64>| {
        let start = Instant::now();
        black_box(run(problem, end));
        start.elapsed().as_secs_f64()
    };
    (0..ROUNDS).fold((f64::INFINITY, f64::INFINITY), |best, _| (best.0.min(timed(ours)), best.1.min(timed(bare))))
}

/// Runs of each in the comparison.
const ROUNDS: usize = 50;

fn ode(criterion: &mut Criterion) {
    for (problem, end) in [(robertson(), 1e11), (oregonator(), 360.0)] {
        let mut group = criterion.benchmark_group(problem.name);
        group.sample_size(20);
        group.bench_function("solve", |b| b.iter(|| ours(&problem, end)));
        group.bench_function("diffsol bare", |b| b.iter(|| bare(&problem, end)));
        group.finish();
        let (ours, bare) = seconds(&problem, end);
        println!("{}: solve {:.3e} s, diffsol bare {:.3e} s, ratio {:.2}", problem.name, ours, bare, ours / bare);
    }
}

criterion_group!(benches, ode);
criterion_main!(benches);
