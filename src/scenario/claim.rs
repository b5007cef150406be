//! Claims: what somebody says that releasing connections buys, as data to be tested.

use std::str::FromStr;

/// Something that is claimed of the scenario, to be tested by a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Short name: `C1`.
    pub id: String,
    /// The claim in words.
    pub says: String,
    /// The measured number that tests it.
    pub measure: ClaimMeasure,
    /// The number that was claimed, in the unit of the measure.
    pub expect: f64,
    /// How many concurrent requests a wasted-hold claim speaks of.
    pub requests: u32,
}

/// The number that tests a claim. "Before" is the first scope of the scenario, "after" the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimMeasure {
    /// 1 − hold time after ÷ hold time before; a share.
    HoldReduction,
    /// Hold time before ÷ hold time after; a factor.
    RequestsPerConnection,
    /// Pool size × requests per connection; connections.
    EquivalentConnections,
    /// Throughput at saturation after ÷ before; a factor.
    ThroughputRatio,
    /// Idle hold of so many concurrent requests; connection-seconds, before.
    WastedHold,
    /// p99 of acquire wait after; nominal seconds.
    AcquireWait,
    /// p99 of what bystanders wait for a connection after; nominal seconds.
    BystanderLatency,
}

/// All measures.
pub const MEASURES: [ClaimMeasure; 7] = [
    ClaimMeasure::HoldReduction,
    ClaimMeasure::RequestsPerConnection,
    ClaimMeasure::EquivalentConnections,
    ClaimMeasure::ThroughputRatio,
    ClaimMeasure::WastedHold,
    ClaimMeasure::AcquireWait,
    ClaimMeasure::BystanderLatency,
];

impl ClaimMeasure {
    /// The word in scenario files and records.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::HoldReduction => "hold-reduction",
            Self::RequestsPerConnection => "requests-per-connection",
            Self::EquivalentConnections => "equivalent-connections",
            Self::ThroughputRatio => "throughput-ratio",
            Self::WastedHold => "wasted-hold",
            Self::AcquireWait => "acquire-wait",
            Self::BystanderLatency => "bystander-latency",
        }
    }
}

impl FromStr for ClaimMeasure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        MEASURES.into_iter().find(|measure| measure.word() == text).ok_or_else(|| {
            let words: Vec<&str> = MEASURES.iter().map(|measure| measure.word()).collect();
            format!("write one of {}", words.join(", "))
        })
    }
}
