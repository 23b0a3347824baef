//! Claims on the decomposition of M101.

use crate::cases::qncc_spectra::experiments::m101::{M101, Outcome, Power, Solution};
use crate::cases::qncc_spectra::experiments::published::{Dropped, Numbers, PrintedPower, numbers};
use crate::cases::qncc_spectra::params::Params;
use crate::repro::{CaseError, Experiment, Finding, Workbench};

/// The reference numbers that claims are judged by.
fn reference() -> Result<Numbers, CaseError> {
    numbers(M101::NAME)
}

pub fn fixed_shapes(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let expected = reference()?.solver.plain.chi2;
    let holds = (found.plain.chi2 / expected - 1.0).abs() <= 1e-6;
    let measured = format!("χ² {:.6}, {} positive coefficients", found.plain.chi2, found.plain.positive);
    Ok(Finding::judge(holds, measured, format!("{} points, 52 components", found.wavelength.len())))
}

pub fn attenuation(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let Solution { depth, chi2, positive, .. } = found.dimmed;
    let expected = reference()?.solver.dimmed;
    let close = |end: Option<f64>, expected: f64| end.is_some_and(|end| (end - expected).abs() <= 0.003);
    let interval =
        expected.tau_interval.is_some_and(|ends| close(found.interval.0, ends.0) && close(found.interval.1, ends.1));
    let holds = (chi2 - expected.chi2).abs() <= 1e-4 && (depth - expected.tau).abs() <= 1e-3 && interval;
    let end = |end: Option<f64>| end.map_or("open".to_owned(), |end| format!("{end:.4}"));
    let measured =
        format!("τ {depth:.5}, χ² {chi2:.6}; Δχ² = 1 from {} to {}", end(found.interval.0), end(found.interval.1));
    let widened = found.dimmed.inflation;
    let reason = format!(
        "{positive} positive coefficients; χ²/dof is {:.2}, so an honest interval is about {widened:.1} times as wide and reaches \
         τ = 0: this spectrum hardly tells that there is dust",
        widened * widened
    );
    Ok(Finding::judge(holds, measured, reason))
}

pub fn coefficients(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let worst = |solution: &Solution| solution.difference.unwrap_or(f64::INFINITY);
    let holds = worst(&found.plain) <= 1e-4 && worst(&found.dimmed) <= 1e-4;
    let measured = format!(
        "largest difference {:.1e} of {} without attenuation, {:.1e} of {} with",
        worst(&found.plain),
        found.plain.compared,
        worst(&found.dimmed),
        found.dimmed.compared
    );
    Ok(Finding::judge(holds, measured, "the reference is printed to nine digits, its τ to five"))
}

pub fn optimum(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let kkt = found.plain.kkt.max(found.dimmed.kkt);
    let pahfit = reference()?.solver.pahfit_2024.chi2;
    let gain = pahfit - found.plain.chi2;
    let holds = gain >= 18.0 && kkt < 1e-8;
    let measured = format!(
        "χ² lower by {gain:.2} at the same τ = 0 and by {:.2} with attenuation; KKT residual {kkt:.1e}",
        pahfit - found.dimmed.chi2
    );
    let released = &found.pahfit_held;
    let ahead = released.chi2 - found.dimmed.chi2;
    let reason = format!(
        "the certificate proves that no other non-negative coefficients fit better at these shapes; PAHFIT stops short of that \
         point and returns no errors for parameters at a bound. The released PAHFIT {} has {:.2} at τ = {:.3} on the same problem \
         after {} calls ({}), {:.2} {} the optimum here",
        released.version,
        released.chi2,
        released.tau,
        released.calls,
        released.source,
        ahead.abs(),
        if ahead >= 0.0 { "above" } else { "below" },
    );
    Ok(Finding::judge(holds, measured, reason))
}

pub fn free_centres(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let Solution { chi2, depth, positive, .. } = found.free;
    let expected = reference()?.solver.free_centres;
    let holds = chi2 <= expected.chi2 && (depth - expected.tau).abs() <= 0.02;
    let reason = format!("{positive} positive coefficients; {} starts of the search", params.m101.options.starts);
    Ok(Finding::judge(holds, format!("χ² {chi2:.3}, τ {depth:.3}"), reason))
}

pub fn free_bic(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let Solution { chi2, bic, freedom, positive, .. } = found.free;
    let points = found.wavelength.len();
    let parameters = points - freedom;
    let expected = reference()?.solver.free_centres;
    let printed = expected.bic.unwrap_or(f64::NAN);
    let implied = (printed - expected.chi2) / (points as f64).ln();
    let reason = format!(
        "χ² agrees, so only the count of parameters differs: here {parameters}, {positive} positive coefficients and the shapes of what is \
         there; a line at zero brings neither a height nor a centre. The printed value implies {implied:.1}; with as many BIC would be {:.2}",
        chi2 + implied.round() * (points as f64).ln()
    );
    Ok(Finding::judge((bic - printed).abs() <= 0.05, format!("BIC {bic:.2}"), reason))
}

fn named<'a>(found: &'a Outcome, name: &str) -> Option<&'a Power> {
    found.powers.iter().find(|power| power.name == name)
}

pub fn powers(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let expected = reference()?.power;
    let agrees = |printed: &PrintedPower| {
        let half_digit = 0.5 * 10.0_f64.powi(-printed.decimals);
        named(&found, &printed.band).is_some_and(|power| {
            (power.value - printed.power).abs() <= half_digit.max(2e-3 * printed.power)
                && (power.at_depth - printed.error).abs() <= 0.005
        })
    };
    let list = found.powers.iter().map(|power| format!("{} {:.3} ± {:.3}", power.name, power.value, power.at_depth));
    let measured = list.collect::<Vec<_>>().join("; ");
    let off: Vec<&str> = expected.iter().filter(|power| !agrees(power)).map(|power| power.band.as_str()).collect();
    let free: Vec<String> = found.powers.iter().map(|power| format!("{} ± {:.3}", power.name, power.formal)).collect();
    let mut reason = format!("errors are for τ held; with τ free {}", free.join(", "));
    if !off.is_empty() {
        reason = format!("off: {}; {reason}", off.join(", "));
    }
    Ok(Finding::judge(off.is_empty(), measured, reason))
}

/// Names of complexes, and how far off the IDL code's power may be.
const IDL: [(&str, f64); 6] =
    [("6.2", 0.06), ("7.7", 0.06), ("12.6", 0.06), ("17", 0.06), ("8.6", 0.15), ("11.3", 0.15)];

pub fn idl(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let ratio = |name: &str| {
        let power = named(&found, name)?;
        Some(power.value / power.idl?.0 - 1.0)
    };
    let holds = IDL.iter().all(|(name, tolerance)| ratio(name).is_some_and(|ratio| ratio.abs() <= *tolerance));
    let list = IDL.iter().map(|(name, _)| {
        let shown = ratio(name).map_or("–".to_owned(), |ratio| format!("{:+.1} %", 100.0 * ratio));
        format!("{name} {shown}")
    });
    let measured = list.collect::<Vec<_>>().join(", ");
    let reason = format!(
        "the IDL fit has more dust in front of it (τ {:.3} ± {:.3}), which raises what lies near 9.7 µm most; the file is labelled \
         Jy but the IDL code reads MJy/sr, so powers are compared as surface brightnesses",
        found.idl_depth.0, found.idl_depth.1
    );
    Ok(Finding::judge(holds, measured, reason))
}

/// How many times the formal errors the scaled ones are.
const RATIOS: (f64, f64) = (2.4, 3.0);

pub fn bootstrap(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let expected = reference()?.power;
    let close = |printed: &PrintedPower| {
        printed.scaled.is_none_or(|scaled| {
            named(&found, &printed.band).is_some_and(|power| (power.drawn_at_depth / scaled - 1.0).abs() <= 0.1)
        })
    };
    let ratio = |power: &Power| power.drawn_at_depth / power.at_depth;
    let outside: Vec<&str> = found
        .powers
        .iter()
        .filter(|power| !(RATIOS.0..=RATIOS.1).contains(&ratio(power)))
        .map(|power| power.name.as_str())
        .collect();
    let reduced = found.dimmed.inflation * found.dimmed.inflation;
    let holds = expected.iter().all(close) && outside.is_empty() && (reduced - 6.64).abs() <= 0.005;
    let list =
        found.powers.iter().map(|power| format!("{} ± {:.3} ({:.2})", power.name, power.drawn_at_depth, ratio(power)));
    let measured = format!("χ²/{} = {reduced:.2}; {}", found.dimmed.freedom, list.collect::<Vec<_>>().join(", "));
    let free: Vec<String> =
        found.powers.iter().map(|power| format!("{} ± {:.3}", power.name, power.bootstrap)).collect();
    // A deviation is known to 1/√(2n) of itself.
    let drawn = 100.0 / (2.0 * params.m101.replicates as f64).sqrt();
    let beyond = if outside.is_empty() {
        String::new()
    } else {
        format!(
            "outside {:.1}–{:.1}: {} ({} replicates know a ratio to {drawn:.1} %, and the ends are printed to one digit); ",
            RATIOS.0,
            RATIOS.1,
            outside.join(", "),
            params.m101.replicates
        )
    };
    let reason = format!(
        "{beyond}{} replicates, errors widened by √(χ²/dof) = {:.3}, τ held as for the formal errors; in brackets the ratio to these. With τ \
         fitted to every drawn spectrum {}: silicate lies under 11.3 µm",
        params.m101.replicates,
        found.dimmed.inflation,
        free.join(", ")
    );
    Ok(Finding::judge(holds, measured, reason))
}

pub fn bic(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let change = |label: &str| found.left_out.iter().find(|one| one.label.starts_with(label)).map(|one| one.bic_change);
    let expected = reference()?;
    let close =
        |printed: &Dropped| change(&printed.component).is_some_and(|found| (found - printed.bic_change).abs() <= 0.05);
    let printed = expected.solver.dimmed.bic.unwrap_or(f64::NAN);
    let holds = (found.dimmed.bic - printed).abs() <= 0.05 && expected.dropped.iter().all(close);
    let shown = |label: &str| change(label).map_or("–".to_owned(), |change| format!("{change:+.2}"));
    let measured = format!(
        "BIC {:.2}; without 14.04 µm {}, without 17.87 µm {}",
        found.dimmed.bic,
        shown("14.04"),
        shown("17.87")
    );
    let others = found.left_out.iter().filter(|one| one.bic_change < 0.0);
    let others: Vec<String> = others.map(|one| format!("{} {:+.1}", one.label, one.bic_change)).collect();
    let rest = if holds {
        "τ and all heights are fitted again"
    } else {
        "a change is beyond the rounding of the printed one; here τ and all heights are fitted again, and components at zero stay out"
    };
    let reason = format!("{rest}. All that the criterion would drop, one at a time: {}", others.join(", "));
    Ok(Finding::judge(holds, measured, reason))
}
