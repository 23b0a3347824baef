//! How each claim is judged: from the outcome of its experiment to a finding.

use super::experiments::{
    ClosedNetworks, Ladder, RandomBounds, SingleReaction, SpeedLimitRuns, StiffRuns, biomodels::BioModels,
    dsmts::Dsmts, receptor::Receptor, semantic::SemanticSuite, stochastic_agreement::EngineAgreement,
    stochastic_scaling::VolumeScaling, stochastic_weak_order::WeakOrder,
};
use super::params::Params;
use crate::repro::{CaseError, Finding, Workbench};

/// Affinities of the receptor's six square cycles and its dissipation, as the case's description pins them.
const RECEPTOR_AFFINITIES: [f64; 6] = [0.024743163, 0.024514566, 0.002677648, 0.002026189, 0.0, 0.0];
const RECEPTOR_DISSIPATION: f64 = 6.286489e-6;

/// Judges one claim; `None` for an id that the case doesn't have.
pub fn evaluate(id: &str, params: &Params, bench: &Workbench) -> Option<Result<Finding, CaseError>> {
    let judge = match id {
        "tur.bound" => bound,
        "tur.constant" => constant,
        "tur.ladder" => ladder,
        "tur.closed" => closed,
        "tur.speed_limit" => speed_limit,
        "tur.diffusion" => diffusion,
        "tur.dsmts" => dsmts,
        "tur.engines" => engines,
        "tur.tau_leap" => tau_leap,
        "tur.semantic" => semantic,
        "tur.biomodels" => biomodels,
        "tur.stiff" => stiff,
        "tur.receptor" => receptor,
        _ => return None,
    };
    Some(judge(params, bench))
}

fn bound(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<RandomBounds>(&params.random_bounds)?;
    let worst = found.diffusion_slack.min(found.onsager_slack).min(found.pseudo_slack);
    let measured = format!(
        "worst of {} draws: Σ̇D {:.1e}, Σ̇Λ {:.1e}, Π {:.1e}",
        found.draws, found.diffusion_slack, found.onsager_slack, found.pseudo_slack
    );
    let control = format!(
        "control: with plain ln(J⁺/J⁻) as the force the worst slack is {:.1e}; smallest Σ̇D/f² {:.9}, Σ̇D̃/f² {:.9}",
        found.plain_logarithm_slack, found.smallest_ratio, found.smallest_unscaled_ratio
    );
    Ok(Finding::judge(worst >= -1e-12, measured, control))
}

fn constant(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<SingleReaction>(&params.single_reaction)?;
    let holds = (found.infimum - 1.0).abs() <= 1e-9 && found.smallest_random >= 1.0 - 1e-12;
    let reason = format!(
        "random reactions keep to (F/2)coth(F/2) within {:.1e}; with D̃ = 2D the infimum is two",
        found.worst_distance
    );
    Ok(Finding::judge(holds, format!("1 + {:.1e} at F = {:e}", found.infimum - 1.0, found.forces[0]), reason))
}

fn ladder(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Ladder>(&params.ladder)?;
    let worst = found.worst_slack();
    let reason = format!(
        "{} links; the activity bound beats the diffusion bound in {} networks",
        found.links.len(),
        found.activity_wins
    );
    Ok(Finding::judge(worst >= -1e-9, format!("worst slack {worst:.1e} in {} networks", found.networks), reason))
}

fn closed(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<ClosedNetworks>(&params.closed_networks)?;
    let worst = found.worst_difference.max(found.worst_random_difference);
    let holds = worst <= 1e-10 && found.largest_rise <= 0.0 && found.worst_slack >= -1e-10;
    let measured = format!("largest difference {worst:.1e}; largest change of G {:.1e}", found.largest_rise);
    let reason = format!("{} closed networks of the zoo and {} random ones", found.runs.len(), found.random);
    Ok(Finding::judge(holds, measured, reason))
}

fn speed_limit(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<SpeedLimitRuns>(&params.speed_limits)?;
    let measured = format!("largest bound/τ {:.6} of {} limits", found.largest_ratio, found.checked);
    let reason = "length and displacement, D̄ and Λ̄, with Σ and Σ_ex, scalar and vector";
    Ok(Finding::judge(found.largest_ratio <= 1.0 + 1e-9, measured, reason))
}

fn diffusion(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<VolumeScaling>(&params.scaling)?;
    let holds = found.species.iter().all(|s| s.slope_holds() && s.linear_noise_holds());
    let largest = |value: &dyn Fn(usize) -> f64| (0..found.species.len()).map(value).fold(0.0_f64, f64::max);
    let slope = largest(&|i| (found.species[i].slope + 1.0).abs());
    let deviation = largest(&|i| found.species[i].deviation.abs());
    let measured = format!("slopes −1 within {slope:.4}; linear noise within {deviation:.2} standard errors");
    let reason = format!("{} species of {}", found.species.len(), params.scaling.networks.join(" and "));
    Ok(Finding::judge(holds, measured, reason))
}

fn dsmts(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Dsmts>(&params.dsmts)?;
    Ok(Finding::judge(found.holds(), found.summary(), found.remarks()))
}

fn engines(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<EngineAgreement>(&params.agreement)?;
    let measured = format!("smallest p {:.3} of {} comparisons", found.smallest(), found.comparisons.len());
    let reason = format!("control, a wrong factor: p = {:.1e}", found.control.test.p_value);
    Ok(Finding::judge(found.holds(), measured, reason))
}

fn tau_leap(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<WeakOrder>(&params.weak_order)?;
    let orders: Vec<String> = found.orders.iter().map(|o| format!("{:.3} ± {:.3}", o.order, o.order_error)).collect();
    let problems: Vec<&str> = found.orders.iter().map(|o| o.problem.as_str()).collect();
    Ok(Finding::judge(found.holds(), orders.join(", "), format!("for {}, against exact means", problems.join(" and "))))
}

fn semantic(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<SemanticSuite>(&params.semantic)?;
    let ran = found.cases.len() - found.refused();
    let measured =
        format!("{} of {} cases pass, {} refused by name", found.passed(), found.cases.len(), found.refused());
    let worst = found.worst().map(|(case, d)| format!("worst: case {case} at {:.1e} of its tolerance", d.of_tolerance));
    let holds = found.passed() == ran && ran > 0 && found.refused() == 0;
    Ok(Finding::judge(holds, measured, worst.unwrap_or_default()))
}

fn biomodels(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<BioModels>(&params.biomodels)?;
    let worst = found.models.iter().map(|m| m.deviation.of_tolerance).fold(0.0, f64::max);
    let refused: Vec<&str> = found.models.iter().filter(|m| m.refused.is_some()).map(|m| m.model.as_str()).collect();
    let measured = format!("{} models, largest deviation {worst:.2} of its tolerance", found.models.len());
    let reason = match refused.as_slice() {
        [] => String::new(),
        names => format!("{} has events: refused as it stands, compared before its first event", names.join(", ")),
    };
    Ok(Finding::judge(found.agree(), measured, reason))
}

fn stiff(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<StiffRuns>(&params.stiff)?;
    let worst = found.worst_error();
    let costs: Vec<String> =
        found.evaluations.iter().map(|(name, rates, _)| format!("{name} {rates} evaluations")).collect();
    let measured = format!("largest relative error {worst:.1e} of {} values", found.checks.len());
    Ok(Finding::judge(worst <= 1e-6, measured, costs.join(", ")))
}

fn receptor(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Receptor>(&params.receptor)?;
    let affinities: Vec<f64> = found.squares.iter().map(|s| s.affinity).collect();
    let close = affinities.len() == RECEPTOR_AFFINITIES.len()
        && affinities.iter().zip(RECEPTOR_AFFINITIES).all(|(found, pin)| (found - pin).abs() <= 1e-6 * pin.max(1e-3));
    let holds = close && (found.entropy_production / RECEPTOR_DISSIPATION - 1.0).abs() <= 1e-6;
    let shown: Vec<String> = affinities.iter().map(|a| format!("{:.9}", a.abs())).collect();
    let measured = format!("{}; Σ̇ = {:.6e} per receptor", shown.join(", "), found.entropy_production);
    Ok(Finding::judge(holds, measured, "a finding: printed constants are rounded, and rounding breaks cycles"))
}
