//! Figures that rest on the synthetic stand-ins: they are watermarked.

use super::super::experiments::likeness::{Likeness, Outcome, PLANTED, Seen};
use super::super::experiments::stand_ins::bands;
use super::super::params::Params;
use super::super::similarity::Comparison;
use super::super::stand_in::{Band, absorbance_grid};
use super::{captioned, guide, shaded};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Scale, Series, Workbench};

/// Where class C has its 6.2 µm band and its single band near 8.2 µm: printed are 6.3 and 8.22 µm, the ranges are assumed (A).
const CLASS_C: [(f64, f64); 2] = [(6.29, 6.35), (8.0, 8.4)];

pub fn stand_ins(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let bands = bands("stand_ins", bench)?;
    let seed = params.likeness.setup.seed;
    let grid = absorbance_grid();
    let recorded = bands.recorded_absorbance(&grid, 0.005, seed, 0);
    let above: Vec<f64> =
        recorded.iter().zip(&grid).map(|(y, x)| y - super::super::stand_in::baseline(*x) + OFFSET).collect();
    let wavelength: Vec<f64> = grid.iter().map(|x| 1e4 / x).collect();
    let inside = |(x, y): (&f64, &f64)| (*x >= 3.0).then_some((*x, *y));
    let (x, y): (Vec<f64>, Vec<f64>) = wavelength.iter().zip(&above).filter_map(inside).unzip();
    let fine: Vec<f64> = (0..=342).map(|k| 3.0 * (f64::from(k) / 180.0).exp()).take_while(|x| *x <= 20.0).collect();
    let noise = bands.nova_noise(&fine, 50.0, seed, 0);
    let nova: Vec<f64> = bands.nova(&fine).iter().zip(noise).map(|(flux, noise)| flux + noise).collect();
    let frame = (-0.15, 2.75);
    let mut panel = Panel::new(
        "",
        Axis::log("wavelength  (µm)").limits(3.0, 20.0),
        Axis::linear("relative to the band near 8 µm; QNCC raised by 1.3").limits(frame.0, frame.1),
    )
    .series(shaded("class C, range assumed (A)", CLASS_C[0], frame))
    .series(shaded("class C, range assumed (A)", CLASS_C[1], frame))
    .series(Series::new("QNCC absorbance", Origin::Synthetic, Mark::Line, x, y))
    .series(Series::new("nova, F_ν", Origin::Synthetic, Mark::Line, fine, nova));
    for (set, raise) in [(&bands.absorbance, OFFSET), (&bands.nova, 0.0)] {
        for (place, height, text) in labels(set) {
            panel = panel.note(place, raise + height + 0.08, text);
        }
    }
    Ok(captioned(
        "Not measured: neither spectrum is publicly filed. Bands were planted as sums of Gaussians (absorbance, noise 0.005) and \
         Drude profiles (nova without its continuum, S/N 50). Letters say where a centre comes from: P printed for this material, C \
         printed for another nova or class C source, S untraced, A assumed. That both have a band near 8 µm was put in. Shaded: where \
         class C has its bands at 6.3 and 8.22 µm, in ranges that are assumed (A).",
    )
    .panel(panel)
    .stand_in())
}

/// How far the absorbance stands above the nova.
const OFFSET: f64 = 1.3;

/// Where to write what: bands closer than a tenth share a label at the higher one.
fn labels(bands: &[Band]) -> Vec<(f64, f64, String)> {
    let mut sorted: Vec<&Band> = bands.iter().collect();
    sorted.sort_by(|a, b| a.center_um.total_cmp(&b.center_um));
    let mut labels: Vec<(f64, f64, f64, String)> = Vec::new();
    for band in sorted {
        let text = format!("{} {}", band.center_um, band.center_grade.letter());
        match labels.last_mut() {
            Some((last, _, height, shared)) if band.center_um / *last < 1.08 => {
                *height = height.max(band.peak);
                *last = band.center_um;
                shared.push_str(&format!(" · {text}"));
            }
            _ => labels.push((band.center_um, band.center_um, band.peak, text)),
        }
    }
    labels.into_iter().map(|(_, place, height, text)| (place, height, text)).collect()
}

pub fn similarity(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Likeness>(&params.likeness)?;
    let places = |shift: f64| -> Vec<f64> { (0..found.ranked.len()).map(|k| k as f64 + shift).collect() };
    let names: Vec<String> = found.ranked.iter().map(|ranked| ranked.name.clone()).collect();
    let noise = |value: fn(&super::super::similarity::Bootstrap) -> f64, of_points: bool| -> Vec<f64> {
        let of = found.ranked.iter().map(|ranked| if of_points { &ranked.points } else { &ranked.noise });
        of.map(value).collect()
    };
    let pearson =
        Panel::new("Pearson, straight line removed", Axis::linear(""), Axis::linear("correlation").limits(-0.7, 1.1))
            .categories(names.clone())
            .series(guide("", (-0.5, 0.0), (names.len() as f64 - 0.5, 0.0)))
            .series(Series::new(
                "without noise",
                Origin::Synthetic,
                Mark::Points,
                places(-0.25),
                found.ranked.iter().map(|ranked| ranked.comparison.pearson).collect(),
            ))
            .series(
                Series::new(
                    "S/N 50, bootstrap of noise",
                    Origin::Synthetic,
                    Mark::Points,
                    places(0.0),
                    noise(|b| b.mean, false),
                )
                .spread(noise(|b| b.deviation, false)),
            )
            .series(
                Series::new(
                    "bootstrap of points",
                    Origin::Synthetic,
                    Mark::Points,
                    places(0.25),
                    noise(|b| b.mean, true),
                )
                .spread(noise(|b| b.deviation, true)),
            );
    let shape = |name: &str| {
        let model = found.candidates.iter().find(|candidate| candidate.name == name)?;
        let points = model.wavelength_um.iter().zip(&model.emission).filter(|(x, _)| (5.2..=14.5).contains(*x));
        let (x, y): (Vec<f64>, Vec<f64>) = points.map(|(x, y)| (*x, *y)).unzip();
        let largest = y.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        Some((x, y.iter().map(|y| y / largest).collect::<Vec<f64>>()))
    };
    let largest = found.nova.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let nova: Vec<f64> = found.nova.iter().map(|y| y / largest).collect();
    let mut curves = Panel::new(
        "What is compared",
        Axis::linear("wavelength  (µm)").limits(5.0, 14.6),
        Axis::linear("F_ν  (maximum 1)"),
    )
    .series(Series::new("nova (stand-in)", Origin::Synthetic, Mark::Line, found.grid.clone(), nova));
    for (name, origin) in
        [(PLANTED, Origin::Synthetic), ("amorphous carbon", Origin::Real), ("M101 nucleus", Origin::Real)]
    {
        if let Some((x, y)) = shape(name) {
            curves = curves.series(Series::new(name, origin, Mark::Line, x, y));
        }
    }
    let best = found.best_null().map_or(f64::NAN, |null| null.comparison.pearson);
    Ok(captioned(format!(
        "The stand-in of QNCC at 600 K reaches the highest correlation with the synthetic nova because both were given the same bands; \
         featureless carbon reaches {best:.2} without any. A correlation alone shows no resemblance. Bars: one standard deviation. M101 \
         is compared from 5.26 µm on, where it begins; tholin (CVD) has no rows between 5.79 and 6.67 µm, hydrogenated carbon beyond 8.00 µm \
         only at 10 and 100 µm: straight lines are compared there. a, b: as filed; c–f: all \
         convolved to one resolving power R (M101 has 90 of its instrument: it is convolved to 60 and can't be sharpened to 100 or 130) \
         and integrated over bins; where a model has no band between 7.0 and 9.2 µm, e has no point.",
    ))
    .panel(pearson)
    .panel(curves)
    .panel(at_one_resolution(&found, "Convolved to R: Pearson", Axis::linear("correlation").limits(-0.7, 1.1), |seen| {
        Some((seen.pearson, None))
    }))
    .panel(at_one_resolution(&found, "Convolved: cosine, continua included", Axis::linear("cosine").limits(0.0, 1.1), |seen| {
        Some((seen.cosine, None))
    }))
    .panel(at_one_resolution(&found, "Convolved: 8 µm centre", Axis::linear("nova − model  (µm)"), |seen| {
        seen.centres.as_ref().ok().map(|centres| (centres.difference, Some(centres.uncertainty)))
    }))
    .panel(at_one_resolution(&found, "Convolved: scale and continuum fitted", Axis::log("χ²/dof at S/N 50"), |seen| {
        Some((seen.fit.chi2 / seen.fit.freedom.max(1) as f64, None))
    }))
    .stand_in())
}

/// One measure of every candidate, convolved to each of the resolving powers, with its error if it has one.
fn at_one_resolution(
    found: &Outcome,
    title: &str,
    axis: Axis,
    measure: impl Fn(&Comparison) -> Option<(f64, Option<f64>)>,
) -> Panel {
    let names: Vec<String> = found.ranked.iter().map(|ranked| ranked.name.clone()).collect();
    let last = names.len() as f64 - 0.5;
    let linear = axis.scale == Scale::Linear;
    let mut panel = Panel::new(title, Axis::linear(""), axis).categories(names.clone());
    if linear {
        panel = panel.series(guide("", (-0.5, 0.0), (last, 0.0)));
    }
    let middle = 0.5 * (found.resolved.len() as f64 - 1.0);
    for (k, at) in found.resolved.iter().enumerate() {
        let place = |seen: &Seen| {
            let at = names.iter().position(|name| *name == seen.name)?;
            Some(at as f64 + 0.25 * (k as f64 - middle))
        };
        let all = at.seen.iter().filter_map(|seen| Some((place(seen)?, measure(&seen.comparison)?)));
        let all: Vec<(f64, (f64, Option<f64>))> = all.collect();
        let spread: Vec<f64> = all.iter().filter_map(|(_, (_, error))| *error).collect();
        let (x, y) = all.iter().map(|(x, (y, _))| (*x, *y)).unzip();
        let name = format!("R = {:.0}", at.resolving_power);
        panel = panel.series(Series::new(name, Origin::Synthetic, Mark::Points, x, y).spread(spread));
    }
    panel
}
