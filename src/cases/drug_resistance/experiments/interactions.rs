//! Edges of the networks among protein interactions, beside references with the same degrees and beside plain correlation.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::networks::{self, Networks};
use super::{CASE, raise};
use crate::cases::drug_resistance::groups::{Enrichment, EnrichmentSettings, degree_matched};
use crate::cases::drug_resistance::readers::{Source, interactions};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Interactions`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// One for each drug, all with the same genes.
    pub networks: Vec<networks::Params>,
    pub reference: Reference,
}

/// The outside reference and its null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Pairs of gene symbols.
    pub file: String,
    /// How many of the strongest pairs are looked at; the whole network comes last.
    pub strongest: Vec<usize>,
    pub null: EnrichmentSettings,
}

impl Reference {
    /// STRING links above 0.95 and a thousand rewired copies of them.
    pub fn new(seed: u64) -> Self {
        Self {
            file: "ppi_string095_706.csv.gz".into(),
            strongest: vec![100, 300, 1000, 3000],
            null: EnrichmentSettings { samples: 1000, swaps: 10, seed },
        }
    }
}

/// One network (or the correlations of its lines) at every number of pairs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    pub drug: String,
    /// The network's strongest pairs, the whole network last.
    pub network: Vec<Enrichment>,
    /// As many of the most correlated pairs.
    pub correlation: Vec<Enrichment>,
    /// Links that the whole network alone finds, and links that as many most correlated pairs alone find.
    pub alone: (usize, usize),
}

/// All drugs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub drugs: Vec<Compared>,
    /// Links of the reference among the genes.
    pub links: usize,
    /// Links that name a gene beyond those of the networks.
    pub unknown: usize,
}

/// Edges among protein interactions.
pub struct Interactions;

impl Experiment for Interactions {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "interactions";

    fn inputs(params: &Params) -> Vec<String> {
        vec![params.reference.file.clone()]
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let drugs: Vec<_> =
            params.networks.iter().map(|settings| bench.outcome::<Networks>(settings)).collect::<Result<_, _>>()?;
        let source = Source::of_library(bench.library, &params.reference.file).map_err(raise(Self::NAME))?;
        let named = interactions(&source).map_err(raise(Self::NAME))?;
        let genes = drugs.first().map(|drug| drug.genes.as_slice()).unwrap_or_default();
        let index = |name: &String| genes.iter().position(|gene| gene == name);
        let reference: Vec<(usize, usize)> = named.iter().filter_map(|(a, b)| Some((index(a)?, index(b)?))).collect();

        let mut asked: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut alone = Vec::new();
        for drug in &drugs {
            let pairs = drug.pairs();
            let sizes: Vec<usize> = params.reference.strongest.iter().copied().chain([pairs.len()]).collect();
            let first = |list: &[(usize, usize)], size: usize| list[..size.min(list.len())].to_vec();
            alone.push(found_alone(&pairs, &first(&drug.correlated, pairs.len()), &reference));
            asked.extend(sizes.iter().map(|size| first(&pairs, *size)));
            asked.extend(sizes.iter().map(|size| first(&drug.correlated, *size)));
        }
        bench.monitor.begin("rewired interactions", params.reference.null.samples as u64);
        let found = degree_matched(&asked, &reference, genes.len(), &params.reference.null, bench.monitor);
        bench.monitor.end();
        let found = found.map_err(raise(Self::NAME))?;
        let each = params.reference.strongest.len() + 1;
        let found = found.chunks(2 * each).zip(alone);
        let compared = params.networks.iter().zip(found).map(|(settings, (found, alone))| Compared {
            drug: settings.baseline.drug.name().to_string(),
            network: found[..each].to_vec(),
            correlation: found[each..].to_vec(),
            alone,
        });
        Ok(Outcome { drugs: compared.collect(), links: reference.len(), unknown: named.len() - reference.len() })
    }
}

/// How many links are in the first list of pairs only, and in the second only; each pair once, in either order.
fn found_alone(first: &[(usize, usize)], second: &[(usize, usize)], links: &[(usize, usize)]) -> (usize, usize) {
    let ordered = |pairs: &[(usize, usize)]| -> BTreeSet<(usize, usize)> {
        pairs.iter().map(|(a, b)| (*a.min(b), *a.max(b))).collect()
    };
    let (first, second, links) = (ordered(first), ordered(second), ordered(links));
    let count =
        |of: &BTreeSet<_>, other: &BTreeSet<_>| of.difference(other).filter(|pair| links.contains(pair)).count();
    (count(&first, &second), count(&second, &first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_both_find_count_for_neither() {
        let (network, correlated) = ([(0, 1), (2, 1), (3, 4), (0, 5)], [(1, 0), (4, 5), (0, 2), (3, 5)]);
        let links = [(0, 1), (1, 2), (4, 3), (5, 4), (8, 9)];
        assert_eq!(found_alone(&network, &correlated, &links), (2, 1));
    }
}
