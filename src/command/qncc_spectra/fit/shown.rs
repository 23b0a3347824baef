//! Tables, figure and words of a decomposition.

use saigen::cases::qncc_spectra::decompose::{Decomposition, Form, Shape, Strength};
use saigen::cases::qncc_spectra::fit::Parameter;
use saigen::repro::{Axis, Figure, Mark, Origin, Panel, Series, svg};
use serde_json::{Value, json};

use super::super::output::{Cell, Csv, Folder};
use super::powers::{Power, power_limits, power_table, powers};
use super::{Arguments, Found, Input, power_unit};

fn kind(form: Form) -> &'static str {
    match form {
        Form::Blackbody { .. } => "blackbody",
        Form::ModifiedBlackbody { .. } => "modified_blackbody",
        Form::Line(_) => "line",
        Form::Drude(_) => "drude",
        Form::Gaussian(_) => "gaussian",
        Form::Lorentzian(_) => "lorentzian",
    }
}

fn temperature(form: Form) -> Option<f64> {
    match form {
        Form::Blackbody { temperature_k } | Form::ModifiedBlackbody { temperature_k } => Some(temperature_k),
        _ => None,
    }
}

/// One σ of a free centre or width; `None` for a fixed one or one at a bound.
fn moved(best: &Decomposition, wanted: Shape) -> Option<f64> {
    let s = best.shapes.iter().position(|shape| *shape == wanted)?;
    best.fit.covariance.sigma(Parameter::Shape(s))
}

fn heading(arguments: &Arguments, input: &Input) -> Vec<String> {
    vec![format!(
        "{} ({}); unit {}; redshift {}; errors one sigma: formal, and multiplied by sqrt(chi2/dof)",
        arguments.file.path.display(),
        input.origin.label(),
        input.spectrum.unit().symbol(),
        arguments.redshift
    )]
}

pub fn files(arguments: &Arguments, input: &Input, found: &Found) -> Vec<(&'static str, String)> {
    let remarks = heading(arguments, input);
    vec![
        ("fit.csv", table(&remarks, found)),
        ("powers.csv", power_table(&remarks, input, found)),
        ("covariance.csv", covariance(&remarks, found)),
        ("spectrum.csv", spectrum(&remarks, input, found)),
        ("figure.svg", svg(&figure(arguments, input, found), None)),
    ]
}

fn table(remarks: &[String], found: &Found) -> String {
    let best = &found.best;
    let inflation = best.inflation();
    let mut csv = Csv::new(
        remarks,
        &[
            "index",
            "kind",
            "name",
            "center_um",
            "center_sigma_um",
            "fwhm_um",
            "fwhm_sigma_um",
            "temperature_K",
            "coefficient",
            "sigma_formal",
            "sigma_scaled",
            "sigma_bootstrap",
            "upper_limit_95_formal",
            "upper_limit_95_scaled",
            "power",
            "power_sigma_formal",
            "power_sigma_scaled",
            "power_upper_limit_95_formal",
            "power_upper_limit_95_scaled",
        ],
    );
    for (j, component) in best.components.iter().enumerate() {
        let place = best.places[j];
        let coefficient = best.coefficient(j);
        let positive = coefficient.value > 0.0;
        let power = best.power(j).filter(|_| positive);
        let drawn = found.bootstrap.as_ref().filter(|_| positive).map(|b| b.sigma_of(Parameter::Coefficient(j)));
        let scaled = |strength: Strength| strength.sigma.map(|sigma| sigma * inflation);
        let limits = power_limits(found, j);
        let mut row = vec![Cell::from(j), kind(component.form).into(), component.label().into()];
        row.extend(
            [
                place.map(|place| place.centre_um),
                moved(best, Shape::Centre(j)),
                place.map(|place| place.fwhm_um),
                moved(best, Shape::Width(j)),
                temperature(component.form),
                Some(coefficient.value),
                coefficient.sigma,
                scaled(coefficient),
                drawn,
                found.limits[0][j],
                found.limits[1][j],
                power.map(|power| power.value),
                power.and_then(|power| power.sigma),
                power.and_then(scaled),
                limits[0],
                limits[1],
            ]
            .map(Cell::from),
        );
        csv.row(row);
    }
    csv.finish()
}

/// What a parameter is called in tables.
fn parameter(best: &Decomposition, parameter: Parameter) -> String {
    match parameter {
        Parameter::Coefficient(j) => format!("{j} {}", best.components[j].label()),
        Parameter::Shape(s) => match best.shapes[s] {
            Shape::OpticalDepth => "optical depth at 9.7 µm".into(),
            Shape::Centre(j) => format!("{j} {} centre", best.components[j].label()),
            Shape::Width(j) => format!("{j} {} FWHM", best.components[j].label()),
        },
    }
}

fn covariance(remarks: &[String], found: &Found) -> String {
    let covariance = &found.best.fit.covariance;
    let names: Vec<String> = covariance.parameters.iter().map(|p| parameter(&found.best, *p)).collect();
    let mut columns = vec!["parameter"];
    columns.extend(names.iter().map(String::as_str));
    let remark = "formal covariance on the active set; multiply by chi2/dof to widen it".to_string();
    let mut csv = Csv::new(&[remarks, &[remark]].concat(), &columns);
    for (i, name) in names.iter().enumerate() {
        let row = (0..names.len()).map(|j| Cell::from(covariance.matrix[(i, j)]));
        csv.row(std::iter::once(Cell::from(name.as_str())).chain(row));
    }
    csv.finish()
}

/// Sums of components: continua, bands, lines, each attenuated.
fn sums(found: &Found, points: usize) -> [Vec<f64>; 3] {
    let mut sums = [vec![0.0; points], vec![0.0; points], vec![0.0; points]];
    for (component, curve) in found.best.components.iter().zip(&found.curves) {
        let which = if component.is_line() { 2 } else { usize::from(component.place().is_some()) };
        for (sum, value) in sums[which].iter_mut().zip(curve) {
            *sum += value;
        }
    }
    sums
}

fn spectrum(remarks: &[String], input: &Input, found: &Found) -> String {
    let columns = ["wavelength_um", "flux", "sigma", "model", "residual_over_sigma", "continuum", "bands", "lines"];
    let mut csv = Csv::new(remarks, &columns);
    let (x, y, model) = (input.spectrum.x(), input.spectrum.y(), &found.best.fit.model);
    let [continuum, bands, lines] = sums(found, x.len());
    for (k, (x, y)) in x.iter().zip(y).enumerate() {
        let (model, sigma) = (model[k], input.sigma[k]);
        let row = [*x, *y, sigma, model, (y - model) / sigma, continuum[k], bands[k], lines[k]];
        csv.row(row.map(Cell::from));
    }
    csv.finish()
}

fn figure(arguments: &Arguments, input: &Input, found: &Found) -> Figure {
    let (x, y) = (input.spectrum.x(), input.spectrum.y());
    let best = &found.best;
    let [continuum, bands, lines] = sums(found, x.len());
    let wide = x[x.len() - 1] > 3.0 * x[0];
    let wavelength = || if wide { Axis::log("wavelength (µm)") } else { Axis::linear("wavelength (µm)") };
    let (low, high) = y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(*y), high.max(*y)));
    let label = format!("F_ν ({})", input.spectrum.unit().symbol());
    // Bands and lines fall to nothing; what lies far below the spectrum says nothing.
    let strength = if low > 0.0 { Axis::log(label).limits(0.1 * low, 1.5 * high) } else { Axis::linear(label) };
    let title = format!("χ² {:.2}, {} points, {} parameters", best.fit.chi2, best.points, best.parameters);
    let mut spectrum = Panel::new(title, wavelength(), strength).series(
        Series::new("spectrum", input.origin, Mark::Points, x.to_vec(), y.to_vec()).spread(input.sigma.clone()),
    );
    for (name, curve) in
        [("model", best.fit.model.clone()), ("continua", continuum), ("bands", bands), ("lines", lines)]
    {
        let shown = |y: f64| if low > 0.0 { y.max(0.01 * low) } else { y };
        let curve = curve.into_iter().map(shown).collect();
        spectrum = spectrum.series(Series::new(name, input.origin, Mark::Line, x.to_vec(), curve));
    }
    let residual: Vec<f64> =
        y.iter().zip(&best.fit.model).zip(&input.sigma).map(|((y, model), sigma)| (y - model) / sigma).collect();
    let zero = Series::new("", input.origin, Mark::Guide, vec![x[0], x[x.len() - 1]], vec![0.0; 2]);
    let residuals = Panel::new("Residuals", wavelength(), Axis::linear("(spectrum − model)/σ"))
        .series(Series::new("residual", input.origin, Mark::Points, x.to_vec(), residual))
        .series(zero);
    let name = arguments.file.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let caption = format!(
        "Non-negative decomposition at its optimum (KKT residual {:.0e}). {}",
        best.fit.kkt,
        depth(found).unwrap_or_default()
    );
    let figure = Figure::new("fit", format!("Decomposition of {name}"), caption).panel(spectrum).panel(residuals);
    if input.origin == Origin::Synthetic { figure.stand_in() } else { figure }
}

/// The optical depth in words.
fn depth(found: &Found) -> Option<String> {
    let (value, _) = found.best.optical_depth()?;
    let interval = found.interval?;
    let end = |end: Option<f64>| end.map_or("the bound".into(), |end| format!("{end:.3}"));
    Some(format!("τ(9.7 µm) = {value:.4}, Δχ² ≤ 1 from {} to {}", end(interval.lower), end(interval.upper)))
}

pub fn report(arguments: &Arguments, input: &Input, found: &Found) -> Value {
    let best = &found.best;
    let component = |(j, component): (usize, &saigen::cases::qncc_spectra::decompose::Component)| {
        let limits = power_limits(found, j);
        json!({
            "index": j,
            "kind": kind(component.form),
            "name": component.label(),
            "center_um": best.places[j].map(|place| place.centre_um),
            "fwhm_um": best.places[j].map(|place| place.fwhm_um),
            "coefficient": best.coefficient(j),
            "upper_limit_95": { "formal": found.limits[0][j], "scaled": found.limits[1][j] },
            "power": best.power(j).filter(|power| power.value > 0.0),
            "power_upper_limit_95": { "formal": limits[0], "scaled": limits[1] },
        })
    };
    let power = |row: &Power| {
        json!({
            "complex": row.complex.name,
            "members": row.complex.members,
            "power": row.complex.power.value,
            "sigma": { "formal": row.complex.power.sigma, "scaled": row.scaled, "bootstrap": row.bootstrap },
            "upper_limit_95": { "formal": row.limits[0], "scaled": row.limits[1] },
        })
    };
    json!({
        "version": 1,
        "action": "fit",
        "file": arguments.file.path,
        "origin": input.origin,
        "unit": input.spectrum.unit().symbol(),
        "power_unit": power_unit(input.spectrum.unit()),
        "wavelengths": arguments.wavelengths.label(),
        "redshift": arguments.redshift,
        "chi2": best.fit.chi2,
        "points": best.points,
        "parameters": best.parameters,
        "positive": best.fit.positive,
        "bic": best.bic,
        "kkt": best.fit.kkt,
        "converged": best.fit.converged,
        "inflation": best.inflation(),
        "optical_depth": best.optical_depth().map(|(value, sigma)| json!({
            "value": value, "sigma": sigma,
            "lower": found.interval.and_then(|i| i.lower), "upper": found.interval.and_then(|i| i.upper),
        })),
        "bootstrap": found.bootstrap.as_ref().map(|bootstrap| bootstrap.replicates.len()),
        "powers": powers(found).iter().map(power).collect::<Vec<_>>(),
        "components": best.components.iter().enumerate().map(component).collect::<Vec<_>>(),
        "remarks": input.remarks,
    })
}

pub fn print(arguments: &Arguments, input: &Input, found: &Found, folder: &Folder) {
    let best = &found.best;
    println!(
        "{} ({}): {} points, {:.3}–{:.3} µm, {}\n",
        arguments.file.path.display(),
        input.origin.label(),
        best.points,
        input.spectrum.range().0,
        input.spectrum.range().1,
        input.spectrum.unit().symbol()
    );
    println!(
        "χ² {:.4} for {} degrees of freedom (formal errors × {:.2} where scaled), BIC {:.2}",
        best.fit.chi2,
        best.degrees_of_freedom(),
        best.inflation(),
        best.bic
    );
    println!(
        "{} of {} coefficients above zero, KKT residual {:.1e}",
        best.fit.positive,
        best.components.len(),
        best.fit.kkt
    );
    if let Some(depth) = depth(found) {
        println!("{depth}");
    }
    if !best.fit.converged {
        println!("warning: the search of free shapes ended before it converged; the errors may be too small");
    }
    let label = |j: usize| best.components[j].label();
    let width = (0..best.components.len()).map(|j| label(j).chars().count()).max().unwrap_or(0).max(9);
    println!(
        "\n{:>3}  {:width$}  {:>9}  {:>12}  {:>10}  {:>10}  {:>12}",
        "", "component", "µm", "coefficient", "σ formal", "σ scaled", "limit (95 %)"
    );
    for j in 0..best.components.len() {
        let place = best.places[j].map_or(String::new(), |place| format!("{:.4}", place.centre_um));
        let coefficient = best.coefficient(j);
        let shown = |value: Option<f64>| value.map_or("–".into(), |value| format!("{value:.2e}"));
        let limit = found.limits[1][j].map_or(String::new(), |limit| format!("< {limit:.2e}"));
        let value = if coefficient.value > 0.0 { format!("{:.5e}", coefficient.value) } else { "0".into() };
        let sigma = coefficient.sigma.filter(|_| coefficient.value > 0.0);
        println!(
            "{j:>3}  {:width$}  {place:>9}  {value:>12}  {:>10}  {:>10}  {limit:>12}",
            label(j),
            shown(sigma),
            shown(sigma.map(|sigma| sigma * best.inflation()))
        );
    }
    let rows = powers(found);
    if !rows.is_empty() {
        println!(
            "\n{:12}  {:>12}  {:>10}  {:>10}  {:>10}  {:>12}  ({})",
            "bands",
            "power",
            "σ formal",
            "σ scaled",
            "σ drawn",
            "limit (95 %)",
            power_unit(input.spectrum.unit())
        );
        for row in rows {
            let shown = |value: Option<f64>| value.map_or("–".into(), |value| format!("{value:.2e}"));
            let value = row.complex.power.value;
            let value = if value > 0.0 { format!("{value:.5e}") } else { "0".into() };
            let limit = row.limits[1].map_or(String::new(), |limit| format!("< {limit:.2e}"));
            println!(
                "{:12}  {value:>12}  {:>10}  {:>10}  {:>10}  {limit:>12}",
                row.complex.name,
                shown(row.complex.power.sigma),
                shown(row.scaled),
                shown(row.bootstrap)
            );
        }
    }
    println!("\nwrote {} and {}", folder.place("fit.csv"), folder.place("figure.svg"));
}
