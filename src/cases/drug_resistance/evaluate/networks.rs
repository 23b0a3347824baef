//! Claims about the networks of the four drugs.

use statrs::function::beta::beta_reg;

use super::list;
use crate::cases::drug_resistance::experiments::interactions::{Compared, Interactions};
use crate::cases::drug_resistance::groups::EnrichmentSettings;
use crate::cases::drug_resistance::params::Params;
use crate::repro::{CaseError, Finding, Workbench};

/// Below this, chance is no explanation.
const LEVEL: f64 = 0.05;

/// Judged against references with the same degrees; what as many most correlated pairs find is told beside it.
pub fn interactions(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let settings = params.interactions();
    let found = bench.outcome::<Interactions>(&settings)?;
    Ok(judged(&found.drugs, found.links, &settings.reference.null))
}

fn judged(drugs: &[Compared], links: usize, null: &EnrichmentSettings) -> Finding {
    let tests = drugs.len() as f64;
    let mut holds = !drugs.is_empty();
    let (mut measured, mut reasons, mut better) = (Vec::new(), Vec::new(), Vec::new());
    for drug in drugs {
        let Some((network, correlation)) = drug.network.last().zip(drug.correlation.last()) else {
            holds = false;
            continue;
        };
        let p = (tests * network.p).min(1.0);
        holds &= p < LEVEL;
        let bound = if network.p > null.least_p() { "p" } else { "p ≤" };
        measured.push(format!(
            "{} {} of {links} links, {:.2}-fold, {bound} {p:.3} (most correlated pairs {}, {:.2}-fold)",
            drug.drug,
            network.found,
            network.fold(),
            correlation.found,
            correlation.fold()
        ));
        let (own, others) = drug.alone;
        let sign = sign_test(own, others);
        if own > others && sign < LEVEL {
            better.push(drug.drug.clone());
        }
        let strongest = drug.network.first().zip(drug.correlation.first()).map(|(network, correlation)| {
            format!(
                "; of the {} strongest {} ({:.1} expected), of the most correlated {} ({:.1})",
                network.pairs, network.found, network.matched, correlation.found, correlation.matched
            )
        });
        reasons.push(format!(
            "{}: {} pairs, {:.0} links expected with degrees matched (95 %: {:.0}–{:.0}), {:.0} if all pairs were alike; {own} links \
             by the network alone, {others} by correlation alone (sign test p {sign:.2}){}",
            drug.drug,
            network.pairs,
            network.matched,
            network.range.0,
            network.range.1,
            network.uniform,
            strongest.unwrap_or_default()
        ));
    }
    let beside = if better.is_empty() {
        format!(
            "Over all edges no network finds more links than as many most correlated pairs by a sign test, p < {LEVEL}"
        )
    } else {
        format!("More links than as many most correlated pairs by a sign test, p < {LEVEL}: {}", better.join(", "))
    };
    let about = format!("p after Bonferroni over {} networks, from {} rewired references", drugs.len(), null.samples);
    Finding::judge(holds, list(measured), format!("{beside}. {about}. {}", reasons.join(". ")))
}

/// Two-sided p of a sign test: `a` against `b`, each as likely.
fn sign_test(a: usize, b: usize) -> f64 {
    let least = a.min(b) as f64;
    let most = a.max(b) as f64;
    // P(X ≤ least) of a binomial of a + b halves.
    if a == b { 1.0 } else { (2.0 * beta_reg(most, least + 1.0, 0.5)).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::drug_resistance::groups::Enrichment;
    use crate::repro::Status;

    fn at(found: usize, p: f64) -> Enrichment {
        Enrichment { pairs: 5000, found, uniform: 20.0, matched: 25.0, range: (18.0, 33.0), p }
    }

    fn drug(p: f64, alone: (usize, usize)) -> Compared {
        let (network, correlation) = (vec![at(7, p), at(122, p)], vec![at(8, p), at(118, p)]);
        Compared { drug: "made up".into(), network, correlation, alone }
    }

    #[test]
    fn the_control_stands_beside_the_links_and_the_least_p_is_a_bound() {
        let null = EnrichmentSettings { samples: 999, swaps: 10, seed: 1 };
        let found = judged(&[drug(0.001, (54, 50)), drug(0.002, (54, 50))], 1575, &null);
        assert_eq!(found.status, Status::Reproduced);
        assert_eq!(
            found.measured,
            "made up 122 of 1575 links, 4.88-fold, p ≤ 0.002 (most correlated pairs 118, 4.72-fold), made up 122 of 1575 links, \
             4.88-fold, p 0.004 (most correlated pairs 118, 4.72-fold)"
        );
        assert!(found.reason.starts_with("Over all edges no network finds more"), "{}", found.reason);
        let better = judged(&[drug(0.001, (34, 10))], 1575, &null);
        assert!(
            better
                .reason
                .starts_with("More links than as many most correlated pairs by a sign test, p < 0.05: made up"),
            "{}",
            better.reason
        );
        let deviates = judged(&[drug(0.001, (54, 50)), drug(0.03, (54, 50))], 1575, &null);
        assert_eq!((deviates.status, judged(&[], 1575, &null).status), (Status::Deviates, Status::Deviates));
    }

    #[test]
    fn sign_tests_sum_the_smaller_tail_twice() {
        // Sums of binomial coefficients over 2ⁿ: what R's binom.test gives.
        assert!((sign_test(3, 9) - 0.14599609375).abs() < 1e-12);
        assert!((sign_test(54, 50) - 0.768791810139).abs() < 1e-9);
        assert_eq!((sign_test(4, 4), sign_test(0, 0)), (1.0, 1.0));
    }
}
