use ndarray::{Array2, Axis};
use rand::RngExt;
use rand_distr::StandardNormal;

use super::*;
use crate::methods::random::stream;

fn data(n: usize, p: usize, seed: u64) -> (Array2<f64>, Vec<f64>) {
    let mut random = stream(seed, "drug_resistance", "tests of the comparators", 0);
    let x = Array2::from_shape_simple_fn((n, p), || 5.0 + 3.0 * random.sample::<f64, _>(StandardNormal));
    let z =
        x.rows().into_iter().map(|line| 2.0 * line[0] - line[1] + random.sample::<f64, _>(StandardNormal)).collect();
    (x, z)
}

#[test]
fn the_mean_predicts_the_mean() {
    let model = mean(&[1.0, 2.0, 6.0]);
    assert_eq!(model.predict(Array2::zeros((2, 4)).view()), [3.0, 3.0]);
}

#[test]
fn ridge_takes_the_lambda_of_the_least_leave_one_out_error() {
    let (x, z) = data(24, 4, 1);
    let lambdas = [0.1, 10.0, 1000.0, 1e5];
    let (model, lambda) = ridge(x.view(), &z, &lambdas, Scaling::UnitVariance).expect("good data");
    // Each line left out in turn, by refits, with the scales of all lines.
    let spread = x.std_axis(Axis(0), 0.0);
    let scaled = &x / &spread;
    let error = |lambda: f64| -> f64 {
        (0..24)
            .map(|line| {
                let kept: Vec<usize> = (0..24).filter(|other| *other != line).collect();
                let part = scaled.select(Axis(0), &kept);
                let z_kept: Vec<f64> = kept.iter().map(|row| z[*row]).collect();
                let fit = Ridge::of(part.view(), Scaling::None).and_then(|ridge| ridge.fit(&z_kept, lambda / 23.0));
                let fit = fit.expect("good data");
                (z[line] - fit.predict(scaled.select(Axis(0), &[line]).view())[0]).powi(2)
            })
            .sum()
    };
    let errors: Vec<f64> = lambdas.iter().map(|lambda| error(*lambda)).collect();
    let expected = least(errors.iter().copied()).expect("four");
    assert_eq!(lambda, lambdas[expected], "{errors:?}");
    assert!((model.coefficients[0].1 - 2.0).abs() < 0.3 && (model.coefficients[1].1 + 1.0).abs() < 0.3);
    assert!(ridge(x.view(), &z, &[], Scaling::None).is_err());
}

#[test]
fn tissues_become_columns_and_ridge_shrinks_their_means() {
    let codes = [0, 0, 0, 1, 1, 1, 2, 2];
    let x = dummies(&codes, 4);
    assert_eq!(x.sum_axis(Axis(0)).to_vec(), [3.0, 3.0, 2.0, 0.0]);
    let z = [1.0, 1.1, 0.9, 5.0, 5.1, 4.9, 3.0, 3.2];
    let (model, lambda) = ridge(x.view(), &z, &[0.01, 1.0, 100.0], Scaling::None).expect("good data");
    assert_eq!(lambda, 0.01);
    let predicted = model.predict(x.view());
    assert!((predicted[0] - 1.0).abs() < 0.05 && (predicted[3] - 5.0).abs() < 0.05);
    // A tissue that no line had is predicted by the intercept.
    assert_eq!(model.predict(dummies(&[3], 4).view()), [model.intercept]);
}

#[test]
fn elastic_nets_are_chosen_by_rows_held_out() {
    let (x, z) = data(60, 8, 2);
    let training = Training::of(x.view(), &z).expect("good data");
    let folds: Vec<usize> = (0..60).map(|row| row % 5).collect();
    let held_out = training.folds(x.view(), &z, &folds).expect("good data");
    let paths = ElasticNetPaths { l1_ratios: &[0.5, 1.0], lambdas: 12, smallest: 0.01, tolerance: 1e-9 };
    let choice = training.choose(&held_out, &paths).expect("converges");
    // By hand: the same grid to its end, every inner training set made anew, in the units of all rows.
    let options = Options { tolerance: 1e-9, ..Options::default() };
    let scaled = &x / &x.std_axis(Axis(0), 0.0);
    let mut best = (f64::INFINITY, 0.0, 0.0);
    for ratio in paths.l1_ratios {
        let largest = path::largest_lambda(&training.correlations, *ratio, &Options::default()).expect("good");
        for lambda in path::grid(largest, 0.01, 12).expect("good") {
            let error: f64 = (0..5)
                .map(|fold| {
                    let (out, kept): (Vec<usize>, Vec<usize>) = (0..60).partition(|row| folds[*row] == fold);
                    let of = |rows: &[usize]| rows.iter().map(|row| z[*row]).collect::<Vec<f64>>();
                    let kept_x = scaled.select(Axis(0), &kept);
                    let gram = Gram::of(kept_x.view(), None, Scaling::None).expect("good data");
                    let part = Training::scaled(gram, kept_x.view(), &of(&kept), training.spread).expect("good data");
                    let mut path = part.path(*ratio, &options).expect("good");
                    let model = part.model(path.step(lambda).expect("converges"));
                    model.squared_error(scaled.select(Axis(0), &out).view(), &of(&out))
                })
                .sum();
            if error < best.0 {
                best = (error, lambda, *ratio);
            }
        }
    }
    assert_eq!((choice.lambda, choice.l1_ratio), (best.1, best.2));
    let mut path = training.path(choice.l1_ratio, &options).expect("good");
    let whole = training.model(path.step(choice.lambda).expect("converges"));
    assert!((whole.intercept - choice.model.intercept).abs() < 1e-6);
    assert_eq!(
        whole.coefficients.iter().map(|(j, _)| *j).collect::<Vec<_>>(),
        choice.model.coefficients.iter().map(|(j, _)| *j).collect::<Vec<_>>()
    );
}

#[test]
fn a_response_that_no_gene_follows_gets_its_mean() {
    let x = Array2::from_shape_fn((6, 2), |(i, j)| if j == 0 { [1.0, -1.0][i % 2] } else { 3.0 });
    let z = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0];
    let training = Training::of(x.view(), &z).expect("good data");
    let held_out = [training.judged_on(x.view(), &z)];
    let paths = ElasticNetPaths { l1_ratios: &[1.0], lambdas: 5, smallest: 0.1, tolerance: 1e-9 };
    let choice = training.choose(&held_out, &paths).expect("nothing to fit");
    assert!(choice.model.coefficients.is_empty() && (choice.model.intercept - 2.0).abs() < 1e-15);
}

#[test]
fn the_least_value_is_the_first_of_equals() {
    assert_eq!(least([3.0, 1.0, 2.0, 1.0].into_iter()), Some(1));
    assert_eq!(least(std::iter::empty()), None);
}

#[test]
fn a_path_ends_when_its_error_has_risen_twice() {
    assert!(!risen(&[1.0, 1.1]) && !risen(&[1.0, 1.1, 1.01]) && !risen(&[1.0, 0.9, 0.8, 0.81, 0.815]));
    assert!(risen(&[1.0, 1.02, 1.03]) && risen(&[2.0, 1.0, 1.5, 1.4]));
    assert!(!risen(&[2.0, 1.0, 1.5, 1.4, 0.9]));
}

#[test]
fn the_unit_of_the_response_changes_no_choice() {
    let (x, z) = data(60, 8, 3);
    let folds: Vec<usize> = (0..60).map(|row| row % 5).collect();
    let paths = ElasticNetPaths { l1_ratios: &[0.1, 0.5, 0.9], lambdas: 12, smallest: 0.01, tolerance: 1e-9 };
    let of = |z: &[f64]| {
        let training = Training::of(x.view(), z).expect("good data");
        let held_out = training.folds(x.view(), z, &folds).expect("good data");
        training.choose(&held_out, &paths).expect("converges")
    };
    let (one, other) = (of(&z), of(&z.iter().map(|value| 100.0 * value + 7.0).collect::<Vec<_>>()));
    assert_eq!(one.l1_ratio, other.l1_ratio);
    assert!((one.lambda - other.lambda).abs() < 1e-9);
    for (a, b) in one.model.coefficients.iter().zip(&other.model.coefficients) {
        assert!(a.0 == b.0 && (100.0 * a.1 - b.1).abs() < 1e-4, "{a:?} {b:?}");
    }
}
