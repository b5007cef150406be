//! WHAT A LIVE SERVER SHOWS: looks at `pg_stat_activity` → spells of idle in transaction, and who holds connections.
//!
//! Process and instant of the last change of state name a spell, and its start is exact. At an interval Δ every spell
//! of Δ and more is seen, and a shorter one with the probability of its length ÷ Δ. So the mean number of connections
//! that are idle in a transaction, × the time, is right for the total; the number of spells is weighted.

mod series;
mod spells;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::metric::Metric;
use crate::pool::admin::{Activity, Doing, DoingState};
use crate::tap::{Level, fingerprint_of};
use series::Series;
use spells::{Ended, Spells};

pub use series::Stretch;
pub use spells::{LongSpells, Spell};

/// What a server showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// From the first look to the last one.
    pub window: Duration,
    /// How many looks.
    pub looks: u64,
    /// Time between two looks, on average.
    pub interval: Duration,
    /// The longest time between two looks.
    pub widest: Duration,
    /// Connections that were open.
    pub open: Level,
    /// Connections in a transaction or with a statement that runs. The peak is that of the looks: a lower bound.
    pub holding: Level,
    /// Connections with a statement that runs.
    pub running: Level,
    /// Connections whose state this user may not see, at most at once.
    pub unseen: u32,
    /// By application, user and database; those that were idle in a transaction for longest first.
    pub holders: Vec<Holder>,
    /// The longest spells of idle in transaction, longest first.
    pub longest: Vec<Spell>,
    /// How many spells there were, with those between two looks estimated.
    pub spells: f64,
    /// Those of which none can have been missed.
    pub long: LongSpells,
    /// Looks over time, several together where there were many.
    pub series: Vec<Stretch>,
    /// What the server itself counted of idle in transaction meanwhile; nothing where it does not count it.
    pub counted: Option<Duration>,
    /// Why the looks ended.
    pub end: WatchEnd,
}

/// Why looks ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchEnd {
    /// Their time was over, or somebody asked to stop.
    AsAsked,
    /// The server answered no more.
    ServerLost,
}

/// Who holds connections.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    /// What the application calls itself.
    pub application: String,
    /// As whom it is connected.
    pub user: String,
    /// With which database.
    pub database: String,
    /// Its connections that were open.
    pub open: Level,
    /// Of them those in a transaction or with a statement that runs.
    pub holding: Level,
    /// Of them those with a statement that runs.
    pub running: Level,
}

/// So many holders are told apart; who comes later is one more.
const HOLDERS: usize = 1_000;

/// The name of those who came later.
fn others() -> (String, String, String) {
    let name = || "(others)".to_owned();
    (name(), name(), name())
}

/// Looks, put together.
#[derive(Debug, Default)]
pub struct Watch {
    first: Option<Duration>,
    last: Duration,
    widest: Duration,
    looks: u64,
    all: Counts,
    series: Series,
    holders: BTreeMap<(String, String, String), Counts>,
    unseen: u32,
    spells: Spells,
}

/// Sums over looks.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    now: [u32; 3],
    sum: [u64; 3],
    peak: [u32; 3],
}

impl Counts {
    fn add(&mut self, doing: &Doing) {
        self.now[0] += 1;
        self.now[1] +=
            u32::from(matches!(doing.state, Some(DoingState::Running | DoingState::IdleInTransaction)));
        self.now[2] += u32::from(doing.state == Some(DoingState::Running));
    }

    fn settle(&mut self) {
        for (at, now) in std::mem::take(&mut self.now).into_iter().enumerate() {
            self.sum[at] += u64::from(now);
            self.peak[at] = self.peak[at].max(now);
        }
    }

    fn level(&self, of: usize, looks: u64) -> Level {
        Level { mean: self.sum[of] as f64 / looks.max(1) as f64, peak: self.peak[of] }
    }
}

impl Watch {
    /// One look more.
    pub fn add(&mut self, activity: &Activity) {
        let first = *self.first.get_or_insert(activity.at);
        if self.looks > 0 {
            self.widest = self.widest.max(activity.at.saturating_sub(self.last));
        }
        self.last = activity.at;
        self.looks += 1;
        let mut unseen = 0;
        for doing in &activity.connections {
            unseen += u32::from(doing.state.is_none());
            self.all.add(doing);
            let who = (doing.application.clone(), doing.user.clone(), doing.database.clone());
            let known = self.holders.len() < HOLDERS || self.holders.contains_key(&who);
            let who = if known { who } else { others() };
            self.holders.entry(who).or_default().add(doing);
        }
        self.unseen = self.unseen.max(unseen);
        self.series.add(activity.at.saturating_sub(first), self.all.now);
        self.all.settle();
        self.holders.values_mut().for_each(Counts::settle);
        self.spells.add(activity, self.interval(), self.widest);
    }

    fn interval(&self) -> Duration {
        let window = self.last.saturating_sub(self.first.unwrap_or(self.last));
        window / u32::try_from(self.looks.saturating_sub(1)).unwrap_or(u32::MAX).max(1)
    }

    /// What they come to, and why there are no more. `counted` is what the server itself counted meanwhile.
    #[must_use]
    pub fn end(self, counted: Option<Duration>, end: WatchEnd) -> Watched {
        let (looks, interval, widest) = (self.looks, self.interval(), self.widest);
        let window = self.last.saturating_sub(self.first.unwrap_or(self.last));
        let mut holders: Vec<Holder> = self
            .holders
            .into_iter()
            .map(|((application, user, database), counts)| Holder {
                application,
                user,
                database,
                open: counts.level(0, looks),
                holding: counts.level(1, looks),
                running: counts.level(2, looks),
            })
            .collect();
        holders.sort_by(|one, other| other.idle().total_cmp(&one.idle()));
        let Ended { count: spells, longest, long } = self.spells.end(interval, widest);
        Watched {
            window,
            looks,
            interval,
            widest,
            open: self.all.level(0, looks),
            holding: self.all.level(1, looks),
            running: self.all.level(2, looks),
            unseen: self.unseen,
            holders,
            longest,
            spells,
            long,
            series: self.series.end(),
            counted,
            end,
        }
    }
}

impl Holder {
    /// Connections that were idle in a transaction, on average.
    #[must_use]
    pub fn idle(&self) -> f64 {
        self.holding.mean - self.running.mean
    }
}

impl Watched {
    /// Of the connections that were held, the share that was idle in a transaction, from 0 to 1; nothing where none was
    /// held.
    #[must_use]
    pub fn idle_share(&self) -> Option<f64> {
        let held = self.holding.mean;
        (held > 0.0).then(|| (held - self.running.mean) / held)
    }

    /// Connections × time that were idle in a transaction.
    #[must_use]
    pub fn idle(&self) -> Duration {
        let idle = (self.holding.mean - self.running.mean).max(0.0) * self.window.as_secs_f64();
        Duration::try_from_secs_f64(idle).unwrap_or_default()
    }

    /// What of the server's count is not in the long spells that ended, from and to; nothing where it does not count,
    /// or had not told more than that.
    #[must_use]
    pub fn other_spells(&self) -> Option<(Duration, Duration)> {
        let counted = self.counted.filter(|counted| *counted > self.long.at_least)?;
        Some((counted.saturating_sub(self.long.at_most), counted - self.long.at_least))
    }

    /// The number of a metric; nothing of what a look cannot tell. A peak is that of the looks, and so a lower bound.
    #[must_use]
    pub fn figure(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::IdleHoldShare => self.idle_share(),
            Metric::InTransactionMean => Some(self.holding.mean),
            Metric::InTransactionPeak => Some(f64::from(self.holding.peak)),
            _ => None,
        }
    }
}

/// The text of a statement without its literals.
fn without_literals(text: &str) -> String {
    fingerprint_of(text)
}

#[cfg(test)]
mod tests;
