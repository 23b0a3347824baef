//! Rates and states of the zoo; the parameters are ours, except the Schlögl set, which is common in the literature.

use super::Specimen;
use crate::cases::thermodynamic_uncertainty::network::Network;

pub(super) fn all() -> Vec<Specimen> {
    let specimen = |id, title, network, state: &[f64]| Specimen { id, title, network, state: state.to_vec() };
    vec![
        specimen("iso", "isomerisation A ⇌ B", isomerisation(), &[1.0, 0.2]),
        specimen("assoc", "association A + B ⇌ C", association(), &[1.0, 0.8, 0.1]),
        specimen("chain", "chain A ⇌ B ⇌ C", chain(), &[1.0, 0.3, 0.2]),
        specimen("cycle3", "driven three-state cycle", driven_cycle(), &[0.5, 0.3, 0.2]),
        specimen("brus", "reversible Brusselator", brusselator(3.0), &[1.2, 2.0]),
        specimen("schlogl", "Schlögl's bistable reaction", schloegl(), &[1.0]),
        specimen("mm", "closed reversible Michaelis–Menten", closed_michaelis_menten(), &[0.2, 1.0, 0.1, 0.3]),
        specimen("mm_open", "open Michaelis–Menten", open_michaelis_menten(), &[0.6, 0.4]),
        specimen("selkov", "reversible Selkov glycolysis", selkov(), &[0.8, 0.7]),
        specimen("lv", "reversible Lotka–Volterra", lotka_volterra(), &[1.5, 0.6]),
        specimen("oreg", "Oregonator with reverse rates", oregonator(), &[500.0, 1000.0, 2000.0]),
        specimen("gk", "push-pull of Goldbeter and Koshland", push_pull(1.0), &[0.6, 0.2, 0.05, 0.05, 0.05, 0.05]),
        specimen("kpr", "Hopfield's proofreading", proofreading(1.0), &[0.5, 0.15, 0.15, 0.1, 0.1]),
    ]
}

/// Builds a network from its species, chemostats and (equation, k⁺, k⁻).
fn network<const N: usize>(species: [&str; N], chemostats: &[(&str, f64)], reactions: &[(&str, f64, f64)]) -> Network {
    let empty = Network::builder(species);
    let open = chemostats.iter().fold(empty, |builder, (name, held)| builder.chemostat(name, *held));
    let filled = reactions.iter().fold(open, |builder, (equation, up, down)| builder.equation(equation, *up, *down));
    filled.build().expect("the networks of the zoo are valid")
}

fn isomerisation() -> Network {
    network(["A", "B"], &[], &[("A <=> B", 2.0, 1.0)])
}

fn association() -> Network {
    network(["A", "B", "C"], &[], &[("A + B <=> C", 1.5, 0.5)])
}

fn chain() -> Network {
    network(["A", "B", "C"], &[], &[("A <=> B", 2.0, 1.0), ("B <=> C", 1.0, 0.5)])
}

fn driven_cycle() -> Network {
    network(["A", "B", "C"], &[], &[("A <=> B", 3.0, 1.0), ("B <=> C", 2.0, 0.5), ("C <=> A", 1.0, 0.25)])
}

/// The reversible Brusselator with A = E = 1 and the given concentration of B (3 in the zoo, where it oscillates).
pub fn brusselator(b: f64) -> Network {
    network(
        ["X", "Y"],
        &[("A", 1.0), ("B", b), ("E", 1.0)],
        &[("A <=> X", 1.0, 1.0), ("X + B <=> Y + E", 1.0, 0.01), ("2 X + Y <=> 3 X", 1.0, 0.01)],
    )
}

fn schloegl() -> Network {
    network(["X"], &[("A", 1.0), ("B", 1.0)], &[("A + 2 X <=> 3 X", 3.0, 0.6), ("B <=> X", 0.25, 2.95)])
}

fn closed_michaelis_menten() -> Network {
    network(["E", "S", "C", "P"], &[], &[("E + S <=> C", 1.0, 0.5), ("C <=> E + P", 1.0, 0.1)])
}

fn open_michaelis_menten() -> Network {
    let held = [("S", 2.0), ("P", 0.1)];
    network(["E", "C"], &held, &[("E + S <=> C", 1.0, 0.5), ("C <=> E + P", 1.0, 0.1)])
}

fn selkov() -> Network {
    network(["S", "P"], &[], &[("∅ <=> S", 0.6, 0.05), ("S + 2 P <=> 3 P", 1.0, 0.02), ("P <=> ∅", 1.0, 0.01)])
}

fn lotka_volterra() -> Network {
    let held = [("A", 1.0), ("W", 0.1)];
    network(["X", "Y"], &held, &[("A + X <=> 2 X", 1.0, 0.05), ("X + Y <=> 2 Y", 1.0, 0.05), ("Y <=> W", 1.0, 0.05)])
}

fn oregonator() -> Network {
    network(
        ["X", "Y", "Z"],
        &[("A", 1.0), ("B", 1.0), ("P", 1.0)],
        &[
            ("A + Y <=> X + P", 2.0, 2e-3),
            ("X + Y <=> 2 P", 0.1, 1e-4),
            ("A + X <=> 2 X + 2 Z", 104.0, 1.04e-7),
            ("2 X <=> A + P", 8e-3, 8e-6),
            ("B + Z <=> Y", 26.0, 0.026),
        ],
    )
}

/// The push-pull cycle of Goldbeter and Koshland, driven by ATP at the given concentration (1 in the zoo).
pub fn push_pull(atp: f64) -> Network {
    network(
        ["S", "Sp", "C1", "C2", "E1", "E2"],
        &[("ATP", atp), ("ADP", 0.1), ("Pi", 0.1)],
        &[
            ("S + E1 + ATP <=> C1", 1.0, 0.1),
            ("C1 <=> Sp + E1 + ADP", 1.0, 0.01),
            ("Sp + E2 <=> C2", 1.0, 0.1),
            ("C2 <=> S + E2 + Pi", 0.8, 0.01),
        ],
    )
}

/// Hopfield's proofreading with a right and a wrong substrate, driven by ATP at the given concentration (1 in the zoo).
///
/// The wrong substrate leaves ten times as fast, from the first complex and from the activated one.
pub fn proofreading(atp: f64) -> Network {
    network(
        ["E", "R", "R*", "W", "W*"],
        &[("ATP", atp), ("ADP", 0.1), ("sR", 1.0), ("sW", 1.0), ("pR", 0.1), ("pW", 0.1)],
        &[
            ("E + sR <=> R", 1.0, 0.1),
            ("R + ATP <=> R* + ADP", 1.0, 0.01),
            ("R* <=> E + sR", 0.1, 1e-4),
            ("R* <=> E + pR", 0.05, 1e-6),
            ("E + sW <=> W", 1.0, 1.0),
            ("W + ATP <=> W* + ADP", 1.0, 0.01),
            ("W* <=> E + sW", 1.0, 1e-4),
            ("W* <=> E + pW", 0.05, 1e-6),
        ],
    )
}
