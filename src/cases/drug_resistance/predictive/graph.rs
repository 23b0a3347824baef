//! The weights `w` and degrees `d` of the network penalty, and the penalty itself.

use super::{Column, DegreeScale, Sign};

/// A weight that is at most this part of the largest one counts as zero, so that no degree is vanishing.
const NEGLIGIBLE: f64 = 1e-12;

/// The undirected graph behind B: `w_qj = (|B_qj| + |B_jq|)/2`, `d_j = Σ_i w_ij`.
///
/// Neighbours are kept by node in compressed rows, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    starts: Vec<usize>,
    neighbours: Vec<usize>,
    weights: Vec<f64>,
    degree: Vec<f64>,
}

impl Graph {
    /// The graph of B, given by columns.
    pub(super) fn of(columns: &[Column]) -> Self {
        let p = columns.len();
        let mut halves: Vec<Vec<(usize, f64)>> = vec![Vec::new(); p];
        for (target, column) in columns.iter().enumerate() {
            for (regulator, value) in column.iter().filter(|(regulator, _)| *regulator != target) {
                halves[*regulator].push((target, value.abs() / 2.0));
                halves[target].push((*regulator, value.abs() / 2.0));
            }
        }
        let mut largest: f64 = 0.0;
        for half in &mut halves {
            half.sort_by_key(|(node, _)| *node);
            half.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    kept.1 += later.1;
                }
                same
            });
            largest = half.iter().fold(largest, |largest, (_, weight)| largest.max(*weight));
        }
        let mut graph = Self { starts: vec![0], neighbours: Vec::new(), weights: Vec::new(), degree: Vec::new() };
        for half in halves {
            let kept = || half.iter().filter(|(_, weight)| *weight > NEGLIGIBLE * largest);
            graph.neighbours.extend(kept().map(|(node, _)| *node));
            graph.weights.extend(kept().map(|(_, weight)| *weight));
            graph.degree.push(kept().map(|(_, weight)| *weight).sum());
            graph.starts.push(graph.neighbours.len());
        }
        graph
    }

    /// `d`, by gene.
    pub fn degree(&self) -> &[f64] {
        &self.degree
    }

    /// The neighbours `(j, w_lj)` of gene `l`, ascending.
    ///
    /// # Panics
    /// When there is no gene `l`.
    pub fn neighbours(&self, l: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let span = self.starts[l]..self.starts[l + 1];
        self.neighbours[span.clone()].iter().copied().zip(self.weights[span].iter().copied())
    }

    /// The penalty on θ for these signs and this divisor.
    pub(super) fn penalty<'a>(&'a self, a4: f64, sign: Sign, signs: &'a [f64], scale: DegreeScale) -> Penalty<'a> {
        let inverse = |degree: &f64| match scale {
            _ if *degree == 0.0 => 0.0,
            DegreeScale::Linear => 1.0 / degree,
            DegreeScale::Sqrt => 1.0 / degree.sqrt(),
        };
        let inverse: Vec<f64> = self.degree.iter().map(inverse).collect();
        let curvature = self.degree.iter().zip(&inverse).map(|(degree, inverse)| 2.0 * a4 * degree * inverse * inverse);
        Penalty { graph: self, a4, sign, signs, curvature: curvature.collect(), inverse }
    }
}

/// `a4 Σ_q Σ_j w_qj (s_q θ_q/δ_q − s_j θ_j/δ_j)²` over ordered pairs, with `δ = d` or `√d`.
///
/// Half its derivative by `θ_l` is `c_l θ_l − 2 a4 s_l g_l/δ_l` with `c_l = 2 a4 d_l/δ_l²` and `g_l = Σ_j w_lj s_j θ_j/δ_j`.
pub(super) struct Penalty<'a> {
    pub graph: &'a Graph,
    pub a4: f64,
    pub sign: Sign,
    /// s, for frozen signs.
    pub signs: &'a [f64],
    /// `c_l`.
    pub curvature: Vec<f64>,
    /// `1/δ_l`, zero where the degree is.
    pub inverse: Vec<f64>,
}

impl Penalty<'_> {
    /// `s_l θ_l/δ_l`.
    pub fn scaled(&self, l: usize, theta: f64) -> f64 {
        match self.sign {
            Sign::Frozen => self.signs[l] * theta * self.inverse[l],
            Sign::Literal => theta.abs() * self.inverse[l],
        }
    }

    /// `2 a4 g_l/δ_l` of all genes.
    pub fn pull(&self, theta: &[f64]) -> Vec<f64> {
        let mut pull = vec![0.0; theta.len()];
        if self.a4 == 0.0 {
            return pull;
        }
        for (j, value) in theta.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            let scaled = self.scaled(j, *value);
            self.graph.neighbours(j).for_each(|(l, weight)| pull[l] += weight * scaled);
        }
        pull.iter_mut().zip(&self.inverse).for_each(|(pull, inverse)| *pull *= 2.0 * self.a4 * inverse);
        pull
    }

    /// The double sum without its weight a4.
    pub fn sum(&self, theta: &[f64]) -> f64 {
        let scaled: Vec<f64> = theta.iter().enumerate().map(|(l, value)| self.scaled(l, *value)).collect();
        let of_gene = |q: usize| -> f64 {
            self.graph.neighbours(q).map(|(j, weight)| weight * (scaled[q] - scaled[j]).powi(2)).sum()
        };
        (0..theta.len()).map(of_gene).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        // B_01 = 1, B_10 = -3, B_21 = 0.5; gene 3 is alone.
        vec![vec![(1, -3.0)], vec![(0, 1.0), (2, 0.5)], vec![], vec![]]
    }

    #[test]
    fn weights_are_means_of_both_directions_and_degrees_their_sums() {
        let graph = Graph::of(&columns());
        assert_eq!(graph.neighbours(1).collect::<Vec<_>>(), [(0, 2.0), (2, 0.25)]);
        assert_eq!(graph.degree(), [2.0, 2.25, 0.25, 0.0]);
    }

    #[test]
    fn negligible_weights_leave_no_vanishing_degree() {
        let mut columns = columns();
        columns[3] = vec![(0, 1e-13)];
        let graph = Graph::of(&columns);
        assert_eq!(graph.degree()[3], 0.0);
        assert_eq!(graph, Graph::of(&self::columns()));
    }

    #[test]
    fn every_edge_counts_twice_for_both_divisors() {
        let graph = Graph::of(&columns());
        let (theta, signs) = ([0.5, -1.0, 2.0, 0.0], [1.0, -1.0, 1.0, 1.0]);
        let by_hand = |divisor: fn(f64) -> f64| {
            let u = |l: usize| signs[l] * theta[l] / divisor(graph.degree()[l]);
            2.0 * (2.0 * (u(0) - u(1)).powi(2) + 0.25 * (u(1) - u(2)).powi(2))
        };
        let linear = graph.penalty(1.0, Sign::Frozen, &signs, DegreeScale::Linear).sum(&theta);
        assert!((linear - by_hand(|d| d)).abs() < 1e-14 * linear);
        let root = graph.penalty(1.0, Sign::Frozen, &signs, DegreeScale::Sqrt).sum(&theta);
        assert!((root - by_hand(f64::sqrt)).abs() < 1e-14 * root);
        // The signs agree with θ, so both sign options have one value.
        assert_eq!(graph.penalty(1.0, Sign::Literal, &[], DegreeScale::Sqrt).sum(&theta), root);
    }

    #[test]
    fn pull_and_curvature_are_half_the_derivative() {
        let graph = Graph::of(&columns());
        let (theta, signs) = ([0.5, -1.0, 2.0, 0.0], [1.0, 1.0, -1.0, 1.0]);
        for scale in [DegreeScale::Linear, DegreeScale::Sqrt] {
            let penalty = graph.penalty(0.7, Sign::Frozen, &signs, scale);
            let pull = penalty.pull(&theta);
            for l in 0..3 {
                let at = |step: f64| {
                    let mut moved = theta;
                    moved[l] += step;
                    0.7 * penalty.sum(&moved)
                };
                // A quadratic: the central difference is exact but for rounding.
                let derivative = (at(0.5) - at(-0.5)) / 2.0;
                let formula = penalty.curvature[l] * theta[l] - signs[l] * pull[l];
                assert!((derivative - formula).abs() < 1e-12, "{scale:?} {l}: {derivative} {formula}");
            }
        }
    }
}
