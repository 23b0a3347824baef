//! rebop on our problems.

use rebop::gillespie::{Gillespie, Rate};
use saigen::cases::thermodynamic_uncertainty::stochastic::Propensity;
use saigen::cases::thermodynamic_uncertainty::stochastic::models::Problem;

/// A mass-action problem in rebop's run-time interface, with its dense or sparse rows.
pub fn build(problem: &Problem, seed: u64, sparse: bool) -> Gillespie {
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
    peer
}
