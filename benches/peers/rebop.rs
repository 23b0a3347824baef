//! rebop on our problems.

use std::hint::black_box;

use rebop::gillespie::{Gillespie, Rate};
use saigen::cases::thermodynamic_uncertainty::stochastic::Propensity;
use saigen::cases::thermodynamic_uncertainty::stochastic::models::Problem;

/// Runs a mass-action problem once by rebop's run-time interface, with its dense or sparse rows.
pub fn run_time(problem: &Problem, seed: u64, sparse: bool) {
    let start: Vec<isize> = problem.initial.iter().map(|&n| n as isize).collect();
    let mut peer = Gillespie::new_with_seed(&start, sparse, seed);
    for channel in problem.process.channels() {
        let Propensity::MassAction { rate, reactants } = &channel.propensity else { continue };
        let mut orders = vec![0; start.len()];
        for &(i, order) in reactants {
            orders[i] = order;
        }
        let mut jump = vec![0; start.len()];
        for &(i, by) in &channel.changes {
            jump[i] = by as isize;
        }
        peer.add_reaction(Rate::lma(*rate, orders), jump);
    }
    peer.advance_until(problem.end);
    black_box(peer.get_species(0));
}
