//! Exact simulation on networks built at run time, with rebop beside it in the same run.
//!
//! Prints events per second and, for each peer, ours over theirs. Both sides simulate from the same start to the same
//! end and so do the same number of events on average; theirs aren't counted by rebop, so ours are used for both.

#![expect(clippy::too_many_arguments, reason = "rebop's macro makes a constructor of all rates")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput};
use rebop::define_system;
use saigen::cases::thermodynamic_uncertainty::stochastic::models::{self, Problem};
use saigen::cases::thermodynamic_uncertainty::stochastic::{Limits, Method, Search, Simulator};
use saigen::display::Silent;
use saigen::methods::random::stream;

#[path = "peers/rebop.rs"]
mod rebop_peer;

define_system! {
    feed convert grow drain;
    Brusselator { X, Y }
    r_feed    :         => X   @ feed
    r_convert : X       => Y   @ convert
    r_grow    : 2 X + Y => 3 X @ grow
    r_drain   : X       =>     @ drain
}

define_system! {
    bind_da leave_da bind_dr leave_dr ma_on ma_off mr_on mr_off make_a make_r bind_r decay_a decay_r decay_ma decay_mr;
    Vilar { DA, DR, DAb, DRb, MA, MR, A, R, C }
    r_bind_da  : A + DA => DAb      @ bind_da
    r_leave_da : DAb    => A + DA   @ leave_da
    r_bind_dr  : A + DR => DRb      @ bind_dr
    r_leave_dr : DRb    => A + DR   @ leave_dr
    r_ma_on    : DAb    => DAb + MA @ ma_on
    r_ma_off   : DA     => DA + MA  @ ma_off
    r_mr_on    : DRb    => DRb + MR @ mr_on
    r_mr_off   : DR     => DR + MR  @ mr_off
    r_make_a   : MA     => MA + A   @ make_a
    r_make_r   : MR     => MR + R   @ make_r
    r_bind_r   : A + R  => C        @ bind_r
    r_leave_c  : C      => R        @ decay_a
    r_decay_a  : A      =>          @ decay_a
    r_decay_r  : R      =>          @ decay_r
    r_decay_ma : MA     =>          @ decay_ma
    r_decay_mr : MR     =>          @ decay_mr
}

/// Runs ours once and returns the events.
fn ours(simulator: &Simulator, problem: &Problem, run: u64) -> f64 {
    let rng = stream(1, "bench", "ssa", run);
    let path = simulator.run(&problem.initial, &[problem.end], rng, Limits::default(), &Silent);
    path.expect("a benchmark runs without faults").tally.total()
}

fn brusselator_macro(run: u64) {
    let mut system = Brusselator::with_parameters(1000.0, 3.0, 1e-6, 1.0);
    system.seed(run);
    (system.X, system.Y) = (1000, 1000);
    system.advance_until(100.0);
    black_box(system.X);
}

fn vilar_macro(run: u64) {
    let mut system =
        Vilar::with_parameters(1.0, 50.0, 1.0, 100.0, 500.0, 50.0, 50.0, 0.01, 50.0, 5.0, 2.0, 1.0, 0.2, 10.0, 0.5);
    system.seed(run);
    (system.DA, system.DR) = (1, 1);
    system.advance_until(200.0);
    black_box(system.A);
}

/// Runs rebop's run-time interface once.
fn rebop_run_time(problem: &Problem, run: u64, sparse: bool) {
    let mut peer = rebop_peer::build(problem, run, sparse);
    peer.advance_until(problem.end);
    black_box(peer.get_species(0));
}

/// Best seconds of some alternating runs of all candidates, so that a disturbance hits none of them alone.
fn best(candidates: &[(&str, &dyn Fn(u64))], rounds: u64) -> Vec<f64> {
    let mut best = vec![f64::INFINITY; candidates.len()];
    for round in 0..rounds {
        for (slot, (_, run)) in best.iter_mut().zip(candidates) {
            let start = Instant::now();
            run(round);
            *slot = slot.min(start.elapsed().as_secs_f64());
        }
    }
    best
}

/// Prints events per second of ours and of the peers, and the ratios.
fn compare(name: &str, problem: &Problem, compiled: Option<&dyn Fn(u64)>) {
    let simulator = Simulator::new(&problem.process, Method::default()).expect("valid method");
    let events = (0..8).map(|run| ours(&simulator, problem, run)).sum::<f64>() / 8.0;
    let run_ours = |run: u64| {
        black_box(ours(&simulator, problem, run));
    };
    let dense = |run: u64| rebop_run_time(problem, run, false);
    let sparse = |run: u64| rebop_run_time(problem, run, true);
    let mut candidates: Vec<(&str, &dyn Fn(u64))> =
        vec![("ours", &run_ours), ("rebop run time, dense", &dense), ("rebop run time, sparse", &sparse)];
    if let Some(compiled) = compiled {
        candidates.push(("rebop macro", compiled));
    }
    let seconds = best(&candidates, 15);
    println!("{name}: {events:.3e} events");
    for ((candidate, _), time) in candidates.iter().zip(&seconds) {
        let rate = events / time / 1e6;
        println!("  {candidate:<24} {rate:7.2} M events/s   ours/this {:5.2}", time / seconds[0]);
    }
}

fn engines(criterion: &mut Criterion) {
    let problems =
        [("brusselator", models::brusselator(1000.0)), ("vilar", models::vilar()), ("schlogl", models::schlogl())];
    for (name, problem) in problems {
        let problem = problem.expect("valid problem");
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).measurement_time(Duration::from_secs(3));
        for (engine, method) in [("direct", Method::default()), ("next reaction", Method::NextReaction)] {
            let simulator = Simulator::new(&problem.process, method).expect("valid method");
            group.throughput(Throughput::Elements(ours(&simulator, &problem, 0) as u64));
            group.bench_function(engine, |b| b.iter(|| ours(&simulator, &problem, 0)));
        }
        group.bench_function("rebop run time", |b| {
            b.iter_batched(|| (), |()| rebop_run_time(&problem, 0, true), BatchSize::PerIteration);
        });
        group.finish();
    }
}

fn sizes(criterion: &mut Criterion) {
    for (engine, search) in [("scan", Search::Scan), ("tree", Search::Tree), ("auto", Search::Auto)] {
        let mut group = criterion.benchmark_group(format!("ring/{engine}"));
        group.sample_size(10).measurement_time(Duration::from_secs(2));
        for species in [4_usize, 16, 64, 400] {
            let mut problem = models::ring(species, 9.min(species - 1)).expect("valid ring");
            problem.end = 2e5 / (20 * problem.process.channels().len() / species * species) as f64;
            let simulator = Simulator::new(&problem.process, Method::Direct(search)).expect("valid method");
            group.throughput(Throughput::Elements(ours(&simulator, &problem, 0) as u64));
            let channels = problem.process.channels().len();
            group.bench_function(format!("{channels} channels"), |b| b.iter(|| ours(&simulator, &problem, 0)));
        }
        group.finish();
    }
}

fn main() {
    compare(
        "Brusselator, V = 1000, to t = 100",
        &models::brusselator(1000.0).expect("valid"),
        Some(&brusselator_macro),
    );
    compare("Vilar oscillator, to t = 200", &models::vilar().expect("valid"), Some(&vilar_macro));
    let mut criterion = Criterion::default().configure_from_args();
    engines(&mut criterion);
    sizes(&mut criterion);
    criterion.final_summary();
}
