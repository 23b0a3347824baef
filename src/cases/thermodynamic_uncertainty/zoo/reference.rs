//! Reference values of the zoo, computed for this project with an independent implementation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Reference values of one network at its table state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    pub forward: Vec<f64>,
    pub backward: Vec<f64>,
    pub force: Vec<f64>,
    pub entropy_production: f64,
    pub pseudo_entropy_production: f64,
    pub matrix_bound: f64,
    pub excess: f64,
    pub drift: Vec<f64>,
    pub scaled_diffusion: Vec<f64>,
    pub onsager_diagonal: Vec<f64>,
    pub ratios: Vec<f64>,
}

/// The reference file could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the zoo's reference values are damaged")]
pub struct ReferenceError(#[from] toml::de::Error);

/// Reads the reference values of all networks, by id.
///
/// # Errors
/// A damaged file: it is part of the program, so this is a fault of the build.
pub fn reference() -> Result<BTreeMap<String, Reference>, ReferenceError> {
    const FILE: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/published/thermodynamic_uncertainty/zoo.toml"));
    Ok(toml::from_str(FILE)?)
}

#[cfg(test)]
mod tests {
    use super::super::{Specimen, zoo};
    use super::*;
    use crate::cases::thermodynamic_uncertainty::network::Network;
    use crate::cases::thermodynamic_uncertainty::thermodynamics::Thermodynamics;

    /// Two double-precision implementations agree to this relative difference.
    const TOLERANCE: f64 = 1e-10;

    /// Differences beyond [`TOLERANCE`], by name.
    fn differences(specimen: &Specimen, expected: &Reference) -> Vec<String> {
        let fluxes = specimen.network.fluxes(&specimen.state).expect("valid state");
        let found = Thermodynamics::new(specimen.network.stoichiometry().view(), &fluxes);
        let ratios: Vec<f64> = found.ratios().into_iter().map(|r| r.expect("every species moves")).collect();
        let pairs: [(&str, &[f64], &[f64]); 11] = [
            ("forward", &fluxes.forward, &expected.forward),
            ("backward", &fluxes.backward, &expected.backward),
            ("force", &found.force, &expected.force),
            ("entropy production", &[found.entropy_production], &[expected.entropy_production]),
            ("pseudo", &[found.pseudo_entropy_production], &[expected.pseudo_entropy_production]),
            ("matrix bound", &[found.matrix_bound], &[expected.matrix_bound]),
            ("excess", &[found.excess], &[expected.excess]),
            ("drift", &found.drift, &expected.drift),
            ("scaled diffusion", &found.scaled_diffusion, &expected.scaled_diffusion),
            ("onsager diagonal", &found.onsager_diagonal, &expected.onsager_diagonal),
            ("ratios", &ratios, &expected.ratios),
        ];
        let mut wrong = Vec::new();
        for (name, found, expected) in pairs {
            let close = |(a, b): (&f64, &f64)| (a - b).abs() <= TOLERANCE * b.abs();
            if found.len() != expected.len() || !found.iter().zip(expected).all(close) {
                wrong.push(format!("{} {name}: {found:?}, expected {expected:?}", specimen.id));
            }
        }
        wrong
    }

    #[test]
    fn every_value_of_the_zoo_is_met() {
        let reference = reference().expect("readable");
        let zoo = zoo();
        assert_eq!(zoo.len(), 13);
        assert_eq!(reference.len(), 13);
        let wrong: Vec<String> = zoo.iter().flat_map(|s| differences(s, &reference[s.id])).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// Values that the case's table prints, so that a slip in the reference file itself would show.
    #[test]
    fn the_printed_table_is_met() {
        let table = [
            ("iso", 4.14465316739, 4.14465316739),
            ("assoc", 3.6547619049, 3.6547619049),
            ("chain", 3.44482643204, 3.44482643204),
            ("cycle3", 2.86245550173, 1.52337781044),
            ("brus", 33.272913362, 0.448400210372),
            ("schlogl", 10.5265197248, 0.0348140527969),
            ("mm", 0.472404761543, 0.472404761543),
            ("selkov", 6.0060746505, 0.375274280474),
        ];
        let reference = reference().expect("readable");
        for (id, total, excess) in table {
            assert!((reference[id].entropy_production / total - 1.0).abs() < 1e-11, "{id}");
            assert!((reference[id].excess / excess - 1.0).abs() < 1e-11, "{id}");
        }
    }

    #[test]
    fn the_mirrors_own_file_is_met() {
        let Some(folder) = crate::cases::test_data::folder("thermodynamic_uncertainty") else { return };
        let text = std::fs::read_to_string(folder.join("zoo_reference.json")).expect("the mirror has the case's files");
        let entries: Vec<serde_json::Value> = serde_json::from_str(&text).expect("readable");
        assert_eq!(entries.len(), zoo().len());
        for (specimen, entry) in zoo().iter().zip(&entries) {
            assert_eq!(entry["id"], specimen.id);
            let list = |key: &str| -> Vec<f64> { serde_json::from_value(entry[key].clone()).expect("numbers") };
            let number = |key: &str| entry[key].as_f64().expect("number");
            assert_eq!(list("state"), specimen.state);
            assert_same_network(&specimen.network, &rebuild(entry));
            let expected = Reference {
                forward: list("J_forward"),
                backward: list("J_backward"),
                force: list("affinity"),
                entropy_production: number("epr"),
                pseudo_entropy_production: number("pseudo_epr"),
                matrix_bound: number("matrix_tur"),
                excess: number("epr_excess"),
                drift: list("f"),
                scaled_diffusion: list("D"),
                onsager_diagonal: list("Lambda"),
                ratios: list("ratio_epr_D_over_f2"),
            };
            let wrong = differences(specimen, &expected);
            assert!(wrong.is_empty(), "{wrong:#?}");
        }
    }

    fn rebuild(entry: &serde_json::Value) -> Network {
        let species: Vec<String> = serde_json::from_value(entry["species"].clone()).expect("names");
        let chemostats: BTreeMap<String, f64> = serde_json::from_value(entry["chemostats"].clone()).expect("numbers");
        let mut builder = Network::builder(species);
        for (name, held) in &chemostats {
            builder = builder.chemostat(name, *held);
        }
        for reaction in entry["reactions"].as_array().expect("list") {
            let side =
                |key: &str| -> BTreeMap<String, u32> { serde_json::from_value(reaction[key].clone()).expect("orders") };
            let (left, right) = (side("reactants"), side("products"));
            let borrow = |side: &BTreeMap<String, u32>| -> Vec<(String, u32)> {
                side.iter().map(|(name, order)| (name.clone(), *order)).collect()
            };
            let (left, right) = (borrow(&left), borrow(&right));
            let left: Vec<(&str, u32)> = left.iter().map(|(name, order)| (name.as_str(), *order)).collect();
            let right: Vec<(&str, u32)> = right.iter().map(|(name, order)| (name.as_str(), *order)).collect();
            let rate = |key: &str| reaction[key].as_f64().expect("number");
            builder = builder.reaction(&left, &right, rate("k_forward"), rate("k_backward"));
        }
        builder.build().expect("valid network")
    }

    fn assert_same_network(ours: &Network, theirs: &Network) {
        assert_eq!(ours.species(), theirs.species());
        assert_eq!(ours.stoichiometry(), theirs.stoichiometry());
        for (a, b) in ours.reactions().iter().zip(theirs.reactions()) {
            let sorted = |side: &[(usize, u32)]| {
                let mut side = side.to_vec();
                side.sort_unstable();
                side
            };
            assert_eq!(sorted(&a.reactants), sorted(&b.reactants));
            assert_eq!(sorted(&a.products), sorted(&b.products));
            assert!((a.forward - b.forward).abs() <= 1e-15 * b.forward, "{}", a.name);
            assert!((a.backward - b.backward).abs() <= 1e-15 * b.backward, "{}", a.name);
        }
    }
}
