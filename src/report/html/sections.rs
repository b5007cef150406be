//! The folded part of the page: one question a section, and the figure or the table that answers it.

use maud::{Markup, html};

use super::figure::pictures;
use super::table::{OwnHeading, draw};
use super::{anatomy, libraries, method, overview};
use crate::gate::Changes;
use crate::plan::Seen;
use crate::report::lang::{say, word};
use crate::report::table::Table;
use crate::report::{Chart, View, change, tables};

/// Whether paper shows the answer to a question that nobody has unfolded: a reviewer needs it, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnPaper {
    Yes,
    No,
}

/// A question with its answer; nothing without one.
fn asked(id: &str, question: &str, paper: OnPaper, answer: Option<Markup>) -> Markup {
    html! {
        @if let Some(answer) = answer {
            section id=(id) class="question" {
                details.printed[paper == OnPaper::Yes] { summary { h2 { (question) } } (answer) }
            }
        }
    }
}

/// All questions, in the order in which a reader has them.
pub(super) fn questions(view: View<'_>, charts: &[Chart]) -> Markup {
    let of = |kind: &'static str| {
        libraries::each(view, |_, pool| {
            let mut found = charts.iter().filter(|chart| is_of(chart, kind, &pool.pool)).peekable();
            found.peek()?;
            Some(pictures(found))
        })
    };
    let outside = view.record.plan.seen() == Seen::FromOutside;
    html! {
        (asked("anatomy", word("What does one request do with its connection?"), OnPaper::Yes, anatomy::anatomy(view)))
        (asked("waits", word("How long does a request wait for a connection?"), OnPaper::Yes, of("acquire-wait")))
        @if !outside { (asked("throughput", word("How many requests are served, as time goes by?"), OnPaper::No, of("throughput"))) }
        (asked("pool", word("How full is the pool, and how many wait for it?"), OnPaper::No, of("pool")))
        (asked("server", word("What does the database server see?"), OnPaper::No, of("server")))
        (asked("capacity", word("How much does it carry when it is never idle?"), OnPaper::Yes, capacity(view, charts)))
        (asked("figures", word("What are all the figures?"), OnPaper::Yes, side_by_side(view)))
        (asked("measured", word("What did the clock of the run show, and what is overhead?"), OnPaper::No, measured(view)))
        (asked("kinds", word("How does each kind of requests fare?"), OnPaper::Yes, table(tables::kinds(view))))
        (asked("matrix", word("How do scopes and pools compare?"), OnPaper::Yes, table(tables::matrix(view))))
        (asked("price", word("What does releasing cost, step by step?"), OnPaper::Yes, table(tables::price(view))))
        (asked("prediction", word("What did theory and the twin expect?"), OnPaper::No, table(tables::prediction(view))))
        (asked("proof", word("Did scaling time change anything?"), OnPaper::Yes, table(tables::proof(view))))
        (asked("ledger", word("Where did every request end?"), OnPaper::No, table(tables::ledger(view))))
        (asked("charts", word("What else is there?"), OnPaper::No, other_charts(view, charts)))
        (asked("method", &say!("How was this {source}, and how is it read?", source = view.source()), OnPaper::Yes, Some(method::method(view))))
    }
}

/// What changed against a baseline.
pub(super) fn changes(changes: &Changes) -> Markup {
    let shown = change::table(changes);
    let title = shown.title.clone();
    asked("change", &title, OnPaper::Yes, table(Some(shown)))
}

/// The side-by-side table of each pool library.
fn side_by_side(view: View<'_>) -> Option<Markup> {
    let shown = tables::side_by_side(view);
    libraries::each(view, |at, _| Some(draw(shown.get(at)?, OwnHeading::Yes, html! {})))
}

/// What has another value at the clock of the run.
fn measured(view: View<'_>) -> Option<Markup> {
    let (lanes, capacity) = (tables::measured(view), tables::capacity_measured(view));
    let of_pools = libraries::each(view, |at, _| Some(draw(lanes.get(at)?, OwnHeading::Yes, html! {})));
    (of_pools.is_some() || capacity.is_some()).then(|| {
        html! {
            @if let Some(shown) = of_pools { (shown) }
            @if let Some(shown) = capacity { (draw(&shown, OwnHeading::Yes, html! {})) }
        }
    })
}

/// The capacity table and its chart.
fn capacity(view: View<'_>, charts: &[Chart]) -> Option<Markup> {
    let shown = tables::capacity(view)?;
    Some(html! {
        (pictures(charts.iter().filter(|chart| chart.name == CAPACITY)))
        (draw(&shown, OwnHeading::No, html! {}))
    })
}

/// Charts that belong to no question.
fn other_charts(view: View<'_>, charts: &[Chart]) -> Option<Markup> {
    let pools = &view.summary.side_by_side;
    // The strips and tables of the anatomy show the same as its chart, and can be copied from.
    let elsewhere = |chart: &Chart| {
        [PHASES, CAPACITY].contains(&chart.name.as_str())
            || pools.iter().any(|pool| belongs(chart, &pool.pool))
    };
    let mut others = charts.iter().filter(|chart| !elsewhere(chart)).peekable();
    others.peek()?;
    Some(pictures(others))
}

const PHASES: &str = "phases";
const CAPACITY: &str = "capacity";

/// The charts of a pool library, by what their names begin with.
const OF_A_POOL: [&str; 5] = [overview::FIRST, "acquire-wait-", "throughput-", "pool-", "server-"];

/// A chart of one pool library is named after it: `occupancy-sqlx`.
pub(super) fn belongs(chart: &Chart, pool: &str) -> bool {
    OF_A_POOL.iter().any(|kind| is_of(chart, kind.trim_end_matches('-'), pool))
}

/// Whether a chart is that one of a pool library.
pub(super) fn is_of(chart: &Chart, kind: &str, pool: &str) -> bool {
    let rest = chart.name.strip_prefix(kind).and_then(|rest| rest.strip_prefix('-'));
    rest == Some(pool)
}

/// The claims table.
pub(super) fn claims(view: View<'_>) -> Markup {
    html! {
        @if let Some(shown) = tables::claims(view) {
            section id="claims" { h2 { (shown.title) } (draw(&shown, OwnHeading::No, html! {})) }
        }
    }
}

fn table(shown: Option<Table>) -> Option<Markup> {
    Some(draw(&shown?, OwnHeading::No, html! {}))
}
