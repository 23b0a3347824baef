//! The law of mass action for one direction of a reaction, and its derivatives.
//!
//! A side is a list of (species, order), each species once. Nothing here divides by a concentration, so all holds at
//! and slightly below zero, where a solver may step.

use super::network::Reaction;

/// `k ∏ x^ν`.
pub(super) fn flux(constant: f64, orders: &[(usize, u32)], x: &[f64]) -> f64 {
    orders.iter().fold(constant, |product, &(i, order)| product * power(x[i], order))
}

/// `∂/∂x_j k ∏ x^ν`.
pub(super) fn slope(constant: f64, orders: &[(usize, u32)], x: &[f64], j: usize) -> f64 {
    derivative(constant, orders, x, &[j])
}

/// `∂²/∂x_j∂x_k k ∏ x^ν`.
pub(super) fn curvature(constant: f64, orders: &[(usize, u32)], x: &[f64], j: usize, k: usize) -> f64 {
    derivative(constant, orders, x, &[j, k])
}

/// Adds `(κ − ν) amount` to a vector over species.
pub(super) fn add_stoichiometry(reaction: &Reaction, amount: f64, out: &mut [f64]) {
    for &(i, order) in &reaction.reactants {
        out[i] -= f64::from(order) * amount;
    }
    for &(i, order) in &reaction.products {
        out[i] += f64::from(order) * amount;
    }
}

/// Differentiates once with respect to each species listed, which may repeat.
fn derivative(constant: f64, orders: &[(usize, u32)], x: &[f64], species: &[usize]) -> f64 {
    if species.iter().any(|j| orders.iter().all(|(i, _)| i != j)) {
        return 0.0;
    }
    orders.iter().fold(constant, |product, &(i, order)| {
        let times = species.iter().map(|j| u32::from(*j == i)).sum::<u32>();
        if times > order {
            return 0.0;
        }
        let falling: f64 = (0..times).map(|k| f64::from(order - k)).product();
        product * falling * power(x[i], order - times)
    })
}

fn power(x: f64, order: u32) -> f64 {
    match order {
        0 => 1.0,
        1 => x,
        2 => x * x,
        _ => x.powi(order as i32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_of_a_cubic_side() {
        let side = [(0, 2), (1, 1)];
        let x = [3.0, 5.0];
        assert_eq!(flux(2.0, &side, &x), 90.0);
        assert_eq!(slope(2.0, &side, &x, 0), 60.0);
        assert_eq!(slope(2.0, &side, &x, 1), 18.0);
        assert_eq!(curvature(2.0, &side, &x, 0, 0), 20.0);
        assert_eq!(curvature(2.0, &side, &x, 0, 1), 12.0);
        assert_eq!(curvature(2.0, &side, &x, 1, 1), 0.0);
        assert_eq!(slope(2.0, &side, &[3.0, 5.0, 7.0], 2), 0.0);
        assert_eq!(curvature(2.0, &side, &[3.0, 5.0, 7.0], 0, 2), 0.0);
    }

    #[test]
    fn slopes_are_finite_at_zero() {
        assert_eq!(slope(2.0, &[(0, 1)], &[0.0], 0), 2.0);
        assert_eq!(slope(2.0, &[(0, 3)], &[0.0], 0), 0.0);
        assert_eq!(flux(2.0, &[], &[]), 2.0);
    }
}
