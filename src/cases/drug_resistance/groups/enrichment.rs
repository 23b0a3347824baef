//! How many edges of a network are links of an outside reference, beside graphs with the same degrees.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::{GroupError, permutation_p, quantile};
use crate::display::Monitor;
use crate::methods::parallel::ordered;
use crate::methods::random::stream;

/// Settings of [`degree_matched`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnrichmentSettings {
    /// Rewired references; 1000 in the case.
    pub samples: usize,
    /// Attempted swaps per link of the reference in each of them; 10 mix a sparse graph well.
    pub swaps: usize,
    pub seed: u64,
}

impl EnrichmentSettings {
    /// The least p that these rewired references can give: a p equal to it means "at most".
    pub fn least_p(&self) -> f64 {
        permutation_p(0, self.samples)
    }
}

/// How often a network meets the reference, and how often chance would.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enrichment {
    /// Distinct pairs of genes in the network, either direction.
    pub pairs: usize,
    /// How many of them are links of the reference.
    pub found: usize,
    /// Expected if all pairs of genes were alike.
    pub uniform: f64,
    /// Mean over references rewired to the same degrees.
    pub matched: f64,
    /// 2.5 % and 97.5 % quantiles over these.
    pub range: (f64, f64),
    /// One-sided p-value of `found` against these.
    pub p: f64,
}

impl Enrichment {
    /// Links found over links expected with degrees matched.
    pub fn fold(&self) -> f64 {
        self.found as f64 / self.matched
    }
}

/// Compares networks with one reference; all of them see the same rewired references.
///
/// Genes with many partners in both graphs meet by chance: the null keeps every gene's number of partners in the
/// reference (double-edge swaps, Maslov & Sneppen 2002) and the networks as they are. Pairs may be given in either order
/// and more than once. Cost: samples × (swaps × links + pairs). The same bits for any number of threads.
///
/// # Errors
/// [`GroupError::UnknownReference`] for a gene number at or beyond `genes`, [`GroupError::Interrupted`].
pub fn degree_matched(
    networks: &[Vec<(usize, usize)>],
    reference: &[(usize, usize)],
    genes: usize,
    settings: &EnrichmentSettings,
    monitor: &dyn Monitor,
) -> Result<Vec<Enrichment>, GroupError> {
    let named = networks.iter().flatten().chain(reference).flat_map(|(a, b)| [*a, *b]);
    if let Some(gene) = named.max().filter(|gene| *gene >= genes) {
        return Err(GroupError::UnknownReference { gene, genes });
    }
    let networks: Vec<Vec<(usize, usize)>> = networks.iter().map(|pairs| distinct(pairs)).collect();
    let reference = distinct(reference);
    let meet = |graph: &Pairs| -> Vec<usize> {
        networks.iter().map(|pairs| pairs.iter().filter(|pair| graph.holds(**pair)).count()).collect()
    };
    let observed = meet(&Pairs::of(&reference, genes));
    let chance = ordered(settings.samples, monitor, |index| {
        let mut random = stream(settings.seed, "drug_resistance", "rewired reference", index as u64);
        let links = rewired(&reference, genes, settings.swaps * reference.len(), &mut random);
        meet(&Pairs::of(&links, genes))
    })?;
    let all = (genes * genes.saturating_sub(1) / 2).max(1) as f64;
    let conclude = |(k, pairs): (usize, &Vec<(usize, usize)>)| {
        let mut counts: Vec<f64> = chance.iter().map(|counts| counts[k] as f64).collect();
        let matched = counts.iter().sum::<f64>() / counts.len().max(1) as f64;
        let reached = counts.iter().filter(|count| **count >= observed[k] as f64).count();
        let mut end = |level| quantile(&mut counts, level).unwrap_or(f64::NAN);
        Enrichment {
            pairs: pairs.len(),
            found: observed[k],
            uniform: pairs.len() as f64 * reference.len() as f64 / all,
            matched,
            range: (end(0.025), end(0.975)),
            p: permutation_p(reached, chance.len()),
        }
    };
    Ok(networks.iter().enumerate().map(conclude).collect())
}

/// A graph with the same degrees: `attempts` double-edge swaps (a–b, c–d → a–d, c–b), those that would make a loop or
/// a second link between two genes left out. `links` are distinct pairs among `genes` genes.
pub fn rewired(links: &[(usize, usize)], genes: usize, attempts: usize, random: &mut impl Rng) -> Vec<(usize, usize)> {
    let mut links = links.to_vec();
    if links.len() < 2 {
        return links;
    }
    let mut graph = Pairs::of(&links, genes);
    for _ in 0..attempts {
        let (first, second) = (random.random_range(0..links.len()), random.random_range(0..links.len()));
        let (a, b) = links[first];
        let (c, d) = if random.random::<bool>() { links[second] } else { (links[second].1, links[second].0) };
        if first == second || a == d || c == b || graph.holds((a, d)) || graph.holds((c, b)) {
            continue;
        }
        graph.set((a, b), false);
        graph.set((c, d), false);
        graph.set((a, d), true);
        graph.set((c, b), true);
        links[first] = (a, d);
        links[second] = (c, b);
    }
    links
}

/// Unordered pairs without loops and repetitions, ascending.
fn distinct(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> =
        pairs.iter().filter(|(a, b)| a != b).map(|(a, b)| (*a.min(b), *a.max(b))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// A set of unordered pairs as a bit for each ordered one.
struct Pairs {
    genes: usize,
    bits: Vec<u64>,
}

impl Pairs {
    fn of(links: &[(usize, usize)], genes: usize) -> Self {
        let mut pairs = Self { genes, bits: vec![0; (genes * genes).div_ceil(64)] };
        links.iter().for_each(|pair| pairs.set(*pair, true));
        pairs
    }

    fn holds(&self, (a, b): (usize, usize)) -> bool {
        let place = a.min(b) * self.genes + a.max(b);
        self.bits[place / 64] >> (place % 64) & 1 == 1
    }

    fn set(&mut self, (a, b): (usize, usize), value: bool) {
        let place = a.min(b) * self.genes + a.max(b);
        let bit = 1u64 << (place % 64);
        if value { self.bits[place / 64] |= bit } else { self.bits[place / 64] &= !bit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Silent;

    /// A hub joined to everybody, and a ring.
    fn graph(genes: usize) -> Vec<(usize, usize)> {
        let spokes = (2..genes).step_by(2).map(|gene| (0, gene));
        distinct(&spokes.chain((1..genes).map(|gene| (gene, gene % (genes - 1) + 1))).collect::<Vec<_>>())
    }

    fn degrees(links: &[(usize, usize)], genes: usize) -> Vec<usize> {
        let mut degrees = vec![0; genes];
        links.iter().for_each(|(a, b)| {
            degrees[*a] += 1;
            degrees[*b] += 1;
        });
        degrees
    }

    #[test]
    fn rewiring_keeps_degrees_and_makes_no_loop_or_double_link() {
        let links = graph(30);
        let mut random = stream(1, "drug_resistance", "test", 0);
        let other = rewired(&links, 30, 20 * links.len(), &mut random);
        assert_eq!(degrees(&other, 30), degrees(&links, 30));
        assert_eq!(distinct(&other).len(), links.len());
        let kept = distinct(&other).iter().filter(|pair| links.contains(pair)).count();
        assert!(kept < links.len() * 3 / 4, "{kept} of {}", links.len());
    }

    #[test]
    fn a_shared_hub_is_no_enrichment_once_degrees_are_matched() {
        let settings = EnrichmentSettings { samples: 200, swaps: 10, seed: 1 };
        let star: Vec<(usize, usize)> = (1..40).map(|gene| (0, gene)).collect();
        // A second star around the same hub and a few ring links: the overlap is the hub's degree, whoever its partners are.
        let found = degree_matched(&[star, graph(40)], &graph(40), 40, &settings, &Silent).unwrap();
        assert!(found[0].found as f64 > 2.0 * found[0].uniform, "{found:?}");
        assert!((found[0].fold() - 1.0).abs() < 0.05 && found[0].p > 0.5, "{found:?}");
        assert_eq!(found[1].p, settings.least_p());
        assert!(found[1].found == graph(40).len() && found[1].p < 0.01 && found[1].fold() > 1.3, "{found:?}");
    }

    #[test]
    fn either_direction_counts_once() {
        let settings = EnrichmentSettings { samples: 5, swaps: 1, seed: 1 };
        let found = degree_matched(&[vec![(0, 1), (1, 0), (2, 2)]], &[(1, 0), (2, 3)], 4, &settings, &Silent).unwrap();
        assert_eq!((found[0].pairs, found[0].found), (1, 1));
        assert!((found[0].uniform - 2.0 / 6.0).abs() < 1e-15);
    }

    #[test]
    fn a_gene_beyond_the_network_is_refused() {
        let settings = EnrichmentSettings { samples: 5, swaps: 1, seed: 1 };
        let found = degree_matched(&[vec![(0, 1)]], &[(0, 4)], 4, &settings, &Silent);
        assert!(matches!(found, Err(GroupError::UnknownReference { gene: 4, genes: 4 })));
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        let settings = EnrichmentSettings { samples: 30, swaps: 10, seed: 4 };
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| degree_matched(&[graph(20)], &graph(30), 30, &settings, &Silent).unwrap())
        };
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(8));
    }
}
