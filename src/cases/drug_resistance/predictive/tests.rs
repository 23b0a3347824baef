//! The fit against slow, independent solvers that know nothing of Gram matrices, active sets or coordinates.

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView2, Axis};
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::block::Block;
use super::design::{Design, Nodewise, Response};
use super::graph::Graph;
use super::network_step::{self, network_step};
use super::objective::State;
use super::prediction_step::{Predictors, ThetaTerms};
use super::*;
use crate::display::{Silent, Stopped};
use crate::methods::random::stream;

/// Relative difference of objectives (claim 1 of the specification).
const OBJECTIVE: f64 = 1e-8;
/// Difference of coefficients (claim 1).
const COEFFICIENT: f64 = 1e-6;
/// KKT residual, times the weight of the block's lasso penalty (claim 1).
const KKT: f64 = 1e-8;
/// Relative rise of F that is rounding (claim 2).
const RISE: f64 = 1e-12;
/// Tolerance of the block solvers in these tests.
const TIGHT: f64 = 1e-11;

/// Lines whose genes follow a few hubs, and a response that follows some of the genes.
fn problem(n: usize, p: usize, seed: u64) -> (Array2<f64>, Vec<f64>) {
    let mut random = stream(seed, "drug_resistance", "tests of the fit", 0);
    let mut x = Array2::from_shape_simple_fn((n, p), || random.sample::<f64, _>(StandardNormal));
    let hubs = (p / 4).max(1);
    for mut line in x.rows_mut() {
        for j in hubs..p {
            let weight = if j % 3 == 0 { -0.8 } else { 0.9 };
            line[j] = weight * line[j % hubs] + 0.7 * line[j];
        }
    }
    let z = x
        .rows()
        .into_iter()
        .map(|line| {
            3.0 + 1.5 * line[0]
                + line.iter().skip(hubs).step_by(2).take(3).sum::<f64>()
                + random.sample::<f64, _>(StandardNormal)
        })
        .collect();
    (x, z)
}

fn tight(a1: f64, a4: f64, f: f64) -> Params {
    Params { a1, a2: a1 / 4.0, a3: ThetaPenalty::Fraction(f), a4, block_tolerance: TIGHT, ..Params::default() }
}

struct Ready {
    x: Array2<f64>,
    nodewise: Nodewise,
    response: Response,
}

fn ready(n: usize, p: usize, seed: u64, params: &Params) -> Ready {
    let (x, z) = problem(n, p, seed);
    let design = Arc::new(Design::of(x.view(), params.mode).expect("good data"));
    let response = Response::of(&design, x.view(), &z, params.response).expect("good data");
    let nodewise =
        Nodewise::of(&design, params.a1, params.a2, None, params.block_tolerance, &Silent).expect("converges");
    Ready { x: standardised(x.view()), nodewise, response }
}

fn standardised(x: ArrayView2<'_, f64>) -> Array2<f64> {
    let mean = x.mean_axis(Axis(0)).expect("rows");
    let spread = x.std_axis(Axis(0), 0.0);
    (&x - &mean) / &spread
}

fn soft(value: f64, by: f64) -> f64 {
    (value.abs() - by).max(0.0).copysign(value)
}

/// The largest eigenvalue of a symmetric matrix, from above: its largest row sum.
fn bound(matrix: &Array2<f64>) -> f64 {
    matrix.rows().into_iter().map(|row| row.iter().map(|value| value.abs()).sum::<f64>()).fold(0.0, f64::max)
}

/// The matrix of `Σ_q Σ_j w_qj (s_q θ_q/δ_q − s_j θ_j/δ_j)²`, term by term from B.
fn laplacian(b: &Array2<f64>, signs: &[f64], scale: DegreeScale) -> Array2<f64> {
    let p = b.nrows();
    let w = |q: usize, j: usize| if q == j { 0.0 } else { (b[[q, j]].abs() + b[[j, q]].abs()) / 2.0 };
    let divisor = |j: usize| {
        let d: f64 = (0..p).map(|i| w(i, j)).sum();
        if scale == DegreeScale::Sqrt { d.sqrt() } else { d }
    };
    let mut matrix = Array2::zeros((p, p));
    for q in 0..p {
        for j in (0..p).filter(|j| w(q, *j) > 0.0) {
            let (a, b) = (signs[q] / divisor(q), signs[j] / divisor(j));
            matrix[[q, q]] += w(q, j) * a * a;
            matrix[[j, j]] += w(q, j) * b * b;
            matrix[[q, j]] -= w(q, j) * a * b;
            matrix[[j, q]] -= w(q, j) * a * b;
        }
    }
    matrix
}

/// θ given B by proximal gradient on the dense data, and the value of its part of F/n.
fn theta_reference(
    x: &Array2<f64>,
    z: &Array1<f64>,
    b: &Array2<f64>,
    a3: f64,
    quadratic: &Array2<f64>,
) -> (Array1<f64>, f64) {
    let m = x.dot(b);
    let n = x.nrows() as f64;
    let hessian = m.t().dot(&m) / n + quadratic;
    let right = m.t().dot(z) / n;
    let step = 1.0 / bound(&hessian);
    let mut theta = Array1::<f64>::zeros(b.ncols());
    for _ in 0..400_000 {
        let gradient = hessian.dot(&theta) - &right;
        let next = (&theta - &(step * &gradient)).mapv(|value| soft(value, step * a3 / 2.0));
        let moved = (&next - &theta).iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        theta = next;
        if moved == 0.0 {
            break;
        }
    }
    let rest = z - &m.dot(&theta);
    let value = rest.dot(&rest) / n
        + a3 * theta.iter().map(|value| value.abs()).sum::<f64>()
        + theta.dot(&quadratic.dot(&theta));
    (theta, value)
}

/// All of B given θ by proximal gradient on the dense data.
fn network_reference(x: &Array2<f64>, z: &Array1<f64>, theta: &Array1<f64>, a1: f64, a2: f64) -> Array2<f64> {
    let (n, p) = (x.nrows() as f64, x.ncols());
    let gram = x.t().dot(x) / n;
    let step = 1.0 / (bound(&gram) * (1.0 + theta.dot(theta)) + a2);
    let mut b = Array2::<f64>::zeros((p, p));
    for _ in 0..400_000 {
        let rest = z - &x.dot(&b.dot(theta));
        let pull = x.t().dot(&rest) / n;
        let mut next = &b + &(step * &(x.t().dot(&(x - &x.dot(&b))) / n));
        for ((l, j), value) in next.indexed_iter_mut() {
            *value += step * (pull[l] * theta[j] - a2 * b[[l, j]]);
            *value = if l == j { 0.0 } else { soft(*value, step * a1 / 2.0) };
        }
        let moved = (&next - &b).iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        b = next;
        if moved < 1e-16 {
            break;
        }
    }
    b
}

/// F/n less the network penalty, from the dense data.
fn value(x: &Array2<f64>, z: &Array1<f64>, b: &Array2<f64>, theta: &Array1<f64>, a: (f64, f64, f64)) -> f64 {
    let n = x.nrows() as f64;
    let rest = z - &x.dot(&b.dot(theta));
    let expression = x - &x.dot(b);
    let sum = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>();
    rest.dot(&rest) / n
        + sum(&mut expression.iter().map(|value| value * value)) / n
        + a.0 * sum(&mut b.iter().map(|value| value.abs()))
        + a.1 * sum(&mut b.iter().map(|value| value * value))
        + a.2 * sum(&mut theta.iter().map(|value| value.abs()))
}

fn largest_difference<'a>(a: impl IntoIterator<Item = &'a f64>, b: impl IntoIterator<Item = &'a f64>) -> f64 {
    a.into_iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn the_theta_step_finds_the_optimum_of_a_generic_solver() {
    for (seed, scale, a4) in [
        (1, DegreeScale::Linear, 0.05),
        (2, DegreeScale::Sqrt, 0.1),
        (3, DegreeScale::Linear, 0.0),
        (4, DegreeScale::Sqrt, 1e-3),
    ] {
        let params = tight(0.1, a4, 0.05);
        let ready = ready(60, 8, seed, &params);
        let b = ready.nodewise.network().dense();
        let z = Array1::from(ready.response.centred.clone());
        let mut predictors =
            Predictors::new(&ready.nodewise.design, &ready.nodewise.columns, &ready.response.correlations);
        let a3 = 0.05 * predictors.largest_a3();
        let (_, signs) = predictors.lasso(a3, &ready.nodewise.graph, &[0.0; 8], TIGHT).expect("converges");
        let penalty = ready.nodewise.graph.penalty(a4, Sign::Frozen, &signs, scale);
        let terms = ThetaTerms { a3, penalty: &penalty };
        let fit = predictors.solve(&terms, &[0.0; 8], TIGHT).expect("converges");
        let (theta, expected) = theta_reference(&ready.x, &z, &b, a3, &(a4 * laplacian(&b, &signs, scale)));
        assert!(theta.iter().filter(|value| **value != 0.0).count() > 2, "a problem with something to find");
        assert!(largest_difference(&fit.theta, &theta) < COEFFICIENT, "{seed}: {:?} {theta}", fit.theta);
        let mut state = State::new(&ready.nodewise, fit.theta.clone());
        state.theta.clone_from(&fit.theta);
        let found = state.objective(&ready.response, &params, a3, &penalty);
        let found = found.response + found.theta + a4 * found.laplacian;
        assert!((found - expected).abs() < OBJECTIVE * expected, "{seed}: {found} {expected}");
        assert!(fit.kkt < KKT * a3, "{seed}: {}", fit.kkt);
    }
}

#[test]
fn the_network_step_finds_the_optimum_of_a_generic_solver() {
    for seed in 1..4 {
        let params = tight(0.1, 0.0, 0.05);
        let ready = ready(60, 8, seed, &params);
        let z = Array1::from(ready.response.centred.clone());
        let theta = vec![0.4, 0.0, -0.7, 0.9, 0.0, 0.3, -0.2, 1.1];
        let mut state = State::new(&ready.nodewise, theta.clone());
        // One step is one sweep over the columns; their joint optimum is that of many.
        for _ in 0..2_000 {
            network_step(&ready.nodewise, &ready.response, &mut state, TIGHT).expect("converges");
        }
        let theta = Array1::from(theta);
        let expected = network_reference(&ready.x, &z, &theta, params.a1, params.a2);
        let mut found = Array2::zeros((8, 8));
        for (target, column) in state.columns.iter().enumerate() {
            column.iter().for_each(|(l, value)| found[[*l, target]] = *value);
        }
        assert!(largest_difference(&found, &expected) < COEFFICIENT, "{seed}: {found} {expected}");
        let weights = (params.a1, params.a2, 0.0);
        let (a, b) = (value(&ready.x, &z, &found, &theta, weights), value(&ready.x, &z, &expected, &theta, weights));
        assert!((a - b).abs() < OBJECTIVE * b, "{seed}: {a} {b}");
        let kkt = network_step::violation(&ready.nodewise, &ready.response, &state);
        assert!(kkt < KKT * params.a1, "{seed}: {kkt}");
        // And the objective with its parts is that of the dense data.
        let signs = vec![1.0; 8];
        let penalty = state.graph.penalty(0.0, Sign::Frozen, &signs, DegreeScale::Linear);
        let objective = state.objective(&ready.response, &params, 0.0, &penalty).total;
        assert!((objective - a).abs() < 1e-12 * a, "{objective} {a}");
    }
}

#[test]
fn the_whole_objective_is_that_of_the_dense_data() {
    let (x, z) = problem(50, 9, 11);
    let params = tight(0.08, 0.05, 0.03);
    let fit = fit(x.view(), &z, &params.clone().check().expect("good"), &Silent).expect("converges");
    let z = Array1::from(z);
    let z = (&z - z.mean().expect("lines")) / z.std(0.0);
    let (b, theta) = (fit.b.dense(), Array1::from(fit.theta.clone()));
    let network = theta.dot(&laplacian(&b, &fit.signs, params.degree).dot(&theta));
    let expected = value(&standardised(x.view()), &z, &b, &theta, (params.a1, params.a2, fit.a3)) + params.a4 * network;
    assert!((fit.objective.total - expected).abs() < 1e-12 * expected, "{} {expected}", fit.objective.total);
    assert!(b.diag().iter().all(|value| *value == 0.0), "no gene regulates itself");
    assert_eq!(fit.trace.last().expect("steps").objective, fit.objective.total);
}

#[test]
fn theta_zero_leaves_the_nodewise_networks() {
    // At f > 1 and a4 = 0, θ is zero.
    let (x, z) = problem(60, 12, 5);
    let params = Params { a4: 0.0, ..tight(0.15, 0.0, 1.01) };
    let fit = fit(x.view(), &z, &params.clone().check().expect("good"), &Silent).expect("converges");
    assert!(fit.theta.iter().all(|value| *value == 0.0) && fit.converged && fit.network_change == 0.0);
    let x = standardised(x.view());
    let zero = Array1::zeros(12);
    let expected = network_reference(&x, &Array1::zeros(60), &zero, params.a1, params.a2);
    assert!(largest_difference(&fit.b.dense(), &expected) < 1e-8);
    // One column is the elastic net in glmnet's parametrisation: αρ = λ1/2n = a1/2, α(1−ρ) = λ2/n = a2.
    use crate::methods::elastic_net::{Options, Penalty, Scaling, residual};
    let design = residual::Design::of(x.view(), None, Scaling::None).expect("good data");
    let penalty = Penalty::glmnet(params.a1 / 2.0 + params.a2, params.a1 / 2.0 / (params.a1 / 2.0 + params.a2));
    let options = Options { tolerance: TIGHT, exclude: Some(7), ..Options::default() };
    let column = residual::fit(&design, &x.column(7).to_vec(), penalty, None, &options).expect("converges");
    assert!(largest_difference(&column.dense(12), &fit.b.dense().column(7).to_owned()) < 1e-8);
}

fn rises(trace: &[Step]) -> Vec<f64> {
    let kept: Vec<f64> =
        trace.iter().filter(|step| step.kind != StepKind::Refused).map(|step| step.objective).collect();
    kept.windows(2).map(|pair| (pair[1] - pair[0]) / pair[0]).filter(|rise| *rise > RISE).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_step_raises_f_while_weights_are_frozen(
        seed in 0u64..1000,
        a1 in 0.03..0.5,
        a4 in prop_oneof![Just(0.0), 1e-4..0.5],
        f in 0.002..0.6,
        literal in any::<bool>(),
        root in any::<bool>(),
        descent_only in any::<bool>(),
    ) {
        let params = Params {
            sign: if literal { Sign::Literal } else { Sign::Frozen },
            degree: if root { DegreeScale::Sqrt } else { DegreeScale::Linear },
            refresh: if descent_only { Refresh::DescentOnly } else { Refresh::Never },
            ..tight(a1, a4, f)
        };
        let (x, z) = problem(40, 14, seed);
        let fit = fit(x.view(), &z, &params.check().expect("good"), &Silent).expect("converges");
        prop_assert!(rises(&fit.trace).is_empty(), "{:?}", fit.trace);
        prop_assert!(fit.theta.iter().chain(&fit.h).all(|value| value.is_finite()));
    }

    #[test]
    fn the_closed_form_of_a_coordinate_is_the_minimum_of_a_grid(
        x in -3.0f64..3.0,
        pull in 0.0f64..4.0,
        threshold in 0.0f64..2.0,
        curvature in 0.2f64..3.0,
    ) {
        // Thresholds t − pull below zero are among these.
        let value = |theta: f64| 0.5 * curvature * theta * theta - x * theta + (threshold - pull) * theta.abs();
        let found = Block::coordinate(x, pull, threshold, curvature);
        let grid = (-60_000..=60_000).map(|k| value(f64::from(k) * 1e-3)).fold(f64::INFINITY, f64::min);
        // The grid is within 5e-4 of the minimum, where the value is flat.
        prop_assert!(value(found) <= grid + 1e-12 && value(found) >= grid - curvature * 1.3e-7, "{} {}", value(found), grid);
    }

    #[test]
    fn a_doubled_network_penalty_never_has_a_larger_sum(
        seed in 0u64..1000,
        a1 in 0.05..0.4,
        f in 0.005..0.4,
        root in any::<bool>(),
    ) {
        let degree = if root { DegreeScale::Sqrt } else { DegreeScale::Linear };
        let params = Params { degree, network_step: false, ..tight(a1, 0.0, f) };
        let ready = ready(40, 14, seed, &params);
        let mut before = f64::INFINITY;
        for doubling in 0..12 {
            let params = Params { a4: 1e-3 * f64::from(1 << doubling), ..params.clone() };
            let fit = fit_on(&ready.nodewise, &ready.response, &params.check().expect("good"), &Silent).expect("converges");
            let sum = fit.objective.laplacian;
            // Rounding of a sum that has vanished.
            prop_assert!(sum <= before * (1.0 + 1e-9) + 1e-15, "{doubling}: {sum} after {before}");
            before = sum;
        }
    }
}

#[test]
fn literal_signs_agree_with_frozen_ones_that_are_right() {
    let params = tight(0.1, 0.02, 0.05);
    let ready = ready(60, 8, 3, &params);
    let mut predictors = Predictors::new(&ready.nodewise.design, &ready.nodewise.columns, &ready.response.correlations);
    let a3 = 0.05 * predictors.largest_a3();
    let graph = &ready.nodewise.graph;
    // Signs of the literal optimum, then frozen to them.
    let literal = graph.penalty(params.a4, Sign::Literal, &[], params.degree);
    let literal_terms = ThetaTerms { a3, penalty: &literal };
    let from_zero = predictors.solve(&literal_terms, &[0.0; 8], TIGHT).expect("converges").theta;
    let signs: Vec<f64> = from_zero.iter().map(|value| if *value < 0.0 { -1.0 } else { 1.0 }).collect();
    let frozen = graph.penalty(params.a4, Sign::Frozen, &signs, params.degree);
    let by_frozen = predictors.solve(&ThetaTerms { a3, penalty: &frozen }, &[0.0; 8], TIGHT).expect("converges").theta;
    assert!(from_zero.iter().filter(|value| **value != 0.0).count() > 2);
    assert!(largest_difference(&from_zero, &by_frozen) < COEFFICIENT, "{from_zero:?} {by_frozen:?}");
    let mut random = stream(4, "drug_resistance", "starts", 0);
    for _ in 0..50 {
        let start: Vec<f64> = (0..8).map(|_| random.sample::<f64, _>(StandardNormal)).collect();
        let other = predictors.solve(&literal_terms, &start, TIGHT).expect("converges").theta;
        assert!(largest_difference(&from_zero, &other) < COEFFICIENT, "{from_zero:?} {other:?}");
    }
}

#[test]
fn a_literal_optimum_has_every_coordinate_at_its_global_minimum() {
    let params = tight(0.05, 0.5, 0.02);
    let ready = ready(50, 10, 8, &params);
    let mut predictors = Predictors::new(&ready.nodewise.design, &ready.nodewise.columns, &ready.response.correlations);
    let a3 = 0.02 * predictors.largest_a3();
    let penalty = ready.nodewise.graph.penalty(params.a4, Sign::Literal, &[], params.degree);
    let theta = predictors.solve(&ThetaTerms { a3, penalty: &penalty }, &[0.0; 10], TIGHT).expect("converges").theta;
    let m = ready.x.dot(&ready.nodewise.network().dense());
    let z = Array1::from(ready.response.centred.clone());
    let value = |theta: &[f64]| {
        let rest = &z - &m.dot(&Array1::from(theta.to_vec()));
        rest.dot(&rest) / 50.0
            + a3 * theta.iter().map(|value| value.abs()).sum::<f64>()
            + params.a4 * penalty.sum(theta)
    };
    let best = value(&theta);
    for l in 0..10 {
        for k in -400..=400 {
            let mut moved = theta.clone();
            moved[l] = f64::from(k) * 0.01;
            assert!(value(&moved) > best - 1e-12, "coordinate {l} at {}: {} below {best}", moved[l], value(&moved));
        }
    }
}

#[test]
fn residual_mode_has_the_same_optimum() {
    // More genes than lines, where the modes differ most.
    let (x, z) = problem(30, 45, 2);
    let of = |mode| {
        let params = Params { mode, a2: 0.2, ..tight(0.2, 0.01, 0.05) };
        fit(x.view(), &z, &params.check().expect("good"), &Silent).expect("converges")
    };
    let (a, b) = (of(Mode::Covariance), of(Mode::Residual));
    assert!(a.selected().len() > 2 && a.network_change > 0.0);
    assert!(largest_difference(&a.theta, &b.theta) < COEFFICIENT);
    assert!(largest_difference(&a.b.dense(), &b.b.dense()) < COEFFICIENT);
    assert!((a.objective.total - b.objective.total).abs() < OBJECTIVE * a.objective.total);
    assert_eq!(a.selected(), b.selected());
}

#[test]
fn the_grid_of_theta_has_the_fits_of_its_points() {
    let params = Params { network_step: false, ..tight(0.1, 0.0, 0.1) };
    let ready = ready(50, 16, 6, &params);
    let (f, a4) = ([0.4, 0.1, 0.02], [0.0, 0.01, 0.1]);
    for sign in [Sign::Frozen, Sign::Literal] {
        let grid = ThetaGrid { f: &f, a4: &a4, sign, degree: DegreeScale::Linear, tolerance: TIGHT };
        let points = theta_grid(&ready.nodewise, &ready.response, &grid, &Silent).expect("converges");
        assert_eq!(points.len(), 9);
        for (index, point) in points.iter().enumerate() {
            assert_eq!((point.f, point.a4), (f[index / 3], a4[index % 3]));
            let params = Params { a3: ThetaPenalty::Fraction(point.f), a4: point.a4, sign, ..params.clone() };
            let fit =
                fit_on(&ready.nodewise, &ready.response, &params.check().expect("good"), &Silent).expect("converges");
            assert!((fit.a3 - point.a3).abs() < 1e-15);
            // Literal signs may have several optima.
            if sign == Sign::Frozen || point.a4 == 0.0 {
                assert!(largest_difference(&fit.theta, &point.theta) < COEFFICIENT);
                assert!(largest_difference(&fit.h, &point.h) < COEFFICIENT);
            }
        }
    }
    let grid = ThetaGrid { f: &f, a4: &a4, sign: Sign::Frozen, degree: DegreeScale::Linear, tolerance: TIGHT };
    assert!(matches!(
        theta_grid(&ready.nodewise, &ready.response, &grid, &Stopped),
        Err(PredictiveError::Interrupted(_))
    ));
}

#[test]
fn a_path_of_theta_ends_when_told() {
    let params = Params { network_step: false, ..tight(0.1, 0.0, 0.1) };
    let ready = ready(50, 16, 6, &params);
    let (f, a4) = ([0.4, 0.1, 0.02], [0.0, 0.01, 0.1]);
    let grid = ThetaGrid { f: &f, a4: &a4, sign: Sign::Frozen, degree: DegreeScale::Linear, tolerance: TIGHT };
    let all = theta_grid(&ready.nodewise, &ready.response, &grid, &Silent).expect("converges");
    // The second a4 ends after the first f, the others after the second.
    let some = theta_grid_while(&ready.nodewise, &ready.response, &grid, &Silent, |a4, point| a4 != 1 && point.f > 0.1);
    let some = some.expect("converges");
    let places: Vec<(f64, f64)> = some.iter().map(|point| (point.f, point.a4)).collect();
    assert_eq!(places, [(0.4, 0.0), (0.4, 0.01), (0.4, 0.1), (0.1, 0.0), (0.1, 0.1)]);
    for point in &some {
        let same = all.iter().find(|other| (other.f, other.a4) == (point.f, point.a4)).expect("is in the grid");
        assert!(largest_difference(&same.theta, &point.theta) < COEFFICIENT);
    }
}

#[test]
fn predictions_are_those_of_the_model() {
    let (x, z) = problem(60, 12, 9);
    let fit = fit(x.view(), &z, &tight(0.1, 0.01, 0.05).check().expect("good"), &Silent).expect("converges");
    let standard = standardised(x.view());
    let by_model = standard.dot(&fit.b.dense()).dot(&Array1::from(fit.theta.clone())) * fit.z_scale + fit.theta0;
    assert!(largest_difference(&fit.predict(x.view()).expect("genes fit"), &by_model) < 1e-12);
    assert!(largest_difference(&fit.b.times(&fit.theta).expect("genes fit"), &fit.h) < 1e-12);
    // The mean residual is zero: θ0 is where it should be.
    let rest: f64 = z.iter().zip(&by_model).map(|(z, predicted)| z - predicted).sum();
    assert!(rest.abs() < 1e-10);
    assert!(matches!(
        fit.predict(ArrayView2::from_shape((1, 2), &[0.0, 1.0]).expect("shape")),
        Err(PredictiveError::Length { found: 2, expected: 12, .. })
    ));
}

#[test]
fn units_of_z_matter_only_when_it_is_not_scaled() {
    let (x, z) = problem(60, 12, 10);
    let tenfold: Vec<f64> = z.iter().map(|value| 10.0 * value - 4.0).collect();
    let of = |z: &[f64], response, network_step| {
        let params = Params { response, network_step, ..tight(0.1, 0.01, 0.05) };
        let fit = fit(x.view(), z, &params.check().expect("good"), &Silent).expect("converges");
        fit.predict(x.view()).expect("genes fit")
    };
    let differ = |response, network_step| {
        let (once, scaled) = (of(&z, response, network_step), of(&tenfold, response, network_step));
        largest_difference(&once.iter().map(|value| 10.0 * value - 4.0).collect::<Vec<_>>(), &scaled)
    };
    assert!(differ(ResponseScale::UnitVariance, true) < 1e-6);
    assert!(differ(ResponseScale::AsGiven, false) < 1e-6, "NW.P is free of scale");
    assert!(differ(ResponseScale::AsGiven, true) > 0.1);
}

#[test]
fn lonely_and_constant_genes_have_no_theta() {
    let (mut x, z) = problem(60, 12, 12);
    x.column_mut(4).fill(2.5);
    let mut random = stream(1, "drug_resistance", "lonely gene", 0);
    x.column_mut(11).mapv_inplace(|_| random.sample(StandardNormal));
    for mode in [Mode::Covariance, Mode::Residual] {
        let params = Params { mode, ..tight(0.6, 0.1, 0.02) };
        let fit = fit(x.view(), &z, &params.check().expect("good"), &Silent).expect("converges");
        assert_eq!((fit.degree[4], fit.theta[4], fit.degree[11], fit.theta[11]), (0.0, 0.0, 0.0, 0.0));
        assert!(fit.selected().len() > 1 && fit.objective.total.is_finite());
        assert_eq!(fit.gene_scale[4], 1.0);
    }
}

#[test]
fn a_column_whose_theta_vanishes_goes_back_to_its_nodewise_network() {
    let params = tight(0.1, 0.0, 0.05);
    let ready = ready(60, 8, 1, &params);
    let mut state = State::new(&ready.nodewise, vec![0.8; 8]);
    network_step(&ready.nodewise, &ready.response, &mut state, TIGHT).expect("converges");
    assert_ne!(state.columns, ready.nodewise.columns);
    state.set_theta(&ready.nodewise, vec![0.0; 8]);
    network_step(&ready.nodewise, &ready.response, &mut state, TIGHT).expect("converges");
    assert_eq!(state.columns, ready.nodewise.columns);
    assert_eq!(state.losses, State::new(&ready.nodewise, vec![0.0; 8]).losses);
}

#[test]
fn fits_have_the_same_bits_for_any_number_of_threads() {
    let (x, z) = problem(50, 60, 13);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let params = Params::default().check().expect("good");
        pool.install(|| fit(x.view(), &z, &params, &Silent).expect("converges"))
    };
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(8));
}

#[test]
fn what_cannot_be_fitted_is_told() {
    let (x, z) = problem(30, 6, 14);
    let params = Params::default().check().expect("good");
    let of = |x: &Array2<f64>, z: &[f64]| fit(x.view(), z, &params, &Silent).expect_err("bad data");
    assert_eq!(of(&x, &z[1..]), PredictiveError::Length { what: "the response", found: 29, expected: 30 });
    let mut bad = z.clone();
    bad[3] = f64::NAN;
    assert!(of(&x, &bad).to_string().starts_with("the response of line 3 is NaN"));
    assert_eq!(of(&x, &[0.1; 30]), PredictiveError::ConstantResponse { value: of_constant(0.1, 30), lines: 30 });
    let mut bad = x.clone();
    bad[[5, 2]] = f64::INFINITY;
    assert!(matches!(of(&bad, &z), PredictiveError::NotFinite { what: "expression", line: 5, .. }));
    let single = x.select(Axis(1), &[0]);
    assert_eq!(of(&single, &z), PredictiveError::TooFew { what: "genes", found: 1, least: 2 });
    assert!(matches!(fit(x.view(), &z, &params, &Stopped), Err(PredictiveError::Interrupted(_))));
    let ready = ready(30, 6, 14, &params);
    let other = Params { a1: 0.31, ..Params::default() }.check().expect("good");
    let error = fit_on(&ready.nodewise, &ready.response, &other, &Silent).expect_err("other weights");
    assert_eq!(error.to_string(), "option a1 is 0.31; it must be that of the nodewise networks");
}

/// The mean as it comes out of a sum.
fn of_constant(value: f64, count: usize) -> f64 {
    (0..count).map(|_| value).sum::<f64>() / count as f64
}

#[test]
fn the_graph_of_a_fit_is_that_of_its_network() {
    let (x, z) = problem(60, 12, 15);
    let params = Params { refresh: Refresh::PerRound, ..tight(0.1, 0.02, 0.05) };
    let fit = fit(x.view(), &z, &params.check().expect("good"), &Silent).expect("converges");
    assert!(fit.network_change > 0.0 && fit.converged && fit.rounds > 1);
    let columns: Vec<Column> = (0..12).map(|target| fit.b.regulators(target).collect()).collect();
    assert_eq!(fit.degree, Graph::of(&columns).degree());
    assert!(fit.trace.iter().any(|step| step.kind == StepKind::Refresh));
}
