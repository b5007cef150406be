//! How a run was made, and how to read it.

use crate::report::lang::{key, word};
use maud::{Markup, html};

use crate::analyse::Weight;
use crate::plan::Seen;
use crate::report::text::unbroken;
use crate::report::{View, facts, words};

/// How to read the figures: what is easily taken for a fault, and is not.
const READING: [&str; 7] = [
    key(
        "Response time counts from the intended instant, when the request was due, not from when it was sent: \
     a request that had to wait for its turn is not excused.",
    ),
    key("Acquire wait is from asking the pool to having a connection: waiting, opening and testing one, \
     whatever the pool does meanwhile."),
    key(
        "Hold time is how long the pool is without the connection. Its busy part runs SQL; the rest is wasted.",
    ),
    key("Every request due in the measured span ends in one column of the ledger. Those that timed out, or \
     were under way when the run ended, are not dropped: they count as \"longer than\"."),
    key(
        "Both session scopes were offered the same arrivals at the same instants, each on a pool of its own.",
    ),
    key("Measured figures are at the scaled clock. Overheads do not scale, so nominal holds are plan + \
     overhead; nominal waits are measured ÷ time scale, and so are upper bounds of what overhead adds."),
    key(
        "Intervals are 95 %: of shares and throughput from batches of time that may depend on each other, of mean \
     holds by Student's t, and of quantiles between the times at the ends of the interval of the share below them.",
    ),
];

/// The same of a service, of which only the answers are seen.
const READING_FROM_OUTSIDE: [&str; 6] = [
    READING[0],
    key(
        "From outside nobody sees what a request holds or waits for inside the service: hold times, acquire waits, \
     utilisation and transactions are not visible, which is not the same as none.",
    ),
    key(
        "Every request due in the measured span ends in one column of the ledger. Those that failed, got no answer, or \
     were under way when the run ended, are not dropped: they count as \"longer than\".",
    ),
    key(
        "All services were sent the same arrivals at the same instants. Making a connection is part of a response time.",
    ),
    key(
        "Measured figures are at the scaled clock; nominal ones are measured ÷ time scale, overhead and all.",
    ),
    READING[6],
];

fn reading(seen: Seen) -> &'static [&'static str] {
    match seen {
        Seen::FromInside => &READING,
        Seen::FromOutside => &READING_FROM_OUTSIDE,
    }
}

/// How this was measured, how to read it, and what is good to know.
pub(super) fn method(view: View<'_>) -> Markup {
    let notes = view.summary.caveats.iter().filter(|caveat| caveat.weight() == Weight::Note);
    html! {
        dl.facts {
            @for (name, value) in facts::facts(view) {
                div { dt { (word(name)) } dd { (value) } }
            }
        }
        h3 { (word("How to read it")) }
        ul.reading {
            @for line in reading(view.record.plan.seen()) { li { (word(line)) } }
            @for note in notes { li { (unbroken(&words::caveat(note))) } }
        }
    }
}
