//! The settings of all experiments of the case, by tier.

use serde::Serialize;

use super::experiments::{
    baselines, carbon_edge, classes, emission_shift, likeness, m101, nitrogen_edge, orion, polystyrene, recovery, stack,
};
use crate::repro::Tier;

/// Settings of every experiment; the report and every figure's record carry them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Params {
    pub m101: m101::Params,
    pub orion: orion::Params,
    pub stack: stack::Params,
    pub polystyrene: polystyrene::Params,
    pub emission_shift: emission_shift::Params,
    pub recovery: recovery::Params,
    pub baselines: baselines::Params,
    pub likeness: likeness::Params,
    pub classes: classes::Params,
    pub carbon_edge: carbon_edge::Params,
    pub nitrogen_edge: nitrogen_edge::Params,
}

impl Params {
    /// The settings of a tier; `seed` feeds every random stream.
    pub fn new(tier: Tier, seed: u64) -> Self {
        match tier {
            Tier::Smoke => Self::smoke(seed),
            Tier::Paper => {
                Self { m101: m101::Params::paper(seed), recovery: recovery::Params::paper(seed), ..Self::smoke(seed) }
            }
        }
    }

    fn smoke(seed: u64) -> Self {
        Self {
            m101: m101::Params::smoke(seed),
            orion: orion::Params::default(),
            stack: stack::Params::new(seed),
            polystyrene: polystyrene::Params::default(),
            emission_shift: emission_shift::Params::default(),
            recovery: recovery::Params::smoke(seed),
            baselines: baselines::Params::new(seed),
            likeness: likeness::Params::new(seed),
            classes: classes::Params::new(seed),
            carbon_edge: carbon_edge::Params::new(seed),
            nitrogen_edge: nitrogen_edge::Params::new(seed),
        }
    }
}
