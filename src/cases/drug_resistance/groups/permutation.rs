//! Which edges and hubs differ between the groups by more than shuffled labels do.

use ndarray::ArrayView2;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::effects::{hubness, mean_absolute, pooled_threshold, scaled};
use super::{Edge, GroupError, GroupNetwork, Groups, benjamini_hochberg, group_network, permutation_p};
use crate::display::Monitor;
use crate::methods::parallel::ordered;
use crate::methods::random::stream;

/// Settings of [`permute_labels`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PermutationSettings {
    /// How often labels are shuffled; 1000 in the case.
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
}

/// What one shuffle gives.
struct Shuffled {
    /// Per gene, whether |difference of mean |x|| is at least that observed.
    regulators: Vec<bool>,
    /// Per gene, whether |difference of hubness| is at least that observed.
    hubs: Vec<bool>,
    changed: usize,
}

/// Room for rounding in "at least as large as observed".
const TIE: f64 = 1e-12;

/// Tests edges and hubs by shuffling the labels of the lines in the two groups; lines in neither stay out.
///
/// The statistic of an edge is the difference of its mean |B_lj x_il|; since that is |B_lj| times the difference of the mean
/// |x_il|, edges of one regulator have one p-value. The statistic of a hub is the difference of its weighted degree
/// in the thresholded networks, the threshold taken anew in every shuffle. The same bits for any number of threads.
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
    let genes = x.ncols();
    let network = group_network(x, edges, groups, settings.level)?;
    let observed = Observed::of(x, &network, groups, genes);
    let labelled: Vec<usize> = groups.sensitive.iter().chain(&groups.resistant).copied().collect();
    let shuffles = ordered(settings.permutations, monitor, |index| {
        let mut rows = labelled.clone();
        rows.shuffle(&mut stream(settings.seed, "drug_resistance", &settings.task, index as u64));
        let (sensitive, resistant) = rows.split_at(groups.sensitive.len());
        observed.against(x, edges, (sensitive, resistant), settings.level)
    })?;
    Ok(observed.conclude(&network, &shuffles))
}

/// The statistics with the true labels.
struct Observed {
    genes: usize,
    /// |Difference of mean |x||| per gene.
    regulators: Vec<f64>,
    sensitive: Vec<f64>,
    resistant: Vec<f64>,
    changed: usize,
}

impl Observed {
    fn of(x: ArrayView2<f64>, network: &GroupNetwork, groups: &Groups, genes: usize) -> Self {
        let (low, high) = (mean_absolute(x, &groups.sensitive), mean_absolute(x, &groups.resistant));
        Self {
            genes,
            regulators: low.iter().zip(&high).map(|(a, b)| (a - b).abs()).collect(),
            sensitive: hubness(&network.edges, &network.sensitive, network.threshold, genes),
            resistant: hubness(&network.edges, &network.resistant, network.threshold, genes),
            changed: network.counts().2,
        }
    }

    fn against(&self, x: ArrayView2<f64>, edges: &[Edge], rows: (&[usize], &[usize]), level: f64) -> Shuffled {
        let (low, high) = (mean_absolute(x, rows.0), mean_absolute(x, rows.1));
        let (a, b) = (scaled(edges, &low), scaled(edges, &high));
        let threshold = pooled_threshold(&a, &b, level);
        let changed = a.iter().zip(&b).filter(|(a, b)| (**a > threshold) != (**b > threshold)).count();
        let (out, back) = (hubness(edges, &a, threshold, self.genes), hubness(edges, &b, threshold, self.genes));
        let reaches = |found: f64, observed: f64| found >= observed * (1.0 - TIE);
        Shuffled {
            regulators: (0..self.genes).map(|k| reaches((low[k] - high[k]).abs(), self.regulators[k])).collect(),
            hubs: (0..self.genes)
                .map(|k| reaches((out[k] - back[k]).abs(), (self.sensitive[k] - self.resistant[k]).abs()))
                .collect(),
            changed,
        }
    }

    fn conclude(&self, network: &GroupNetwork, shuffles: &[Shuffled]) -> GroupTest {
        let count = shuffles.len();
        let p_of = |reached: &dyn Fn(&Shuffled) -> bool| {
            permutation_p(shuffles.iter().filter(|shuffle| reached(shuffle)).count(), count)
        };
        let mut regulates = vec![false; self.genes];
        network.edges.iter().for_each(|edge| regulates[edge.from] = true);
        let regulators: Vec<f64> =
            (0..self.genes).map(|k| if regulates[k] { p_of(&|s| s.regulators[k]) } else { f64::NAN }).collect();
        let regulators_q = benjamini_hochberg(&regulators);
        let linked = |k: usize| self.sensitive[k] > 0.0 || self.resistant[k] > 0.0;
        let hubs: Vec<f64> = (0..self.genes).map(|k| if linked(k) { p_of(&|s| s.hubs[k]) } else { f64::NAN }).collect();
        let hubs_q = benjamini_hochberg(&hubs);
        let tested = |(k, edge): (usize, &Edge)| EdgeTest {
            edge: *edge,
            sensitive: network.sensitive[k],
            resistant: network.resistant[k],
            p: regulators[edge.from],
            q: regulators_q[edge.from],
        };
        let hub = |gene: usize| HubTest {
            gene,
            sensitive: self.sensitive[gene],
            resistant: self.resistant[gene],
            p: hubs[gene],
            q: hubs_q[gene],
        };
        GroupTest {
            edges: network.edges.iter().enumerate().map(tested).collect(),
            hubs: (0..self.genes).map(hub).collect(),
            threshold: network.threshold,
            changed: self.changed,
            changed_by_chance: shuffles.iter().map(|s| s.changed as f64).sum::<f64>() / count.max(1) as f64,
            changed_p: p_of(&|s| s.changed >= self.changed),
            regulators: regulates.iter().filter(|regulates| **regulates).count(),
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
    }

    #[test]
    fn a_stop_is_heard() {
        let (x, groups) = planted(3);
        let stopped = permute_labels(x.view(), &edges(), &groups, &settings(50), &Stopped);
        assert!(matches!(stopped, Err(GroupError::Interrupted(_))));
    }
}
