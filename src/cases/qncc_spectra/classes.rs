//! The classes of the aromatic bands by Peeters et al. (2002) and Sloan et al. (2014), from measured positions.
//!
//! | class | 6.2 µm | 7.7 µm complex | 8.6 µm | 11.2 µm |
//! |---|---|---|---|---|
//! | A | up to 6.23 | led by 7.6, below 7.7 | up to 8.62 | 11.20–11.24 |
//! | B | 6.24–6.28 | led by a part between 7.7 and 8.0 | from 8.62 on | 11.24–11.30 |
//! | C | from 6.29 on | one broad band beyond 8.0 (8.22 in two sources) | – | 11.30–11.45 |
//! | D | 6.22–6.28 | one broad band below 8.0 | – | 11.35–11.45 |
//!
//! 6.2, 7.7 and 8.6 µm: Peeters et al. 2002, A&A 390, 1089 (the range of B as the case gives it); 11.2 µm: van Diedenhoven
//! et al. 2004, ApJ 611, 928, for A and B; D: Sloan et al. 2014, ApJ 791, 28. Nothing in the first sample lies between 8.0 and
//! 8.2 µm; the cut at 8.0, the widths that count as broad and the ranges of C and D at 11.2 µm are choices of this code.
//! The 6.2 and 7.7 µm bands decide. The others count only where those leave a choice, and are named when they disagree.

use serde::{Deserialize, Serialize};

use super::peaks::{self, PeakError};

/// A class of band profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    A,
    B,
    C,
    D,
}

/// The bands whose positions tell the classes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Band {
    Six,
    Seven,
    Eight,
    Eleven,
}

impl Band {
    /// All, in order of wavelength.
    pub const ALL: [Band; 4] = [Band::Six, Band::Seven, Band::Eight, Band::Eleven];

    /// The name, as observers call it.
    pub fn name(self) -> &'static str {
        match self {
            Band::Six => "6.2 µm",
            Band::Seven => "7.7 µm",
            Band::Eight => "8.6 µm",
            Band::Eleven => "11.2 µm",
        }
    }

    /// Whether the band decides the class.
    pub fn decides(self) -> bool {
        matches!(self, Band::Six | Band::Seven)
    }

    /// How its peak is measured: window in µm, and above which share of the height.
    pub fn settings(self, anchor_half_width: f64) -> peaks::Settings {
        let (window, share) = match self {
            Band::Six => ((6.05, 6.60), 0.6),
            // the parts of the complex have to be told apart, so only its top counts; the ends keep clear of the lines of
            // Ar⁺ and Ar²⁺ at 6.985 and 8.991 µm
            Band::Seven => ((7.07, 8.92), 0.8),
            Band::Eight => ((8.3, 8.9), 0.6),
            Band::Eleven => ((10.9, 11.7), 0.6),
        };
        peaks::Settings { share, ..peaks::Settings::new(window, anchor_half_width) }
    }

    /// Where the band lies in each class, in µm.
    #[expect(clippy::approx_constant, reason = "6.28 µm is an end of a class, not 2π")]
    fn ranges(self) -> &'static [(Class, f64, f64)] {
        match self {
            Band::Six => {
                &[(Class::A, 6.19, 6.23), (Class::B, 6.24, 6.28), (Class::C, 6.29, 6.35), (Class::D, 6.22, 6.28)]
            }
            Band::Seven => &[(Class::A, 7.5, 7.7), (Class::B, 7.7, 8.0), (Class::C, 8.0, 8.4), (Class::D, 7.5, 8.0)],
            Band::Eight => &[(Class::A, 8.55, 8.62), (Class::B, 8.62, 8.75)],
            Band::Eleven => &[
                (Class::A, 11.20, 11.24),
                (Class::B, 11.24, 11.30),
                (Class::C, 11.30, 11.45),
                (Class::D, 11.35, 11.45),
            ],
        }
    }
}

/// Width of the 7.7 µm complex, in µm, above which it counts as one broad band: half-way between the 0.5 of classes A and B
/// and the 1 µm and more of classes C and D.
const BROAD: f64 = 0.75;

/// Distance from a range, in σ, beyond which a band speaks against a class.
const AGAINST: f64 = 2.0;
/// Distance in σ beyond which a single band excludes a class.
const EXCLUDED: f64 = 3.0;
/// Difference in χ² (squared distances in σ) from the best class beyond which a class is out: two σ.
const DECIDED: f64 = 4.0;
/// Share of a resolution element by which resolution may move an asymmetric band; the Orion Bar's move by up to a fifth.
const RESOLUTION: f64 = 0.25;

/// A measured position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    pub band: Band,
    /// Peak, in µm.
    pub position_um: f64,
    /// One σ of the measurement, in µm.
    pub uncertainty_um: f64,
    /// One σ of what the spectrum's resolution may have done, in µm.
    pub resolution_um: f64,
    /// Width at half height in µm, where known; used for the 7.7 µm complex.
    pub fwhm_um: Option<f64>,
}

impl Position {
    /// The position less the shift that a template of high resolution shows at this resolution
    /// ([`super::resolution::peak_shift`]); half of the shift stays as its uncertainty.
    #[must_use]
    pub fn less_shift(&self, shift_um: f64) -> Self {
        let resolution_um = 0.5 * shift_um.abs();
        Self { position_um: self.position_um - shift_um, resolution_um, ..self.clone() }
    }

    /// One σ of the position altogether, in µm.
    pub fn sigma_um(&self) -> f64 {
        self.uncertainty_um.hypot(self.resolution_um)
    }

    /// How far the band lies from its range in a class, in σ; `None` when the class has no range for it.
    fn distance(&self, class: Class) -> Option<f64> {
        let (_, low, high) = self.band.ranges().iter().find(|(other, ..)| *other == class)?;
        // broad is what C and D are by definition, so for D the width has to be known
        let shaped = match (self.band, class, self.fwhm_um) {
            (Band::Seven, Class::A | Class::B, Some(width)) => width <= BROAD,
            (Band::Seven, Class::C, Some(width)) => width > BROAD,
            (Band::Seven, Class::D, width) => width.is_some_and(|width| width > BROAD),
            _ => true,
        };
        let outside = (low - self.position_um).max(self.position_um - high).max(0.0);
        Some(if shaped { outside / self.sigma_um() } else { f64::INFINITY })
    }
}

/// What one band says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    pub position: Position,
    /// The classes whose range lies within two σ.
    pub compatible: Vec<Class>,
}

/// The class of a spectrum, or that it has none, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// `None`: the data don't decide.
    pub class: Option<Class>,
    /// In a sentence.
    pub reason: String,
    /// What each band says.
    pub opinions: Vec<Opinion>,
}

/// Measures the four bands of a spectrum on an ascending axis in µm; `anchor_half_width` as in [`peaks::Settings`].
///
/// `resolving_power` is that of the spectrum: a quarter of a resolution element stays as an uncertainty, until
/// [`Position::less_shift`] replaces it. A band that can't be measured comes back as its error. `sigma` may be empty.
pub fn measure(
    wavelength_um: &[f64],
    flux: &[f64],
    sigma: &[f64],
    resolving_power: f64,
    anchor_half_width: f64,
) -> Vec<(Band, Result<Position, PeakError>)> {
    let measured = |band: Band| -> Result<Position, PeakError> {
        let peak = peaks::measure(wavelength_um, flux, sigma, &band.settings(anchor_half_width))?;
        Ok(Position {
            band,
            position_um: peak.position,
            uncertainty_um: peak.uncertainty,
            resolution_um: RESOLUTION * peak.position / resolving_power,
            fwhm_um: peak.fwhm,
        })
    };
    Band::ALL.into_iter().map(|band| (band, measured(band))).collect()
}

/// Assigns a class from positions; at most the first of each band counts.
///
/// Each class is as far from the data as its ranges are from the positions of the 6.2 and 7.7 µm bands, in squared σ. The
/// nearest is the class if no other comes within 4 (two σ) of it; if one does, the 8.6 and 11.2 µm bands are counted too,
/// as far as all classes left have ranges for them. Unclassified, with the reason: neither of the two bands measured, a
/// band three σ or more from every class or from the one that the other band wants, or several classes left to the end.
pub fn classify(positions: &[Position]) -> Classification {
    let first = |band: Band| positions.iter().find(|position| position.band == band).cloned();
    let opinions: Vec<Opinion> = Band::ALL.into_iter().filter_map(first).map(Opinion::of).collect();
    let (class, reason) = judge(&opinions);
    Classification { class, reason, opinions }
}

fn judge(opinions: &[Opinion]) -> (Option<Class>, String) {
    let (deciding, others): (Vec<&Opinion>, Vec<&Opinion>) =
        opinions.iter().partition(|opinion| opinion.position.band.decides());
    if deciding.is_empty() {
        return (None, "neither the 6.2 nor the 7.7 µm band was measured".into());
    }
    let distance = |opinion: &Opinion, class| opinion.position.distance(class).unwrap_or(f64::INFINITY);
    let possible = |class: &Class| deciding.iter().all(|opinion| distance(opinion, *class) < EXCLUDED);
    let mut left: Vec<(Class, f64)> = [Class::A, Class::B, Class::C, Class::D]
        .into_iter()
        .filter(possible)
        .map(|class| (class, deciding.iter().map(|opinion| distance(opinion, class).powi(2)).sum()))
        .collect();
    let mut reason = deciding.iter().map(|opinion| opinion.words()).collect::<Vec<_>>().join("; ");
    if left.is_empty() {
        return (None, format!("no class fits: {reason}"));
    }
    keep_nearest(&mut left);
    for opinion in others {
        let has_range = |(class, _): &(Class, f64)| opinion.position.distance(*class).is_some();
        if left.len() > 1 && left.iter().all(has_range) {
            left.iter_mut().for_each(|(class, chi2)| *chi2 += distance(opinion, *class).powi(2));
            reason = format!("{reason}; {}", opinion.words());
            keep_nearest(&mut left);
        } else if left.iter().all(|(class, _)| opinion.position.distance(*class).is_some_and(|z| z > AGAINST)) {
            reason = format!("{reason}; against it {}", opinion.words());
        }
    }
    let classes: Vec<Class> = left.iter().map(|(class, _)| *class).collect();
    match classes.as_slice() {
        [class] => (Some(*class), reason),
        several => (None, format!("the data leave {} open: {reason}", list(several))),
    }
}

/// Drops classes whose χ² is beyond that of the best by more than [`DECIDED`].
fn keep_nearest(left: &mut Vec<(Class, f64)>) {
    let best = left.iter().map(|(_, chi2)| *chi2).fold(f64::INFINITY, f64::min);
    left.retain(|(_, chi2)| *chi2 <= best + DECIDED);
}

impl Opinion {
    fn of(position: Position) -> Self {
        let near = |class: &Class| position.distance(*class).is_some_and(|z| z <= AGAINST);
        let compatible = [Class::A, Class::B, Class::C, Class::D].into_iter().filter(near).collect();
        Self { position, compatible }
    }

    fn words(&self) -> String {
        let Position { band, position_um, fwhm_um, .. } = &self.position;
        let width = match (band, fwhm_um) {
            (Band::Seven, Some(width)) => format!(", {width:.2} µm wide,"),
            _ => String::new(),
        };
        let verdict = match self.compatible.as_slice() {
            [] => "fits no class".into(),
            some => format!("says {}", list(some)),
        };
        format!("{} at {position_um:.3} ± {:.3} µm{width} {verdict}", band.name(), self.position.sigma_um())
    }
}

/// `A`, `A or B`, `A, B or D`.
fn list(classes: &[Class]) -> String {
    let names: Vec<String> = classes.iter().map(|class| format!("{class:?}")).collect();
    match names.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::qncc_spectra::resolution::{convolve, peak_shift};
    use crate::cases::qncc_spectra::stand_in::StandIn;
    use crate::cases::qncc_spectra::test_files;

    fn at(band: Band, position_um: f64, uncertainty_um: f64) -> Position {
        Position { band, position_um, uncertainty_um, resolution_um: 0.0, fwhm_um: None }
    }

    fn broad(position_um: f64) -> Position {
        Position { fwhm_um: Some(1.2), ..at(Band::Seven, position_um, 0.02) }
    }

    #[test]
    fn textbook_positions_give_their_class() {
        for (class, positions) in [
            (Class::A, vec![at(Band::Six, 6.22, 0.003), at(Band::Seven, 7.6, 0.02)]),
            (Class::B, vec![at(Band::Six, 6.26, 0.003), at(Band::Seven, 7.85, 0.02)]),
            (Class::C, vec![at(Band::Six, 6.30, 0.003), broad(8.22)]),
            (Class::D, vec![at(Band::Six, 6.24, 0.003), broad(7.75), at(Band::Eleven, 11.4, 0.02)]),
        ] {
            let found = classify(&positions);
            assert_eq!(found.class, Some(class), "{}", found.reason);
        }
    }

    #[test]
    fn what_the_data_leave_open_is_unclassified_with_a_reason() {
        let open = classify(&[at(Band::Six, 6.235, 0.01), at(Band::Seven, 7.70, 0.03)]);
        assert_eq!(open.class, None);
        let words = "the data leave A or B open: 6.2 µm at 6.235 ± 0.010 µm says A, B or D; 7.7 µm at";
        assert!(open.reason.starts_with(words), "{}", open.reason);
        let torn = classify(&[at(Band::Six, 6.22, 0.002), at(Band::Seven, 7.9, 0.02)]);
        assert_eq!(torn.class, None);
        assert!(torn.reason.starts_with("no class fits: 6.2 µm at 6.220 ± 0.002 µm says A or D"), "{}", torn.reason);
        let none = classify(&[at(Band::Eleven, 11.2, 0.01)]);
        assert_eq!(none.reason, "neither the 6.2 nor the 7.7 µm band was measured");
        let nothing = classify(&[at(Band::Six, 6.0, 0.002)]);
        assert!(nothing.class.is_none() && nothing.reason.contains("fits no class"), "{}", nothing.reason);
    }

    #[test]
    fn other_bands_decide_what_is_open_and_are_named_when_they_disagree() {
        let torn = [at(Band::Six, 6.235, 0.003), at(Band::Seven, 7.70, 0.02)];
        assert_eq!(classify(&torn).class, None);
        let settled = classify(&[torn.as_slice(), &[at(Band::Eight, 8.70, 0.02)]].concat());
        assert_eq!(settled.class, Some(Class::B), "{}", settled.reason);
        let against = classify(&[at(Band::Six, 6.22, 0.003), at(Band::Seven, 7.6, 0.02), at(Band::Eleven, 11.4, 0.01)]);
        assert_eq!(against.class, Some(Class::A));
        assert!(against.reason.contains("against it 11.2 µm at 11.400"), "{}", against.reason);
    }

    #[test]
    fn a_low_resolution_leaves_open_what_it_may_have_moved() {
        let position = at(Band::Six, 6.245, 0.001);
        let narrow = at(Band::Seven, 7.62, 0.05);
        let sharp = classify(&[position.clone(), narrow.clone()]);
        assert_eq!(sharp.class, Some(Class::B), "{}", sharp.reason);
        let coarse = Position { resolution_um: RESOLUTION * 6.245 / 90.0, ..position.clone() };
        assert_eq!(classify(&[coarse.clone(), narrow.clone()]).class, None);
        // a template that moves by 0.02 µm at this resolution settles it
        let corrected = coarse.less_shift(0.02);
        assert!((corrected.position_um - 6.225).abs() < 1e-12 && (corrected.resolution_um - 0.01).abs() < 1e-12);
        let wide = at(Band::Seven, 7.62, 0.04);
        assert_eq!(classify(&[corrected, wide]).class, Some(Class::A));
    }

    /// One spectrum made of the sub-bands 6 and 7 of an ISO SWS file; each band is measured within one of them.
    fn orion(name: &str) -> Option<Vec<(Vec<f64>, Vec<f64>)>> {
        let rows = test_files::numbers(&format!("orion_bar_{name}_iso_sws_merged.ipac"))?;
        let part = |id: f64| {
            let mut part: Vec<Vec<f64>> = rows.iter().filter(|row| row[3] == id).cloned().collect();
            part.dedup_by(|a, b| a[0] == b[0]);
            (test_files::column(&part, 0), test_files::column(&part, 1))
        };
        Some(vec![part(6.0), part(7.0)])
    }

    fn evidence(parts: &[(Vec<f64>, Vec<f64>)], resolving_power: f64, anchor: f64) -> Vec<Position> {
        let all = parts.iter().flat_map(|(x, y)| measure(x, y, &[], resolving_power, anchor));
        all.filter_map(|(_, found)| found.ok()).collect()
    }

    /// Claim 10.
    #[test]
    fn orion_is_a() {
        for name in ["d2", "brgamma", "h2s1"] {
            let Some(parts) = orion(name) else { return };
            let found = classify(&evidence(&parts, 500.0, 0.03));
            eprintln!("{name}: {}", found.reason);
            assert_eq!(found.class, Some(Class::A), "{name}: {}", found.reason);
        }
    }

    /// Claim 10. At a resolving power of 90 asymmetric bands peak at longer wavelengths; the Orion Bar at that resolution tells
    /// by how much, and that is taken off M101.
    #[test]
    fn m101_is_a_also_when_its_resolution_is_allowed_for() {
        let Some(rows) = test_files::numbers("m101_nucleus_spitzer_irs.ipac") else { return };
        let Some(parts) = orion("h2s1") else { return };
        let (x, y, s) = (test_files::column(&rows, 0), test_files::column(&rows, 1), test_files::column(&rows, 2));
        let positions: Vec<Position> =
            measure(&x, &y, &s, 90.0, 0.05).into_iter().filter_map(|(_, found)| found.ok()).collect();
        let plain = classify(&positions);
        eprintln!("as measured: {}", plain.reason);
        let corrected: Vec<Position> = positions
            .into_iter()
            .map(|position| {
                let part = &parts[usize::from(position.band != Band::Six)];
                let band = position.band;
                let fine = (part.0.as_slice(), part.1.as_slice());
                let shift = peak_shift(fine, &band.settings(0.03), 90.0, &x, &band.settings(0.05)).unwrap();
                eprintln!("{}: shift {shift:.4}", band.name());
                position.less_shift(shift)
            })
            .collect();
        let found = classify(&corrected);
        eprintln!("corrected: {}", found.reason);
        assert_eq!(found.class, Some(Class::A), "{}", found.reason);
        assert!(matches!(plain.class, Some(Class::A) | None), "{}", plain.reason);
    }

    /// Claim 10.
    #[test]
    fn the_nova_stand_in_is_c_with_and_without_its_continuum_and_at_low_resolution() {
        let name = "SYNTHETIC_standin_bands.csv";
        let Some(text) = test_files::text(name) else { return };
        let bands = StandIn::parse(name, &text).unwrap();
        let x: Vec<f64> = (0..3000).map(|i| 5.0 * (f64::from(i) / 2500.0).exp()).collect();
        let (nova, continuum) = (bands.nova(&x), bands.continuum(&x));
        let both: Vec<f64> = nova.iter().zip(&continuum).map(|(a, b)| a + b).collect();
        let coarse: Vec<f64> = (0..250).map(|i| 5.2 * (f64::from(i) / 220.0).exp()).collect();
        let smooth = convolve(&x, &nova, 90.0, &coarse).unwrap();
        for (what, x, y, resolving_power) in
            [("bands", &x, &nova, 1e4), ("with continuum", &x, &both, 1e4), ("R = 90", &coarse, &smooth, 90.0)]
        {
            let found = classify(&evidence(&[(x.clone(), y.clone())], resolving_power, 0.05));
            eprintln!("{what}: {}", found.reason);
            assert_eq!(found.class, Some(Class::C), "{what}: {}", found.reason);
        }
    }
}
