use ndarray::{Array2, ArrayView2, Axis, array};
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::*;
use crate::display::{Silent, Stopped};
use crate::methods::random::stream;

/// A design of `factors` latent columns plus noise, and a response that some columns explain.
fn made_up(seed: u64, n: usize, p: usize) -> (Array2<f64>, Vec<f64>) {
    let mut random = stream(seed, "test", "elastic_net", 0);
    let mut normal = || random.sample::<f64, _>(StandardNormal);
    let factors = 3;
    let scores = Array2::from_shape_simple_fn((n, factors), &mut normal);
    let loadings = Array2::from_shape_simple_fn((factors, p), &mut normal);
    let x = scores.dot(&loadings) + Array2::from_shape_simple_fn((n, p), &mut normal) + 5.0;
    let y = x.rows().into_iter().map(|row| row[0] - 0.7 * row[p / 2] + 0.5 * row[p - 1] + normal()).collect();
    (x, y)
}

/// What a reader would write down from the module's first page: the objective less its value at zero.
fn objective(gram: &Gram, c: &[f64], penalty: Penalty, options: &Options<'_>, beta: &[f64]) -> f64 {
    let mut value = 0.0;
    for (j, own) in beta.iter().enumerate() {
        if *own == 0.0 {
            continue;
        }
        let along: f64 = (0..beta.len()).map(|k| gram.matrix[[j, k]] * beta[k]).sum();
        let u = options.factors.map_or(1.0, |u| u[j]);
        let ridge = if options.scope == FactorScope::Both { u } else { 1.0 };
        value += 0.5 * own * along - c[j] * own + penalty.l1 * u * own.abs() + 0.5 * penalty.l2 * ridge * own * own;
    }
    value
}

/// The KKT residual, relative to the largest `|c|` of a column that may enter.
fn kkt(gram: &Gram, c: &[f64], penalty: Penalty, options: &Options<'_>, beta: &[f64]) -> f64 {
    let (mut worst, mut size) = (0.0_f64, 0.0_f64);
    for j in 0..beta.len() {
        let u = options.factors.map_or(1.0, |u| u[j]);
        if u.is_infinite() || options.exclude == Some(j) || gram.matrix[[j, j]] == 0.0 {
            assert_eq!(beta[j], 0.0);
            continue;
        }
        let ridge = if options.scope == FactorScope::Both { u } else { 1.0 };
        let gradient = c[j] - (0..beta.len()).map(|k| gram.matrix[[j, k]] * beta[k]).sum::<f64>();
        size = size.max(c[j].abs());
        worst = worst.max(if beta[j] == 0.0 {
            (gradient.abs() - penalty.l1 * u).max(0.0)
        } else {
            (gradient - penalty.l1 * u * beta[j].signum() - penalty.l2 * ridge * beta[j]).abs()
        });
    }
    if size > 0.0 { worst / size } else { worst }
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
}

fn assert_matrices_close(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>, tolerance: f64) {
    assert_eq!(a.dim(), b.dim());
    for (place, value) in a.indexed_iter() {
        assert!(close(*value, b[place], tolerance), "{place:?}: {value} and {}", b[place]);
    }
}

fn pinned() -> (Array2<f64>, Vec<f64>, Vec<f64>) {
    let x = array![
        [2.0, 1.0, 0.0, 3.0],
        [4.0, 3.0, 1.0, 1.0],
        [1.0, 0.0, 5.0, 2.0],
        [3.0, 2.0, 2.0, 6.0],
        [6.0, 5.0, 1.0, 0.0],
        [0.0, 1.0, 4.0, 4.0],
        [5.0, 3.0, 3.0, 2.0],
        [2.0, 2.0, 6.0, 5.0],
        [7.0, 4.0, 0.0, 1.0],
        [1.0, 3.0, 2.0, 7.0]
    ];
    let y = vec![3.1, 4.7, -0.4, 1.6, 7.9, -1.2, 5.0, 0.3, 8.8, -2.5];
    let weights = vec![1.0, 2.0, 0.5, 1.0, 0.0, 1.5, 1.0, 3.0, 1.0, 2.0];
    (x, y, weights)
}

/// Both modes, in units of the data; the objective is that of the scaled problem.
fn both(x: &Array2<f64>, y: &[f64], weights: Option<&[f64]>, scaling: Scaling, penalty: Penalty) -> [Fit; 2] {
    let options = Options { tolerance: 1e-13, ..Options::default() };
    let gram = Gram::of(x.view(), weights, scaling).unwrap();
    let c = gram.right_hand_side(x.view(), y, weights).unwrap();
    let total: f64 = weights.map_or(y.len() as f64, |v| v.iter().sum());
    let mean = y.iter().enumerate().map(|(i, y)| weights.map_or(1.0, |v| v[i]) * y).sum::<f64>() / total;
    let design = residual::Design::of(x.view(), weights, scaling).unwrap();
    [
        gram.in_original_units(&covariance::fit(&gram, &c, penalty, None, &options).unwrap(), mean),
        design.in_original_units(&residual::fit(&design, y, penalty, None, &options).unwrap(), mean),
    ]
}

/// scikit-learn 1.9.1 (NumPy 2.4.6): `ElasticNet(alpha=0.6, l1_ratio=…, tol=1e-15)`; in the second case with
/// `sample_weight`, in the third on columns scaled to unit variance.
#[test]
fn agrees_with_scikit_learn() {
    let (x, y, weights) = pinned();
    let plain = [1.0152939119741025, 0.0, -0.2414105122284985, -0.4761940644912376];
    let weighted = [0.9726385850425604, 0.0, -0.1139115400175017, -0.5505430811485065];
    let unit = [2.132622316554123, 0.0, -0.252288555401168, -0.8127810199825817];
    let deviations = Gram::of(x.view(), None, Scaling::UnitVariance).unwrap().scale;
    let unit: Vec<f64> = unit.iter().zip(&deviations).map(|(value, scale)| value / scale).collect();
    let cases = [
        (None, Scaling::None, 0.5, plain.to_vec(), Some((1.6381757021515153, -5.7019146395350955))),
        (Some(&weights[..]), Scaling::None, 0.5, weighted.to_vec(), Some((1.6165726314735276, -4.3789493758077045))),
        (None, Scaling::UnitVariance, 0.9, unit, None),
    ];
    for (weights, scaling, ratio, expected, rest) in cases {
        for fit in both(&x, &y, weights, scaling, Penalty::glmnet(0.6, ratio)) {
            let found = fit.dense(4);
            assert!(found.iter().zip(&expected).all(|(a, b)| close(*a, *b, 1e-11)), "{found:?} {expected:?}");
            if let Some((intercept, objective)) = rest {
                assert!(close(fit.intercept, intercept, 1e-11) && close(fit.objective, objective, 1e-12), "{fit:?}");
            }
        }
    }
}

#[test]
fn one_column_has_a_closed_form() {
    let x = array![[1.0], [2.0], [3.0], [6.0]];
    let y = [1.0, 3.0, 2.0, 8.0];
    // Means 3 and 3.5, G = 14/4, c = 19/4; β = (c − l1)/(G + l2).
    for fit in both(&x, &y, None, Scaling::None, Penalty { l1: 0.75, l2: 0.5 }) {
        assert!(close(fit.coefficients[0].1, 1.0, 1e-14) && close(fit.intercept, 0.5, 1e-14), "{fit:?}");
        assert!(close(fit.objective, -0.5 * 4.0 * 4.0 / 4.0, 1e-14));
    }
    for fit in both(&x, &y, None, Scaling::None, Penalty { l1: 4.75, l2: 0.5 }) {
        assert_eq!((fit.coefficients.len(), fit.objective, fit.intercept), (0, 0.0, 3.5));
    }
}

#[test]
fn raw_penalties_are_those_of_the_plain_sum_of_squares() {
    let (x, y) = made_up(3, 30, 5);
    let (lambda1, lambda2) = (9.0, 4.0);
    let [fit, _] = both(&x, &y, None, Scaling::None, Penalty::raw(lambda1, lambda2, 30.0));
    let residuals = |b: &[f64], b0: f64| -> Vec<f64> {
        x.rows()
            .into_iter()
            .zip(&y)
            .map(|(row, y)| y - b0 - row.iter().zip(b).map(|(x, b)| x * b).sum::<f64>())
            .collect()
    };
    let b = fit.dense(5);
    let left = residuals(&b, fit.intercept);
    for (j, b) in b.iter().enumerate() {
        let gradient: f64 = 2.0 * x.column(j).iter().zip(&left).map(|(x, r)| x * r).sum::<f64>();
        let pull = gradient - 2.0 * lambda2 * b;
        assert!(if *b == 0.0 { pull.abs() <= lambda1 } else { close(pull, lambda1 * b.signum(), 1e-8) }, "{j}");
    }
    assert!(left.iter().sum::<f64>().abs() < 1e-9);
}

#[test]
fn without_l1_it_is_the_ridge_by_a_linear_system() {
    let (x, y) = made_up(4, 12, 20);
    let gram = Gram::of(x.view(), None, Scaling::UnitVariance).unwrap();
    let c = gram.right_hand_side(x.view(), &y, None).unwrap();
    let system = nalgebra::DMatrix::from_fn(20, 20, |i, j| gram.matrix[[i, j]] + if i == j { 0.3 } else { 0.0 });
    let exact = system.lu().solve(&nalgebra::DVector::from_row_slice(&c)).unwrap();
    let design = residual::Design::of(x.view(), None, Scaling::UnitVariance).unwrap();
    let (penalty, options) = (Penalty::glmnet(0.3, 0.0), Options { tolerance: 1e-12, ..Options::default() });
    for fit in [
        covariance::fit(&gram, &c, penalty, None, &options).unwrap(),
        residual::fit(&design, &y, penalty, None, &options).unwrap(),
    ] {
        assert!(fit.dense(20).iter().zip(exact.iter()).all(|(a, b)| close(*a, *b, 1e-9)));
    }
}

#[test]
fn columns_that_are_equal_share_or_stand_in_for_each_other() {
    let (x, y) = made_up(5, 25, 6);
    let twice = ndarray::concatenate(Axis(1), &[x.view(), x.slice(ndarray::s![.., 0..1])]).unwrap();
    let [single, _] = both(&x, &y, None, Scaling::UnitVariance, Penalty { l1: 0.2, l2: 0.0 });
    for fit in both(&twice, &y, None, Scaling::UnitVariance, Penalty { l1: 0.2, l2: 0.0 }) {
        assert!(close(fit.objective, single.objective, 1e-10));
        let (one, two) = (single.dense(6), fit.dense(7));
        assert!(close(two[0] + two[6], one[0], 1e-6), "{one:?} {two:?}");
    }
    for fit in both(&twice, &y, None, Scaling::UnitVariance, Penalty { l1: 0.1, l2: 0.1 }) {
        let dense = fit.dense(7);
        assert!(dense[0] != 0.0 && close(dense[0], dense[6], 1e-8), "{dense:?}");
    }
}

#[test]
fn what_carries_no_information_gets_zero() {
    let (mut x, y) = made_up(6, 15, 4);
    x.column_mut(1).fill(0.1);
    for scaling in [Scaling::None, Scaling::UnitVariance] {
        let gram = Gram::of(x.view(), None, scaling).unwrap();
        assert_eq!((gram.mean[1], gram.scale[1]), (0.1, 1.0));
        assert!(gram.matrix.row(1).iter().all(|g| *g == 0.0));
        for fit in both(&x, &y, None, scaling, Penalty { l1: 0.0, l2: 0.0 }) {
            assert_eq!(fit.coefficients.iter().map(|(j, _)| *j).collect::<Vec<_>>(), [0, 2, 3]);
        }
        for fit in both(&x, &[2.5; 15], None, scaling, Penalty { l1: 0.1, l2: 0.0 }) {
            assert_eq!((fit.coefficients.len(), fit.intercept, fit.kkt), (0, 2.5, 0.0));
        }
        // One row: every column is constant.
        for fit in both(&x.slice(ndarray::s![0..1, ..]).to_owned(), &[7.0], None, scaling, Penalty { l1: 0.1, l2: 0.1 })
        {
            assert_eq!((fit.coefficients.len(), fit.intercept), (0, 7.0));
        }
    }
}

#[test]
fn rows_without_weight_are_as_if_they_were_not_there() {
    let (x, y) = made_up(7, 20, 8);
    let weights: Vec<f64> = (0..20).map(|i| if i % 3 == 0 { 0.0 } else { 2.0 }).collect();
    let kept: Vec<usize> = (0..20).filter(|i| i % 3 != 0).collect();
    let fewer = x.select(Axis(0), &kept);
    let of_kept: Vec<f64> = kept.iter().map(|i| y[*i]).collect();
    let penalty = Penalty::glmnet(0.2, 0.7);
    let weighted = both(&x, &y, Some(&weights), Scaling::UnitVariance, penalty);
    for (a, b) in weighted.iter().zip(&both(&fewer, &of_kept, None, Scaling::UnitVariance, penalty)) {
        assert!(a.dense(8).iter().zip(b.dense(8)).all(|(a, b)| close(*a, b, 1e-10)));
        assert!(close(a.intercept, b.intercept, 1e-10) && close(a.objective, b.objective, 1e-10));
    }
}

#[test]
fn what_cannot_be_used_is_refused() {
    let (x, y, weights) = pinned();
    let none = Options::default();
    let mut hole = x.clone();
    hole[[3, 2]] = f64::NAN;
    let refused = Gram::of(hole.view(), None, Scaling::None).unwrap_err();
    assert!(matches!(refused, ElasticNetError::NonFinite { row: 3, column: 2, .. }), "{refused}");
    assert!(residual::Design::of(hole.view(), Some(&weights), Scaling::None).is_err());
    assert!(matches!(
        Gram::of(Array2::zeros((0, 3)).view(), None, Scaling::None),
        Err(ElasticNetError::Empty { rows: 0, columns: 3 })
    ));
    assert!(matches!(Gram::of(x.view(), Some(&[0.0; 10]), Scaling::None), Err(ElasticNetError::NoWeight { rows: 10 })));
    let negative = [1.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    assert!(matches!(Gram::of(x.view(), Some(&negative), Scaling::None), Err(ElasticNetError::Weight { row: 2, .. })));
    let gram = Gram::of(x.view(), None, Scaling::None).unwrap();
    assert!(matches!(gram.right_hand_side(x.view(), &y[1..], None), Err(ElasticNetError::Length { .. })));
    assert!(matches!(gram.right_hand_side(x.view(), &y, Some(&weights)), Err(ElasticNetError::OutOfRange { .. })));
    assert!(matches!(gram.without(x.view(), None), Err(ElasticNetError::NothingLeft { .. })));
    let c = gram.right_hand_side(x.view(), &y, None).unwrap();
    let fit = |penalty, options: &Options<'_>| covariance::fit(&gram, &c, penalty, None, options);
    let half = Penalty { l1: 0.5, l2: 0.5 };
    assert!(fit(Penalty { l1: -1.0, l2: 0.0 }, &none).is_err());
    assert!(fit(Penalty { l1: 0.0, l2: f64::NAN }, &none).is_err());
    assert!(fit(half, &Options { tolerance: 0.0, ..none }).is_err());
    assert!(fit(half, &Options { factors: Some(&[1.0, f64::NAN, 1.0, 1.0]), ..none }).is_err());
    assert!(fit(half, &Options { factors: Some(&[1.0]), ..none }).is_err());
    assert!(fit(half, &Options { exclude: Some(4), ..none }).is_err());
    assert!(covariance::fit(&gram, &c, half, Some(&[(4, 1.0)]), &none).is_err());
    assert!(covariance::fit(&gram, &c, half, Some(&[(0, f64::NAN)]), &none).is_err());
    assert!(path::fit(path::On::Gram(&gram, &c), &[0.1], 1.5, None, &none).is_err());
    assert!(path::grid(0.0, 0.1, 5).is_err() && path::grid(1.0, 0.0, 5).is_err());
    assert!(many::nodewise(&gram, half, Some(&Network::empty(3)), &none, &Silent).is_err());
}

#[test]
fn an_optimum_that_is_not_reached_is_an_error_with_its_residual() {
    let (x, y) = made_up(8, 40, 30);
    let gram = Gram::of(x.view(), None, Scaling::UnitVariance).unwrap();
    let c = gram.right_hand_side(x.view(), &y, None).unwrap();
    let design = residual::Design::of(x.view(), None, Scaling::UnitVariance).unwrap();
    let (penalty, options) = (Penalty::glmnet(0.01, 0.9), Options { max_sweeps: 1, ..Options::default() });
    for refused in [
        covariance::fit(&gram, &c, penalty, None, &options).unwrap_err(),
        residual::fit(&design, &y, penalty, None, &options).unwrap_err(),
    ] {
        let ElasticNetError::NotConverged { kkt, tolerance, sweeps, response } = refused else { panic!("{refused}") };
        assert!(kkt > tolerance && kkt < 1.0 && sweeps == 1 && response.is_none());
    }
    let refused = many::nodewise(&gram, penalty, None, &options, &Silent).unwrap_err();
    assert!(refused.to_string().contains("(response 0)"), "{refused}");
    assert_eq!(
        many::nodewise(&gram, penalty, None, &Options::default(), &Stopped),
        Err(ElasticNetError::Interrupted(Interrupted))
    );
}

#[test]
fn every_column_on_all_others_is_as_one_by_one() {
    let (x, _) = made_up(9, 50, 21);
    let gram = Gram::of(x.view(), None, Scaling::UnitVariance).unwrap();
    let (penalty, options) = (Penalty::glmnet(0.1, 0.5), Options::default());
    let network = many::nodewise(&gram, penalty, None, &options, &Silent).unwrap();
    let again = many::nodewise(&gram, penalty, Some(&network), &options, &Silent).unwrap();
    for j in 0..21 {
        let others: Vec<usize> = (0..21).filter(|k| *k != j).collect();
        let y = x.column(j).to_vec();
        let rest = x.select(Axis(1), &others);
        let part = Gram::of(rest.view(), None, Scaling::UnitVariance).unwrap();
        let c: Vec<f64> = part.right_hand_side(rest.view(), &y, None).unwrap();
        let c: Vec<f64> = c.iter().map(|c| c / gram.scale[j]).collect();
        let alone = covariance::fit(&part, &c, penalty, None, &options).unwrap();
        assert_eq!(network.get(j, j), 0.0);
        for (l, value) in others.iter().zip(alone.dense(20)) {
            assert!(close(network.get(*l, j), value, 1e-7) && close(again.get(*l, j), value, 1e-7));
        }
        assert!(close(network.objective()[j], alone.objective, 1e-10) && network.kkt()[j] <= 1e-9);
    }
    let all = many::responses(&gram, gram.matrix.view(), penalty, None, &options, &Silent).unwrap();
    let first = covariance::fit(&gram, &gram.matrix.row(0).to_vec(), penalty, None, &options).unwrap();
    assert_eq!((all.len(), &all[0]), (21, &first));
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let (x, _) = made_up(10, 60, 230);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let gram = Gram::of(x.view(), None, Scaling::UnitVariance).unwrap();
            let less = gram.without(x.slice(ndarray::s![..10, ..]), None).unwrap();
            let network = many::nodewise(&less, Penalty::glmnet(0.1, 0.5), None, &Options::default(), &Silent).unwrap();
            (gram.matrix, less.matrix, network)
        })
    };
    let single = on(1);
    assert!(single.2.edge_count() > 230);
    for threads in [2, 8] {
        assert!(on(threads) == single, "{threads} threads");
    }
}

#[test]
fn a_network_is_a_sparse_matrix() {
    let fit = |coefficients: &[(usize, f64)]| Fit { coefficients: coefficients.to_vec(), ..Fit::default() };
    let network = Network::of(&[fit(&[(1, 2.0), (2, -1.0)]), fit(&[]), fit(&[(0, 0.5)])]).unwrap();
    let dense = array![[0.0, 0.0, 0.5], [2.0, 0.0, 0.0], [-1.0, 0.0, 0.0]];
    assert_eq!(network.dense(), dense);
    assert_eq!(network.edges().collect::<Vec<_>>(), [(1, 0, 2.0), (2, 0, -1.0), (0, 2, 0.5)]);
    assert_eq!((network.nodes(), network.edge_count(), network.get(2, 0), network.get(0, 0)), (3, 3, -1.0, 0.0));
    let x = array![[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]];
    assert_eq!(network.predict(x.view()).unwrap(), x.dot(&dense));
    assert_eq!(network.times(&[2.0, 1.0, 4.0]).unwrap(), [2.0, 4.0, -2.0]);
    let changed = network.with_columns(&[(1, fit(&[(0, 9.0)])), (2, fit(&[]))]).unwrap();
    assert_eq!(changed.dense(), array![[0.0, 9.0, 0.0], [2.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]);
    assert!(network.with_columns(&[(3, fit(&[]))]).is_err() && network.with_columns(&[(0, fit(&[(3, 1.0)]))]).is_err());
    assert!(network.predict(array![[1.0]].view()).is_err() && Network::of(&[fit(&[(1, 1.0)])]).is_err());
    let stored: Network = postcard::from_bytes(&postcard::to_allocvec(&network).unwrap()).unwrap();
    assert_eq!(stored, network);
}

#[test]
fn a_grid_begins_where_all_coefficients_vanish() {
    let (x, y) = made_up(11, 30, 10);
    let gram = Gram::of(x.view(), None, Scaling::UnitVariance).unwrap();
    let c = gram.right_hand_side(x.view(), &y, None).unwrap();
    let factors: Vec<f64> = (0..10).map(|j| 1.0 + j as f64 / 4.0).collect();
    let options = Options { factors: Some(&factors), ..Options::default() };
    let largest = path::largest_lambda(&c, 0.5, &options).unwrap();
    let at = |lambda| covariance::fit(&gram, &c, Penalty::glmnet(lambda, 0.5), None, &options).unwrap();
    assert!(at(largest).coefficients.is_empty() && at(0.999 * largest).coefficients.len() == 1);
    let grid = path::grid(8.0, 0.125, 4).unwrap();
    assert!(grid.iter().zip([8.0, 4.0, 2.0, 1.0]).all(|(a, b)| close(*a, b, 1e-14)));
}

/// A problem with everything at once.
#[derive(Debug)]
struct Case {
    x: Array2<f64>,
    y: Vec<f64>,
    weights: Option<Vec<f64>>,
    factors: Option<Vec<f64>>,
    scaling: Scaling,
    penalty: Penalty,
    scope: FactorScope,
    exclude: Option<usize>,
}

fn cases() -> impl Strategy<Value = Case> {
    (any::<u64>(), 2..40_usize, 1..60_usize, any::<[bool; 5]>(), 0.001..1.5_f64, 0..=4_u8).prop_map(
        |(seed, n, p, [weighted, unequal, unit, l1_only, exclude], lambda, ratio)| {
            let (x, y) = made_up(seed, n, p);
            let mut random = stream(seed, "test", "case", 0);
            let weights = weighted.then(|| {
                let mut weights: Vec<f64> = (0..n).map(|_| (3.0 * random.random::<f64>() - 0.5).max(0.0)).collect();
                weights[0] = 1.0;
                weights
            });
            let factors = unequal.then(|| {
                (0..p)
                    .map(|_| match random.random_range(0..8_u8) {
                        0 => f64::INFINITY,
                        1 if n > 30 => 0.0,
                        _ => 0.2 + 2.0 * random.random::<f64>(),
                    })
                    .collect()
            });
            Case {
                x,
                y,
                weights,
                factors,
                scaling: if unit { Scaling::UnitVariance } else { Scaling::None },
                penalty: Penalty::glmnet(lambda, f64::from(ratio) / 4.0),
                scope: if l1_only { FactorScope::L1Only } else { FactorScope::Both },
                exclude: exclude.then_some(p / 3),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn fits_are_optima_in_both_modes(case in cases()) {
        let Case { x, y, weights, factors, scaling, penalty, scope, exclude } = &case;
        let (weights, p) = (weights.as_deref(), x.ncols());
        let options = Options { factors: factors.as_deref(), scope: *scope, exclude: *exclude, ..Options::default() };
        let gram = Gram::of(x.view(), weights, *scaling).unwrap();
        let c = gram.right_hand_side(x.view(), y, weights).unwrap();
        let fit = covariance::fit(&gram, &c, *penalty, None, &options).unwrap();
        let beta = fit.dense(p);
        let size = objective(&gram, &c, *penalty, &options, &beta);
        prop_assert!(fit.kkt <= 1e-9 && kkt(&gram, &c, *penalty, &options, &beta) <= 2e-9);
        prop_assert!(close(fit.objective, size, 1e-12) && fit.objective <= 0.0);

        // From anywhere else the same value is reached, and it is no higher than there.
        let mut random = stream(1, "test", "start", p as u64);
        let start: Vec<(usize, f64)> = (0..p).step_by(2).map(|j| (j, random.sample::<f64, _>(StandardNormal))).collect();
        let again = covariance::fit(&gram, &c, *penalty, Some(&start), &options).unwrap();
        prop_assert!(close(again.objective, fit.objective, 1e-8));
        let allowed = |j: usize| options.exclude != Some(j) && options.factors.is_none_or(|u| u[j].is_finite());
        let mut dense = vec![0.0; p];
        start.iter().filter(|(j, _)| allowed(*j)).for_each(|(j, value)| dense[*j] = *value);
        prop_assert!(again.objective <= objective(&gram, &c, *penalty, &options, &dense) + 1e-12);

        // Residual mode, where plain sweeps get there: with a ridge part.
        if penalty.l2 > 0.01 && factors.is_none() {
            let design = residual::Design::of(x.view(), weights, *scaling).unwrap();
            let other = residual::fit(&design, y, *penalty, None, &options).unwrap();
            prop_assert!(close(other.objective, fit.objective, 1e-8));
            prop_assert!(other.dense(p).iter().zip(&beta).all(|(a, b)| close(*a, *b, 1e-6)));
            let right = design.right_hand_side(y).unwrap();
            prop_assert!(right.iter().zip(&c).all(|(a, b)| close(*a, *b, 1e-11)));
        }
    }

    #[test]
    fn downdating_is_refitting(seed in any::<u64>(), n in 6..50_usize, p in 1..20_usize, weighted in any::<bool>(), unit in any::<bool>()) {
        let (x, _) = made_up(seed, n, p);
        let scaling = if unit { Scaling::UnitVariance } else { Scaling::None };
        let weights: Option<Vec<f64>> = weighted.then(|| (0..n).map(|i| 0.25 + (i % 4) as f64).collect());
        let (out, left): (Vec<usize>, Vec<usize>) = (0..n).partition(|i| i % 3 == 1);
        let part = |rows: &[usize]| weights.as_ref().map(|w| rows.iter().map(|i| w[*i]).collect::<Vec<_>>());
        let (of_out, of_left) = (part(&out), part(&left));
        let all = Gram::of(x.view(), weights.as_deref(), scaling).unwrap();
        let less = all.without(x.select(Axis(0), &out).view(), of_out.as_deref()).unwrap();
        let again = Gram::of(x.select(Axis(0), &left).view(), of_left.as_deref(), scaling).unwrap();
        assert_matrices_close(less.matrix.view(), again.matrix.view(), 1e-10);
        prop_assert!(less.matrix == less.matrix.t());
        prop_assert!(less.mean.iter().zip(&again.mean).all(|(a, b)| close(*a, *b, 1e-10)));
        prop_assert!(less.scale.iter().zip(&again.scale).all(|(a, b)| close(*a, *b, 1e-10)));
        prop_assert!(close(less.weight, again.weight, 1e-12) && less.scaling == again.scaling);
    }

    #[test]
    fn a_path_in_any_order_is_its_single_fits(seed in any::<u64>(), n in 5..30_usize, p in 3..50_usize, ratio in 1..=4_u8) {
        let (x, y) = made_up(seed, n, p);
        let ratio = f64::from(ratio) / 4.0;
        let gram = Gram::of(x.view(), None, Scaling::UnitVariance).unwrap();
        let design = residual::Design::of(x.view(), None, Scaling::UnitVariance).unwrap();
        let c = gram.right_hand_side(x.view(), &y, None).unwrap();
        let options = Options::default();
        let grid = path::grid(path::largest_lambda(&c, ratio, &options).unwrap(), 0.05, 9).unwrap();
        let mixed: Vec<f64> = (0..9).map(|k| grid[k * 4 % 9]).collect();
        let fits = path::fit(path::On::Gram(&gram, &c), &grid, ratio, None, &options).unwrap();
        let other = path::fit(path::On::Matrix(gram.matrix.t(), &c), &mixed, ratio, None, &options).unwrap();
        let naive = path::fit(path::On::Design(&design, &y), &grid, ratio, None, &options).unwrap();
        prop_assert!(fits[0].coefficients.is_empty());
        for k in 0..9 {
            prop_assert_eq!(&other[k], &fits[k * 4 % 9]);
            let single = covariance::fit(&gram, &c, Penalty::glmnet(grid[k], ratio), None, &options).unwrap();
            prop_assert!(close(single.objective, fits[k].objective, 1e-8));
            prop_assert!(close(naive[k].objective, fits[k].objective, 1e-8));
        }
    }

    #[test]
    fn fits_follow_the_units(seed in any::<u64>(), n in 5..30_usize, p in 3..30_usize, t in 0.01..100.0_f64) {
        let (x, y) = made_up(seed, n, p);
        let (stretched, shifted): (Array2<f64>, Vec<f64>) = (&x * t + 3.0, y.iter().map(|y| t * y - 1.0).collect());
        let penalty = Penalty::glmnet(0.2, 0.5);
        let raised = Penalty { l1: t * penalty.l1, l2: penalty.l2 };
        let [plain, _] = both(&x, &y, None, Scaling::UnitVariance, penalty);
        for moved in both(&stretched, &shifted, None, Scaling::UnitVariance, raised) {
            // Columns and response by t: coefficients in units of the data stay, the objective goes by t².
            prop_assert!(moved.dense(p).iter().zip(plain.dense(p)).all(|(a, b)| close(*a, b, 1e-8)));
            prop_assert!(close(moved.objective, t * t * plain.objective, 1e-9));
        }
    }
}
