//! Peaks of bands above a local baseline, with an uncertainty, a centroid and a width at half height.
//!
//! All functions take one sub-band: points whose axis ascends (equal neighbours are kept as two measurements). Sub-bands that
//! overlap, as those of ISO SWS, must be given one by one.

use serde::{Deserialize, Serialize};

use super::baseline::Polynomial;

/// How a peak is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Where the band lies, in the unit of the axis; the local baseline is a straight line between the two ends.
    pub window: (f64, f64),
    /// The baseline's two anchors are means of the points within this distance of an end.
    pub anchor_half_width: f64,
    /// The peak is that of a polynomial fitted to the points above this share of the height.
    pub share: f64,
    /// Degree of that polynomial: 2, or 3 for a band with a tail.
    pub degree: usize,
}

impl Settings {
    /// A window with anchors of `anchor_half_width`; a cubic over the points above 0.6 of the height.
    pub fn new(window: (f64, f64), anchor_half_width: f64) -> Self {
        Self { window, anchor_half_width, share: 0.6, degree: 3 }
    }
}

/// A band's peak above its local baseline. Places and widths are in the unit of the axis, heights in that of the spectrum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// Where the fitted polynomial has its maximum.
    pub position: f64,
    /// One σ of the position: scatter about the polynomial and error of the baseline's slope.
    pub uncertainty: f64,
    /// Height above the baseline.
    pub height: f64,
    /// Centroid of what stands above half the height, to where it first falls below.
    pub centroid: f64,
    /// Width at half height; `None` when a flank doesn't come down to it within the window.
    pub fwhm: Option<f64>,
    /// Points that the polynomial was fitted to.
    pub points: usize,
}

/// Why a peak couldn't be measured.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PeakError {
    #[error("the axis has {x} points, the spectrum {y} and its errors {sigma}; give one of each per point")]
    Lengths { x: usize, y: usize, sigma: usize },
    #[error("point {index} is {found}; remove points that aren't numbers, and errors that aren't above zero")]
    NotFinite { index: usize, found: f64 },
    #[error(
        "the axis falls at point {index} (from {before} to {found}); sort it, and measure overlapping sub-bands one by one"
    )]
    Unsorted { index: usize, before: f64, found: f64 },
    #[error(
        "no point within {half_width} of {at}, where the baseline is to be anchored; widen the anchors or move the window"
    )]
    NoAnchor { at: f64, half_width: f64 },
    #[error("found {found} points between {from} and {to}, a peak needs {wanted}")]
    TooFewPoints { from: f64, to: f64, found: usize, wanted: usize },
    #[error("nothing between {from} and {to} stands above the local baseline")]
    NothingAbove { from: f64, to: f64 },
    #[error("the points between {from} and {to} have no maximum inside; the highest lies at {at}, so move the window")]
    NoMaximum { from: f64, to: f64, at: f64 },
    #[error("{name} is {found}, expected {expected}")]
    Setting { name: &'static str, found: f64, expected: &'static str },
}

/// Measures the peak of a band above a straight line between the ends of its window.
///
/// `sigma` holds one-σ errors, or is empty for equal weights; the position's uncertainty is scaled by the scatter about the
/// polynomial where that is larger than `sigma` says.
///
/// # Errors
/// A [`PeakError`]: bad input, a window without points, nothing above the baseline, no maximum inside.
pub fn measure(x: &[f64], y: &[f64], sigma: &[f64], settings: &Settings) -> Result<Peak, PeakError> {
    check(x, y, sigma)?;
    let (from, to) = settings.window;
    let anchor = |at: f64| -> Result<(f64, f64, f64), PeakError> {
        let half_width = settings.anchor_half_width;
        let near: Vec<usize> = (0..x.len()).filter(|&i| (x[i] - at).abs() <= half_width).collect();
        if near.is_empty() {
            return Err(PeakError::NoAnchor { at, half_width });
        }
        let n = near.len() as f64;
        let mean = |of: &[f64]| near.iter().map(|&i| of[i]).sum::<f64>() / n;
        let value = mean(y);
        let scatter = near.iter().map(|&i| (y[i] - value).powi(2)).sum::<f64>() / (n * (n - 1.0).max(1.0));
        Ok((mean(x), value, scatter))
    };
    let (low, high) = (anchor(from)?, anchor(to)?);
    if high.0 <= low.0 {
        return Err(PeakError::Setting { name: "window", found: to - from, expected: "two ends, the lower one first" });
    }
    let slope = (high.1 - low.1) / (high.0 - low.0);
    let slope_variance = (low.2 + high.2) / (high.0 - low.0).powi(2);
    let above: Vec<f64> = x.iter().zip(y).map(|(x, y)| y - low.1 - slope * (x - low.0)).collect();
    top(x, &above, sigma, settings, slope_variance)
}

/// Measures the peak in a window of a spectrum whose baseline was removed before.
///
/// # Errors
/// As [`measure`].
pub fn without_baseline(x: &[f64], y: &[f64], window: (f64, f64)) -> Result<Peak, PeakError> {
    check(x, y, &[])?;
    top(x, y, &[], &Settings::new(window, 0.0), 0.0)
}

/// Finds the local maximum nearest to `near` (within `reach`) as the vertex of a parabola over `half` points on each side.
///
/// For bands on a sloping background of other bands, where no window fits. Returns the position and one σ of it.
///
/// # Errors
/// As [`measure`].
pub fn vertex(x: &[f64], y: &[f64], near: f64, reach: f64, half: usize) -> Result<(f64, f64), PeakError> {
    check(x, y, &[])?;
    if half == 0 {
        return Err(PeakError::Setting { name: "half", found: 0.0, expected: "at least 1 point on each side" });
    }
    let (from, to) = (near - reach, near + reach);
    let inside: Vec<usize> = (half..x.len().saturating_sub(half)).filter(|&i| x[i] > from && x[i] < to).collect();
    let summit = |i: &usize| y[*i] >= y[i - 1] && y[*i] >= y[i + 1];
    let distance = |i: &usize| (x[*i] - near).abs();
    let nearest = inside.iter().copied().filter(summit).min_by(|a, b| distance(a).total_cmp(&distance(b)));
    let Some(i) = nearest else {
        let highest = inside.iter().copied().max_by(|a, b| y[*a].total_cmp(&y[*b]));
        return Err(match highest {
            Some(i) => PeakError::NoMaximum { from, to, at: x[i] },
            None => PeakError::TooFewPoints { from, to, found: 0, wanted: 2 * half + 1 },
        });
    };
    let range = i - half..=i + half;
    let (xs, ys) = (&x[range.clone()], &y[range]);
    let none = PeakError::NoMaximum { from, to, at: x[i] };
    let fit = Polynomial::fit(xs, ys, &vec![1.0; xs.len()], 2).ok_or_else(|| none.clone())?;
    let position = fit.maximum().filter(|at| (xs[0]..=xs[2 * half]).contains(at)).ok_or(none)?;
    Ok((position, position_error(&fit, position, false, 0.0)))
}

fn check(x: &[f64], y: &[f64], sigma: &[f64]) -> Result<(), PeakError> {
    if x.len() != y.len() || (!sigma.is_empty() && sigma.len() != x.len()) {
        return Err(PeakError::Lengths { x: x.len(), y: y.len(), sigma: sigma.len() });
    }
    for index in 0..x.len() {
        let error = sigma.get(index).copied().unwrap_or(1.0);
        let faulty = [x[index], y[index], error].into_iter().find(|value| !value.is_finite());
        if let Some(found) = faulty.or((error <= 0.0).then_some(error)) {
            return Err(PeakError::NotFinite { index, found });
        }
    }
    match x.windows(2).position(|pair| pair[1] < pair[0]) {
        Some(i) => Err(PeakError::Unsorted { index: i + 1, before: x[i], found: x[i + 1] }),
        None => Ok(()),
    }
}

/// The peak of `above`, whose baseline was removed with a slope of variance `slope_variance`.
fn top(x: &[f64], above: &[f64], sigma: &[f64], settings: &Settings, slope_variance: f64) -> Result<Peak, PeakError> {
    let (from, to) = settings.window;
    let Settings { share, degree, .. } = *settings;
    if !(share > 0.0 && share < 1.0) {
        return Err(PeakError::Setting { name: "share", found: share, expected: "a number between 0 and 1" });
    }
    if !(2..=3).contains(&degree) {
        return Err(PeakError::Setting { name: "degree", found: degree as f64, expected: "2 or 3" });
    }
    let start = x.partition_point(|x| *x < from);
    let end = x.partition_point(|x| *x <= to);
    let (x, above) = (&x[start..end.max(start)], &above[start..end.max(start)]);
    let wanted = degree + 2;
    if x.len() < wanted {
        return Err(PeakError::TooFewPoints { from, to, found: x.len(), wanted });
    }
    // a running mean over a thirtieth of the window tells where the band is; it doesn't move the result
    let smooth = running_mean(above, (x.len() / 60).max(usize::from(x.len() >= 60)));
    let summit = (0..x.len()).max_by(|a, b| smooth[*a].total_cmp(&smooth[*b])).unwrap_or(0);
    let height = smooth[summit];
    if height <= 0.0 {
        return Err(PeakError::NothingAbove { from, to });
    }
    let (mut low, mut high) = flanks(&smooth, summit, share * height);
    while high - low + 1 < wanted && (low > 0 || high + 1 < x.len()) {
        (low, high) = (low.saturating_sub(1), (high + 1).min(x.len() - 1));
    }
    let none = PeakError::NoMaximum { from, to, at: x[summit] };
    let weights: Vec<f64> = match sigma.get(start..end) {
        Some(sigma) if !sigma.is_empty() => sigma[low..=high].iter().map(|s| s.powi(-2)).collect(),
        _ => vec![1.0; high - low + 1],
    };
    let fit = Polynomial::fit(&x[low..=high], &above[low..=high], &weights, degree).ok_or_else(|| none.clone())?;
    let position = fit.maximum().filter(|at| (x[low]..=x[high]).contains(at)).ok_or(none)?;
    let height = fit.value(position);
    let (left, right) = flanks(&smooth, summit, 0.5 * height);
    let crossing = |inside: usize, outside: usize| {
        let share = (smooth[inside] - 0.5 * height) / (smooth[inside] - smooth[outside]);
        x[inside] + share * (x[outside] - x[inside])
    };
    let fwhm = (left > 0 && right + 1 < x.len()).then(|| crossing(right, right + 1) - crossing(left, left - 1));
    Ok(Peak {
        position,
        uncertainty: position_error(&fit, position, !sigma.is_empty(), slope_variance),
        height,
        centroid: centroid(&x[left..=right], &above[left..=right]).unwrap_or(position),
        fwhm,
        points: high - low + 1,
    })
}

/// One σ of a maximum: that of `p′` there over `|p″|`. With known errors the scatter only enlarges them.
fn position_error(fit: &Polynomial, at: f64, known: bool, slope_variance: f64) -> f64 {
    let scatter = if fit.freedom > 0 { fit.residual / fit.freedom as f64 } else { 0.0 };
    let scale = if known { scatter.max(1.0) } else { scatter };
    (scale * fit.variance(at, 1) + slope_variance).sqrt() / fit.derivative(at, 2).abs()
}

/// The first and last index around `summit` to which `y` stays above `level`.
fn flanks(y: &[f64], summit: usize, level: f64) -> (usize, usize) {
    let low = (0..summit).rev().take_while(|&i| y[i] > level).last().unwrap_or(summit);
    let high = (summit + 1..y.len()).take_while(|&i| y[i] > level).last().unwrap_or(summit);
    (low, high)
}

fn running_mean(y: &[f64], half: usize) -> Vec<f64> {
    (0..y.len())
        .map(|i| {
            let near = &y[i.saturating_sub(half)..(i + half + 1).min(y.len())];
            near.iter().sum::<f64>() / near.len() as f64
        })
        .collect()
}

/// Centroid by the trapezoidal rule; `None` without area.
fn centroid(x: &[f64], y: &[f64]) -> Option<f64> {
    let (mut area, mut moment) = (0.0, 0.0);
    for i in 1..x.len() {
        let h = 0.5 * (x[i] - x[i - 1]);
        area += h * (y[i] + y[i - 1]);
        moment += h * (x[i] * y[i] + x[i - 1] * y[i - 1]);
    }
    (area > 0.0).then(|| moment / area)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::qncc_spectra::test_files;
    use crate::methods::random::stream;
    use proptest::prelude::*;
    use rand::RngExt;
    use rand_distr::StandardNormal;

    fn gaussian(x: f64, centre: f64, fwhm: f64) -> f64 {
        (-4.0 * std::f64::consts::LN_2 * ((x - centre) / fwhm).powi(2)).exp()
    }

    #[test]
    fn a_gaussian_on_a_slope_has_its_place_height_and_width() {
        let x: Vec<f64> = (0..600).map(|i| 5.8 + 0.002 * f64::from(i)).collect();
        let y: Vec<f64> = x.iter().map(|x| 1.0 + 3.0 * x + 2.0 * gaussian(*x, 6.3, 0.15)).collect();
        let peak = measure(&x, &y, &[], &Settings::new((5.95, 6.65), 0.02)).unwrap();
        assert!((peak.position - 6.3).abs() < 1e-6, "{peak:?}");
        assert!((peak.centroid - 6.3).abs() < 1e-4 && (peak.fwhm.unwrap() - 0.15).abs() < 2e-3, "{peak:?}");
        assert!((peak.height - 2.0).abs() < 0.03, "{peak:?}");
    }

    /// The stated σ of a parabola's vertex is the scatter of replicates.
    #[test]
    fn the_uncertainty_is_the_scatter_of_replicates() {
        let x: Vec<f64> = (0..200).map(|i| 7.0 + 0.01 * f64::from(i)).collect();
        let settings = Settings { degree: 2, ..Settings::new((7.2, 8.8), 0.05) };
        let (mut sum, mut squares, mut stated) = (0.0, 0.0, 0.0);
        let replicates = 400;
        for index in 0..replicates {
            let mut random = stream(7, "qncc_spectra", "peak test", index);
            let y: Vec<f64> =
                x.iter().map(|x| gaussian(*x, 8.0, 0.6) + 0.02 * random.sample::<f64, _>(StandardNormal)).collect();
            let peak = measure(&x, &y, &vec![0.02; x.len()], &settings).unwrap();
            sum += peak.position;
            squares += peak.position * peak.position;
            stated += peak.uncertainty;
        }
        let n = replicates as f64;
        let scatter = ((squares - sum * sum / n) / (n - 1.0)).sqrt();
        // the choice of the points depends on the noise too, which the formal error doesn't know
        assert!((stated / n / scatter - 1.0).abs() < 0.25, "stated {} scatter {scatter}", stated / n);
    }

    proptest! {
        #[test]
        fn a_peak_moves_with_its_axis_and_not_with_its_unit(shift in -1.0..1.0_f64, scale in 0.1..50.0_f64) {
            let x: Vec<f64> = (0..150).map(|i| 10.0 + 0.01 * f64::from(i)).collect();
            let y: Vec<f64> = x.iter().map(|x| gaussian(*x, 10.7, 0.3) + 0.1 * gaussian(*x, 10.9, 0.3)).collect();
            let first = measure(&x, &y, &[], &Settings::new((10.1, 11.3), 0.03)).unwrap();
            let moved: Vec<f64> = x.iter().map(|x| x + shift).collect();
            let scaled: Vec<f64> = y.iter().map(|y| scale * y + 4.0).collect();
            let second =
                measure(&moved, &scaled, &[], &Settings::new((10.1 + shift, 11.3 + shift), 0.03)).unwrap();
            prop_assert!((second.position - first.position - shift).abs() < 1e-3);
        }
    }

    #[test]
    fn a_vertex_is_the_summit_nearest_to_where_it_is_sought() {
        let x: Vec<f64> = (0..100).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| gaussian(*x, 40.3, 9.0) + 2.0 * gaussian(*x, 60.0, 9.0)).collect();
        let (position, error) = vertex(&x, &y, 42.0, 12.0, 2).unwrap();
        assert!((position - 40.3).abs() < 0.1 && error < 0.1, "{position} {error}");
        let failed = vertex(&x, &y, 80.0, 5.0, 2).unwrap_err();
        assert!(matches!(failed, PeakError::NoMaximum { .. }), "{failed}");
    }

    #[test]
    fn faults_say_what_was_found() {
        let x: Vec<f64> = (0..50).map(|i| 6.0 + 0.01 * f64::from(i)).collect();
        let y = vec![1.0; 50];
        let fault =
            |x: &[f64], y: &[f64], window| measure(x, y, &[], &Settings::new(window, 0.02)).unwrap_err().to_string();
        assert!(fault(&x, &y[1..], (6.1, 6.4)).contains("50 points, the spectrum 49"));
        assert!(fault(&x, &y, (6.1, 9.0)).contains("within 0.02 of 9"));
        assert!(fault(&x, &y, (6.1, 6.4)).contains("nothing between 6.1 and 6.4"));
        let mut merged = x.clone();
        merged[20] = 6.05;
        assert!(fault(&merged, &y, (6.1, 6.4)).contains("overlapping sub-bands one by one"));
        let negative = measure(&x, &y, &[-1.0; 50], &Settings::new((6.1, 6.4), 0.02)).unwrap_err();
        assert_eq!(negative, PeakError::NotFinite { index: 0, found: -1.0 });
    }

    /// Claim 4: the Orion Bar at three positions, each sub-band by itself.
    #[test]
    fn the_orion_bar_peaks_where_the_case_says() {
        for name in ["d2", "brgamma", "h2s1"] {
            let Some(rows) = test_files::numbers(&format!("orion_bar_{name}_iso_sws_merged.ipac")) else { return };
            for (sub_band, settings, from, to) in [
                (6.0, Settings::new((6.05, 6.60), 0.02), 6.215 - 0.01, 6.219 + 0.01),
                (7.0, Settings::new((10.9, 11.7), 0.03), 11.222 - 0.02, 11.232 + 0.02),
            ] {
                let rows: Vec<&Vec<f64>> = rows.iter().filter(|row| row[3] == sub_band).collect();
                let column = |k: usize| -> Vec<f64> { rows.iter().map(|row| row[k]).collect() };
                let peak = measure(&column(0), &column(1), &[], &settings).unwrap();
                eprintln!("{name} {} {peak:?}", settings.window.0);
                assert!((from..to).contains(&peak.position), "{name}: {peak:?}");
                assert!(peak.uncertainty < 0.02, "{name}: {peak:?}");
            }
        }
    }
}
