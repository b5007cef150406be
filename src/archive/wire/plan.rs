//! What was asked, as stored. Times in nominal seconds, rates per nominal second.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// The scenario of a run, with what the command line changed in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct PlanRecord {
    pub(in crate::archive) scenario: String,
    pub(in crate::archive) why: String,
    pub(in crate::archive) request: String,
    pub(in crate::archive) time_scale: f64,
    pub(in crate::archive) seed: u64,
    pub(in crate::archive) pool: PoolRecord,
    /// Pool libraries, in the order in which they ran.
    pub(in crate::archive) pools: Vec<String>,
    /// Session scopes, before first.
    pub(in crate::archive) scopes: Vec<String>,
    /// Those of them that the scenario wrote itself; none in records before there were any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::archive) own_scopes: Vec<OwnScopeRecord>,
    /// The steps of one request.
    pub(in crate::archive) steps: Vec<StepRecord>,
    /// Kinds of requests beside the usual one, which the steps above are of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::archive) kinds: Vec<KindRecord>,
    /// How many steps compute at once in one service; none where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) processors: Option<NonZeroU32>,
    pub(in crate::archive) load: LoadRecord,
    pub(in crate::archive) phases: PhasesRecord,
    pub(in crate::archive) capacity: CapacityRecord,
    pub(in crate::archive) bystander: Option<BystanderRecord>,
    pub(in crate::archive) claims: Vec<ClaimRecord>,
    /// Many pools instead of one; none in records of one pool.
    pub(in crate::archive) fleet: Option<FleetRecord>,
    /// The one objective of records that knew no others; it is not written any more.
    #[serde(default, skip_serializing)]
    pub(in crate::archive) objective: Option<ObjectiveRecord>,
    /// As they were written; none in records before there were any.
    #[serde(default)]
    pub(in crate::archive) objectives: Vec<String>,
    /// The HTTP service that was driven instead of pools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) target: Option<TargetRecord>,
}

/// A kind of requests beside the usual one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct KindRecord {
    pub(in crate::archive) name: String,
    /// Its share of all requests.
    pub(in crate::archive) share: f64,
    pub(in crate::archive) steps: Vec<StepRecord>,
}

/// The service under load, without what may be a credential: no host, no query, no header's value, no body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct TargetRecord {
    /// Where each lane's requests went, in the order of the session scopes.
    pub(in crate::archive) places: Vec<String>,
    pub(in crate::archive) method: String,
    pub(in crate::archive) path: String,
    /// Their names, and the environment variable of those whose value came from there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::archive) headers: Vec<(String, Option<String>)>,
    /// Its length; empty where there was none.
    pub(in crate::archive) body: String,
    /// Statuses that completed a request, `2xx` or `404`.
    pub(in crate::archive) success: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) success_says: Option<String>,
    /// Statuses by which the service said that no connection came free in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::archive) timed_out: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) timed_out_says: Option<String>,
    /// Longest wait for an answer, nominal seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) timeout_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) bystander_path: Option<String>,
    /// Whether other hosts than this one were allowed.
    pub(in crate::archive) any_host: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct OwnScopeRecord {
    pub(in crate::archive) name: String,
    /// acquire, begin, commit, release, and names of steps.
    pub(in crate::archive) moves: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct FleetRecord {
    pub(in crate::archive) pools: u32,
    /// random, round-robin or least-loaded.
    pub(in crate::archive) routing: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct ObjectiveRecord {
    pub(in crate::archive) quantile: f64,
    /// The longest wait for them, nominal seconds.
    pub(in crate::archive) wait_s: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct PoolRecord {
    pub(in crate::archive) size: u32,
    /// Longest wait for a connection, nominal seconds.
    pub(in crate::archive) acquire_timeout_s: f64,
    /// library-default, always or never.
    pub(in crate::archive) liveness_check: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct StepRecord {
    pub(in crate::archive) name: String,
    /// sql, queue or work.
    pub(in crate::archive) kind: String,
    pub(in crate::archive) time_s: f64,
    /// How its time varies; none where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) varies: Option<String>,
    /// The times that it takes, nominal seconds, each as often as any other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::archive) times_s: Vec<f64>,
    /// What it really does: a built-in operation, statements, enqueue or wait.
    pub(in crate::archive) does: String,
    /// Share of the requests for which it fails; none where it never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) fail_share: Option<f64>,
    /// Nominal seconds until it fails; none where they are `time_s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) fail_after_s: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct LoadRecord {
    /// poisson or constant.
    pub(in crate::archive) arrivals: String,
    pub(in crate::archive) rate_per_s: f64,
    /// How the rate changes: shape, rate per nominal second, and nominal seconds, a stage each.
    pub(in crate::archive) stages: Vec<(String, f64, f64)>,
    /// Requests that are all due at the start of the measured span.
    pub(in crate::archive) burst: u32,
    pub(in crate::archive) in_flight_cap: u32,
    /// queue or shed.
    pub(in crate::archive) when_full: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct PhasesRecord {
    pub(in crate::archive) warm_up_s: f64,
    pub(in crate::archive) measure_s: f64,
    pub(in crate::archive) drain_s: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct CapacityRecord {
    /// Callers as a multiple of what saturates the pool; none where they are a number. Records of
    /// version 1 have neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) saturation: Option<f64>,
    /// Callers, as a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::archive) callers: Option<u32>,
    /// Pause of a caller between two requests, nominal seconds.
    pub(in crate::archive) think_time_s: f64,
    pub(in crate::archive) warm_up_s: f64,
    pub(in crate::archive) measure_s: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct BystanderRecord {
    /// Queries due per nominal second.
    pub(in crate::archive) rate_per_s: f64,
    /// Time on the server, nominal seconds.
    pub(in crate::archive) time_s: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::archive) struct ClaimRecord {
    pub(in crate::archive) id: String,
    pub(in crate::archive) says: String,
    pub(in crate::archive) measure: String,
    pub(in crate::archive) expect: f64,
    /// How many concurrent requests it speaks of.
    pub(in crate::archive) requests: u32,
}
