//! Stretches of a spectrum that hold no points.

/// Steps on either side that a step is measured by.
const NEIGHBOURS: usize = 6;
/// How many times the median of its neighbours a step must be.
const TIMES: f64 = 5.0;
/// Narrower steps are no gap, µm.
const NARROWEST: f64 = 0.2;

/// Both ends of a stretch without points, µm.
pub type Gap = (f64, f64);

/// Remarks on the gaps of a spectrum.
pub fn remarks(name: &str, gaps: &[Gap]) -> Vec<String> {
    let remark = |(from, to): &Gap| {
        format!("{name}: no points between {from:.2} and {to:.2} µm; a straight line across that gap is compared there")
    };
    gaps.iter().map(remark).collect()
}

/// How many points of a grid lie within any of the gaps.
pub fn count<'a>(grid: &[f64], gaps: impl Iterator<Item = &'a Gap> + Clone) -> usize {
    grid.iter().filter(|x| gaps.clone().any(|(from, to)| **x > *from && **x < *to)).count()
}

/// Steps of wavelengths (µm, ascending) that are far wider than those around them and reach into a range.
pub fn find(wavelengths: &[f64], (low, high): (f64, f64)) -> Vec<Gap> {
    let steps: Vec<f64> = wavelengths.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let gap = |k: usize| {
        let (from, to) = (wavelengths[k], wavelengths[k + 1]);
        let near = k.saturating_sub(NEIGHBOURS)..(k + NEIGHBOURS + 1).min(steps.len());
        let mut around: Vec<f64> = near.filter(|other| *other != k).map(|other| steps[other]).collect();
        around.sort_by(f64::total_cmp);
        // The lower median: where a coarse piece meets a fine one, the fine one counts.
        let usual = around.get(around.len().saturating_sub(1) / 2)?;
        let wide = steps[k] > NARROWEST && steps[k] > TIMES * usual;
        (wide && from < high && to > low).then_some((from, to))
    };
    (0..steps.len()).filter_map(gap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_wide_steps_among_narrow_ones_inside_the_range() {
        let without = |low: f64, high: f64| -> Vec<f64> {
            (0..=100).map(|k| 5.0 + 0.1 * f64::from(k)).filter(|x| *x <= low || *x >= high).collect()
        };
        let found = find(&without(5.85, 6.65), (5.2, 14.5));
        assert!(matches!(found[..], [(from, to)] if (from - 5.8).abs() < 1e-9 && (to - 6.7).abs() < 1e-9), "{found:?}");
        assert!(find(&without(5.85, 6.65), (7.0, 14.5)).is_empty());
        assert!(find(&without(0.0, 0.0), (5.2, 14.5)).is_empty());
        // A coarse piece, the gap, a fine piece: as in the tholin's optical constants.
        let coarse = (0..8).map(|k| 3.7 + 0.3 * f64::from(k));
        let mixed: Vec<f64> = coarse.chain((0..90).map(|k| 6.7 + 0.025 * f64::from(k))).collect();
        let found = find(&mixed, (5.2, 8.0));
        assert!(matches!(found[..], [(from, to)] if (from - 5.8).abs() < 1e-9 && to == 6.7), "{found:?}");
        // Coarse all over is no gap, and neither is a narrow step among finer ones.
        let coarse: Vec<f64> = (0..12).map(|k| 5.0 + f64::from(k)).collect();
        assert!(find(&coarse, (5.2, 14.5)).is_empty());
        let fine: Vec<f64> = (0..100).map(|k| 5.0 + 0.01 * f64::from(k) + if k > 50 { 0.1 } else { 0.0 }).collect();
        assert!(find(&fine, (5.0, 6.0)).is_empty());
        assert!(find(&[5.0, 9.0], (5.0, 9.0)).is_empty());
    }

    #[test]
    fn gaps_are_named_and_their_points_counted_once() {
        let gaps = [(5.8, 6.7), (6.0, 6.2), (9.0, 9.5)];
        let said = remarks("lab.csv", &gaps[..1]);
        assert!(said[0].starts_with("lab.csv: no points between 5.80 and 6.70 µm"), "{said:?}");
        let grid: Vec<f64> = (0..100).map(|k| 5.05 + 0.1 * f64::from(k)).collect();
        assert_eq!(count(&grid, gaps.iter()), 9 + 5);
        assert_eq!(count(&grid, [].iter()), 0);
    }
}
