//! The library's own types.

use std::error::Error;

use saigen::cases::thermodynamic_uncertainty::ThermodynamicUncertainty;
use saigen::cases::thermodynamic_uncertainty::network::Network;
use saigen::cases::thermodynamic_uncertainty::stochastic::{
    CountingProcess, Counts, EnsembleParams, Method, Simulator, ensemble,
};
use saigen::cases::thermodynamic_uncertainty::thermodynamics::Thermodynamics;
use saigen::prelude::*;

pub fn networks() -> Result<(), Box<dyn Error>> {
    let network = Network::builder(["A", "B"]).equation("A <=> B", 2.0, 1.0).build()?;
    made!(Network::builder(["A", "B", "C"]).chemostat("C", 1.0).equation("A + C <=> B", 2.0, 1.0).build()?);
    let fluxes = network.fluxes(&[1.0, 0.2])?;
    let found = Thermodynamics::new(network.stoichiometry().view(), &fluxes);
    println!("{:?} {:?} {:?} {}", fluxes.forward, fluxes.backward, found.force, found.entropy_production);
    println!("{network:?} {fluxes:?} {found:?} {:?}", found.species_bounds());
    made!(network.clone(), network.species().to_vec(), network.stoichiometry().clone());
    let process = CountingProcess::from_network(&network, 1.0)?;
    let simulator = Simulator::new(&process, Method::default())?;
    let params = EnsembleParams::new(1, 1, "a", "b");
    let found = ensemble(&simulator, &[1, 1], &[1.0], &Counts::of(&process), &params, &Silent)?;
    made!(found.variance(0, 0));
    Ok(())
}

pub fn cases() -> Result<(), Box<dyn Error>> {
    let library = Library::empty();
    let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
    made!(ThermodynamicUncertainty.figure("a", &bench)?);
    let case = ThermodynamicUncertainty;
    let results: Vec<ClaimResult> =
        case.claims().iter().map(|claim| claim.conclude(case.evaluate(claim, &bench))).collect();
    println!("{results:?}");
    made!(results.iter().map(|result| result.id.clone()).collect::<Vec<String>>());
    Ok(())
}
