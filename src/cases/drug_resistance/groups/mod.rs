//! Networks of sensitive and resistant lines: regulatory effects, hubs, and what chance would give.
//!
//! One network B is estimated from all lines; the effect of edge l → j in line i is `B_lj·x_il` (section 5 of the case's
//! source). Groups differ by their lines alone, so the mean effect of an edge is `|B_lj|` times the mean `|x_il|` of its regulator:
//! all edges that leave one regulator share one test of "differs between the groups". Edges are associations.
//!
//! Sensitive and resistant lines are of different tissues, and so are their genes: labels are shuffled among all lines of both
//! groups ([`permute_labels`]) and, where tissues are known, within tissues ([`permute_within_tissues`]).

mod effects;
mod enrichment;
mod multiplicity;
mod overlap;
mod permutation;
mod tissues;

pub use effects::{GroupNetwork, Hub, effect, group_network, hubs, quantile};
pub use enrichment::{Enrichment, EnrichmentSettings, degree_matched, rewired};
pub use multiplicity::{benjamini_hochberg, permutation_p};
pub use overlap::{Overlap, common, intersection_sizes};
pub use permutation::{EdgeTest, GroupTest, HubTest, PermutationSettings, permute_labels, permute_within_tissues};
pub use tissues::{TissueCount, TissueMix, WithinTissues};

use serde::{Deserialize, Serialize};

use crate::methods::parallel::Interrupted;

/// A directed edge: gene `from` regulates gene `to` with coefficient `B[from, to]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub weight: f64,
}

/// How many lines make a group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum GroupSize {
    /// A share of all lines at either end, rounded to the nearest number: 0.1 for deciles.
    Fraction(f64),
    /// A number of lines at either end: 95 in the paper.
    Count(usize),
}

/// Rows of the most sensitive and the most resistant lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    /// Lowest responses, ascending row numbers.
    pub sensitive: Vec<usize>,
    /// Highest responses, ascending row numbers.
    pub resistant: Vec<usize>,
}

/// Why groups could not be made or compared.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    #[error("response of line {row} is {found}, expected a finite number: leave the line out")]
    NotFinite { row: usize, found: f64 },
    #[error("found {lines} lines for two groups of {wanted}: take smaller groups, of one line at least")]
    TooFewLines { lines: usize, wanted: usize },
    #[error("edge {from} → {to} names a gene beyond the {genes} of the matrix")]
    UnknownGene { from: usize, to: usize, genes: usize },
    #[error("a group names line {row}, the matrix has {lines}")]
    UnknownLine { row: usize, lines: usize },
    #[error("found tissues of {found} lines, expected those of the {lines} of the matrix")]
    Tissues { found: usize, lines: usize },
    #[error("the reference names gene {gene} beyond the {genes} of the network")]
    UnknownReference { gene: usize, genes: usize },
    #[error("interrupted")]
    Interrupted(#[from] Interrupted),
}

impl Groups {
    /// Splits lines by their responses (IC50 z-scores: low is sensitive); ties go by row.
    ///
    /// # Errors
    /// [`GroupError::NotFinite`], or [`GroupError::TooFewLines`] when the groups would be empty or overlap.
    pub fn of(responses: &[f64], size: GroupSize) -> Result<Self, GroupError> {
        if let Some((row, found)) = responses.iter().enumerate().find(|(_, z)| !z.is_finite()) {
            return Err(GroupError::NotFinite { row, found: *found });
        }
        let lines = responses.len();
        let wanted = match size {
            GroupSize::Fraction(share) => (share * lines as f64).round().max(0.0) as usize,
            GroupSize::Count(count) => count,
        };
        if wanted == 0 || 2 * wanted > lines {
            return Err(GroupError::TooFewLines { lines, wanted });
        }
        let mut order: Vec<usize> = (0..lines).collect();
        order.sort_by(|a, b| responses[*a].total_cmp(&responses[*b]).then(a.cmp(b)));
        let ascending = |rows: &[usize]| {
            let mut rows = rows.to_vec();
            rows.sort_unstable();
            rows
        };
        Ok(Self { sensitive: ascending(&order[..wanted]), resistant: ascending(&order[lines - wanted..]) })
    }

    /// Checks that all rows lie in a matrix of `lines` rows.
    fn check(&self, lines: usize) -> Result<(), GroupError> {
        let beyond = self.sensitive.iter().chain(&self.resistant).find(|row| **row >= lines);
        match beyond {
            Some(row) => Err(GroupError::UnknownLine { row: *row, lines }),
            None if self.sensitive.is_empty() || self.resistant.is_empty() => {
                Err(GroupError::TooFewLines { lines, wanted: 0 })
            }
            None => Ok(()),
        }
    }
}

/// Checks that all edges lie among `genes` genes.
fn check_edges(edges: &[Edge], genes: usize) -> Result<(), GroupError> {
    match edges.iter().find(|edge| edge.from >= genes || edge.to >= genes) {
        Some(edge) => Err(GroupError::UnknownGene { from: edge.from, to: edge.to, genes }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_the_ends_of_the_responses() {
        let z = [0.3, -2.0, 1.5, -1.0, 0.0, 2.5, 0.1, 0.2, -0.1, 0.4];
        let deciles = Groups::of(&z, GroupSize::Fraction(0.2)).unwrap();
        assert_eq!(deciles, Groups { sensitive: vec![1, 3], resistant: vec![2, 5] });
        assert_eq!(Groups::of(&z, GroupSize::Count(2)).unwrap(), deciles);
    }

    #[test]
    fn ties_go_by_row() {
        let tied = Groups::of(&[1.0; 6], GroupSize::Count(2)).unwrap();
        assert_eq!(tied, Groups { sensitive: vec![0, 1], resistant: vec![4, 5] });
    }

    #[test]
    fn groups_that_overlap_or_hold_nobody_are_refused() {
        let z = [1.0, 2.0, 3.0];
        for size in [GroupSize::Count(2), GroupSize::Count(0), GroupSize::Fraction(0.1), GroupSize::Fraction(f64::NAN)]
        {
            assert!(matches!(Groups::of(&z, size), Err(GroupError::TooFewLines { lines: 3, .. })), "{size:?}");
        }
        let missing = Groups::of(&[1.0, f64::NAN], GroupSize::Count(1));
        assert!(matches!(missing, Err(GroupError::NotFinite { row: 1, .. })));
    }
}
