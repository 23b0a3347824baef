//! Stiff test problems with reference solutions, shared by tests, benches and the claim on stiffness.

use super::{OdeSystem, Tolerances};

/// A problem and what its solution is known to be.
pub struct StiffProblem {
    pub name: &'static str,
    pub system: Box<dyn OdeSystem + Send>,
    pub initial: Vec<f64>,
    pub tolerances: Tolerances,
    /// Known states, in order of time.
    pub reference: Vec<ReferencePoint>,
}

/// The state at one time; `None` where no reference value is known.
pub struct ReferencePoint {
    pub time: f64,
    pub state: Vec<Option<f64>>,
}

/// Robertson's autocatalysis: three variables, nine decades of rates, eleven of time.
///
/// H. H. Robertson, *The solution of a set of reaction rate equations* (1966). The reference values are those of the
/// case's claim on stiffness; at t = 1e11 they agree with the ones that the test set for initial-value solvers prints.
pub fn robertson() -> StiffProblem {
    let point = |time, x, y, z| ReferencePoint { time, state: vec![x, y, z] };
    StiffProblem {
        name: "Robertson",
        system: Box::new(Robertson),
        initial: vec![1.0, 0.0, 0.0],
        tolerances: Tolerances { relative: 1e-9, absolute: vec![1e-16, 1e-21, 1e-13] },
        reference: vec![
            point(40.0, Some(0.715827068719), Some(9.18553476e-6), Some(0.284163745746)),
            point(1e11, Some(2.08334015e-8), Some(8.3333608e-14), None),
        ],
    }
}

struct Robertson;

const SLOW: f64 = 0.04;
const MIDDLE: f64 = 1e4;
const FAST: f64 = 3e7;

impl OdeSystem for Robertson {
    fn dimension(&self) -> usize {
        3
    }

    fn rhs(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        let (made, returned, lost) = (SLOW * x[0], MIDDLE * x[1] * x[2], FAST * x[1] * x[1]);
        out[0] = returned - made;
        out[1] = made - returned - lost;
        out[2] = lost;
    }

    fn jacobian(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        let (by_y, by_z, lost) = (MIDDLE * x[2], MIDDLE * x[1], 2.0 * FAST * x[1]);
        out.copy_from_slice(&[-SLOW, SLOW, 0.0, by_y, -by_y - lost, lost, by_z, -by_z, 0.0]);
    }
}

/// The Oregonator of Field and Noyes in scaled variables: relaxation oscillations with jumps over five decades.
///
/// `x' = s (y − xy + x − q x²)`, `y' = (z − y − xy)/s`, `z' = w (x − z)` with `s = 77.27`, `w = 0.161`,
/// `q = 8.375e-6` (Hairer and Wanner's OREGO). The reference values are those of the case's claim on stiffness.
pub fn oregonator() -> StiffProblem {
    StiffProblem {
        name: "Oregonator",
        system: Box::new(Oregonator),
        initial: vec![1.0, 2.0, 3.0],
        tolerances: Tolerances::uniform(1e-10, 1e-12),
        reference: vec![ReferencePoint {
            time: 360.0,
            state: vec![Some(1.00081487032), Some(1228.17852155), Some(132.0554943)],
        }],
    }
}

struct Oregonator;

const S: f64 = 77.27;
const W: f64 = 0.161;
const Q: f64 = 8.375e-6;

impl OdeSystem for Oregonator {
    fn dimension(&self) -> usize {
        3
    }

    fn rhs(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        out[0] = S * (x[1] - x[0] * x[1] + x[0] - Q * x[0] * x[0]);
        out[1] = (x[2] - x[1] - x[0] * x[1]) / S;
        out[2] = W * (x[0] - x[2]);
    }

    fn jacobian(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&[
            S * (1.0 - x[1] - 2.0 * Q * x[0]),
            -x[1] / S,
            W,
            S * (1.0 - x[0]),
            -(1.0 + x[0]) / S,
            0.0,
            0.0,
            1.0 / S,
            -W,
        ]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::network::Network;
    use crate::cases::thermodynamic_uncertainty::ode::solve;
    use crate::display::Silent;

    /// The digits that the references print, and the claim on stiffness, allow 1e-6.
    const TOLERANCE: f64 = 1e-6;

    #[test]
    fn stiff_problems_meet_their_references() {
        for problem in [robertson(), oregonator()] {
            let mut times = vec![0.0];
            times.extend(problem.reference.iter().map(|p| p.time));
            let run = solve(problem.system.as_ref(), &problem.initial, &times, &problem.tolerances, &Silent);
            let run = run.expect("solvable");
            for (point, state) in problem.reference.iter().zip(&run.states[1..]) {
                for (expected, found) in point.state.iter().zip(state) {
                    if let Some(expected) = expected {
                        let error = (found / expected - 1.0).abs();
                        assert!(error < TOLERANCE, "{} t={}: {found} {expected}", problem.name, point.time);
                    }
                }
            }
        }
    }

    #[test]
    fn robertson_as_a_network_is_the_same_problem() {
        let network = Network::builder(["A", "B", "C"])
            .reaction(&[("A", 1)], &[("B", 1)], SLOW, 0.0)
            .reaction(&[("B", 2)], &[("B", 1), ("C", 1)], FAST, 0.0)
            .reaction(&[("B", 1), ("C", 1)], &[("A", 1), ("C", 1)], MIDDLE, 0.0)
            .build()
            .expect("valid network");
        let x = [0.7, 2e-5, 0.3];
        let (mut by_hand, mut by_network) = ([0.0; 3], [0.0; 3]);
        Robertson.rhs(0.0, &x, &mut by_hand);
        network.rhs(0.0, &x, &mut by_network);
        let (mut hand_slopes, mut network_slopes) = ([0.0; 9], [0.0; 9]);
        Robertson.jacobian(0.0, &x, &mut hand_slopes);
        network.jacobian(0.0, &x, &mut network_slopes);
        let all = by_hand.iter().chain(&hand_slopes).zip(by_network.iter().chain(&network_slopes));
        for (a, b) in all {
            assert!((a - b).abs() <= 1e-13 * a.abs().max(1.0), "{a} {b}");
        }
    }

    #[test]
    fn jacobians_agree_with_differences() {
        for (problem, x) in [(robertson(), [0.6, 0.3, 0.2]), (oregonator(), [1.5, 2.5, 0.7])] {
            let mut exact = [0.0; 9];
            problem.system.jacobian(0.0, &x, &mut exact);
            let largest = exact.iter().fold(0.0_f64, |m, slope| m.max(slope.abs()));
            for j in 0..3 {
                let step = 1e-6;
                let (mut up, mut down) = ([0.0; 3], [0.0; 3]);
                let (mut above, mut below) = (x, x);
                above[j] += step;
                below[j] -= step;
                problem.system.rhs(0.0, &above, &mut up);
                problem.system.rhs(0.0, &below, &mut down);
                for i in 0..3 {
                    let slope = (up[i] - down[i]) / (2.0 * step);
                    let error = (slope - exact[j * 3 + i]).abs();
                    assert!(error < 1e-8 * largest, "{} {i} {j}", problem.name);
                }
            }
        }
    }
}
