//! One checkable statement of a paper, and what became of it.

use serde::{Deserialize, Serialize};

use super::{CaseError, Tier};

/// How well a claim's wording and numbers are sourced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Read in the paper itself.
    Primary,
    /// Read in a text about the paper.
    Secondary,
    /// Derived or measured here.
    Ours,
    /// Attributed to the paper, but not confirmed; shown with that tag everywhere.
    Unverified,
}

/// Where the numbers behind a claim, a figure or a table come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A closed form.
    Exact,
    /// A seeded generator with planted truth.
    Synthetic,
    /// Numbers printed in a paper.
    Published,
    /// Numbers read off a picture.
    Digitised,
    /// Measured data, or models as their authors published them.
    Real,
}

impl Evidence {
    /// The word for it in reports.
    pub fn label(self) -> &'static str {
        match self {
            Evidence::Primary => "primary",
            Evidence::Secondary => "secondary",
            Evidence::Ours => "ours",
            Evidence::Unverified => "unverified",
        }
    }
}

impl Origin {
    /// The word for it in reports, figures and tables; a reader must never guess.
    pub fn label(self) -> &'static str {
        match self {
            Origin::Exact => "exact",
            Origin::Synthetic => "synthetic",
            Origin::Published => "published",
            Origin::Digitised => "digitised",
            Origin::Real => "real",
        }
    }
}

impl Status {
    /// All statuses, best first.
    pub const ALL: [Self; 4] = [Status::Reproduced, Status::Deviates, Status::NotTestable, Status::Failed];

    /// The word for it in reports.
    pub fn label(self) -> &'static str {
        match self {
            Status::Reproduced => "reproduced",
            Status::Deviates => "deviates",
            Status::NotTestable => "not testable",
            Status::Failed => "failed",
        }
    }

    /// A sign that carries the status without colour.
    pub fn symbol(self) -> &'static str {
        match self {
            Status::Reproduced => "✓",
            Status::Deviates => "≠",
            Status::NotTestable => "○",
            Status::Failed => "✗",
        }
    }
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Measured within the tolerance.
    Reproduced,
    /// Measured outside the tolerance; the reason says why.
    Deviates,
    /// Data or text is not available; the reason says which.
    NotTestable,
    /// The experiment ended in an error.
    Failed,
}

/// One checkable statement.
#[derive(Clone, Debug)]
pub struct Claim {
    /// `tur.bound`; unique within all cases.
    pub id: &'static str,
    /// The statement, in one line.
    pub title: &'static str,
    /// Paper and place (equation, figure, table).
    pub source: &'static str,
    /// How well the statement is sourced.
    pub evidence: Evidence,
    /// Where the numbers behind it come from.
    pub origin: Origin,
    /// The value or relation that should hold, in words a reader can check.
    pub expected: &'static str,
    /// How far off it may be.
    pub tolerance: &'static str,
    /// Why that far.
    pub tolerance_reason: &'static str,
    /// The cheapest tier that evaluates it.
    pub tier: Tier,
}

/// What a claim's experiment found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The measured value, in the words of `expected`. The same bits for any number of threads.
    pub measured: String,
    /// Reproduced or deviates.
    pub status: Status,
    /// Why it deviates, or what else a reader should know; may be empty.
    pub reason: String,
}

impl Finding {
    /// Reproduced when `holds`, else deviates; `reason` is kept either way.
    pub fn judge(holds: bool, measured: impl Into<String>, reason: impl Into<String>) -> Self {
        let status = if holds { Status::Reproduced } else { Status::Deviates };
        Self { measured: measured.into(), status, reason: reason.into() }
    }

    /// Not testable: `reason` names the missing data or text.
    pub fn not_testable(reason: impl Into<String>) -> Self {
        Self { measured: "–".into(), status: Status::NotTestable, reason: reason.into() }
    }
}

/// A claim as it stands in the report (the schema of `report.json`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimResult {
    pub id: String,
    pub title: String,
    pub source: String,
    pub evidence: Evidence,
    pub origin: Origin,
    pub expected: String,
    pub measured: String,
    pub tolerance: String,
    pub status: Status,
    pub reason: String,
}

impl Claim {
    /// Joins a claim with what its experiment returned.
    ///
    /// Missing data makes it `not_testable`, any other error `failed`; neither is ever dropped.
    pub fn conclude(&self, outcome: Result<Finding, CaseError>) -> ClaimResult {
        let finding = outcome.unwrap_or_else(|error| match error {
            CaseError::DataMissing { .. } => Finding::not_testable(error.to_string()),
            other => Finding { measured: "–".into(), status: Status::Failed, reason: other.to_string() },
        });
        ClaimResult {
            id: self.id.into(),
            title: self.title.into(),
            source: self.source.into(),
            evidence: self.evidence,
            origin: self.origin,
            expected: self.expected.into(),
            measured: finding.measured,
            tolerance: self.tolerance.into(),
            status: finding.status,
            reason: finding.reason,
        }
    }
}
