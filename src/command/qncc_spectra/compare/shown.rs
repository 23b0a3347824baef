//! Tables, figure and words of a comparison.

use saigen::cases::qncc_spectra::similarity::{Candidate, Comparison, Ranked};
use saigen::repro::{Axis, Figure, Mark, Origin, Panel, Series, svg};
use serde_json::{Value, json};

use super::super::output::{Cell, Csv, Folder};
use super::gaps;
use super::laboratory::UnderBaseline;
use super::resolution::{Resolutions, told, words};
use super::{Arguments, Compared, Entry, best_null, of_laboratory, verdict};

/// A candidate before it was ranked.
fn entry<'a>(compared: &'a Compared, name: &str) -> Option<&'a Entry> {
    compared.candidates.iter().find(|entry| entry.candidate.name == name)
}

/// Where a candidate's numbers come from.
fn origin(compared: &Compared, name: &str) -> Origin {
    entry(compared, name).map_or(Origin::Synthetic, |entry| entry.origin)
}

/// How many of a candidate's points lie in gaps of its own or of the observation.
fn in_gaps(compared: &Compared, name: &str) -> usize {
    entry(compared, name).map_or(0, |entry| {
        gaps::count(&entry.candidate.wavelength_um, entry.gaps.iter().chain(&compared.observed_gaps))
    })
}

/// The resolving power at which a candidate is compared.
fn compared_at(compared: &Compared, name: &str) -> Option<f64> {
    entry(compared, name)?.resolution.compared_at(compared.resolutions.common)
}

fn kind(entry: &Ranked) -> &'static str {
    if entry.null_model { "null model" } else { "laboratory" }
}

/// Remarks above every table: what kind of numbers they rest on.
fn heading(arguments: &Arguments, compared: &Compared) -> Vec<String> {
    let Resolutions { common, laboratory, observed } = compared.resolutions;
    let mut remarks = vec![format!(
        "observed: {} ({}); emission at {} K; compared at resolving power {common} (own: LAB {}, OBSERVED {}); Pearson after a linear \
         detrend in wavelength",
        arguments.observed.display(),
        compared.observed_origin.label(),
        arguments.temperature,
        words(laboratory),
        words(observed)
    )];
    remarks.extend(compared.remarks.iter().cloned());
    remarks
}

/// Centres of the 8 µm band: laboratory, observed, difference and its σ; empty where there is no band.
fn centres(comparison: &Comparison) -> [Cell; 4] {
    match &comparison.centres {
        Ok(centres) => [centres.model, centres.observed, centres.difference, centres.uncertainty].map(Cell::from),
        Err(_) => [None; 4].map(Cell::from),
    }
}

pub fn files(
    arguments: &Arguments,
    compared: &Compared,
    ranked: &[Ranked],
    baselines: &[UnderBaseline],
) -> Vec<(&'static str, String)> {
    let remarks = heading(arguments, compared);
    let mut similarity = Csv::new(
        &remarks,
        &[
            "name",
            "kind",
            "origin",
            "points",
            "points_in_gaps",
            "compared_at_resolving_power",
            "pearson",
            "noise_68_low",
            "noise_68_high",
            "points_68_low",
            "points_68_high",
            "points_95_low",
            "points_95_high",
            "p_shift",
            "p_blocks",
            "cosine",
            "center_um",
            "observed_center_um",
            "difference_um",
            "difference_sigma_um",
            "scale",
            "scale_sigma",
            "chi2",
            "degrees_of_freedom",
        ],
    );
    for entry in ranked {
        let (comparison, fit) = (&entry.comparison, &entry.comparison.fit);
        let mut cells =
            vec![Cell::from(entry.name.as_str()), kind(entry).into(), origin(compared, &entry.name).label().into()];
        cells.push(entry.points_compared.into());
        cells.push(in_gaps(compared, &entry.name).into());
        cells.push(compared_at(compared, &entry.name).into());
        let numbers = [
            comparison.pearson,
            entry.noise.interval_68.0,
            entry.noise.interval_68.1,
            entry.points.interval_68.0,
            entry.points.interval_68.1,
            entry.points.interval_95.0,
            entry.points.interval_95.1,
            entry.shift.p_value,
            entry.blocks.p_value,
            comparison.cosine,
        ];
        cells.extend(numbers.map(Cell::from));
        cells.extend(centres(comparison));
        cells.extend([fit.scale, fit.scale_error, fit.chi2].map(Cell::from));
        cells.push(fit.freedom.into());
        similarity.row(cells);
    }
    let mut names = vec!["wavelength_um".to_string(), "observed".into(), "sigma".into()];
    names.extend(compared.candidates.iter().map(|entry| entry.candidate.name.clone()));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut spectra = Csv::new(&remarks, &names);
    for k in 0..compared.grid.len() {
        let observed = [compared.grid[k], compared.observed[k], compared.sigma[k]];
        let models = compared.candidates.iter().map(|entry| {
            let of = &entry.candidate;
            of.wavelength_um.iter().position(|x| *x == compared.grid[k]).map(|at| of.emission[at])
        });
        spectra.row(observed.into_iter().map(Cell::from).chain(models.map(Cell::from)));
    }
    let columns =
        ["baseline", "pearson", "center_um", "observed_center_um", "difference_um", "difference_sigma_um", "chi2"];
    let mut moved = Csv::new(&remarks, &columns);
    for row in baselines {
        let head = [Cell::from(row.baseline), row.comparison.pearson.into()];
        moved.row(head.into_iter().chain(centres(&row.comparison)).chain([row.comparison.fit.chi2.into()]));
    }
    vec![
        ("similarity.csv", similarity.finish()),
        ("spectra.csv", spectra.finish()),
        ("baselines.csv", moved.finish()),
        ("figure.svg", svg(&figure(arguments, compared, ranked), None)),
    ]
}

/// Wavelengths and values of a candidate with its best scale and straight continuum.
fn scaled(compared: &Compared, entry: &Ranked) -> (Vec<f64>, Vec<f64>) {
    let fit = &entry.comparison.fit;
    let Some(candidate) = candidate(compared, &entry.name) else { return (Vec::new(), Vec::new()) };
    let grid = &candidate.wavelength_um;
    let middle = 0.5 * (grid[0] + grid[grid.len() - 1]);
    let curve =
        grid.iter().zip(&candidate.emission).map(|(x, y)| fit.scale * y + fit.offset + fit.slope * (x - middle));
    (grid.clone(), curve.collect())
}

fn candidate<'a>(compared: &'a Compared, name: &str) -> Option<&'a Candidate> {
    compared.candidates.iter().map(|entry| &entry.candidate).find(|candidate| candidate.name == name)
}

/// What points of one kind and origin are called; the origin stands behind it in the legend.
fn series_name(null: bool, origin: Origin) -> &'static str {
    match origin {
        _ if !null => "laboratory",
        Origin::Exact => "null: no bands",
        Origin::Published => "null: other materials",
        _ => "null: other objects",
    }
}

fn figure(arguments: &Arguments, compared: &Compared, ranked: &[Ranked]) -> Figure {
    let mut spectra = Panel::new(
        "Scaled, with a straight continuum",
        Axis::linear("wavelength (µm)"),
        Axis::linear("F_ν (unit of OBSERVED)"),
    )
    .series(Series::new(
        "observed",
        compared.observed_origin,
        Mark::Points,
        compared.grid.clone(),
        compared.observed.clone(),
    ));
    for entry in of_laboratory(ranked).into_iter().chain(best_null(ranked)) {
        let name = if entry.null_model { format!("{} (best null model)", entry.name) } else { entry.name.clone() };
        let (wavelength, curve) = scaled(compared, entry);
        let origin = origin(compared, &entry.name);
        spectra = spectra.series(Series::new(name, origin, Mark::Line, wavelength, curve));
    }
    let mut correlation =
        Panel::new("Correlation, 68 % over blocks of points", Axis::linear(""), Axis::linear("Pearson"))
            .categories(ranked.iter().map(|entry| entry.name.clone()));
    for null in [false, true] {
        let of_kind: Vec<(usize, &Ranked)> =
            ranked.iter().enumerate().filter(|(_, entry)| entry.null_model == null).collect();
        let mut origins: Vec<Origin> = of_kind.iter().map(|(_, entry)| origin(compared, &entry.name)).collect();
        origins.sort_unstable();
        origins.dedup();
        for kind in origins {
            let of_origin = || of_kind.iter().filter(|(_, entry)| origin(compared, &entry.name) == kind);
            let half = |entry: &Ranked| 0.5 * (entry.points.interval_68.1 - entry.points.interval_68.0);
            correlation = correlation.series(
                Series::new(
                    series_name(null, kind),
                    kind,
                    Mark::Points,
                    of_origin().map(|(k, _)| *k as f64).collect(),
                    of_origin().map(|(_, entry)| entry.comparison.pearson).collect(),
                )
                .spread(of_origin().map(|(_, entry)| half(entry)).collect()),
            );
        }
    }
    let across = ranked.iter().filter(|entry| in_gaps(compared, &entry.name) > 0);
    let across: Vec<&str> = across.map(|entry| entry.name.as_str()).collect();
    let across = if across.is_empty() {
        String::new()
    } else {
        format!(" Straight lines across gaps are compared for {}.", across.join(", "))
    };
    let caption = format!(
        "Laboratory spectrum as thermal emission at {} K and resolving power {}, and null models, beside the observation. \
         {}.{across}",
        arguments.temperature,
        compared.resolutions.common,
        verdict(ranked)
    );
    let figure = Figure::new("compare", "Laboratory and observed spectrum, with null models", caption)
        .panel(spectra)
        .panel(correlation);
    let synthetic = |entry: &Ranked| origin(compared, &entry.name) == Origin::Synthetic;
    if compared.observed_origin == Origin::Synthetic || of_laboratory(ranked).is_some_and(synthetic) {
        figure.stand_in()
    } else {
        figure
    }
}

pub fn report(arguments: &Arguments, compared: &Compared, ranked: &[Ranked], baselines: &[UnderBaseline]) -> Value {
    let comparison = |comparison: &Comparison| {
        json!({
            "pearson": comparison.pearson,
            "cosine": comparison.cosine,
            "centers": comparison.centres.as_ref().ok(),
            "no_centers": comparison.centres.as_ref().err(),
            "fit": comparison.fit,
        })
    };
    let of = |entry: &Ranked| {
        json!({
            "name": entry.name,
            "kind": kind(entry),
            "points": entry.points_compared,
            "points_in_gaps": in_gaps(compared, &entry.name),
            "gaps_um": self::entry(compared, &entry.name).map(|entry| &entry.gaps),
            "resolution": self::entry(compared, &entry.name)
                .map(|entry| told(entry.resolution, compared.resolutions.common)),
            "origin": origin(compared, &entry.name),
            "comparison": comparison(&entry.comparison),
            "noise_bootstrap": { "mean": entry.noise.mean, "deviation": entry.noise.deviation,
                "interval_68": entry.noise.interval_68, "interval_95": entry.noise.interval_95 },
            "points_bootstrap": { "mean": entry.points.mean, "deviation": entry.points.deviation,
                "interval_68": entry.points.interval_68, "interval_95": entry.points.interval_95 },
            "p_shift": entry.shift.p_value,
            "p_blocks": entry.blocks.p_value,
        })
    };
    let baseline = |row: &UnderBaseline| json!({ "baseline": row.baseline, "comparison": comparison(&row.comparison) });
    json!({
        "version": 1,
        "action": "compare",
        "laboratory": arguments.laboratory,
        "observed": arguments.observed,
        "observed_origin": compared.observed_origin,
        "temperature_K": arguments.temperature,
        "resolving_power": compared.resolutions.common,
        "observed_resolution": told(compared.resolutions.observed, compared.resolutions.common),
        "observed_gaps_um": compared.observed_gaps,
        "wavelengths": { "observed": arguments.wavelengths.label(), "laboratory": arguments.lab_wavelengths.label() },
        "range_um": [compared.grid[0], compared.grid[compared.grid.len() - 1]],
        "points": compared.grid.len(),
        "baseline": arguments.baseline.label(),
        "verdict": verdict(ranked),
        "ranking": ranked.iter().map(of).collect::<Vec<_>>(),
        "baselines": baselines.iter().map(baseline).collect::<Vec<_>>(),
        "remarks": compared.remarks,
    })
}

pub fn print(
    arguments: &Arguments,
    compared: &Compared,
    ranked: &[Ranked],
    baselines: &[UnderBaseline],
    folder: &Folder,
) {
    println!(
        "{} at {} K beside {} ({}): {} points, {:.2}–{:.2} µm, at resolving power {} (own: LAB {}, OBSERVED {})\n",
        arguments.laboratory.display(),
        arguments.temperature,
        arguments.observed.display(),
        compared.observed_origin.label(),
        compared.grid.len(),
        compared.grid[0],
        compared.grid[compared.grid.len() - 1],
        compared.resolutions.common,
        words(compared.resolutions.laboratory),
        words(compared.resolutions.observed)
    );
    let width = ranked.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0).max(4);
    println!(
        "{:width$}  {:10}  {:9}  {:>12}  {:>7}  {:>15}  {:>8}  {:>8}  {:>7}  {:>9}",
        "name", "kind", "origin", "points", "Pearson", "68 % (points)", "p(shift)", "p(block)", "cosine", "χ²/dof"
    );
    for entry in ranked {
        let fit = &entry.comparison.fit;
        let interval = format!("{:.3} … {:.3}", entry.points.interval_68.0, entry.points.interval_68.1);
        let points = match in_gaps(compared, &entry.name) {
            0 => entry.points_compared.to_string(),
            gaps => format!("{} ({gaps}*)", entry.points_compared),
        };
        println!(
            "{:width$}  {:10}  {:9}  {points:>12}  {:>7.3}  {:>15}  {:>8.3}  {:>8.3}  {:>7.3}  {:>9.2}",
            entry.name,
            kind(entry),
            origin(compared, &entry.name).label(),
            entry.comparison.pearson,
            interval,
            entry.shift.p_value,
            entry.blocks.p_value,
            entry.comparison.cosine,
            fit.chi2 / fit.freedom as f64
        );
    }
    if ranked.iter().any(|entry| in_gaps(compared, &entry.name) > 0) {
        println!("* of these in gaps without points of its own or of OBSERVED, where straight lines are compared");
    }
    if !baselines.is_empty() {
        println!("\nbaseline of LAB and what moves with it:");
        println!("{:10}  {:>7}  {:>16}  {:>16}", "baseline", "Pearson", "8 µm peak (LAB)", "observed − LAB");
        for row in baselines {
            let (peak, difference) = match &row.comparison.centres {
                Ok(c) => (format!("{:.3} µm", c.model), format!("{:+.3} ± {:.3}", c.difference, c.uncertainty)),
                Err(_) => ("–".into(), "–".into()),
            };
            println!("{:10}  {:>7.3}  {:>16}  {:>16}", row.baseline, row.comparison.pearson, peak, difference);
        }
    }
    println!("\n{}", verdict(ranked));
    println!("wrote {} and {}", folder.place("report.json"), folder.place("figure.svg"));
}
