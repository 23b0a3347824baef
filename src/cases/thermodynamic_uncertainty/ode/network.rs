//! A mass-action network as a system of differential equations.

use super::OdeSystem;
use crate::cases::thermodynamic_uncertainty::mass_action::{add_stoichiometry, flux, slope};
use crate::cases::thermodynamic_uncertainty::network::Network;

/// `dx/dt = S (J⁺ − J⁻)`; states slightly below zero are evaluated as they are.
impl OdeSystem for Network {
    fn dimension(&self) -> usize {
        self.species().len()
    }

    fn rhs(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for reaction in self.reactions() {
            let net = flux(reaction.forward, &reaction.reactants, x) - flux(reaction.backward, &reaction.products, x);
            add_stoichiometry(reaction, net, out);
        }
    }

    fn jacobian(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        let dimension = self.species().len();
        for reaction in self.reactions() {
            let forward = (reaction.forward, &reaction.reactants, 1.0);
            let backward = (reaction.backward, &reaction.products, -1.0);
            for (constant, orders, sign) in [forward, backward] {
                for &(j, _) in orders {
                    let change = sign * slope(constant, orders, x, j);
                    add_stoichiometry(reaction, change, &mut out[j * dimension..(j + 1) * dimension]);
                }
            }
        }
    }
}
