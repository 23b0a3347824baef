//! Closed laws that simulations are held against.

use serde::{Deserialize, Serialize};

use super::StochasticError;
use crate::cases::thermodynamic_uncertainty::network::Network;

/// The stationary law of a one-species network whose reactions change the count by one: a birth–death chain.
///
/// `p(n)/p(n−1) = λ(n−1)/μ(n)`, with the summed propensities `λ` of all channels up and `μ` of all channels down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BirthDeathLaw {
    pub volume: f64,
    /// `p(n)`, from zero to where the tail is below 1e-300 of the largest.
    pub probability: Vec<f64>,
    /// Mean concentration ⟨n⟩/V.
    pub mean: f64,
    /// `V · Var(n/V)`.
    pub scaled_variance: f64,
    /// Entropy production rate per volume, `Σ̇/V`, summed over reactions apart.
    pub entropy_production: f64,
}

/// Largest count that the law is tabulated to.
const LARGEST: usize = 1 << 22;
/// Logarithm below the largest at which the table ends.
const CUTOFF: f64 = 690.0;

impl BirthDeathLaw {
    /// Solves for the stationary law in the volume `V`.
    ///
    /// # Errors
    /// More than one species, or a reaction that doesn't change its count by one; a bad volume; a law that isn't
    /// normalisable below 2²² counts, or unreachable from zero.
    pub fn new(network: &Network, volume: f64) -> Result<Self, StochasticError> {
        let single = network.species().len() == 1 && network.stoichiometry().iter().all(|s| s.abs() == 1.0);
        if !single {
            let found = network.species().len() as f64;
            return Err(StochasticError::BadSetting { name: "species", found, expected: "one, changed by one" });
        }
        if !(volume.is_finite() && volume > 0.0) {
            return Err(StochasticError::BadVolume { found: volume });
        }
        let rates = |n: f64| -> Vec<(f64, f64)> {
            let reactions = network.reactions().iter().zip(network.stoichiometry().iter());
            let pairs = reactions.map(|(reaction, &change)| {
                let forward = propensity(reaction.forward, &reaction.reactants, volume, n);
                let backward = propensity(reaction.backward, &reaction.products, volume, n);
                if change > 0.0 { (forward, backward) } else { (backward, forward) }
            });
            pairs.collect()
        };
        let up = |n: f64| rates(n).iter().map(|r| r.0).sum::<f64>();
        let down = |n: f64| rates(n).iter().map(|r| r.1).sum::<f64>();
        let mut logs = vec![0.0_f64];
        let mut largest = 0.0_f64;
        loop {
            let n = logs.len() as f64;
            let next = logs[logs.len() - 1] + (up(n - 1.0) / down(n)).ln();
            if next < largest - CUTOFF && up(n) < down(n + 1.0) {
                break;
            }
            if !next.is_finite() || logs.len() > LARGEST {
                return Err(StochasticError::BadSetting { name: "log p(n)", found: next, expected: "normalisable" });
            }
            largest = largest.max(next);
            logs.push(next);
        }
        let mut probability: Vec<f64> = logs.iter().map(|l| (l - largest).exp()).collect();
        let sum: f64 = probability.iter().sum();
        probability.iter_mut().for_each(|p| *p /= sum);
        let counts = || probability.iter().enumerate().map(|(n, p)| (n as f64, *p));
        let mean: f64 = counts().map(|(n, p)| n * p).sum();
        let variance: f64 = counts().map(|(n, p)| (n - mean).powi(2) * p).sum();
        // Per reaction the current across n → n+1 and its force; the sum over n is Σ̇ of the whole volume.
        let mut entropy = 0.0;
        for n in 0..probability.len() - 1 {
            let (here, above) = (rates(n as f64), rates(n as f64 + 1.0));
            for (up, down) in here.iter().map(|r| r.0).zip(above.iter().map(|r| r.1)) {
                let (gain, loss) = (up * probability[n], down * probability[n + 1]);
                if gain != loss {
                    entropy += (gain - loss) * (gain / loss).ln();
                }
            }
        }
        Ok(Self {
            volume,
            mean: mean / volume,
            scaled_variance: variance / volume,
            entropy_production: entropy / volume,
            probability,
        })
    }
}

fn propensity(constant: f64, side: &[(usize, u32)], volume: f64, n: f64) -> f64 {
    let order: u32 = side.iter().map(|&(_, order)| order).sum();
    (0..order).fold(constant * volume, |product, k| product * (n - f64::from(k)).max(0.0) / volume)
}

/// Transition probabilities of independent molecules that switch A ⇌ B with rates `forward`, `backward`.
///
/// A molecule that starts in A is in B after `t` with `p = k⁺/(k⁺+k⁻) (1 − e^(−(k⁺+k⁻)t))`, one that starts in B is
/// in A with `q = p k⁻/k⁺`.
pub fn switch_probabilities(forward: f64, backward: f64, time: f64) -> (f64, f64) {
    let sum = forward + backward;
    let relaxed = -(-sum * time).exp_m1();
    (forward / sum * relaxed, backward / sum * relaxed)
}

/// `V·Var(Δx)` of A ⇌ B after `t` from exact counts at the concentrations `(a, b)`: `a p(1−p) + b q(1−q)`, at every V.
pub fn isomerisation_variance(forward: f64, backward: f64, start: (f64, f64), time: f64) -> f64 {
    let (p, q) = switch_probabilities(forward, backward, time);
    start.0 * p * (1.0 - p) + start.1 * q * (1.0 - q)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schlogl() -> Network {
        Network::builder(["X"])
            .chemostat("A", 1.0)
            .chemostat("B", 1.0)
            .reaction(&[("A", 1), ("X", 2)], &[("X", 3)], 3.0, 0.6)
            .reaction(&[("B", 1)], &[("X", 1)], 0.25, 2.95)
            .build()
            .expect("valid network")
    }

    #[test]
    fn the_schlogl_law_has_its_pinned_values() {
        // Pins of the case, relative 1e-9: ten printed digits. The variance at V = 40 is printed there as 0.4772548058;
        // a plain sum of the product law in double precision, apart from this code, gives 0.4772748058.
        let pins = [(20.0, 0.1121277837, 1.3178206776, 0.3293710871), (40.0, 0.0966858596, 0.4772748058, 0.1436242673)];
        for (volume, mean, variance, entropy) in pins {
            let law = BirthDeathLaw::new(&schlogl(), volume).expect("a birth-death network");
            for (found, pin) in [(law.mean, mean), (law.scaled_variance, variance), (law.entropy_production, entropy)] {
                assert!((found / pin - 1.0).abs() < 1e-9, "V = {volume}: {found} against {pin}");
            }
            assert!((law.probability.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_birth_death_law_without_feedback_is_poisson() {
        let network = Network::builder(["X"]).reaction(&[], &[("X", 1)], 2.0, 0.5).build().expect("valid network");
        let law = BirthDeathLaw::new(&network, 3.0).expect("a birth-death network");
        assert!((law.mean - 4.0).abs() < 1e-12);
        assert!((law.scaled_variance - 4.0).abs() < 1e-11);
        assert!(law.entropy_production.abs() < 1e-12);
        assert!(BirthDeathLaw::new(&network, f64::NAN).is_err());
    }

    #[test]
    fn isomerisation_has_its_pinned_variances() {
        // Pins of the case: V·Var/(2Δt) of A ⇌ B (2, 1) from (1, 0.2), relative 1e-10; the limit is D = 1.1.
        for (time, pin) in [(1e-3, 1.096257937752), (1e-2, 1.063282885186), (0.1, 0.793591069796)] {
            let found = isomerisation_variance(2.0, 1.0, (1.0, 0.2), time) / (2.0 * time);
            assert!((found / pin - 1.0).abs() < 1e-10, "{time}: {found}");
        }
        let limit = isomerisation_variance(2.0, 1.0, (1.0, 0.2), 1e-9) / 2e-9;
        assert!((limit - 1.1).abs() < 1e-8);
    }
}
