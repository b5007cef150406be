//! The figures to quote: four cards, each with a figure before and after, at nominal times.

use super::{View, words};
use crate::analyse::{Act, Comparison, Figure, LaneSummary, Metric};
use crate::plan::Seen;
use crate::report::lang::{say, word};
use crate::units;

/// A figure to quote.
#[derive(Debug, Clone)]
pub(super) struct Card<'a> {
    /// What it is.
    pub(super) label: &'static str,
    /// Of the first session scope of the plan, and of the last one.
    pub(super) figures: [&'a Figure; 2],
    /// What it means, with what stands beside it.
    pub(super) means: String,
}

/// A figure at nominal times.
fn text(figure: &Figure) -> String {
    words::at_nominal(figure).unwrap_or_else(|| "–".to_owned())
}

/// The cards of a pool library. None where requests failed by accident: such figures are nothing to quote.
pub(super) fn cards<'a>(view: View<'a>, pool: &'a Comparison) -> Vec<Card<'a>> {
    let Some((before, after)) = pool.pair() else { return Vec::new() };
    if before.accident().or_else(|| after.accident()).is_some() {
        return Vec::new();
    }
    let cards = Cards { view, before, after };
    [cards.hold(), cards.served(), cards.waits(), cards.responses(), cards.others()]
        .into_iter()
        .flatten()
        .collect()
}

struct Cards<'a> {
    view: View<'a>,
    before: &'a LaneSummary,
    after: &'a LaneSummary,
}

impl<'a> Cards<'a> {
    /// A metric of both lanes; nothing where one has no number.
    fn both(&self, metric: Metric) -> Option<[&'a Figure; 2]> {
        let of = |lane| {
            let figure = self.view.summary.figures.lane(Act::SideBySide, lane, metric)?;
            figure.at_nominal().map(|_| figure)
        };
        Some([of(self.before)?, of(self.after)?])
    }

    fn hold(&self) -> Option<Card<'a>> {
        let busy = self.both(Metric::HoldBusy)?.map(text);
        Some(Card {
            label: word("each request holds a connection for"),
            figures: self.both(Metric::HoldMean)?,
            means: say!("SQL runs in {busy} → {busy2} of it", busy = busy[0], busy2 = busy[1]),
        })
    }

    fn served(&self) -> Option<Card<'a>> {
        let due = units::count(self.before.ledger.scheduled);
        Some(Card {
            label: word("requests served"),
            figures: self.both(Metric::ServedShare)?,
            means: say!("of {due} requests due in the measured span", due),
        })
    }

    fn waits(&self) -> Option<Card<'a>> {
        let out = self.both(Metric::TimedOutCount)?.map(text);
        Some(Card {
            label: word("waiting for a connection"),
            figures: self.both(Metric::AcquireWaitP99)?,
            means: say!("p99 of acquire wait; {out} → {out2} timed out", out = out[0], out2 = out[1]),
        })
    }

    /// Of a service: inside, waits and holds say more.
    fn responses(&self) -> Option<Card<'a>> {
        if self.before.seen == Seen::FromInside {
            return None;
        }
        let p50 = self.both(Metric::ResponseP50)?.map(text);
        Some(Card {
            label: word("until the answer"),
            figures: self.both(Metric::ResponseP99)?,
            means: say!("p99 from the intended instant; p50 {p50} → {p502}", p50 = p50[0], p502 = p50[1]),
        })
    }

    fn others(&self) -> Option<Card<'a>> {
        let means = match self.before.seen {
            Seen::FromInside => word("cheap queries of others on the same pool"),
            Seen::FromOutside => word("cheap requests of others to the same service"),
        };
        Some(Card {
            label: word("bystanders without an answer"),
            figures: self.both(Metric::BystanderFailedShare)?,
            means: means.to_owned(),
        })
    }
}
