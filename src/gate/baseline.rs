//! The stored form of a [`Sheet`]: a baseline, small enough to be kept in a repository and read in a review.

use serde::{Deserialize, Serialize};

use super::sheet::{Bound, ClaimLine, Ended, Line, Number, Sheet};
use crate::analyse::{Act, ClaimVerdict, Condition, ConditionKind, Place, Subject, UNENCRYPTED};
use crate::itinerary::SessionScope;
use crate::metric::Metric;

/// What every baseline begins with.
const FORMAT: &str = "poolbench-baseline";
/// Version of the form. It rises when a key changes its meaning or goes.
const VERSION: u32 = 1;

/// Why a text is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// It is no JSON, or not of this form.
    #[error("it is no baseline: {0}")]
    NotOne(String),
    /// It was made by a later poolbench.
    #[error("its version is {0}, and this poolbench reads up to {VERSION}; use the poolbench that made it")]
    Newer(u32),
    /// It contradicts itself.
    #[error("{path}: {says}; save it again from its record")]
    Inconsistent {
        /// Where.
        path: String,
        /// What is wrong there.
        says: String,
    },
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: String,
    version: u32,
    created: String,
    scenario: String,
    scopes: Vec<String>,
    complete: bool,
    conditions: Vec<StoredCondition>,
    figures: Vec<StoredLine>,
    claims: Vec<StoredClaim>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCondition {
    kind: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredClaim {
    id: String,
    says: String,
    verdict: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLine {
    metric: String,
    act: String,
    pool: String,
    /// One session scope of a lane, two of a pair.
    scopes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<StoredNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nominal: Option<StoredNumber>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredNumber {
    value: f64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    more_than: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<[f64; 2]>,
}

/// The text of a baseline: one figure a line, so that a review shows what changed.
#[must_use]
pub fn encode(sheet: &Sheet) -> String {
    let stored = Stored::of(sheet);
    let list = |items: Vec<String>| {
        if items.is_empty() { "[]".to_owned() } else { format!("[\n    {}\n  ]", items.join(",\n    ")) }
    };
    let fields = [
        ("format", line(&stored.format)),
        ("version", line(&stored.version)),
        ("created", line(&stored.created)),
        ("scenario", line(&stored.scenario)),
        ("scopes", line(&stored.scopes)),
        ("complete", line(&stored.complete)),
        ("conditions", list(stored.conditions.iter().map(line).collect())),
        ("figures", list(stored.figures.iter().map(line).collect())),
        ("claims", list(stored.claims.iter().map(line).collect())),
    ];
    let fields = fields.map(|(name, value)| format!("  \"{name}\": {value}"));
    format!("{{\n{}\n}}\n", fields.join(",\n"))
}

/// Texts, counts and finite numbers, all of which JSON can say.
fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads a baseline back and checks it; `name` is what it is called.
///
/// # Errors
/// When the text is no baseline, is of a later version, or contradicts itself.
pub fn decode(text: &str, name: &str) -> Result<Sheet, BaselineError> {
    let not_one = |fault: serde_json::Error| BaselineError::NotOne(fault.to_string());
    // The head first: a later version may have other keys.
    let head: Head = serde_json::from_str(text).map_err(not_one)?;
    if head.format != FORMAT {
        return Err(BaselineError::NotOne(format!(
            "its format is \"{}\", and not \"{FORMAT}\"",
            head.format
        )));
    }
    if head.version > VERSION {
        return Err(BaselineError::Newer(head.version));
    }
    serde_json::from_str::<Stored>(text).map_err(not_one)?.sheet(name)
}

impl Stored {
    fn of(sheet: &Sheet) -> Self {
        let claim = |claim: &ClaimLine| StoredClaim {
            id: claim.id.clone(),
            says: claim.says.clone(),
            verdict: claim.verdict.name().to_owned(),
        };
        let condition = |condition: &Condition| StoredCondition {
            kind: condition.kind.name().to_owned(),
            value: condition.value.clone(),
        };
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            created: sheet.created.clone(),
            scenario: sheet.scenario.clone(),
            scopes: sheet.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            complete: sheet.ended == Ended::Complete,
            conditions: sheet.conditions.iter().map(condition).collect(),
            figures: sheet.lines.iter().map(StoredLine::of).collect(),
            claims: sheet.claims.iter().map(claim).collect(),
        }
    }

    fn sheet(self, name: &str) -> Result<Sheet, BaselineError> {
        let mut conditions = Vec::new();
        for (index, stored) in self.conditions.into_iter().enumerate() {
            let kind = ConditionKind::named(&stored.kind).ok_or_else(|| {
                inconsistent("conditions", index, format!("there is no \"{}\"", stored.kind))
            })?;
            if conditions.iter().any(|it: &Condition| it.kind == kind) {
                return Err(inconsistent("conditions", index, format!("\"{}\" is there twice", stored.kind)));
            }
            conditions.push(Condition { kind, value: stored.value });
        }
        // Versions that did not write it spoke no TLS.
        if conditions.iter().all(|it| it.kind != ConditionKind::Encryption) {
            conditions.push(Condition { kind: ConditionKind::Encryption, value: UNENCRYPTED.to_owned() });
        }
        let mut lines: Vec<Line> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for (index, stored) in self.figures.into_iter().enumerate() {
            if !seen.insert((
                stored.metric.clone(),
                stored.act.clone(),
                stored.pool.clone(),
                stored.scopes.clone(),
            )) {
                return Err(inconsistent("figures", index, format!("\"{}\" is there twice", stored.metric)));
            }
            lines.push(stored.line().map_err(|says| inconsistent("figures", index, says))?);
        }
        let mut claims = Vec::new();
        for (index, StoredClaim { id, says, verdict }) in self.claims.into_iter().enumerate() {
            let verdict = ClaimVerdict::named(&verdict)
                .ok_or_else(|| inconsistent("claims", index, format!("there is no verdict \"{verdict}\"")))?;
            claims.push(ClaimLine { id, says, verdict });
        }
        let scopes: Result<Vec<SessionScope>, BaselineError> = self
            .scopes
            .iter()
            .enumerate()
            .map(|(index, name)| scope(name).map_err(|says| inconsistent("scopes", index, says)))
            .collect();
        Ok(Sheet {
            name: name.to_owned(),
            created: self.created,
            scenario: self.scenario,
            scopes: scopes?,
            ended: if self.complete { Ended::Complete } else { Ended::Cut },
            conditions,
            lines,
            claims,
        })
    }
}

fn inconsistent(list: &str, index: usize, says: String) -> BaselineError {
    BaselineError::Inconsistent { path: format!("{list}[{index}]"), says }
}

fn scope(name: &str) -> Result<SessionScope, String> {
    name.parse().map_err(|_| format!("there is no session scope \"{name}\""))
}

impl StoredLine {
    fn of(line: &Line) -> Self {
        let scopes = match &line.subject {
            Subject::Lane(place) => vec![place.scope],
            Subject::Pair { before, after, .. } => vec![*before, *after],
        };
        Self {
            metric: line.metric.name().to_owned(),
            act: line.act().name().to_owned(),
            pool: line.pool().to_owned(),
            scopes: scopes.into_iter().map(|scope| scope.name().to_owned()).collect(),
            measured: line.measured.map(StoredNumber::of),
            nominal: line.nominal.map(StoredNumber::of),
        }
    }

    fn line(self) -> Result<Line, String> {
        let metric =
            Metric::named(&self.metric).ok_or_else(|| format!("there is no metric \"{}\"", self.metric))?;
        let act = Act::named(&self.act).ok_or_else(|| format!("there is no act \"{}\"", self.act))?;
        let scopes: Vec<SessionScope> =
            self.scopes.iter().map(|name| scope(name)).collect::<Result<_, _>>()?;
        let subject = match (scopes.as_slice(), metric.is_of_a_pair()) {
            ([scope], false) => Subject::Lane(Place { act, pool: self.pool, scope: *scope }),
            ([before, after], true) => Subject::Pair { act, pool: self.pool, before: *before, after: *after },
            _ => return Err(format!("\"{}\" is of another number of session scopes", self.metric)),
        };
        let number = |stored: Option<StoredNumber>| stored.map(StoredNumber::number).transpose();
        let (measured, nominal) = (number(self.measured)?, number(self.nominal)?);
        if measured.is_none() && nominal.is_none() {
            return Err("it has no number".to_owned());
        }
        Ok(Line { metric, subject, measured, nominal })
    }
}

impl StoredNumber {
    fn of(number: Number) -> Self {
        let Number { value, bound, interval } = number;
        Self { value, more_than: bound == Bound::MoreThan, interval: interval.map(|(low, high)| [low, high]) }
    }

    fn number(self) -> Result<Number, String> {
        let interval = self.interval.map(|[low, high]| (low, high));
        let ordered = interval.is_none_or(|(low, high)| low <= high);
        if !ordered || self.value < 0.0 {
            return Err("its numbers contradict each other".to_owned());
        }
        let bound = if self.more_than { Bound::MoreThan } else { Bound::Exact };
        Ok(Number { value: self.value, bound, interval })
    }
}
