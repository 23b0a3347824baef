//! Regulatory effects, the network of a group, and its hubs.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{Edge, GroupError, Groups, check_edges};

/// The regulatory effect of one edge in every line, `B_lj·x_il`, in the order of the rows of `x` (n lines × p genes).
///
/// # Errors
/// [`GroupError::UnknownGene`].
pub fn effect(x: ArrayView2<f64>, edge: Edge) -> Result<Vec<f64>, GroupError> {
    check_edges(&[edge], x.ncols())?;
    Ok(x.column(edge.from).iter().map(|x| edge.weight * x).collect())
}

/// Mean absolute effects in both groups, edge by edge, and which edges are present.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupNetwork {
    pub edges: Vec<Edge>,
    /// Mean |B_lj x_il| over the sensitive lines.
    pub sensitive: Vec<f64>,
    /// Mean |B_lj x_il| over the resistant lines.
    pub resistant: Vec<f64>,
    /// The quantile of the pooled mean effects (both groups, all edges of B) above which an edge is present.
    pub threshold: f64,
}

impl GroupNetwork {
    /// Tells whether an edge is present in the sensitive and in the resistant group.
    pub fn present(&self, edge: usize) -> (bool, bool) {
        (self.sensitive[edge] > self.threshold, self.resistant[edge] > self.threshold)
    }

    /// How many edges are present in the sensitive group, the resistant group, and one of them alone.
    pub fn counts(&self) -> (usize, usize, usize) {
        (0..self.edges.len())
            .map(|edge| self.present(edge))
            .fold((0, 0, 0), |(s, r, one), (a, b)| (s + usize::from(a), r + usize::from(b), one + usize::from(a != b)))
    }
}

/// A gene's weighted out- plus in-degree in the networks of both groups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hub {
    pub gene: usize,
    pub sensitive: f64,
    pub resistant: f64,
}

/// The networks of both groups under one B; `x` is n lines × p genes, standardised over the lines that B comes from.
///
/// An edge is present in a group when its mean |B_lj x_il| there is above the quantile `level` of the effects of all
/// edges of B in both groups (0.95 in the case; zeros of B are no edges and don't count). Cost: n·p + the number of edges.
///
/// # Errors
/// [`GroupError::UnknownGene`], [`GroupError::UnknownLine`] or [`GroupError::TooFewLines`].
pub fn group_network(
    x: ArrayView2<f64>,
    edges: &[Edge],
    groups: &Groups,
    level: f64,
) -> Result<GroupNetwork, GroupError> {
    check_edges(edges, x.ncols())?;
    groups.check(x.nrows())?;
    let (low, high) = (mean_absolute(x, &groups.sensitive), mean_absolute(x, &groups.resistant));
    let (sensitive, resistant) = (scaled(edges, &low), scaled(edges, &high));
    let threshold = pooled_threshold(&sensitive, &resistant, level);
    Ok(GroupNetwork { edges: edges.to_vec(), sensitive, resistant, threshold })
}

/// All genes with their hubness in both groups, in gene order: the sum of the effects of present edges out and in.
pub fn hubs(network: &GroupNetwork, genes: usize) -> Vec<Hub> {
    let low = hubness(&network.edges, &network.sensitive, network.threshold, genes);
    let high = hubness(&network.edges, &network.resistant, network.threshold, genes);
    let both = low.into_iter().zip(high).enumerate();
    both.map(|(gene, (sensitive, resistant))| Hub { gene, sensitive, resistant }).collect()
}

/// Mean |x_il| of every gene over some lines.
pub(super) fn mean_absolute(x: ArrayView2<f64>, rows: &[usize]) -> Vec<f64> {
    let mut sum = vec![0.0; x.ncols()];
    for row in rows {
        for (sum, x) in sum.iter_mut().zip(x.row(*row)) {
            *sum += x.abs();
        }
    }
    sum.iter().map(|sum| sum / rows.len() as f64).collect()
}

/// |B_lj| times the mean |x_l| of a group.
pub(super) fn scaled(edges: &[Edge], means: &[f64]) -> Vec<f64> {
    edges.iter().map(|edge| edge.weight.abs() * means[edge.from]).collect()
}

/// The quantile of both groups' effects together; without edges nothing is above it.
pub(super) fn pooled_threshold(sensitive: &[f64], resistant: &[f64], level: f64) -> f64 {
    let mut pooled: Vec<f64> = sensitive.iter().chain(resistant).copied().collect();
    quantile(&mut pooled, level).unwrap_or(f64::INFINITY)
}

/// Sums the effects of present edges at both of their ends.
pub(super) fn hubness(edges: &[Edge], effects: &[f64], threshold: f64, genes: usize) -> Vec<f64> {
    let mut degree = vec![0.0; genes];
    for (edge, effect) in edges.iter().zip(effects) {
        if *effect > threshold {
            degree[edge.from] += effect;
            degree[edge.to] += effect;
        }
    }
    degree
}

/// The quantile `level` (0 to 1) by linear interpolation between order statistics (R's type 7); `None` for no values.
///
/// Reorders the values.
pub fn quantile(values: &mut [f64], level: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let place = level.clamp(0.0, 1.0) * last as f64;
    let index = (place.floor() as usize).min(last);
    let (_, low, above) = values.select_nth_unstable_by(index, f64::total_cmp);
    let low = *low;
    let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(low + (place - index as f64) * (next - low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn quantiles_interpolate() {
        let mut values = vec![4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&mut values, 0.0), Some(1.0));
        assert_eq!(quantile(&mut values, 0.5), Some(2.5));
        assert_eq!(quantile(&mut values, 1.0), Some(4.0));
        // numpy.percentile([1, 2, 3, 4], 95) = 3.85
        assert!((quantile(&mut values, 0.95).unwrap() - 3.85).abs() < 1e-15);
        assert_eq!(quantile(&mut [], 0.5), None);
    }

    #[test]
    fn an_edge_of_a_deviating_regulator_is_present_where_it_deviates() {
        let x = array![[3.0, 0.1], [-5.0, 0.1], [0.1, 0.1], [0.3, -0.1]];
        let edges = [Edge { from: 0, to: 1, weight: -0.5 }, Edge { from: 1, to: 0, weight: 1.0 }];
        let groups = Groups { sensitive: vec![0, 1], resistant: vec![2, 3] };
        let network = group_network(x.view(), &edges, &groups, 0.5).unwrap();
        assert!((network.sensitive[0] - 2.0).abs() < 1e-15 && (network.resistant[0] - 0.1).abs() < 1e-15);
        // Pooled effects: 2, 0.1, 0.1, 0.1.
        assert!((network.threshold - 0.1).abs() < 1e-15);
        assert!(network.present(0).0);
        let hubs = hubs(&network, 2);
        assert!((hubs[0].sensitive - 2.0).abs() < 1e-15 && (hubs[1].sensitive - 2.0).abs() < 1e-15);
        assert_eq!(effect(x.view(), edges[0]).unwrap(), vec![-1.5, 2.5, -0.05, -0.15]);
    }

    #[test]
    fn edges_and_lines_beyond_the_matrix_are_refused() {
        let x = array![[1.0, 2.0], [3.0, 4.0]];
        let groups = Groups { sensitive: vec![0], resistant: vec![1] };
        let beyond = [Edge { from: 0, to: 2, weight: 1.0 }];
        assert!(matches!(
            group_network(x.view(), &beyond, &groups, 0.95),
            Err(GroupError::UnknownGene { from: 0, to: 2, genes: 2 })
        ));
        let far = Groups { resistant: vec![2], ..groups };
        assert!(matches!(group_network(x.view(), &[], &far, 0.95), Err(GroupError::UnknownLine { row: 2, lines: 2 })));
    }
}
