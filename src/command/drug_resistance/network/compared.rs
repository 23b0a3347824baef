//! Sensitive beside resistant lines: groups, shuffled labels, and what is left of a difference within tissues.

use std::str::FromStr;

use miette::miette;
use saigen::cases::drug_resistance::Screen;
use saigen::cases::drug_resistance::groups::{
    Edge, GroupError, GroupSize, GroupTest, Groups, HubTest, PermutationSettings, WithinTissues, permute_labels,
    permute_within_tissues,
};
use saigen::cases::drug_resistance::predictive::PredictiveFit;
use saigen::display::Monitor;
use saigen::ndarray::Array2;

use super::super::super::terminal::Terminal;
use super::super::input::{FEW, Input};
use super::Arguments;

/// How many lines make a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size(GroupSize);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(count @ 1..) = text.parse::<usize>() {
            return Ok(Self(GroupSize::Count(count)));
        }
        match text.parse::<f64>() {
            Ok(share) if share > 0.0 && share < 1.0 => Ok(Self(GroupSize::Fraction(share))),
            _ => Err(format!("expected a share between 0 and 1, or a number of lines, found `{text}`")),
        }
    }
}

/// Both groups compared.
pub struct Compared {
    pub groups: Groups,
    /// By labels shuffled among all lines of both groups.
    pub test: GroupTest,
    /// By labels shuffled within tissues, where tissues are known.
    pub within: Option<WithinTissues>,
}

impl Compared {
    /// A hub by shuffles within tissues.
    pub fn inside(&self, hub: &HubTest) -> Option<&HubTest> {
        self.within.as_ref().map(|within| &within.test.hubs[hub.gene])
    }
}

/// Shuffles labels, among all lines and within tissues.
///
/// # Errors
/// [`GroupError`], of which an interrupt is one.
pub fn compare(
    arguments: &Arguments,
    screen: &Screen,
    fit: &PredictiveFit,
    edges: &[Edge],
    groups: Groups,
    terminal: &Terminal,
) -> Result<Compared, GroupError> {
    let settings = PermutationSettings {
        permutations: arguments.permutations as usize,
        level: arguments.level,
        seed: arguments.seed,
        task: "network command".into(),
    };
    let x = standardised(screen, fit);
    let x = x.view();
    terminal.begin("shuffling labels", settings.permutations as u64);
    let test = permute_labels(x, edges, &groups, &settings, terminal);
    terminal.end();
    let test = test?;
    let within = screen.tissue().map(|tissue| {
        terminal.begin("shuffling labels within tissues", settings.permutations as u64);
        let within = permute_within_tissues(x, edges, &groups, tissue, &settings, terminal);
        terminal.end();
        within
    });
    Ok(Compared { groups, test, within: within.transpose()? })
}

/// Expression as B takes it.
fn standardised(screen: &Screen, fit: &PredictiveFit) -> Array2<f64> {
    let mut x = screen.x().to_owned();
    for mut line in x.rows_mut() {
        for ((value, mean), scale) in line.iter_mut().zip(&fit.gene_mean).zip(&fit.gene_scale) {
            *value = (*value - mean) / scale;
        }
    }
    x
}

/// What makes a comparison of these groups say less than it seems to.
pub fn doubts(groups: &Groups, input: &Input) -> Vec<String> {
    let tissues = input.joined.screen.tissue().is_none().then(|| {
        "no tissues are known, so differences between tissues count as differences between the groups (--tissue)".into()
    });
    small(groups).into_iter().chain(tissues).collect()
}

/// Says so when a group has next to no lines.
fn small(groups: &Groups) -> Option<String> {
    let (sensitive, resistant) = (groups.sensitive.len(), groups.resistant.len());
    (sensitive.min(resistant) < FEW).then(|| {
        format!("{sensitive} sensitive and {resistant} resistant lines: with fewer than {FEW} lines in a group, its effects and p say little")
    })
}

/// The lines at either end of the response, if groups were asked for.
pub fn groups(arguments: &Arguments, input: &Input) -> miette::Result<Option<Groups>> {
    let Some(Size(low)) = arguments.sensitive.or(arguments.resistant) else { return Ok(None) };
    let Size(high) = arguments.resistant.or(arguments.sensitive).unwrap_or(Size(low));
    let z = input.joined.screen.z();
    let refuse = |error: GroupError| {
        miette!(help = "smaller groups: --sensitive 0.1 --resistant 0.1", "{}: {error}", input.joined.screen.drug())
    };
    let sensitive = Groups::of(z, low).map_err(refuse)?.sensitive;
    let resistant = Groups::of(z, high).map_err(refuse)?.resistant;
    if let Some(row) = sensitive.iter().find(|row| resistant.contains(row)) {
        let line = &input.joined.screen.lines()[*row];
        return Err(miette!(help = "smaller groups", "line `{line}` would be in both groups"));
    }
    Ok(Some(Groups { sensitive, resistant }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_next_to_no_lines_is_told() {
        let groups =
            |low: usize, high: usize| Groups { sensitive: (0..low).collect(), resistant: (50..50 + high).collect() };
        assert_eq!(small(&groups(FEW, FEW)), None);
        assert!(small(&groups(FEW - 1, 9)).unwrap().contains("4 sensitive and 9 resistant"));
        assert!(small(&groups(9, 1)).is_some());
    }

    #[test]
    fn sizes_of_groups_are_shares_or_numbers() {
        assert_eq!("0.1".parse(), Ok(Size(GroupSize::Fraction(0.1))));
        assert_eq!("95".parse(), Ok(Size(GroupSize::Count(95))));
        for text in ["0", "1.5", "-0.1", "ten", "NaN", ""] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
