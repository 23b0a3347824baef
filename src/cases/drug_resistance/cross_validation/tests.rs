use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::*;
use crate::display::{Silent, Stopped};
use crate::methods::random::stream;

const N: usize = 60;
const P: usize = 10;

fn data(seed: u64) -> (Array2<f64>, Vec<f64>) {
    let mut random = stream(seed, "drug_resistance", "tests of cross-validation", 0);
    let mut x = Array2::from_shape_simple_fn((N, P), || random.sample::<f64, _>(StandardNormal));
    for mut line in x.rows_mut() {
        (2..6).for_each(|j| line[j] = 0.8 * line[j % 2] + 0.6 * line[j]);
    }
    let noise = |random: &mut rand_chacha::ChaCha8Rng| 0.5 * random.sample::<f64, _>(StandardNormal);
    let z = x.rows().into_iter().map(|line| 7.0 + 2.0 * line[0] - line[3] + noise(&mut random)).collect();
    (x, z)
}

fn screen(x: Array2<f64>, z: Vec<f64>) -> Screen {
    let names = |prefix: &str, count: usize| (0..count).map(|k| format!("{prefix}{k}")).collect::<Vec<_>>();
    let tissue: Vec<String> = (0..N).map(|line| ["lung", "skin", "blood"][line * 7 % 3].to_string()).collect();
    let folds: Vec<usize> = (0..N).map(|line| line * 3 % 5).collect();
    Screen::new(x, z, names("line", N), names("gene", P))
        .and_then(|screen| screen.tissues(&tissue))
        .and_then(|screen| screen.folds(&folds))
        .expect("good data")
}

fn small(standardise: Standardise) -> Options {
    Options {
        folds: FoldScheme::Given,
        standardise,
        elastic_net: ElasticNetGrid { l1_ratios: vec![0.5, 0.9], lambdas: 6, ..ElasticNetGrid::default() },
        network: NetworkGrid {
            a1: vec![0.1, 0.3],
            f: vec![0.3, 0.1, 0.03, 0.01],
            a4: vec![0.0, 0.01],
            ..NetworkGrid::default()
        },
        ..Options::default()
    }
}

fn run(x: Array2<f64>, z: Vec<f64>, options: &Options) -> CvOutcome {
    nested(&screen(x, z), &Method::ALL, options, &Silent).expect("good data")
}

/// Choice, intercept, coefficients and θ of a method.
type Learnt = (Method, Chosen, f64, Vec<(usize, f64)>, Vec<(usize, f64)>);

/// What a fold has learnt.
fn learnt(outcome: &CvOutcome, fold: usize) -> Vec<Learnt> {
    let of = |method: &MethodOutcome| {
        let part = &method.folds[fold];
        assert_eq!(part.fold, fold);
        (method.method, part.chosen, part.intercept, part.coefficients.clone(), part.theta.clone())
    };
    outcome.methods.iter().map(of).collect()
}

#[test]
fn nothing_of_a_test_row_reaches_what_its_fold_learns() {
    let options = Options { top_variance: Some(0.7), ..small(Standardise::TrainingRows) };
    let (x, z) = data(1);
    let before = run(x.clone(), z.clone(), &options);
    for fold in 0..5 {
        let rows = || (0..N).filter(|line| line * 3 % 5 == fold);
        let (mut other_x, mut other_z) = (x.clone(), z.clone());
        rows().for_each(|row| other_z[row] = 1e3 * (row as f64).sin());
        let responses = run(x.clone(), other_z.clone(), &options);
        assert_eq!(learnt(&before, fold), learnt(&responses, fold), "responses of fold {fold}");
        for row in rows() {
            other_x.row_mut(row).mapv_inplace(|value| 50.0 * value.cos());
        }
        let both = run(other_x, other_z, &options);
        assert_eq!(learnt(&before, fold), learnt(&both, fold), "rows of fold {fold}");
        // The other folds train on these rows and do change: the comparison can fail.
        assert_ne!(learnt(&before, (fold + 1) % 5), learnt(&both, (fold + 1) % 5));
    }
}

#[test]
fn z_scaled_on_all_lines_leaks_into_predictive_network_alone() {
    let options = small(Standardise::LinesUsed);
    let (x, z) = data(2);
    let before = run(x.clone(), z.clone(), &options);
    let mut other = z.clone();
    (0..N).filter(|line| line * 3 % 5 == 0).for_each(|row| other[row] *= 20.0);
    let after = run(x, other, &options);
    for (old, new) in learnt(&before, 0).iter().zip(learnt(&after, 0)) {
        let same =
            old.3.len() == new.3.len() && old.3.iter().zip(&new.3).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-4);
        assert_eq!(same, old.0 != Method::PredictiveNetwork, "{:?}", old.0);
    }
}

#[test]
fn scores_and_predictions_fit_together() {
    let (x, z) = data(3);
    let outcome = run(x.clone(), z.clone(), &small(Standardise::TrainingRows));
    assert_eq!(outcome.methods.iter().map(|method| method.method).collect::<Vec<_>>(), Method::ALL);
    for method in &outcome.methods {
        let mse = scores::mean_square(&z, &method.predictions) / outcome.z_scale.powi(2);
        assert!((mse - method.mse).abs() < 1e-12);
        let pooled: f64 = method.folds.iter().map(|fold| fold.mse * fold.rows.len() as f64).sum::<f64>() / N as f64;
        assert!((pooled - method.mse).abs() < 1e-12, "{:?}", method.method);
        for fold in &method.folds {
            assert!(fold.rows.iter().all(|row| outcome.fold_of_line[*row] == fold.fold));
            // Predictions are those of the coefficients (tissues have columns of their own).
            for (row, predicted) in fold.rows.iter().zip(&fold.predictions) {
                let sum: f64 = fold.coefficients.iter().map(|(j, value)| value * x[[*row, *j % P]]).sum();
                let linear = fold.intercept + sum;
                assert!(method.method == Method::Tissue || (linear - predicted).abs() < 1e-9, "{:?}", method.method);
            }
        }
        assert!(method.within_tissue.is_some_and(|within| within.lines == N));
    }
    let mse = |method| outcome.of(method).expect("asked for").mse;
    assert!((1.0..1.2).contains(&mse(Method::Mean)), "{}", mse(Method::Mean));
    for method in
        [Method::Ridge, Method::ElasticNet, Method::Lasso, Method::NetworkPredictor, Method::PredictiveNetwork]
    {
        assert!(mse(method) < 0.4, "{method:?}: {}", mse(method));
        assert!(outcome.of(method).and_then(|outcome| outcome.pearson).is_some_and(|r| r > 0.8));
    }
    assert!(matches!(outcome.methods[5].folds[0].chosen, Chosen::Network { a1, a2, .. } if a2 == a1 / 4.0));
}

#[test]
fn outcomes_have_the_same_bits_for_any_number_of_threads_and_any_company() {
    let (x, z) = data(4);
    let options = Options { folds: FoldScheme::Made { count: 3 }, ..small(Standardise::TrainingRows) };
    let with = |threads, methods: &[Method]| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| nested(&screen(x.clone(), z.clone()), methods, &options, &Silent).expect("good data"))
    };
    let all = with(1, &Method::ALL);
    assert_eq!(all, with(2, &Method::ALL));
    assert_eq!(all, with(8, &Method::ALL));
    for method in Method::ALL {
        let alone = with(2, &[method, method]);
        assert_eq!(alone.methods.len(), 1, "named twice, run once");
        assert_eq!(alone.of(method), all.of(method));
    }
}

#[test]
fn made_folds_are_even_and_stratified_ones_even_in_every_tissue() {
    let (x, z) = data(5);
    let screen = screen(x, z);
    let even = |folds: &[usize], count: usize, lines: &dyn Fn(usize) -> bool| {
        let of = |fold: usize| (0..N).filter(|line| folds[*line] == fold && lines(*line)).count();
        let sizes: Vec<usize> = (0..count).map(of).collect();
        sizes.iter().max().expect("folds") - sizes.iter().min().expect("folds") <= 1
    };
    let made = folds::assign(&screen, FoldScheme::Made { count: 7 }, 1).expect("enough lines");
    assert!(even(&made, 7, &|_| true));
    assert_ne!(made, folds::assign(&screen, FoldScheme::Made { count: 7 }, 2).expect("enough lines"));
    let stratified = folds::assign(&screen, FoldScheme::Stratified { count: 4 }, 1).expect("enough lines");
    let codes = &screen.tissue().expect("given").codes;
    (0..3).for_each(|tissue| assert!(even(&stratified, 4, &|line| codes[line] == tissue)));
    assert_eq!(folds::assign(&screen, FoldScheme::Given, 1).expect("given"), screen.fold_of().expect("given"));
    let (kept, out) = folds::split(40, 0.25, 1, 0);
    assert_eq!((kept.len(), out.len()), (30, 10));
    assert!(kept.iter().all(|row| !out.contains(row)));
    assert_ne!(folds::split(40, 0.25, 1, 1).1, out);
}

#[test]
fn the_variance_filter_looks_at_training_rows_alone() {
    let (mut x, z) = data(6);
    // Gene 9 varies wildly, but only where fold 0 is tested; gene 8 everywhere.
    (0..N).for_each(|line| x[[line, 9]] = if line * 3 % 5 == 0 { 1e3 * x[[line, 9]] } else { 1e-3 * x[[line, 9]] });
    x.column_mut(8).mapv_inplace(|value| 10.0 * value);
    let options = Options { top_variance: Some(0.5), ..small(Standardise::TrainingRows) };
    let outcome = run(x, z, &options);
    let used = |fold: usize| -> Vec<usize> {
        let ridge = outcome.of(Method::Ridge).expect("asked for");
        ridge.folds[fold].coefficients.iter().map(|(gene, _)| *gene).collect()
    };
    assert!(used(0).len() == 5 && used(0).contains(&8) && !used(0).contains(&9));
    assert!(used(1).len() == 5 && used(1).contains(&9));
}

#[test]
fn neighbours_stay_within_the_grid() {
    assert_eq!(neighbours(0, 9), [0, 1, 2]);
    assert_eq!(neighbours(4, 9), [3, 4, 5]);
    assert_eq!(neighbours(8, 9), [6, 7, 8]);
    assert_eq!(neighbours(1, 2), [0, 1]);
    assert_eq!(neighbours(0, 1), [0]);
}

#[test]
fn what_cannot_be_validated_is_told() {
    let (x, z) = data(7);
    let options = small(Standardise::TrainingRows);
    let plain = screen(x.clone(), z.clone()).of_lines(&(0..N).collect::<Vec<_>>());
    let of = |screen: &Screen, methods: &[Method], options: &Options| {
        nested(screen, methods, options, &Silent).expect_err("not to be validated")
    };
    assert_eq!(of(&plain, &[Method::Mean], &options), CvError::NoFolds);
    assert_eq!(of(&plain, &[], &options), CvError::NoMethod);
    let made = |count| Options { folds: FoldScheme::Made { count }, ..options.clone() };
    assert_eq!(of(&plain, &[Method::Mean], &made(40)), CvError::TooManyFolds { folds: 40, lines: N });
    assert_eq!(of(&plain, &[Method::Mean], &made(1)), CvError::TooManyFolds { folds: 1, lines: N });
    let few = plain.of_lines(&(0..12).collect::<Vec<_>>());
    assert_eq!(of(&few, &[Method::Mean], &made(3)), CvError::TooFewLines { fold: 0, found: 8, least: 12 });
    let names = |count: usize| (0..count).map(|k| k.to_string()).collect::<Vec<_>>();
    let bare = Screen::new(x.clone(), z, names(N), names(P)).expect("good data");
    assert!(
        of(&bare, &[Method::Tissue], &made(3)).to_string().contains("no tissues, which the tissue predictor needs")
    );
    let stratified = Options { folds: FoldScheme::Stratified { count: 3 }, ..options.clone() };
    assert!(matches!(of(&bare, &[Method::Mean], &stratified), CvError::NoTissue { .. }));
    let constant = Screen::new(x, vec![2.0; N], names(N), names(P)).expect("good data");
    assert_eq!(of(&constant, &[Method::Ridge], &made(3)), CvError::ConstantResponse { fold: 0, value: 2.0 });
    type Spoil = fn(&mut Options);
    let spoils: [(&str, Spoil); 9] = [
        ("the share of genes by variance", |o| o.top_variance = Some(0.0)),
        ("an l1 ratio", |o| o.elastic_net.l1_ratios = vec![0.5, 1.5]),
        ("the number of λ", |o| o.elastic_net.lambdas = 0),
        ("a λ of ridge", |o| o.ridge.lambdas.clear()),
        ("a1", |o| o.network.a1 = vec![-0.1]),
        ("f", |o| o.network.f = vec![0.1, 0.2]),
        ("a4", |o| o.network.a4 = vec![f64::NAN]),
        ("the share held out for validation", |o| o.network.validation = 1.0),
        ("the number of inner folds", |o| o.elastic_net.inner_folds = 1),
    ];
    for (name, spoil) in spoils {
        let mut bad = options.clone();
        spoil(&mut bad);
        let error = of(&plain, &[Method::Mean], &bad);
        assert!(matches!(error, CvError::Option { name: found, .. } if found == name), "{error}");
    }
    let stopped = nested(&plain, &[Method::PredictiveNetwork], &made(3), &Stopped);
    assert!(matches!(stopped, Err(CvError::Interrupted(_))));
}

/// Tolerances of the reference baseline (claim 6 of the specification).
fn allowed(method: Method) -> f64 {
    match method {
        Method::Ridge => 0.005,
        Method::ElasticNet | Method::Lasso => 0.015,
        _ => 0.03,
    }
}

#[test]
fn the_reference_baseline_comes_out_on_transcription_factors() {
    use crate::cases::drug_resistance::published::numbers;
    use crate::cases::drug_resistance::readers::{Drug, Features, shipped};
    let Some(library) = crate::cases::test_data::library("drug_resistance") else { return };
    let screen = shipped(&library, Features::Tf127, Drug::Fluorouracil).expect("the case's own files").screen;
    let methods =
        [Method::Ridge, Method::ElasticNet, Method::Lasso, Method::NetworkPredictor, Method::PredictiveNetwork];
    let outcome = nested(&screen, &methods, &Options::reference(1), &Silent).expect("good data");
    for method in &outcome.methods {
        let baseline = &numbers().baseline;
        let expected = baseline.mse(Features::Tf127, Drug::Fluorouracil, method.method.label()).expect("in the table");
        let (mse, allowed) = (method.mse, allowed(method.method));
        assert!((mse - expected).abs() <= allowed, "{:?}: {mse} instead of {expected}", method.method);
    }
}
