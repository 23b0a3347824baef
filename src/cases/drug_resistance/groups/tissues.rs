//! The tissues of both groups, and shuffles that keep them.

use rand::Rng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::{GroupError, GroupTest, Groups};
use crate::cases::drug_resistance::screen::Tissue;

/// How many lines of one tissue are in either group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TissueCount {
    pub name: String,
    pub sensitive: usize,
    pub resistant: usize,
}

/// The tissues of the lines in both groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TissueMix {
    /// Tissues with a line in a group; those first whose numbers differ most, of equals by name.
    pub tissues: Vec<TissueCount>,
}

/// Both groups compared by shuffles within tissues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WithinTissues {
    pub mix: TissueMix,
    /// Effects and hubs are those of the plain comparison; p and q are what is left of them within tissues.
    pub test: GroupTest,
}

/// Tissues that [`TissueMix::told`] names.
const NAMED: usize = 3;

impl TissueMix {
    /// Counts the lines of each tissue in both groups.
    ///
    /// # Errors
    /// [`GroupError::UnknownLine`] for a line that the tissues don't have.
    pub fn of(groups: &Groups, tissue: &Tissue) -> Result<Self, GroupError> {
        groups.check(tissue.codes.len())?;
        let count = |rows: &[usize], code: usize| rows.iter().filter(|row| tissue.codes[**row] == code).count();
        let counted = tissue.names.iter().enumerate().map(|(code, name)| TissueCount {
            name: name.clone(),
            sensitive: count(&groups.sensitive, code),
            resistant: count(&groups.resistant, code),
        });
        let mut tissues: Vec<TissueCount> = counted.filter(|count| count.sensitive + count.resistant > 0).collect();
        tissues.sort_by_key(|count| std::cmp::Reverse(count.sensitive.abs_diff(count.resistant)));
        Ok(Self { tissues })
    }

    /// Lines in the sensitive and in the resistant group.
    pub fn sizes(&self) -> (usize, usize) {
        self.tissues.iter().fold((0, 0), |(low, high), count| (low + count.sensitive, high + count.resistant))
    }

    /// Tissues with lines in both groups: only these say anything within tissues.
    pub fn shared(&self) -> impl Iterator<Item = &TissueCount> {
        self.tissues.iter().filter(|count| count.sensitive > 0 && count.resistant > 0)
    }

    /// Lines of shared tissues: those whose labels can be swapped within a tissue.
    pub fn swappable(&self) -> usize {
        self.shared().map(|count| count.sensitive + count.resistant).sum()
    }

    /// The most unequal tissues and what can be swapped, as a sentence for a caption.
    pub fn told(&self) -> String {
        let (low, high) = self.sizes();
        let unequal = self.tissues.iter().filter(|count| count.sensitive != count.resistant).take(NAMED);
        let named: Vec<String> =
            unequal.map(|count| format!("{} {}/{}", count.name, count.sensitive, count.resistant)).collect();
        let named = if named.is_empty() { "as many of every tissue".to_string() } else { named.join(", ") };
        format!(
            "Tissues of the {low} sensitive/{high} resistant lines: {named}; {} lines can be swapped, those of the {} tissues in both groups",
            self.swappable(),
            self.shared().count()
        )
    }
}

impl WithinTissues {
    /// The tissues of both groups, and what is left of a plain comparison within them, as a sentence for a caption: hubs,
    /// regulators and their edges with q below `level`.
    pub fn told(&self, plain: &GroupTest, level: f64) -> String {
        let counts = |test: &GroupTest| (test.hubs_below(level), test.regulators_below(level), test.edges_below(level));
        let ((hubs, regulators, edges), ignored) = (counts(&self.test), counts(plain));
        format!(
            "{}. q < {level} within tissues: {hubs} of {} hubs, {regulators} of {} regulators ({edges} of {} edges); with tissue ignored \
             {}, {} ({})",
            self.mix.told(),
            plain.tested_hubs(),
            plain.regulators,
            plain.edges.len(),
            ignored.0,
            ignored.1,
            ignored.2
        )
    }
}

/// Lines among which labels are dealt anew; so many of them are sensitive.
pub(super) struct Stratum {
    rows: Vec<usize>,
    sensitive: usize,
}

/// One stratum of all lines in both groups.
pub(super) fn together(groups: &Groups) -> Vec<Stratum> {
    let rows = groups.sensitive.iter().chain(&groups.resistant).copied().collect();
    vec![Stratum { rows, sensitive: groups.sensitive.len() }]
}

/// One stratum for each tissue.
pub(super) fn by_tissue(groups: &Groups, tissue: &Tissue) -> Vec<Stratum> {
    let mut strata: Vec<Stratum> = tissue.names.iter().map(|_| Stratum { rows: Vec::new(), sensitive: 0 }).collect();
    for row in &groups.sensitive {
        strata[tissue.codes[*row]].rows.push(*row);
        strata[tissue.codes[*row]].sensitive += 1;
    }
    groups.resistant.iter().for_each(|row| strata[tissue.codes[*row]].rows.push(*row));
    strata
}

/// Deals labels within strata: sensitive and resistant lines, of each stratum as many as before.
pub(super) fn deal(strata: &[Stratum], random: &mut impl Rng) -> (Vec<usize>, Vec<usize>) {
    let (mut sensitive, mut resistant) = (Vec::new(), Vec::new());
    for stratum in strata {
        let mut rows = stratum.rows.clone();
        rows.shuffle(random);
        let (low, high) = rows.split_at(stratum.sensitive);
        sensitive.extend_from_slice(low);
        resistant.extend_from_slice(high);
    }
    (sensitive, resistant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::drug_resistance::groups::GroupSize;
    use crate::cases::drug_resistance::readers::{Drug, Features, shipped};
    use crate::methods::random::stream;
    use proptest::prelude::*;

    fn tissue(codes: &[usize]) -> Tissue {
        let names = (0..=codes.iter().copied().max().unwrap_or(0)).map(|code| format!("tissue {code}")).collect();
        Tissue { names, codes: codes.to_vec() }
    }

    #[test]
    fn tissues_of_one_group_have_nothing_to_swap() {
        let groups = Groups { sensitive: vec![0, 1, 2, 3], resistant: vec![5, 6, 7] };
        // Line 4 is in no group: its tissue isn't counted.
        let mix = TissueMix::of(&groups, &tissue(&[0, 1, 1, 1, 3, 0, 0, 2])).unwrap();
        let counts: Vec<_> = mix.tissues.iter().map(|t| (t.name.as_str(), t.sensitive, t.resistant)).collect();
        assert_eq!(counts, [("tissue 1", 3, 0), ("tissue 0", 1, 2), ("tissue 2", 0, 1)]);
        assert_eq!((mix.sizes(), mix.swappable(), mix.shared().count()), ((4, 3), 3, 1));
        assert_eq!(
            mix.told(),
            "Tissues of the 4 sensitive/3 resistant lines: tissue 1 3/0, tissue 0 1/2, tissue 2 0/1; 3 lines can be swapped, those of \
             the 1 tissues in both groups"
        );
    }

    #[test]
    fn lines_without_a_tissue_are_refused() {
        let groups = Groups { sensitive: vec![0], resistant: vec![2] };
        let found = TissueMix::of(&groups, &tissue(&[0, 0]));
        assert!(matches!(found, Err(GroupError::UnknownLine { row: 2, lines: 2 })));
    }

    #[test]
    fn lines_sensitive_to_fluorouracil_are_blood() {
        let Some(library) = crate::cases::test_data::library("drug_resistance") else { return };
        let screen = shipped(&library, Features::Expr706, Drug::Fluorouracil).unwrap().screen;
        let groups = Groups::of(screen.z(), GroupSize::Fraction(0.1)).unwrap();
        let mix = TissueMix::of(&groups, screen.tissue().unwrap()).unwrap();
        let blood = mix.tissues.iter().filter(|t| ["leukemia", "lymphoma", "myeloma"].contains(&t.name.as_str()));
        let blood = blood.fold((0, 0), |(low, high), t| (low + t.sensitive, high + t.resistant));
        assert_eq!((mix.sizes(), blood), ((54, 54), (26, 1)));
    }

    proptest! {
        #[test]
        fn tissues_keep_their_numbers_in_both_groups(
            codes in prop::collection::vec(0usize..5, 12..40), low in 1usize..6, high in 1usize..6, seed in 0u64..50
        ) {
            let lines = codes.len();
            let groups = Groups { sensitive: (0..low).collect(), resistant: (lines - high..lines).collect() };
            let tissue = tissue(&codes);
            let dealt = deal(&by_tissue(&groups, &tissue), &mut stream(seed, "drug_resistance", "test", 0));
            let dealt = Groups { sensitive: dealt.0, resistant: dealt.1 };
            prop_assert_eq!(TissueMix::of(&dealt, &tissue).unwrap(), TissueMix::of(&groups, &tissue).unwrap());
            let sorted = |groups: &Groups| {
                let mut rows: Vec<usize> = groups.sensitive.iter().chain(&groups.resistant).copied().collect();
                rows.sort_unstable();
                rows
            };
            prop_assert_eq!(sorted(&dealt), sorted(&groups));
        }
    }
}
