//! The nitrogen K-edge: imine, nitrile, amide and amine as competing models.
//!
//! A saturated amine has no π* orbital: it shows as the step with broad σ* intensity. A peak near 401.4 eV is therefore never
//! read as amine: amine is only compared together with amide ([`models`] refuses otherwise), and what is said of one names the
//! other. The energies at which the groups' peaks are sought are untraced (grade S): they were found in no text that was read,
//! and are to be checked in Leinweber et al., J. Synchrotron Rad. 14, 500 (2007), before anything rests on them.
//!
//! BIC ranks models, it doesn't say that one fits. Where the best has χ²/dof above one, errors are widened by its root before
//! gains are formed, and where no model comes below [`NO_FIT`], no group is named: [`Verdict::NoModelFits`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::compare::{NO_FIT, Spectrum, error_scale, fit_all, ranking};
use super::fit::{XanesError, XanesFit};
use super::model::{Edge, Model, Peak, Range};
use crate::cases::qncc_spectra::fit::separable::Options;
use crate::display::Monitor;

/// A nitrogen-bearing group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Group {
    /// C=N: π* at 398.8 eV.
    Imine,
    /// C≡N: π* at 399.7–399.8 eV.
    Nitrile,
    /// N–C=O: π* near 401.4 eV.
    Amide,
    /// C–N with no multiple bond: no π*, broad σ* at 402–406 eV.
    Amine,
}

impl Group {
    /// All groups, by energy.
    pub const ALL: [Self; 4] = [Group::Imine, Group::Nitrile, Group::Amide, Group::Amine];

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Group::Imine => "imine",
            Group::Nitrile => "nitrile",
            Group::Amide => "amide",
            Group::Amine => "amine",
        }
    }

    /// Where the centre of its peak may lie, in eV (grade S).
    pub fn center(self) -> Range {
        match self {
            Group::Imine => Range::around(398.8, REACH),
            Group::Nitrile => Range::around(399.75, REACH),
            Group::Amide => Range::around(401.4, REACH),
            Group::Amine => Range::new(402.0, 406.0),
        }
    }

    fn peak(self) -> Peak {
        match self {
            Group::Amine => Peak::broad("amine σ*", self.center(), Range::new(2.5, 6.0)),
            _ => Peak::growing(format!("{} π*", self.label()), self.center()),
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// A word that is no group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found the group `{found}`; expected imine, nitrile, amide or amine")]
pub struct UnknownGroup {
    pub found: String,
}

impl FromStr for Group {
    type Err = UnknownGroup;

    fn from_str(word: &str) -> Result<Self, UnknownGroup> {
        Self::ALL.into_iter().find(|group| group.label() == word).ok_or_else(|| UnknownGroup { found: word.into() })
    }
}

/// How far a π* peak may lie from the energy at which it is sought, in eV: chemical shifts within a group, not calibration.
pub const REACH: f64 = 0.25;
/// Resonance of the continuum that every model has.
const CONTINUUM: &str = "continuum σ*";

/// The model with these groups: line, arctangent step at 404–407 eV, a continuum resonance at 407.5–412 eV, and a peak for each.
pub fn model(groups: &[Group]) -> Model {
    let names: Vec<&str> = groups.iter().map(|group| group.label()).collect();
    let continuum = Peak::broad(CONTINUUM, Range::new(407.5, 412.0), Range::new(3.0, 9.0));
    Model {
        name: if names.is_empty() { "step only".into() } else { names.join(" + ") },
        edge: Edge::Arctangent,
        edge_position: Range::new(404.0, 407.0),
        edge_width: Range::new(1.0, 3.0),
        fwhm: Range::new(0.5, 1.4),
        growth: Range::new(0.0, 0.2),
        anchor: 398.0,
        peaks: groups.iter().map(|group| group.peak()).chain([continuum]).collect(),
    }
}

/// All combinations of `groups`, none of them included, fewest first.
///
/// # Errors
/// [`XanesError::AmineAlone`] when amine is among them and amide is not; [`XanesError::NoModels`] for an empty list.
pub fn models(groups: &[Group]) -> Result<Vec<(Vec<Group>, Model)>, XanesError> {
    let chosen: Vec<Group> = Group::ALL.into_iter().filter(|group| groups.contains(group)).collect();
    if chosen.is_empty() {
        return Err(XanesError::NoModels);
    }
    if chosen.contains(&Group::Amine) && !chosen.contains(&Group::Amide) {
        return Err(XanesError::AmineAlone);
    }
    let subset = |mask: usize| -> Vec<Group> {
        chosen.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, group)| *group).collect()
    };
    let mut subsets: Vec<Vec<Group>> = (0..1 << chosen.len()).map(subset).collect();
    subsets.sort_by_key(Vec::len);
    Ok(subsets.into_iter().map(|groups| (groups.clone(), model(&groups))).collect())
}

/// A gain of BIC above which a group counts as found ("strong", Kass & Raftery 1995).
pub const STRONG: f64 = 6.0;

/// What a spectrum says of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Models without it are worse by more than [`STRONG`].
    Needed,
    /// Models without it are worse, but not by that much.
    Undecided,
    /// Models without it are as good.
    NotNeeded,
    /// No model that was tried fits, so a difference between two of them tells of no group.
    NoModelFits,
}

impl Verdict {
    /// The verdict in words.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Needed => "needed",
            Verdict::Undecided => "undecided",
            Verdict::NotNeeded => "not needed",
            Verdict::NoModelFits => "not judged",
        }
    }
}

/// What the spectrum says of one group, and the difference of BIC between the best model without it and the best one with it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Support {
    pub group: Group,
    /// Positive: models without the group are worse. With errors times [`Comparison::error_scale`].
    pub gain: f64,
    pub verdict: Verdict,
}

impl Support {
    /// The support for a group by its gain, if any model fits at all.
    fn new(group: Group, gain: f64, fits: bool) -> Self {
        let verdict = match gain {
            _ if !fits => Verdict::NoModelFits,
            gain if gain > STRONG => Verdict::Needed,
            gain if gain > 0.0 => Verdict::Undecided,
            _ => Verdict::NotNeeded,
        };
        Self { group, gain, verdict }
    }

    /// Whether the group is needed.
    pub fn found(self) -> bool {
        self.verdict == Verdict::Needed
    }

    /// The verdict in words.
    pub fn word(self) -> &'static str {
        self.verdict.word()
    }
}

/// All models of one spectrum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What was added to the energies before the fits, in eV.
    pub offset: f64,
    /// The groups of each model, best model first.
    pub groups: Vec<Vec<Group>>,
    /// The fits, best first.
    pub fits: Vec<XanesFit>,
    /// For each group that was tried.
    pub support: Vec<Support>,
    /// By how much errors are widened for gains and ranking: √(χ²/dof) of the model that fits best, at least one.
    pub error_scale: f64,
}

impl Comparison {
    /// The best fit.
    pub fn best(&self) -> &XanesFit {
        &self.fits[0]
    }

    /// How much worse each model is than the best, in BIC with widened errors.
    pub fn differences(&self) -> Vec<f64> {
        let criterion = |fit: &XanesFit| fit.bic_with_errors_times(self.error_scale);
        self.fits.iter().map(|fit| criterion(fit) - criterion(&self.fits[0])).collect()
    }

    /// Whether any model fits: χ²/dof up to [`NO_FIT`].
    pub fn some_model_fits(&self) -> bool {
        self.error_scale * self.error_scale <= NO_FIT
    }

    /// The support of a group, if it was tried.
    pub fn support(&self, group: Group) -> Option<Support> {
        self.support.iter().copied().find(|support| support.group == group)
    }

    /// What the spectrum says, in sentences that may be printed as they are.
    pub fn sentences(&self) -> Vec<String> {
        let best = self.best();
        let mut sentences = vec![format!(
            "best of the models: {} (BIC {:.1}, χ²/dof {:.2})",
            best.model,
            best.bic_with_errors_times(self.error_scale),
            best.reduced()
        )];
        if self.some_model_fits() {
            let verdict =
                |support: &Support| format!("{} {} (ΔBIC {:+.1})", support.group, support.word(), support.gain);
            sentences.push(self.support.iter().map(verdict).collect::<Vec<_>>().join(", "));
            if self.error_scale > 1.0 {
                sentences.push(format!(
                    "errors are widened by {:.2}, √(χ²/dof) of the model that fits best, in BIC and its differences",
                    self.error_scale
                ));
            }
        } else {
            sentences.push(format!(
                "no model fits: the least χ²/dof is {:.2}, above {NO_FIT}, so no group is called needed or not. The errors are too \
                 small, the energies are off, or the spectrum holds what no model has",
                self.error_scale * self.error_scale
            ));
        }
        sentences.push(format!(
            "photon energies as given {:+.2} eV; the energies at which groups are sought are untraced (grade S)",
            self.offset
        ));
        if let (Some(amide), Some(amine)) = (self.support(Group::Amide), self.support(Group::Amine)) {
            sentences.push(format!(
                "near 401.4 eV and above, amide ({}) and amine ({}) compete: a peak there is π* of an amide, a saturated amine has \
                 no π* and shows as a step with broad σ* only",
                amide.word(),
                amine.word()
            ));
        }
        sentences
    }
}

/// Fits all combinations of groups to a spectrum whose energies are corrected by `offset` eV first.
///
/// # Errors
/// As [`models`] and [`fit_all`].
pub fn compare(
    groups: &[Group],
    spectrum: Spectrum,
    offset: f64,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Comparison, XanesError> {
    let (groups, models): (Vec<Vec<Group>>, Vec<Model>) = models(groups)?.into_iter().unzip();
    let energy: Vec<f64> = spectrum.energy.iter().map(|energy| energy + offset).collect();
    let fits = fit_all(&models, Spectrum { energy: &energy, ..spectrum }, options, monitor)?;
    let scale = error_scale(&fits);
    let criterion = |i: usize| fits[i].bic_with_errors_times(scale);
    let best = |group: Group, with: bool| {
        let of_kind = (0..fits.len()).filter(|i| groups[*i].contains(&group) == with);
        of_kind.min_by(|a, b| criterion(*a).total_cmp(&criterion(*b)))
    };
    let support = |group: Group| {
        let (without, with) = (best(group, false)?, best(group, true)?);
        let gain = criterion(without) - criterion(with);
        // A model in which the group has no height is the one without it, but for what a search leaves.
        let there = fits[with].peak(&group.peak().name).is_some_and(|peak| peak.height.value() > 0.0);
        Some(Support::new(group, if there { gain } else { gain.min(0.0) }, scale * scale <= NO_FIT))
    };
    let support = Group::ALL.into_iter().filter_map(support).collect();
    let order = ranking(&fits, scale);
    Ok(Comparison {
        offset,
        groups: order.iter().map(|i| groups[*i].clone()).collect(),
        fits: order.iter().map(|i| fits[*i].clone()).collect(),
        support,
        error_scale: scale,
    })
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::{Planted, nitrogen};
    use super::*;
    use crate::display::Silent;

    fn quick() -> Options {
        Options { starts: 2, ..Options::default() }
    }

    #[test]
    fn amine_is_never_tried_without_amide() {
        assert!(matches!(models(&[Group::Amine, Group::Imine]), Err(XanesError::AmineAlone)));
        assert!(matches!(models(&[]), Err(XanesError::NoModels)));
        let all = models(&Group::ALL).unwrap();
        assert_eq!((all.len(), all[0].1.name.as_str()), (16, "step only"));
        assert_eq!(models(&[Group::Nitrile]).unwrap().len(), 2);
    }

    #[test]
    fn every_combination_can_be_fitted() {
        for (_, model) in models(&Group::ALL).unwrap() {
            model.check().unwrap();
        }
    }

    #[test]
    fn a_peak_at_401_4_is_amide_and_broad_intensity_without_one_is_amine() {
        for (planted, found, absent) in [
            (vec![Group::Imine, Group::Amide], Group::Amide, Group::Amine),
            (vec![Group::Imine, Group::Amine], Group::Amine, Group::Amide),
        ] {
            let spectrum = nitrogen(&Planted { groups: planted, noise: 0.004, seed: 5, index: 0 });
            let found_in = compare(&Group::ALL, spectrum.view(), 0.0, &quick(), &Silent).unwrap();
            assert!(found_in.support(found).unwrap().found(), "{:?}", found_in.support);
            assert!(!found_in.support(absent).unwrap().found(), "{:?}", found_in.support);
            let said = found_in.sentences().join("\n");
            assert!(said.contains("amide") && said.contains("no π*") && said.contains("grade S"), "{said}");
            // By BIC; a peak of no height puts a fit half a unit behind.
            let absent = |fit: &XanesFit| fit.peaks.iter().filter(|peak| peak.height.value() == 0.0).count() as f64;
            let keys = found_in.differences().into_iter().zip(&found_in.fits).map(|(bic, fit)| bic + 0.5 * absent(fit));
            let keys: Vec<f64> = keys.collect();
            assert!(keys.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9), "{keys:?}");
        }
    }

    #[test]
    fn the_order_in_which_groups_are_named_changes_nothing() {
        let spectrum = nitrogen(&Planted { groups: vec![Group::Nitrile], noise: 0.004, seed: 6, index: 0 });
        let named = |groups: &[Group]| compare(groups, spectrum.view(), 0.0, &quick(), &Silent).unwrap();
        let first = named(&[Group::Imine, Group::Nitrile]);
        assert_eq!(first, named(&[Group::Nitrile, Group::Imine, Group::Nitrile]));
        assert_eq!(first.groups[0], [Group::Nitrile]);
    }

    #[test]
    fn where_no_model_fits_no_group_is_named() {
        let planted = Planted { groups: vec![Group::Imine, Group::Amide], noise: 0.004, seed: 5, index: 0 };
        let good = nitrogen(&planted);
        // A peak at 396 eV that no model has.
        let mut strange = good.clone();
        for (y, e) in strange.y.iter_mut().zip(&good.energy) {
            *y += 0.3 * (-4.0 * std::f64::consts::LN_2 * (e - 396.0_f64).powi(2)).exp();
        }
        let groups = [Group::Imine, Group::Amide];
        let found = compare(&groups, strange.view(), 0.0, &quick(), &Silent).unwrap();
        assert!(!found.some_model_fits() && found.error_scale > 2.0, "{}", found.error_scale);
        assert!(found.support.iter().all(|support| support.verdict == Verdict::NoModelFits), "{:?}", found.support);
        assert!(found.support[0].gain > STRONG, "the gain alone would have named a group: {:?}", found.support);
        let said = found.sentences().join("\n");
        assert!(said.contains("no model fits") && !said.contains("imine needed"), "{said}");
        // Errors that are a little too small are widened, and said to be.
        let mut narrow = good.clone();
        narrow.sigma.iter_mut().for_each(|sigma| *sigma /= 1.2);
        let (given, widened) = (
            compare(&groups, good.view(), 0.0, &quick(), &Silent).unwrap(),
            compare(&groups, narrow.view(), 0.0, &quick(), &Silent).unwrap(),
        );
        assert!(widened.some_model_fits() && (1.05..1.4).contains(&widened.error_scale), "{}", widened.error_scale);
        assert!(widened.sentences().join("\n").contains("errors are widened by"));
        for (a, b) in given.support.iter().zip(&widened.support) {
            assert_eq!(a.verdict, b.verdict);
            assert!((b.gain / a.gain - 1.0).abs() < 0.2, "widening takes the factor out again: {a:?} {b:?}");
        }
    }

    #[test]
    fn words_follow_the_gain() {
        let word = |gain| Support::new(Group::Imine, gain, true).word();
        assert_eq!([word(-1.0), word(3.0), word(7.0)], ["not needed", "undecided", "needed"]);
        let unjudged = Support::new(Group::Imine, 900.0, false);
        assert!(unjudged.verdict == Verdict::NoModelFits && !unjudged.found());
        assert!("amine".parse::<Group>().is_ok());
        assert!("amin".parse::<Group>().unwrap_err().to_string().contains("`amin`"));
    }
}
