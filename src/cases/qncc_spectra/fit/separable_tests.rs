use super::*;
use crate::display::{Silent, Stopped};
use rand_distr::{Distribution, StandardNormal};

/// Gaussian bands of unit width on a constant baseline of free sign; the centres are free.
pub(crate) struct Bands {
    at: Vec<f64>,
    centres: Vec<f64>,
    heights: Vec<f64>,
    depends: Vec<Vec<usize>>,
}

const SIGMA: f64 = 0.05;
const BASELINE: f64 = -0.3;

impl Bands {
    /// Two overlapping bands.
    pub(crate) fn two() -> Self {
        Self::new(vec![5.0, 7.0], vec![2.0, 1.0])
    }

    pub(crate) fn new(centres: Vec<f64>, heights: Vec<f64>) -> Self {
        let mut depends: Vec<Vec<usize>> = (0..centres.len()).map(|s| vec![s]).collect();
        depends.push(Vec::new());
        Self { at: (0..240).map(|i| f64::from(i) * 0.05).collect(), centres, heights, depends }
    }

    /// The true spectrum with noise, and its errors.
    pub(crate) fn noisy(&self, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut random = stream(seed, "tests", "bands", 0);
        let true_value = |x: &f64| {
            let bands = self.centres.iter().zip(&self.heights);
            BASELINE + bands.map(|(centre, height)| height * (-0.5 * (x - centre).powi(2)).exp()).sum::<f64>()
        };
        let noise: Vec<f64> = StandardNormal.sample_iter(&mut random).take(self.at.len()).collect();
        let y = self.at.iter().zip(noise).map(|(x, noise)| true_value(x) + SIGMA * noise).collect();
        (y, vec![SIGMA; self.at.len()])
    }

    /// The problem, with centres free by 1.5.
    pub(crate) fn problem<'a>(&'a self, y: &'a [f64], sigma: &'a [f64]) -> Problem<'a> {
        let mut non_negative = vec![true; self.centres.len()];
        non_negative.push(false);
        Problem {
            basis: self,
            y,
            sigma,
            non_negative,
            lower: self.centres.iter().map(|centre| centre - 1.5).collect(),
            upper: self.centres.iter().map(|centre| centre + 1.5).collect(),
        }
    }
}

impl Basis for Bands {
    fn rows(&self) -> usize {
        self.at.len()
    }

    fn columns(&self) -> usize {
        self.centres.len() + 1
    }

    fn shapes(&self) -> usize {
        self.centres.len()
    }

    fn column(&self, j: usize, shapes: &[f64], out: &mut [f64]) {
        for (value, x) in out.iter_mut().zip(&self.at) {
            *value = shapes.get(j).map_or(1.0, |centre| (-0.5 * (x - centre).powi(2)).exp());
        }
    }

    fn depends(&self, j: usize) -> &[usize] {
        &self.depends[j]
    }

    fn derivative(&self, j: usize, _: usize, shapes: &[f64], out: &mut [f64]) {
        self.column(j, shapes, out);
        for (value, x) in out.iter_mut().zip(&self.at) {
            *value *= x - shapes[j];
        }
    }
}

#[test]
fn true_shapes_are_found_within_their_errors() {
    let bands = Bands::two();
    let (y, sigma) = bands.noisy(1);
    let best = fit(&bands.problem(&y, &sigma), &[4.3, 7.9], &Options::default(), &Silent).expect("fits");
    assert!(best.converged && best.kkt < 1e-12 && best.stationarity < 1e-6, "{best:?}");
    for (s, truth) in [5.0, 7.0].into_iter().enumerate() {
        let error = best.covariance.sigma(crate::cases::qncc_spectra::fit::Parameter::Shape(s)).expect("free");
        assert!((best.shapes[s] - truth).abs() < 4.0 * error, "{s}");
    }
    let baseline = best.coefficients[2];
    assert!((baseline - BASELINE).abs() < 0.03);
    assert_eq!((best.positive, best.at_bound.as_slice()), (3, [false, false].as_slice()));
    let chi2: f64 = y.iter().zip(&best.model).map(|(y, model)| ((y - model) / SIGMA).powi(2)).sum();
    assert!((chi2 / best.chi2 - 1.0).abs() < 1e-12);
    assert!((chi2 - 235.0).abs() < 4.0 * (2.0 * 235.0_f64).sqrt());
}

#[test]
fn no_nearby_shapes_are_better() {
    let bands = Bands::two();
    let (y, sigma) = bands.noisy(2);
    let problem = bands.problem(&y, &sigma);
    let best = fit(&problem, &[4.3, 7.9], &Options::default(), &Silent).expect("fits");
    let whitened = Whitened::new(&problem).expect("valid");
    for (a, b) in [(1e-4, 0.0), (-1e-4, 0.0), (0.0, 1e-4), (0.0, -1e-4), (1e-4, 1e-4), (1e-4, -1e-4)] {
        let moved = whitened.evaluate(vec![best.shapes[0] + a, best.shapes[1] + b], &[]).expect("solvable");
        assert!(moved.chi2 > best.chi2);
    }
}

#[test]
fn a_bound_that_holds_a_shape_is_told() {
    let bands = Bands::two();
    let (y, sigma) = bands.noisy(3);
    let mut problem = bands.problem(&y, &sigma);
    problem.lower[0] = 5.2;
    let best = fit(&problem, &[5.5, 7.0], &Options::default(), &Silent).expect("fits");
    assert_eq!(best.shapes[0], 5.2);
    assert_eq!(best.at_bound, [true, false]);
    assert_eq!(best.covariance.sigma(crate::cases::qncc_spectra::fit::Parameter::Shape(0)), None);
}

#[test]
fn a_band_far_from_its_start_is_woken() {
    // At its start the second band would be negative: its centre has no slope there.
    let bands = Bands::new(vec![4.0, 9.0], vec![2.0, 1.5]);
    let (y, sigma) = bands.noisy(4);
    let mut problem = bands.problem(&y, &sigma);
    problem.lower = vec![3.0, 1.0];
    problem.upper = vec![5.0, 11.0];
    let options = Options { starts: 1, ..Options::default() };
    let best = fit(&problem, &[4.0, 1.0], &options, &Silent).expect("fits");
    assert!((best.shapes[1] - 9.0).abs() < 0.2, "{:?}", best.shapes);
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let bands = Bands::two();
    let (y, sigma) = bands.noisy(5);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| fit(&bands.problem(&y, &sigma), &[4.3, 7.9], &Options::default(), &Silent).expect("fits"))
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(8));
}

#[test]
fn without_shapes_it_is_a_single_projection() {
    let bands = Bands::two();
    let (y, sigma) = bands.noisy(6);
    let mut problem = bands.problem(&y, &sigma);
    (problem.lower, problem.upper) = (vec![5.0, 7.0], vec![5.0, 7.0]);
    let best = fit(&problem, &[0.0, 0.0], &Options::default(), &Silent).expect("fits");
    assert_eq!((best.steps, best.shapes.as_slice()), (1, [5.0, 7.0].as_slice()));
    assert!(best.converged);
}

#[test]
fn bad_problems_are_named() {
    let bands = Bands::two();
    let (y, sigma) = bands.noisy(7);
    let refused = |change: &dyn Fn(&mut Problem<'_>), start: &[f64]| {
        let mut problem = bands.problem(&y, &sigma);
        change(&mut problem);
        fit(&problem, start, &Options::default(), &Silent).expect_err("refused")
    };
    let start = [5.0, 7.0];
    assert!(matches!(refused(&|p| p.upper[1] = 0.0, &start), FitError::Bounds { shape: 1, .. }));
    assert!(matches!(refused(&|p| p.lower[0] = f64::NAN, &start), FitError::Bounds { shape: 0, .. }));
    assert!(matches!(refused(&|p| p.y = &p.y[1..], &start), FitError::Length { what: "`y`", .. }));
    assert!(matches!(refused(&|p| p.non_negative.truncate(1), &start), FitError::Length { .. }));
    assert!(matches!(refused(&|_| (), &start[..1]), FitError::Length { what: "the start", .. }));
    assert!(matches!(refused(&|_| (), &[5.0, f64::NAN]), FitError::NotFinite { index: 1, .. }));
    let mut zero = sigma.clone();
    zero[9] = 0.0;
    let problem = Problem { sigma: &zero, ..bands.problem(&y, &sigma) };
    let error = fit(&problem, &start, &Options::default(), &Silent).expect_err("refused");
    assert_eq!(error, FitError::Error { index: 9, value: 0.0 });
    let stopped = fit(&bands.problem(&y, &sigma), &start, &Options::default(), &Stopped);
    assert!(matches!(stopped, Err(FitError::Interrupted(_))));
}
