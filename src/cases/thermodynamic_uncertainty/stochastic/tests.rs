//! Engines against closed laws, against each other, and on bad input.

use std::sync::Arc;

use super::models::{self, Problem};
use super::*;
use crate::cases::thermodynamic_uncertainty::network::Network;
use crate::display::{Silent, Stopped};
use crate::methods::parallel::Interrupted;
use crate::methods::random::stream;

const EXACT: [Method; 4] =
    [Method::Direct(Search::Auto), Method::Direct(Search::Scan), Method::Direct(Search::Tree), Method::NextReaction];

fn isomerisation(volume: f64) -> Problem {
    let network = Network::builder(["A", "B"]).reaction(&[("A", 1)], &[("B", 1)], 2.0, 1.0).build().expect("valid");
    let process = CountingProcess::from_network(&network, volume).expect("valid volume");
    Problem { process, initial: counts_at(&[1.0, 0.2], volume).expect("small counts"), end: 1.0 }
}

fn run(problem: &Problem, method: Method, times: &[f64]) -> Path {
    let simulator = Simulator::new(&problem.process, method).expect("valid method");
    let rng = stream(3, "test", "run", 0);
    simulator.run(&problem.initial, times, rng, Limits::default(), &Silent).expect("a run without faults")
}

fn fault(channels: Vec<Channel>, initial: i64, limits: Limits, method: Method) -> StochasticError {
    let process = CountingProcess::new(["X"], channels).expect("valid channels");
    let simulator = Simulator::new(&process, method).expect("valid method");
    let rng = stream(3, "test", "fault", 0);
    simulator.run(&[initial], &[1.0, 1e6], rng, limits, &Silent).expect_err("a fault")
}

fn mass_action(name: &str, rate: f64, reactants: &[(usize, u32)], changes: &[(usize, i64)]) -> Channel {
    Channel {
        name: name.into(),
        changes: changes.to_vec(),
        propensity: Propensity::MassAction { rate, reactants: reactants.to_vec() },
    }
}

/// Any function of one count.
#[derive(Debug)]
struct Of(fn(f64) -> f64);

impl RateLaw for Of {
    fn rate(&self, counts: &[f64]) -> f64 {
        self.0(counts[0])
    }

    fn reads(&self) -> &[usize] {
        &[0]
    }
}

fn law(name: &str, rate: fn(f64) -> f64, change: i64) -> Channel {
    Channel { name: name.into(), changes: vec![(0, change)], propensity: Propensity::Law(Arc::new(Of(rate))) }
}

#[test]
fn every_method_meets_the_binomial_moments_of_an_isomerisation() {
    let (volume, runs) = (200.0, 4000);
    let problem = isomerisation(volume);
    let approximate = [
        (Method::TauLeap { step: 0.002 }, 0.01),
        (Method::AdaptiveTauLeap { epsilon: 0.03 }, 0.03),
        (Method::Langevin { step: 0.002 }, 0.01),
    ];
    for (method, bias) in EXACT.map(|m| (m, 0.0)).into_iter().chain(approximate) {
        let simulator = Simulator::new(&problem.process, method).expect("valid method");
        let params = EnsembleParams::new(runs, 1, "test", "isomerisation");
        let readout = Counts::of(&problem.process);
        let times = [0.0, 0.1, 0.5];
        let found = ensemble(&simulator, &problem.initial, &times, &readout, &params, &Silent).expect("no faults");
        assert_eq!(
            (found.mean[0].as_slice(), found.sd[0].as_slice()),
            ([200.0, 40.0].as_slice(), [0.0, 0.0].as_slice())
        );
        for (k, &time) in times.iter().enumerate().skip(1) {
            let (p, q) = switch_probabilities(2.0, 1.0, time);
            let mean = 200.0 * (1.0 - p) + 40.0 * q;
            let variance = volume * isomerisation_variance(2.0, 1.0, (1.0, 0.2), time);
            // Five standard errors of mean and variance, beside the bias of an approximate method.
            let error = 5.0 * (variance / runs as f64).sqrt() + bias * mean;
            assert!((found.mean[k][0] - mean).abs() < error, "{method:?}: {} against {mean}", found.mean[k][0]);
            let error = (5.0 * (2.0 / runs as f64).sqrt() + 2.0 * bias) * variance;
            assert!((found.variance(k, 0) - variance).abs() < error, "{method:?}: {}", found.variance(k, 0));
        }
    }
}

#[test]
fn counts_are_the_start_plus_stoichiometry_times_events() {
    let methods =
        [Method::TauLeap { step: 0.05 }, Method::AdaptiveTauLeap { epsilon: 0.05 }, Method::Langevin { step: 0.005 }];
    for problem in [models::dimerisation(2.0), models::brusselator(50.0), models::ring(30, 3)].map(Result::unwrap) {
        for method in EXACT.into_iter().chain(methods) {
            let path = run(&problem, method, &[0.0, 1.0, 5.0]);
            let mut expected: Vec<f64> = problem.initial.iter().map(|&n| n as f64).collect();
            for (channel, events) in problem.process.channels().iter().zip(&path.tally.events) {
                for &(i, by) in &channel.changes {
                    expected[i] += by as f64 * events;
                }
            }
            for (found, expected) in path.counts[2].iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-9 * (1.0 + path.tally.total()), "{method:?}");
                assert!(*found >= 0.0, "{method:?}");
            }
            assert!(path.tally.total() > 0.0, "{method:?}");
        }
    }
}

#[test]
fn all_forms_of_the_direct_method_take_the_same_path_where_sums_are_exact() {
    let problem = models::ring(4, 2).expect("valid ring");
    let times: Vec<f64> = (0..50).map(f64::from).collect();
    let [auto, scan, tree, _] = EXACT.map(|method| run(&problem, method, &times));
    assert_eq!((&auto.counts, &auto.tally.events), (&scan.counts, &scan.tally.events));
    assert_eq!((&auto.counts, &auto.tally.events), (&tree.counts, &tree.tally.events));
    let large = models::ring(400, 9).expect("valid ring");
    let [scan, tree] = [EXACT[1], EXACT[2]].map(|method| run(&large, method, &[0.05, 0.1]));
    assert_eq!((&scan.counts, &scan.tally.events), (&tree.counts, &tree.tally.events));
    assert!(tree.tally.visits < scan.tally.visits / 4);
}

#[test]
fn the_grid_does_not_change_a_path() {
    let problem = models::brusselator(100.0).expect("valid volume");
    let fine: Vec<f64> = (0..=500).map(|k| f64::from(k) * 0.01).collect();
    for method in EXACT {
        assert_eq!(run(&problem, method, &fine).counts[500], run(&problem, method, &[5.0]).counts[0], "{method:?}");
    }
}

#[test]
fn an_ensemble_has_the_same_bits_for_any_number_of_threads() {
    let problem = models::dimerisation(2.0).expect("valid divisor");
    let simulator = Simulator::new(&problem.process, Method::default()).expect("valid method");
    let params = EnsembleParams::new(333, 5, "test", "threads").with_samples();
    let readout = Counts::of(&problem.process);
    let outcome = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| ensemble(&simulator, &problem.initial, &[10.0, 50.0], &readout, &params, &Silent))
            .expect("no faults")
    };
    let one = outcome(1);
    assert_eq!(one, outcome(2));
    assert_eq!(one, outcome(8));
    let sample = one.sample(1, 0).expect("samples were kept");
    let mean = sample.iter().sum::<f64>() / 333.0;
    let variance = sample.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 332.0;
    assert!((one.mean[1][0] - mean).abs() < 1e-10 && (one.variance(1, 0) - variance).abs() < 1e-9);
    assert_eq!(one.sample(2, 0), None);
}

#[test]
fn an_absorbing_state_ends_a_run() {
    for method in EXACT.into_iter().chain([Method::TauLeap { step: 0.1 }, Method::AdaptiveTauLeap { epsilon: 0.03 }]) {
        let process = CountingProcess::new(["X"], vec![mass_action("decay", 5.0, &[(0, 1)], &[(0, -1)])]);
        let problem = Problem { process: process.expect("valid"), initial: vec![30], end: 0.0 };
        let path = run(&problem, method, &[0.0, 1e3, 2e3]);
        assert_eq!(path.counts, [[30.0], [0.0], [0.0]], "{method:?}");
        assert_eq!(path.tally.events, [30.0]);
    }
    let silent = Problem { process: CountingProcess::new(["X"], vec![]).expect("valid"), initial: vec![7], end: 0.0 };
    for method in EXACT.into_iter().chain([Method::Langevin { step: 1.0 }, Method::TauLeap { step: 1.0 }]) {
        assert_eq!(run(&silent, method, &[3.0]).counts, [[7.0]], "{method:?}");
    }
}

#[test]
fn an_explosion_spends_the_budget_and_says_so() {
    let explode = || vec![mass_action("2 X → 4 X", 1.0, &[(0, 2)], &[(0, 2)])];
    for method in EXACT.into_iter().chain([Method::TauLeap { step: 1e-7 }, Method::AdaptiveTauLeap { epsilon: 0.03 }]) {
        match fault(explode(), 10, Limits { events: 10_000 }, method) {
            StochasticError::BudgetSpent { budget: 10_000, time, end } => {
                assert!(time > 0.0 && time < 1.0 && end == 1e6)
            }
            StochasticError::CountTooLarge { species, .. } => assert_eq!(species, "X"),
            other => panic!("{method:?}: {other}"),
        }
    }
}

#[test]
fn a_bad_propensity_names_channel_time_and_state() {
    type Law = fn(f64) -> f64;
    let laws: [(Law, i64); 3] =
        [(|n| 20.0 - n, 1), (|n| if n < 20.0 { 1.0 } else { f64::NAN }, 1), (|n| 1.0 / (20.0 - n), 1)];
    for (rate, change) in laws {
        let all = EXACT.into_iter().chain([Method::TauLeap { step: 0.01 }, Method::AdaptiveTauLeap { epsilon: 0.03 }]);
        for method in all {
            let channels = vec![law("odd law", rate, change), mass_action("source", 1.0, &[], &[(0, 1)])];
            match fault(channels, 10, Limits::default(), method) {
                StochasticError::BadPropensity { channel, found, time, state } => {
                    assert_eq!(channel, "odd law");
                    assert!(
                        !(found.is_finite() && found >= 0.0) && time > 0.0 && state.starts_with("X = "),
                        "{method:?}"
                    );
                }
                other => panic!("{method:?}: {other}"),
            }
        }
    }
    let overflow = vec![mass_action("huge", 1e308, &[(0, 3)], &[(0, 1)])];
    let found = fault(overflow, 1000, Limits::default(), Method::default());
    assert!(matches!(found, StochasticError::BadPropensity { channel, .. } if channel == "huge"));
}

#[test]
fn a_count_below_zero_or_beyond_exactness_is_an_error() {
    for method in EXACT {
        let found = fault(vec![law("taker", |_| 1.0, -1)], 3, Limits::default(), method);
        assert!(
            matches!(&found, StochasticError::NegativeCount { species, count: -1.0, .. } if species == "X"),
            "{found}"
        );
        let giver = vec![mass_action("giver", 10.0, &[], &[(0, 1 << 32)])];
        let found = fault(giver, 0, Limits::default(), method);
        assert!(matches!(found, StochasticError::CountTooLarge { .. }), "{found}");
    }
}

#[test]
fn bad_grids_states_and_settings_are_refused() {
    let problem = isomerisation(10.0);
    let simulator = Simulator::new(&problem.process, Method::default()).expect("valid method");
    let start = |initial: &[i64], times: &[f64]| {
        simulator.run(initial, times, stream(1, "test", "grid", 0), Limits::default(), &Silent).expect_err("bad input")
    };
    for times in [&[1.0, 0.5][..], &[-1.0], &[f64::NAN], &[f64::INFINITY]] {
        assert!(matches!(start(&[1, 1], times), StochasticError::BadTimes { .. }));
    }
    assert!(matches!(start(&[1], &[1.0]), StochasticError::StateLength { found: 1, expected: 2 }));
    assert!(matches!(start(&[1, -1], &[1.0]), StochasticError::NegativeCount { .. }));
    assert!(matches!(start(&[1, i64::MAX], &[1.0]), StochasticError::CountTooLarge { .. }));
    for method in
        [Method::TauLeap { step: 0.0 }, Method::AdaptiveTauLeap { epsilon: 1.0 }, Method::Langevin { step: f64::NAN }]
    {
        let refused = Simulator::new(&problem.process, method);
        assert!(matches!(refused.err(), Some(StochasticError::BadSetting { .. })));
    }
    let mut params = EnsembleParams::new(0, 1, "test", "none");
    let readout = Counts::of(&problem.process);
    let refused = ensemble(&simulator, &problem.initial, &[1.0], &readout, &params, &Silent);
    assert!(matches!(refused, Err(StochasticError::BadSetting { name: "runs", .. })));
    params = EnsembleParams::new(usize::MAX, 1, "test", "many").with_samples();
    let refused = ensemble(&simulator, &problem.initial, &[1.0], &readout, &params, &Silent);
    assert!(matches!(refused, Err(StochasticError::TooManySamples { .. })));
}

#[test]
fn a_cancelled_monitor_stops_runs_and_ensembles() {
    let problem = isomerisation(10.0);
    for method in EXACT.into_iter().chain([Method::TauLeap { step: 0.1 }, Method::Langevin { step: 0.1 }]) {
        let simulator = Simulator::new(&problem.process, method).expect("valid method");
        let rng = stream(1, "test", "stop", 0);
        let stopped = simulator.run(&problem.initial, &[1e4], rng, Limits::default(), &Stopped);
        assert_eq!(stopped, Err(StochasticError::Interrupted(Interrupted)), "{method:?}");
    }
}

#[test]
fn high_orders_are_evaluated_as_falling_factorials() {
    // 4 X → ∅ at rate one from five molecules fires once, at 5·4·3·2 = 120 per time: its mean waiting time is 1/120.
    let process = CountingProcess::new(["X"], vec![mass_action("4 X → ∅", 1.0, &[(0, 4)], &[(0, -4)])]).expect("valid");
    for method in EXACT {
        let simulator = Simulator::new(&process, method).expect("valid method");
        let params = EnsembleParams::new(4000, 1, "test", "order four");
        let readout = Counts::of(&process);
        let found = ensemble(&simulator, &[5], &[1.0 / 120.0], &readout, &params, &Silent).expect("no faults");
        let expected = 5.0 - 4.0 * (1.0 - (-1.0_f64).exp());
        assert!((found.mean[0][0] - expected).abs() < 5.0 * 2.0 / 4000.0_f64.sqrt(), "{}", found.mean[0][0]);
    }
}
