//! What a case offers.

use std::fmt;
use std::iter::successors;
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
///
/// A case says what it has and answers by name ([`Case::judge`], [`Case::draw`], [`Case::settings`]); callers ask
/// [`Case::evaluate`], [`Case::figure`] and [`Case::params`], which turn a name that it doesn't have into an error.
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
    /// Judges the claim of [`Case::claims`] with this id; `None` for an id that the case doesn't have, an error is
    /// what its experiments raise.
    fn judge(&self, id: &str, bench: &Workbench) -> Option<Result<Finding, CaseError>>;
    /// Names and titles of all figures, in order.
    fn figures(&self) -> &'static [(&'static str, &'static str)];
    /// Draws the figure of [`Case::figures`] with this name; `None` for a name that the case doesn't have, an error is
    /// what its experiments raise. [`Case::figure`] sets name and title.
    fn draw(&self, name: &str, bench: &Workbench) -> Option<Result<Figure, CaseError>>;
    /// The settings of all experiments in force, as a JSON object.
    ///
    /// # Errors
    /// Whatever serialising them raises, which is a fault of the case: keys that aren't strings, for instance.
    fn settings(&self, bench: &Workbench) -> serde_json::Result<serde_json::Value>;
    /// Ids of the claims that are known to deviate, each explained by the reason of its finding.
    ///
    /// Such a deviation is a result like any other and doesn't make a run fall short; one that isn't listed does.
    fn deviations(&self) -> &'static [&'static str] {
        &[]
    }

    /// Evaluates one claim of [`Case::claims`].
    ///
    /// # Errors
    /// Whatever its experiments raise ([`Claim::conclude`] turns that into a status); [`CaseError::UnknownClaim`].
    fn evaluate(&self, claim: &Claim, bench: &Workbench) -> Result<Finding, CaseError> {
        let unknown = || Err(CaseError::UnknownClaim { case: self.name(), id: claim.id.into() });
        self.judge(claim.id, bench).unwrap_or_else(unknown)
    }

    /// Draws one figure of [`Case::figures`], under its name and title.
    ///
    /// # Errors
    /// Whatever its experiments raise; [`CaseError::UnknownFigure`].
    fn figure(&self, name: &str, bench: &Workbench) -> Result<Figure, CaseError> {
        let unknown = || {
            let known: Vec<&str> = self.figures().iter().map(|(name, _)| *name).collect();
            CaseError::UnknownFigure { case: self.name(), name: name.into(), known: known.join(", ") }
        };
        let (name, title) = self.figures().iter().find(|(known, _)| *known == name).ok_or_else(unknown)?;
        let drawn = self.draw(name, bench).ok_or_else(unknown)??;
        Ok(Figure { name: (*name).into(), title: (*title).into(), ..drawn })
    }

    /// The settings in force, for the record: a JSON object.
    fn params(&self, bench: &Workbench) -> serde_json::Value {
        self.settings(bench).expect("settings are structs of numbers, strings and lists")
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

/// Turns a module's error into a case's, keeping an interrupt an interrupt: `.map_err(raise(Self::NAME))?`.
///
/// An error counts as an interrupt when it is an [`Interrupted`] or has one among its sources. So an error type names
/// it as its source (`#[error("interrupted")] Interrupted(#[from] Interrupted)`): a variant that is `transparent` for
/// it has no source to find.
pub fn raise<E>(experiment: &'static str) -> impl Fn(E) -> CaseError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |source| {
        let first: &(dyn std::error::Error + 'static) = &source;
        if successors(Some(first), |error| error.source()).any(|error| error.is::<Interrupted>()) {
            CaseError::Interrupted
        } else {
            CaseError::Experiment { experiment, source: Box::new(source) }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::super::toy::Toy;
    use super::*;
    use crate::data::Library;
    use crate::display::Silent;

    #[derive(Debug, thiserror::Error)]
    enum Inner {
        #[error("interrupted")]
        Interrupted(#[from] Interrupted),
        #[error("no rows")]
        Empty,
    }

    #[derive(Debug, thiserror::Error)]
    enum Outer {
        #[error(transparent)]
        Inner(#[from] Inner),
        #[error("model {model}")]
        Model { model: u8, source: Inner },
    }

    #[test]
    fn an_interrupt_stays_an_interrupt_however_deep_it_lies() {
        let stopped = |error: CaseError| matches!(error, CaseError::Interrupted);
        assert!(stopped(raise("x")(Interrupted)));
        assert!(stopped(raise("x")(Inner::from(Interrupted))));
        assert!(stopped(raise("x")(Outer::from(Inner::from(Interrupted)))));
        assert!(stopped(raise("x")(Outer::Model { model: 1, source: Interrupted.into() })));
    }

    #[test]
    fn another_error_keeps_its_experiment_and_its_causes() {
        let raised = raise("fits")(Outer::Model { model: 3, source: Inner::Empty });
        assert_eq!(raised.to_string(), "fits: model 3");
        let CaseError::Experiment { experiment: "fits", source } = raised else { panic!("{raised:?}") };
        assert_eq!(source.source().map(ToString::to_string).as_deref(), Some("no rows"));
    }

    #[test]
    fn names_that_a_case_does_not_have_are_errors_that_say_so() {
        let library = Library::default();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let claim = Claim { id: "toy.none", ..Toy.claims()[0].clone() };
        assert_eq!(Toy.evaluate(&claim, &bench).unwrap_err().to_string(), "toy has no claim `toy.none`");
        let unknown = Toy.figure("03_none", &bench).unwrap_err().to_string();
        assert_eq!(unknown, "toy has no figure `03_none`; it has 01_mean, 02_model");
    }

    #[test]
    fn a_figure_comes_under_its_listed_name_and_title() {
        let library = Library::default();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let figure = Toy.figure("01_mean", &bench).unwrap();
        assert_eq!((figure.name.as_str(), figure.title.as_str()), ("01_mean", "Means"));
    }
}
