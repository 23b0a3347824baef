//! Which edges and hubs differ between the groups by more than shuffled labels do.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::effects::{hubness, mean_absolute, pooled_threshold, scaled};
use super::tissues::{Stratum, by_tissue, deal, together};
use super::{
    Edge, GroupError, GroupNetwork, Groups, TissueMix, WithinTissues, benjamini_hochberg, group_network, permutation_p,
};
use crate::cases::drug_resistance::screen::Tissue;
use crate::display::Monitor;
use crate::methods::parallel::ordered;
use crate::methods::random::stream;

/// Settings of [`permute_labels`] and [`permute_within_tissues`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PermutationSettings {
    /// How often labels are shuffled; 10 000 in the case.
    pub permutations: usize,
    /// The quantile of pooled effects above which an edge is present; 0.95 in the case.
    pub level: f64,
    pub seed: u64,
    /// Names the random stream: another drug, other shuffles.
    pub task: String,
}

/// One edge in both groups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EdgeTest {
    pub edge: Edge,
    /// Mean |B_lj x_il| over the sensitive lines.
    pub sensitive: f64,
    /// Mean |B_lj x_il| over the resistant lines.
    pub resistant: f64,
    /// Two-sided, of the difference; one test per regulator, shared by its edges.
    pub p: f64,
    /// Benjamini–Hochberg over the regulators of the network.
    pub q: f64,
}

/// One gene's weighted degree in both groups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HubTest {
    pub gene: usize,
    pub sensitive: f64,
    pub resistant: f64,
    /// Two-sided, of the difference; NaN for a gene without a present edge.
    pub p: f64,
    /// Benjamini–Hochberg over the genes with a present edge.
    pub q: f64,
}

/// Both groups compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupTest {
    pub edges: Vec<EdgeTest>,
    /// All genes, in gene order.
    pub hubs: Vec<HubTest>,
    pub threshold: f64,
    /// Edges present in one group alone.
    pub changed: usize,
    /// The same under shuffled labels: mean over the permutations.
    pub changed_by_chance: f64,
    /// One-sided p-value of `changed`.
    pub changed_p: f64,
    /// How many regulators were tested (the number of distinct edge tests).
    pub regulators: usize,
    /// How often labels were shuffled.
    pub permutations: usize,
}

impl GroupTest {
    /// The least p that an edge or a hub can have: a p equal to it means "at most".
    pub fn least_p(&self) -> f64 {
        Tails::default().p(self.permutations)
    }

    /// Hubs with q below a level.
    pub fn hubs_below(&self, level: f64) -> usize {
        self.hubs.iter().filter(|hub| hub.q < level).count()
    }

    /// Edges with q below a level.
    pub fn edges_below(&self, level: f64) -> usize {
        self.edges.iter().filter(|edge| edge.q < level).count()
    }

    /// Regulators whose edges have q below a level.
    pub fn regulators_below(&self, level: f64) -> usize {
        let below = self.edges.iter().filter(|edge| edge.q < level).map(|edge| edge.edge.from);
        below.collect::<std::collections::BTreeSet<usize>>().len()
    }

    /// Genes with a present edge in a group: those tested as hubs.
    pub fn tested_hubs(&self) -> usize {
        self.hubs.iter().filter(|hub| hub.p.is_finite()).count()
    }
}

/// Tests edges and hubs by shuffling the labels of the lines in the two groups; lines in neither stay out.
///
/// The statistic of an edge is the difference of its mean |B_lj x_il|; since that is |B_lj| times the difference of the mean
/// |x_il|, edges of one regulator have one p-value. The statistic of a hub is the difference of its weighted degree
/// in the thresholded networks, the threshold taken anew in every shuffle. p is twice that of the smaller tail. If one group is
/// mostly of one tissue, what differs between tissues differs between the groups: see [`permute_within_tissues`].
/// The same bits for any number of threads.
///
/// # Errors
/// As [`group_network`], and [`GroupError::Interrupted`].
pub fn permute_labels(
    x: ArrayView2<f64>,
    edges: &[Edge],
    groups: &Groups,
    settings: &PermutationSettings,
    monitor: &dyn Monitor,
) -> Result<GroupTest, GroupError> {
    permute(x, edges, groups, &together(groups), settings, monitor)
}

/// [`permute_labels`] with labels shuffled among the lines of a tissue only, so that every tissue keeps its numbers in both
/// groups: what is found is no difference between tissues. Lines of tissues in one group alone keep their labels and say
/// nothing; where nothing can be swapped, every p is 1. With one tissue it is `permute_labels`, bit by bit.
///
/// # Errors
/// As `permute_labels`, and [`GroupError::Tissues`] unless `tissue` has one code for each row of `x`.
pub fn permute_within_tissues(
    x: ArrayView2<f64>,
    edges: &[Edge],
    groups: &Groups,
    tissue: &Tissue,
    settings: &PermutationSettings,
    monitor: &dyn Monitor,
) -> Result<WithinTissues, GroupError> {
    if tissue.codes.len() != x.nrows() {
        return Err(GroupError::Tissues { found: tissue.codes.len(), lines: x.nrows() });
    }
    let mix = TissueMix::of(groups, tissue)?;
    let test = permute(x, edges, groups, &by_tissue(groups, tissue), settings, monitor)?;
    Ok(WithinTissues { mix, test })
}

/// Shuffles whose differences are in memory at a time.
const BATCH: usize = 256;

fn permute(
    x: ArrayView2<f64>,
    edges: &[Edge],
    groups: &Groups,
    strata: &[Stratum],
    settings: &PermutationSettings,
    monitor: &dyn Monitor,
) -> Result<GroupTest, GroupError> {
    let network = group_network(x, edges, groups, settings.level)?;
    let observed = Compared::of(x, edges, (&groups.sensitive, &groups.resistant), settings.level);
    let mut tally = Tally::new(x.ncols());
    let mut done = 0;
    while done < settings.permutations {
        let batch = BATCH.min(settings.permutations - done);
        let shuffles = ordered(batch, monitor, |index| {
            let index = (done + index) as u64;
            let mut random = stream(settings.seed, "drug_resistance", &settings.task, index);
            let (sensitive, resistant) = deal(strata, &mut random);
            Compared::of(x, edges, (&sensitive, &resistant), settings.level)
        })?;
        shuffles.iter().for_each(|shuffle| tally.add(shuffle, &observed));
        done += batch;
    }
    Ok(tally.conclude(&network, &observed, settings.permutations))
}

/// Two numbers whose difference is tested.
type Both = (f64, f64);

/// The statistics of one labelling.
struct Compared {
    /// Per gene, mean |x| in both groups.
    regulators: Vec<Both>,
    /// Per gene, hubness in both groups.
    hubs: Vec<Both>,
    changed: usize,
}

impl Compared {
    fn of(x: ArrayView2<f64>, edges: &[Edge], rows: (&[usize], &[usize]), level: f64) -> Self {
        let (low, high) = (mean_absolute(x, rows.0), mean_absolute(x, rows.1));
        let (a, b) = (scaled(edges, &low), scaled(edges, &high));
        let threshold = pooled_threshold(&a, &b, level);
        let changed = a.iter().zip(&b).filter(|(a, b)| (**a > threshold) != (**b > threshold)).count();
        let degrees = |effects: &[f64]| hubness(edges, effects, threshold, x.ncols());
        let both = |low: Vec<f64>, high: Vec<f64>| low.into_iter().zip(high).collect();
        Self { hubs: both(degrees(&a), degrees(&b)), regulators: both(low, high), changed }
    }
}

/// Room for rounding in "at least as far as observed", relative to the numbers whose difference it is.
const TIE: f64 = 1e-12;

/// How many shuffles are at least, and at most, what was observed.
#[derive(Clone, Copy, Default)]
struct Tails {
    above: usize,
    below: usize,
}

impl Tails {
    fn add(&mut self, found: &Both, observed: &Both) {
        let tie = TIE * (observed.0 + observed.1);
        let (found, observed) = (found.0 - found.1, observed.0 - observed.1);
        self.above += usize::from(found >= observed - tie);
        self.below += usize::from(found <= observed + tie);
    }

    fn p(self, permutations: usize) -> f64 {
        (2.0 * permutation_p(self.above.min(self.below), permutations)).min(1.0)
    }
}

/// What all shuffles gave.
struct Tally {
    regulators: Vec<Tails>,
    hubs: Vec<Tails>,
    /// Edges present in one group alone, summed over the shuffles.
    changed: usize,
    /// Shuffles with at least as many such edges as observed.
    reached: usize,
}

impl Tally {
    fn new(genes: usize) -> Self {
        Self { regulators: vec![Tails::default(); genes], hubs: vec![Tails::default(); genes], changed: 0, reached: 0 }
    }

    fn add(&mut self, shuffle: &Compared, observed: &Compared) {
        let add = |tails: &mut [Tails], found: &[Both], observed: &[Both]| {
            for ((tails, found), observed) in tails.iter_mut().zip(found).zip(observed) {
                tails.add(found, observed);
            }
        };
        add(&mut self.regulators, &shuffle.regulators, &observed.regulators);
        add(&mut self.hubs, &shuffle.hubs, &observed.hubs);
        self.changed += shuffle.changed;
        self.reached += usize::from(shuffle.changed >= observed.changed);
    }

    fn conclude(&self, network: &GroupNetwork, observed: &Compared, permutations: usize) -> GroupTest {
        let mut regulates = vec![false; self.regulators.len()];
        network.edges.iter().for_each(|edge| regulates[edge.from] = true);
        let linked = |(sensitive, resistant): &Both| *sensitive > 0.0 || *resistant > 0.0;
        let p_of = |(tails, tested): (&Tails, bool)| if tested { tails.p(permutations) } else { f64::NAN };
        let regulators: Vec<f64> = self.regulators.iter().zip(regulates.iter().copied()).map(p_of).collect();
        let hubs: Vec<f64> = self.hubs.iter().zip(observed.hubs.iter().map(linked)).map(p_of).collect();
        let (regulators_q, hubs_q) = (benjamini_hochberg(&regulators), benjamini_hochberg(&hubs));
        let tested = |(k, edge): (usize, &Edge)| EdgeTest {
            edge: *edge,
            sensitive: network.sensitive[k],
            resistant: network.resistant[k],
            p: regulators[edge.from],
            q: regulators_q[edge.from],
        };
        let hub = |(gene, (sensitive, resistant)): (usize, &Both)| HubTest {
            gene,
            sensitive: *sensitive,
            resistant: *resistant,
            p: hubs[gene],
            q: hubs_q[gene],
        };
        GroupTest {
            edges: network.edges.iter().enumerate().map(tested).collect(),
            hubs: observed.hubs.iter().enumerate().map(hub).collect(),
            threshold: network.threshold,
            changed: observed.changed,
            changed_by_chance: self.changed as f64 / permutations.max(1) as f64,
            changed_p: permutation_p(self.reached, permutations),
            regulators: regulates.iter().filter(|regulates| **regulates).count(),
            permutations,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::{Silent, Stopped};
    use ndarray::Array2;
    use rand::RngExt;

    /// 40 lines × 6 genes of noise; gene 0 is ten times as loud in the first ten lines.
    fn planted(seed: u64) -> (Array2<f64>, Groups) {
        let mut random = stream(seed, "drug_resistance", "test", 0);
        let mut x = Array2::from_shape_simple_fn((40, 6), || random.random::<f64>() - 0.5);
        x.column_mut(0).iter_mut().take(10).for_each(|x| *x *= 10.0);
        (x, Groups { sensitive: (0..10).collect(), resistant: (30..40).collect() })
    }

    fn edges() -> Vec<Edge> {
        (0..6).flat_map(|from| (0..6).map(move |to| (from, to))).filter(|(from, to)| from != to).map(edge).collect()
    }

    fn edge((from, to): (usize, usize)) -> Edge {
        Edge { from, to, weight: 0.1 + 0.01 * (from + 2 * to) as f64 }
    }

    fn settings(permutations: usize) -> PermutationSettings {
        PermutationSettings { permutations, level: 0.8, seed: 1, task: "test".into() }
    }

    #[test]
    fn a_planted_regulator_is_found_and_the_others_are_not() {
        let (x, groups) = planted(1);
        let test = permute_labels(x.view(), &edges(), &groups, &settings(499), &Silent).unwrap();
        for edge in &test.edges {
            assert_eq!(edge.q < 0.05, edge.edge.from == 0, "{edge:?}");
        }
        assert_eq!(test.regulators, 6);
        assert!(test.hubs[0].p < 0.01 && test.hubs[0].sensitive > test.hubs[0].resistant);
        assert!(test.changed > 0 && test.changed_p < 0.05, "{} {}", test.changed, test.changed_p);
    }

    #[test]
    fn without_a_difference_p_values_are_uniform() {
        let mut small = 0;
        for seed in 0..60 {
            let mut random = stream(seed, "drug_resistance", "null", 0);
            let x = Array2::from_shape_simple_fn((20, 1), || random.random::<f64>());
            let groups = Groups { sensitive: (0..10).collect(), resistant: (10..20).collect() };
            let edges = [Edge { from: 0, to: 0, weight: 1.0 }];
            let settings = PermutationSettings { seed, ..settings(199) };
            let test = permute_labels(x.view(), &edges, &groups, &settings, &Silent).unwrap();
            small += usize::from(test.edges[0].p < 0.25);
        }
        // 15 expected, standard deviation 3.4.
        assert!((5..=26).contains(&small), "{small}");
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        let (x, groups) = planted(2);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| permute_labels(x.view(), &edges(), &groups, &settings(50), &Silent).unwrap())
        };
        let first = postcard::to_stdvec(&run(1)).unwrap();
        for threads in [2, 8] {
            assert_eq!(postcard::to_stdvec(&run(threads)).unwrap(), first);
        }
        let tissue = tissue(&(0..40).map(|line| line % 3).collect::<Vec<_>>());
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let within = || permute_within_tissues(x.view(), &edges(), &groups, &tissue, &settings(300), &Silent);
            postcard::to_stdvec(&pool.install(within).unwrap()).unwrap()
        };
        let first = run(1);
        assert!(run(2) == first && run(8) == first);
    }

    fn tissue(codes: &[usize]) -> Tissue {
        let names = (0..=codes.iter().copied().max().unwrap_or(0)).map(|code| format!("tissue {code}")).collect();
        Tissue { names, codes: codes.to_vec() }
    }

    /// 80 lines × 3 genes of noise in two tissues; sensitive lines (the first 40) are mostly of the first one. Gene 0 is five
    /// times as loud in that tissue, gene 1 in sensitive lines of either.
    fn confounded(seed: u64) -> (Array2<f64>, Groups, Tissue) {
        let mut random = stream(seed, "drug_resistance", "confounded", 0);
        let mut x = Array2::from_shape_simple_fn((80, 3), || random.random::<f64>() - 0.5);
        let codes: Vec<usize> = (0..80).map(|line| usize::from((32..48).contains(&line) == (line < 40))).collect();
        for (line, mut row) in x.rows_mut().into_iter().enumerate() {
            row[0] *= if codes[line] == 0 { 5.0 } else { 1.0 };
            row[1] *= if line < 40 { 5.0 } else { 1.0 };
        }
        (x, Groups { sensitive: (0..40).collect(), resistant: (40..80).collect() }, tissue(&codes))
    }

    #[test]
    fn a_difference_of_tissues_is_no_difference_within_them() {
        let edges: Vec<Edge> = [(0, 1), (1, 2), (2, 0)].into_iter().map(edge).collect();
        let (mut tissues, mut both, mut small) = (0, 0, 0);
        for seed in 0..60 {
            let (x, groups, tissue) = confounded(seed);
            let plain = permute_labels(x.view(), &edges, &groups, &settings(199), &Silent).unwrap();
            let within = permute_within_tissues(x.view(), &edges, &groups, &tissue, &settings(199), &Silent).unwrap();
            assert_eq!((within.mix.sizes(), within.mix.swappable()), ((40, 40), 80));
            assert_eq!(within.test.edges[1].sensitive, plain.edges[1].sensitive);
            tissues += usize::from(plain.edges[0].p < 0.05);
            both += usize::from(plain.edges[1].p < 0.05 && within.test.edges[1].p < 0.05);
            small += usize::from(within.test.edges[0].p < 0.25);
        }
        assert!(tissues > 50 && both > 50, "{tissues} {both}");
        // 15 expected, standard deviation 3.4.
        assert!((5..=26).contains(&small), "{small}");
    }

    #[test]
    fn one_tissue_is_the_plain_shuffle() {
        let (x, groups) = planted(4);
        let plain = permute_labels(x.view(), &edges(), &groups, &settings(300), &Silent).unwrap();
        let one =
            permute_within_tissues(x.view(), &edges(), &groups, &tissue(&[0; 40]), &settings(300), &Silent).unwrap();
        assert_eq!(postcard::to_stdvec(&one.test).unwrap(), postcard::to_stdvec(&plain).unwrap());
        assert_eq!(one.mix.swappable(), 20);
    }

    #[test]
    fn where_a_tissue_is_a_group_nothing_is_found() {
        let (x, groups) = planted(5);
        let codes: Vec<usize> = (0..40).map(|line| usize::from(line >= 20)).collect();
        let all = permute_within_tissues(x.view(), &edges(), &groups, &tissue(&codes), &settings(99), &Silent).unwrap();
        assert_eq!(all.mix.swappable(), 0);
        assert!(all.test.edges.iter().all(|edge| edge.p == 1.0 && edge.q == 1.0));
        assert!(all.test.hubs.iter().all(|hub| hub.p == 1.0 || hub.p.is_nan()));
        assert_eq!((all.test.changed_by_chance, all.test.changed_p), (all.test.changed as f64, 1.0));
        assert!(all.test.tested_hubs() > 0 && all.test.hubs_below(0.5) == 0);
    }

    #[test]
    fn tissues_of_other_lines_are_refused() {
        let (x, groups) = planted(6);
        let found = permute_within_tissues(x.view(), &edges(), &groups, &tissue(&[0; 41]), &settings(9), &Silent);
        assert!(matches!(found, Err(GroupError::Tissues { found: 41, lines: 40 })));
    }

    #[test]
    fn counts_below_a_level_are_those_of_the_tests() {
        let (x, groups) = planted(7);
        let test = permute_labels(x.view(), &edges(), &groups, &settings(499), &Silent).unwrap();
        assert_eq!((test.regulators_below(0.05), test.edges_below(0.05)), (1, 5));
        assert_eq!(test.hubs_below(1.1), test.tested_hubs());
        assert!((test.least_p() - 2.0 / 500.0).abs() < 1e-15 && test.edges[0].p == test.least_p());
    }

    #[test]
    fn a_stop_is_heard() {
        let (x, groups) = planted(3);
        let stopped = permute_labels(x.view(), &edges(), &groups, &settings(50), &Stopped);
        assert!(matches!(stopped, Err(GroupError::Interrupted(_))));
    }
}
