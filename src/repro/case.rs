//! What a case offers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Claim, Figure, Finding, Workbench};
use crate::data::DataError;
use crate::methods::parallel::Interrupted;

/// How much of a case runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// All cases together within ten minutes on two cores.
    Smoke,
    /// The full setting of the paper.
    Paper,
}

impl Tier {
    /// All tiers, cheapest first.
    pub const ALL: [Self; 2] = [Tier::Smoke, Tier::Paper];

    /// The word for it on the command line and in reports.
    pub fn label(self) -> &'static str {
        match self {
            Tier::Smoke => "smoke",
            Tier::Paper => "paper",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// A word that is no tier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found tier `{found}`, expected `smoke` or `paper`")]
pub struct UnknownTier {
    pub found: String,
}

impl FromStr for Tier {
    type Err = UnknownTier;

    fn from_str(word: &str) -> Result<Self, UnknownTier> {
        Self::ALL.into_iter().find(|tier| tier.label() == word).ok_or_else(|| UnknownTier { found: word.into() })
    }
}

/// A documented result, re-created.
///
/// Claims and figures *pull* the experiments that they need from the [`Workbench`], which runs each once; so one
/// figure costs only its own experiments, and a finished experiment survives an interrupt.
pub trait Case: Sync {
    /// The case's folder name, such as `thermodynamic_uncertainty`.
    fn name(&self) -> &'static str;
    /// A headline for people.
    fn title(&self) -> &'static str;
    /// The paper or papers.
    fn source(&self) -> &'static str;
    /// What this re-creation does not cover, one sentence each.
    fn limits(&self) -> &'static [&'static str];
    /// All claims, in the order of the report.
    fn claims(&self) -> &'static [Claim];
    /// Evaluates one claim of [`Case::claims`].
    ///
    /// # Errors
    /// Whatever its experiments raise; [`Claim::conclude`] turns that into a status.
    fn evaluate(&self, claim: &Claim, bench: &Workbench) -> Result<Finding, CaseError>;
    /// Names and titles of all figures, in order.
    fn figures(&self) -> &'static [(&'static str, &'static str)];
    /// Draws one figure of [`Case::figures`].
    ///
    /// # Errors
    /// Whatever its experiments raise.
    fn figure(&self, name: &str, bench: &Workbench) -> Result<Figure, CaseError>;
    /// The settings in force, for the record: a JSON object.
    fn params(&self, bench: &Workbench) -> serde_json::Value;
    /// Ids of the claims that are known to deviate, each explained by the reason of its finding.
    ///
    /// Such a deviation is a result like any other and doesn't make a run fall short; one that isn't listed does.
    fn deviations(&self) -> &'static [&'static str] {
        &[]
    }
}

/// Why an experiment gave no outcome.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    #[error("interrupted")]
    Interrupted,
    #[error("data not fetched: {file} (run `saigen data fetch {case}`)")]
    DataMissing { case: String, file: String },
    #[error(transparent)]
    Data(DataError),
    #[error("{experiment}: {source}")]
    Experiment {
        experiment: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("{case} has no figure `{name}`; it has {known}")]
    UnknownFigure { case: &'static str, name: String, known: String },
    #[error("{case} has no claim `{id}`")]
    UnknownClaim { case: &'static str, id: String },
}

impl From<Interrupted> for CaseError {
    fn from(_: Interrupted) -> Self {
        CaseError::Interrupted
    }
}

impl From<DataError> for CaseError {
    fn from(error: DataError) -> Self {
        match error {
            DataError::NotFetched { case, file } => CaseError::DataMissing { case, file },
            DataError::Interrupted => CaseError::Interrupted,
            other => CaseError::Data(other),
        }
    }
}

/// One computation with settings and an outcome, run at most once per setting.
///
/// Outcomes are stored in postcard between runs: plain data of numbers, strings, vectors, maps, structs and enums. Serde
/// attributes that need a self-describing format (`untagged`, `flatten`, `skip_serializing_if`) and `serde_json::Value`
/// don't come back from the store, so such an outcome would run anew every time.
pub trait Experiment {
    /// Settings; the serialised form is the cache key and goes into the record.
    type Params: Serialize;
    /// Owned result, stored between runs.
    type Outcome: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The case it belongs to.
    const CASE: &'static str;
    /// Its name within the case.
    const NAME: &'static str;
    /// Files that it reads, by manifest name; their hashes are part of the cache key.
    fn inputs(_params: &Self::Params) -> Vec<String> {
        Vec::new()
    }
    /// Runs it.
    ///
    /// # Errors
    /// Numerical failure, missing data, or an interrupt.
    fn run(params: &Self::Params, bench: &Workbench) -> Result<Self::Outcome, CaseError>;
}
