//! The settings of all experiments of the case, by tier.

use serde::Serialize;

use super::experiments::{
    ClosedNetworksParams, CostPrecisionParams, LadderParams, NearEquilibriumParams, OscillationParams,
    RandomBoundsParams, SingleReactionParams, SpeedLimitsParams, StiffParams, biomodels, dsmts::DsmtsParams, receptor,
    semantic, stochastic_agreement::AgreementParams, stochastic_diffusion::DiffusionParams,
    stochastic_scaling::ScalingParams, stochastic_stationary::StationaryParams, stochastic_weak_order::WeakOrderParams,
    stochastic_work::WorkParams,
};
use crate::repro::Tier;

/// Settings of every experiment; the report and every figure's record carry them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Params {
    pub random_bounds: RandomBoundsParams,
    pub single_reaction: SingleReactionParams,
    pub ladder: LadderParams,
    pub closed_networks: ClosedNetworksParams,
    pub speed_limits: SpeedLimitsParams,
    pub oscillation: OscillationParams,
    pub near_equilibrium: NearEquilibriumParams,
    pub cost_precision: CostPrecisionParams,
    pub stiff: StiffParams,
    pub scaling: ScalingParams,
    pub diffusion: DiffusionParams,
    pub stationary: StationaryParams,
    pub agreement: AgreementParams,
    pub weak_order: WeakOrderParams,
    pub work: WorkParams,
    pub dsmts: DsmtsParams,
    pub semantic: semantic::Params,
    pub biomodels: biomodels::Params,
    pub receptor: receptor::Params,
}

impl Params {
    /// The settings of a tier; `seed` feeds every random stream.
    pub fn new(tier: Tier, seed: u64) -> Self {
        match tier {
            Tier::Smoke => Self::smoke(seed),
            Tier::Paper => Self::paper(seed),
        }
    }

    fn smoke(seed: u64) -> Self {
        Self {
            random_bounds: RandomBoundsParams::smoke(seed),
            single_reaction: SingleReactionParams::smoke(seed),
            ladder: LadderParams::smoke(seed),
            closed_networks: ClosedNetworksParams::smoke(seed),
            speed_limits: SpeedLimitsParams::smoke(),
            oscillation: OscillationParams::smoke(),
            near_equilibrium: NearEquilibriumParams::smoke(),
            cost_precision: CostPrecisionParams::smoke(),
            stiff: StiffParams::smoke(),
            scaling: ScalingParams::smoke(),
            diffusion: DiffusionParams::smoke(),
            stationary: StationaryParams::smoke(),
            agreement: AgreementParams::smoke(),
            weak_order: WeakOrderParams::smoke(),
            work: WorkParams::smoke(),
            dsmts: DsmtsParams::smoke(),
            semantic: semantic::Params::default(),
            biomodels: biomodels::Params::default(),
            receptor: receptor::Params::default(),
        }
    }

    fn paper(seed: u64) -> Self {
        Self {
            random_bounds: RandomBoundsParams::paper(seed),
            single_reaction: SingleReactionParams::paper(seed),
            ladder: LadderParams::paper(seed),
            closed_networks: ClosedNetworksParams::paper(seed),
            speed_limits: SpeedLimitsParams::paper(),
            oscillation: OscillationParams::paper(),
            near_equilibrium: NearEquilibriumParams::paper(),
            cost_precision: CostPrecisionParams::paper(),
            stiff: StiffParams::paper(),
            scaling: ScalingParams::paper(),
            diffusion: DiffusionParams::paper(),
            stationary: StationaryParams::paper(),
            agreement: AgreementParams::paper(),
            weak_order: WeakOrderParams::paper(),
            work: WorkParams::paper(),
            dsmts: DsmtsParams::paper(),
            ..Self::smoke(seed)
        }
    }
}
