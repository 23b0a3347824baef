//! The carbon K-edge: a ladder of models, each with one peak more.
//!
//! Assignments are the usual ones of the field, from general knowledge (grade A): they name a peak, no conclusion rests on them.

use super::model::{Edge, Model, Peak, Range};

/// The name of the peak of C=C double bonds.
pub const DOUBLE_BOND: &str = "C=C π* (285.2)";

/// Peaks in the order in which the ladder adds them: name, energy in eV, reach in eV.
///
/// That of double bonds is sought in all the room between its neighbours, 284.7–285.9 eV: wider than any claim allows, and no
/// two names can stand for one peak.
const PEAKS: [(&str, f64, f64); 6] = [
    (DOUBLE_BOND, 285.3, 0.6),
    ("C=O π* (288.6)", 288.6, 0.5),
    ("C–H (287.2)", 287.2, 0.5),
    ("289.7 eV", 289.7, 0.5),
    ("C–O, C=N π* (286.3)", 286.3, 0.4),
    ("C=C π*, low side (284.4)", 284.4, 0.3),
];

/// Models of one to six π* peaks on line, step and two σ* resonances.
pub fn ladder() -> Vec<Model> {
    (1..=PEAKS.len()).map(model).collect()
}

fn model(count: usize) -> Model {
    let peaks = PEAKS[..count].iter().map(|(name, center, reach)| Peak::growing(*name, Range::around(*center, *reach)));
    let resonances = [
        Peak::broad("C–C σ*", Range::new(291.5, 294.5), Range::new(1.5, 10.0)),
        Peak::broad("C=C σ*", Range::new(295.5, 304.0), Range::new(3.0, 16.0)),
    ];
    Model {
        name: if count == 1 { "1 π* peak".into() } else { format!("{count} π* peaks") },
        edge: Edge::Arctangent,
        edge_position: Range::new(287.5, 292.0),
        edge_width: Range::new(0.3, 3.0),
        fwhm: Range::new(0.4, 1.8),
        growth: Range::new(0.0, 0.3),
        anchor: 284.0,
        peaks: peaks.chain(resonances).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rung_can_be_fitted_and_contains_the_one_below() {
        let ladder = ladder();
        assert_eq!(ladder.len(), 6);
        for pair in ladder.windows(2) {
            assert!(pair[0].check().is_ok() && pair[1].check().is_ok());
            assert!(pair[0].peaks.iter().all(|peak| pair[1].peaks.contains(peak)));
        }
    }
}
