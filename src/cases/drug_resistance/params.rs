//! The settings of all experiments of the case, by tier.

use serde::Serialize;

use super::cross_validation;
use super::experiments::{
    baseline, degree_path, descent, full_matrix, interactions, networks, nodewise, optimum, penalty, scaling,
    simulation,
};
use super::readers::{Drug, Features};
use crate::repro::Tier;

/// Settings of every experiment; the report and every figure's record carry them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Params {
    pub optimum: optimum::Params,
    pub descent: descent::Params,
    pub nodewise: nodewise::Params,
    pub penalty: penalty::Params,
    pub simulation: simulation::Params,
    /// Of all eight tables.
    pub cross_validation: cross_validation::Options,
    pub comparison: networks::Comparison,
    pub reference: interactions::Reference,
    pub degree_path: degree_path::Params,
    pub scaling: scaling::Params,
    pub full_matrix: full_matrix::Settings,
}

impl Params {
    /// The settings of a tier; `seed` feeds every random stream.
    pub fn new(tier: Tier, seed: u64) -> Self {
        Self {
            optimum: optimum::Params::new(seed),
            descent: descent::Params::new(seed),
            nodewise: nodewise::Params::new(seed),
            penalty: penalty::Params::new(seed),
            simulation: match tier {
                Tier::Smoke => simulation::Params::smoke(seed),
                Tier::Paper => simulation::Params::paper(seed),
            },
            cross_validation: baseline::options(seed),
            comparison: networks::Comparison::new(seed),
            reference: interactions::Reference::new(seed),
            degree_path: degree_path::Params::default(),
            scaling: match tier {
                Tier::Smoke => scaling::Params::smoke(seed),
                Tier::Paper => scaling::Params::paper(seed),
            },
            full_matrix: full_matrix::Settings::new(seed),
        }
    }

    /// The table of one drug on one feature set.
    pub fn baseline(&self, features: Features, drug: Drug) -> baseline::Params {
        baseline::Params::new(features, drug, self.cross_validation.clone())
    }

    /// The same of linear predictors, outliers of expression clipped.
    pub fn clipped(&self, drug: Drug) -> baseline::Params {
        baseline::Params::clipped(drug, self.cross_validation.clone())
    }

    /// The group networks of one drug, on expression.
    pub fn networks(&self, drug: Drug) -> networks::Params {
        networks::Params { baseline: self.baseline(Features::Expr706, drug), comparison: self.comparison.clone() }
    }

    /// The networks of all drugs beside the reference.
    pub fn interactions(&self) -> interactions::Params {
        let networks = Drug::ALL.into_iter().map(|drug| self.networks(drug)).collect();
        interactions::Params { networks, reference: self.reference.clone() }
    }
}
