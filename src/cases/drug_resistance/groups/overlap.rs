//! Genes selected for several drugs at once, and how many chance would give.

use serde::{Deserialize, Serialize};

/// What several sets of genes share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// Size of each set.
    pub sizes: Vec<usize>,
    /// Genes in all of them, ascending.
    pub shared: Vec<usize>,
    /// Expected number in all of them, were they independent random sets of these sizes.
    pub expected: f64,
    /// Chance of at least as many as were found.
    pub p: f64,
}

/// Intersects sets of genes (numbers below `genes`) and compares with independent random sets of the same sizes.
///
/// Drugs that are tried on the same lines aren't independent, so a small p-value shows a shared signal, not shared markers.
pub fn common(sets: &[Vec<usize>], genes: usize) -> Overlap {
    let mut counts = vec![0usize; genes];
    let mut sizes = Vec::with_capacity(sets.len());
    for set in sets {
        let mut members: Vec<usize> = set.iter().copied().filter(|gene| *gene < genes).collect();
        members.sort_unstable();
        members.dedup();
        members.iter().for_each(|gene| counts[*gene] += 1);
        sizes.push(members.len());
    }
    let all = |gene: &usize| !sets.is_empty() && counts[*gene] == sets.len();
    let shared: Vec<usize> = (0..genes).filter(all).collect();
    let chances = intersection_sizes(genes, &sizes);
    let expected = chances.iter().enumerate().map(|(size, chance)| size as f64 * chance).sum();
    let p = chances.iter().skip(shared.len()).rev().sum::<f64>().min(1.0);
    Overlap { sizes, shared, expected, p }
}

/// The distribution of the size of the intersection of independent, uniformly random sets: entry m is the chance of m.
///
/// Two sets meet by the hypergeometric law; each further set meets what is left of the earlier ones.
pub fn intersection_sizes(genes: usize, sizes: &[usize]) -> Vec<f64> {
    let logs = log_factorials(genes);
    let choose = |n: usize, k: usize| logs[n] - logs[k] - logs[n - k];
    let mut chances = vec![0.0; genes + 1];
    let Some((first, rest)) = sizes.split_first() else { return vec![1.0] };
    chances[(*first).min(genes)] = 1.0;
    for size in rest.iter().map(|size| (*size).min(genes)) {
        let mut next = vec![0.0; genes + 1];
        for (left, chance) in chances.iter().enumerate().filter(|(_, chance)| **chance > 0.0) {
            let least = (left + size).saturating_sub(genes);
            for (met, next) in next.iter_mut().enumerate().take(left.min(size) + 1).skip(least) {
                let log = choose(left, met) + choose(genes - left, size - met) - choose(genes, size);
                *next += chance * log.exp();
            }
        }
        chances = next;
    }
    chances
}

fn log_factorials(n: usize) -> Vec<f64> {
    let mut logs = vec![0.0; n + 1];
    for k in 1..=n {
        logs[k] = logs[k - 1] + (k as f64).ln();
    }
    logs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_sets_meet_by_the_hypergeometric_law() {
        // R: dhyper(0:3, 3, 7, 4) = 1/6, 1/2, 3/10, 1/30
        let chances = intersection_sizes(10, &[3, 4]);
        for (found, expected) in chances.iter().zip([1.0 / 6.0, 0.5, 0.3, 1.0 / 30.0]) {
            assert!((found - expected).abs() < 1e-14, "{chances:?}");
        }
    }

    #[test]
    fn what_all_share_is_found_with_its_chance() {
        let overlap = common(&[vec![1, 2, 3], vec![3, 2, 7, 2], vec![2, 3, 9]], 10);
        assert_eq!(overlap.shared, vec![2, 3]);
        assert_eq!(overlap.sizes, vec![3, 3, 3]);
        assert!((overlap.expected - 10.0 * 0.027).abs() < 1e-12);
        // P(2) + P(3) over three independent sets of 3 in 10, by enumeration of what the first two leave:
        // P(2 left) 21/120, P(3 left) 1/120; then 2 of 2: 8/120, and from 3 left 22/120.
        let expected = 21.0 / 120.0 * 8.0 / 120.0 + 1.0 / 120.0 * 22.0 / 120.0;
        assert!((overlap.p - expected).abs() < 1e-12, "{} {expected}", overlap.p);
    }

    #[test]
    fn no_sets_share_nothing() {
        let overlap = common(&[], 5);
        assert!(overlap.shared.is_empty() && overlap.p == 1.0);
    }

    proptest! {
        #[test]
        fn chances_sum_to_one_and_have_the_right_mean(
            genes in 1usize..60,
            shares in prop::collection::vec(0.0f64..=1.0, 1..5),
        ) {
            let sizes: Vec<usize> = shares.iter().map(|share| (share * genes as f64) as usize).collect();
            let chances = intersection_sizes(genes, &sizes);
            let mean: f64 = chances.iter().enumerate().map(|(m, chance)| m as f64 * chance).sum();
            let expected = sizes.iter().fold(genes as f64, |left, size| left * *size as f64 / genes as f64);
            prop_assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-10);
            prop_assert!((mean - expected).abs() < 1e-8 * genes as f64, "{mean} {expected}");
        }
    }
}
