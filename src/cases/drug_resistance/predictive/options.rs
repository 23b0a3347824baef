//! The options of PredictiveNetwork, and what they are checked against.

use serde::{Deserialize, Serialize};

use super::PredictiveError;

/// How the signs `s` of the penalty are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sign {
    /// The signs of a lasso fit of z on `M = XB` at the same λ₃, with sign(0) = +1, held for the whole solve.
    #[default]
    Frozen,
    /// `s_q θ_q = |θ_q|`: not convex, but every coordinate is still solved in closed form.
    Literal,
}

/// By what a coefficient is divided in the penalty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DegreeScale {
    /// `d_j`, as the model is written.
    #[default]
    Linear,
    /// `√d_j`, as in the classical penalties on networks.
    Sqrt,
}

/// When the weights `w` and degrees `d` are taken anew from B.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Refresh {
    /// Never: F is one function, and every step lowers it.
    Never,
    /// After every round; F may rise then.
    #[default]
    PerRound,
    /// After every round, but only if F falls.
    DescentOnly,
}

/// What is done to the response before the fit; it is always centred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ResponseScale {
    /// Divided by its standard deviation (denominator n).
    #[default]
    UnitVariance,
    /// Left in its unit. The method isn't free of scale: large units pull B away from the expression.
    AsGiven,
}

/// The weight of the lasso penalty on θ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ThetaPenalty {
    /// `a3 = f · 2‖Mᵀz‖∞/n` with M from the nodewise networks: at f = 1 (and a4 = 0) θ is zero.
    Fraction(f64),
    /// `a3` itself.
    Absolute(f64),
}

/// On what the fit works; the optimum is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// Covariance up to 8,000 genes, residuals beyond.
    #[default]
    Auto,
    /// On the p × p Gram matrix (8p² bytes).
    Covariance,
    /// On the n × p data, for p ≫ n.
    Residual,
}

/// Unchecked options; [`Params::check`] makes [`ValidParams`] of them, and only these compute.
///
/// All weights belong to the objective per line, `F/n`: λ = n·a (see [`super`]).
///
/// | name | default | meaning | range |
/// |---|---|---|---|
/// | `a1` | 0.3 | lasso weight on B | > 0 |
/// | `a2` | 0.3 | ridge weight on B | ≥ 0 |
/// | `a3` | fraction 0.05 | lasso weight on θ | > 0 |
/// | `a4` | 0.01 | weight of the network penalty on θ | ≥ 0 |
/// | `sign` | `Frozen` | signs in the network penalty | |
/// | `degree` | `Linear` | divisor in the network penalty | |
/// | `refresh` | `PerRound` | when w and d follow B | |
/// | `response` | `UnitVariance` | scale of z | |
/// | `network_step` | `true` | `false` leaves B at the nodewise networks: the comparator NW.P | |
/// | `mode` | `Auto` | Gram matrix or residuals | |
/// | `theta_tolerance` | 1e-4 | stop: largest change of θ in a round | > 0 |
/// | `objective_tolerance` | 1e-6 | stop: relative change of F in a round | > 0 |
/// | `max_rounds` | 50 | outer rounds | ≥ 1 |
/// | `block_tolerance` | 1e-7 | KKT residual of the block solvers, relative to the largest correlation | (0, 0.01] |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Lasso weight on B.
    pub a1: f64,
    /// Ridge weight on B.
    pub a2: f64,
    /// Lasso weight on θ.
    pub a3: ThetaPenalty,
    /// Weight of the network penalty on θ.
    pub a4: f64,
    /// Signs in the network penalty.
    pub sign: Sign,
    /// Divisor in the network penalty.
    pub degree: DegreeScale,
    /// When w and d follow B.
    pub refresh: Refresh,
    /// Scale of z.
    pub response: ResponseScale,
    /// Whether B is fitted to z too; without it this is NW.P.
    pub network_step: bool,
    /// Gram matrix or residuals.
    pub mode: Mode,
    /// Stop: largest change of θ in a round.
    pub theta_tolerance: f64,
    /// Stop: relative change of F in a round.
    pub objective_tolerance: f64,
    /// Outer rounds at most.
    pub max_rounds: usize,
    /// KKT residual of the block solvers, relative to the largest correlation.
    pub block_tolerance: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            a1: 0.3,
            a2: 0.3,
            a3: ThetaPenalty::Fraction(0.05),
            a4: 0.01,
            sign: Sign::default(),
            degree: DegreeScale::default(),
            refresh: Refresh::default(),
            response: ResponseScale::default(),
            network_step: true,
            mode: Mode::default(),
            theta_tolerance: 1e-4,
            objective_tolerance: 1e-6,
            max_rounds: 50,
            block_tolerance: 1e-7,
        }
    }
}

impl Params {
    /// Checks every option.
    ///
    /// # Errors
    /// [`PredictiveError::Option`] with the option, what was found and what is allowed.
    pub fn check(self) -> Result<ValidParams, PredictiveError> {
        let demand = |good: bool, name, found: f64, allowed| {
            if good { Ok(()) } else { Err(PredictiveError::Option { name, found, allowed }) }
        };
        let positive = |value: f64| value > 0.0 && value.is_finite();
        demand(positive(self.a1), "a1", self.a1, "above 0")?;
        demand(self.a2 >= 0.0 && self.a2.is_finite(), "a2", self.a2, "0 or more")?;
        let a3 = match self.a3 {
            ThetaPenalty::Fraction(value) | ThetaPenalty::Absolute(value) => value,
        };
        demand(positive(a3), "a3", a3, "above 0")?;
        demand(self.a4 >= 0.0 && self.a4.is_finite(), "a4", self.a4, "0 or more")?;
        demand(positive(self.theta_tolerance), "theta_tolerance", self.theta_tolerance, "above 0")?;
        demand(positive(self.objective_tolerance), "objective_tolerance", self.objective_tolerance, "above 0")?;
        demand(self.max_rounds > 0, "max_rounds", 0.0, "1 or more")?;
        let block = self.block_tolerance;
        demand(block > 0.0 && block <= 0.01, "block_tolerance", block, "above 0 and at most 0.01")?;
        Ok(ValidParams(self))
    }
}

/// Options that were checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValidParams(Params);

impl std::ops::Deref for ValidParams {
    type Target = Params;
    fn deref(&self) -> &Params {
        &self.0
    }
}

impl<'de> Deserialize<'de> for ValidParams {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Params::deserialize(deserializer)?.check().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named() {
        type Spoil = fn(&mut Params);
        let cases: [(&str, Spoil); 8] = [
            ("a1", |p| p.a1 = 0.0),
            ("a2", |p| p.a2 = -1.0),
            ("a3", |p| p.a3 = ThetaPenalty::Absolute(f64::NAN)),
            ("a4", |p| p.a4 = f64::INFINITY),
            ("theta_tolerance", |p| p.theta_tolerance = 0.0),
            ("objective_tolerance", |p| p.objective_tolerance = -1.0),
            ("max_rounds", |p| p.max_rounds = 0),
            ("block_tolerance", |p| p.block_tolerance = 0.5),
        ];
        for (name, spoil) in cases {
            let mut params = Params::default();
            spoil(&mut params);
            let error = params.check().expect_err(name);
            assert!(matches!(error, PredictiveError::Option { name: found, .. } if found == name), "{error}");
        }
        assert!(Params::default().check().is_ok());
    }

    #[test]
    fn checked_options_come_back_from_serde_only_if_good() {
        let good = Params::default().check().expect("defaults are good");
        let text = serde_json::to_string(&good).expect("plain data");
        assert_eq!(serde_json::from_str::<ValidParams>(&text).expect("as written"), good);
        let bad = text.replace("\"a4\":0.01", "\"a4\":-0.01");
        assert_ne!(bad, text);
        assert!(serde_json::from_str::<ValidParams>(&bad).expect_err("a4 is negative").to_string().contains("a4"));
    }
}
