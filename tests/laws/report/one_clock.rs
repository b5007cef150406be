//! The same number for the same thing, wherever a page or the terminal shows it.

use std::collections::{BTreeMap, BTreeSet};

use poolbench::analyse::{Act, Metric, summarise};
use poolbench::archive::Run;
use poolbench::itinerary::SessionScope;

use super::{as_html, as_text, read, record};

/// Metric, of what, and clock.
type Name = (String, String, String);

/// Every figure of a page: what it is called, and with what texts it is shown.
fn figures(page: &str) -> BTreeMap<Name, BTreeSet<String>> {
    let mut found: BTreeMap<Name, BTreeSet<String>> = BTreeMap::new();
    for piece in page.split("data-metric=\"").skip(1) {
        let value = |name: &str| -> String {
            let (_, rest) = piece.split_once(&format!("{name}=\"")).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let metric = piece.split('"').next().unwrap().to_owned();
        let text = piece.split_once('>').unwrap().1.split('<').next().unwrap();
        let name = (metric, value("data-of"), value("data-clock"));
        found.entry(name).or_default().insert(text.to_owned());
    }
    found
}

#[test]
fn no_figure_of_a_page_has_two_values() {
    let page = as_html(&record());
    let found = figures(&page);
    assert!(found.len() > 200, "{} figures", found.len());
    for (name, texts) in &found {
        assert_eq!(texts.len(), 1, "{name:?}: {texts:?}");
    }
    // Measured ones stand in a part of their own.
    let measured = page.find("data-clock=\"measured\"").unwrap();
    assert!(page.find("id=\"measured\"").unwrap() < measured);
    for (metric, of) in [
        ("hold.mean", "side by side/sqlx/request-scoped"),
        ("acquire-wait.p99", "side by side/sqlx/repository-scoped"),
        ("throughput.ratio", "capacity/sqlx/request-scoped/repository-scoped"),
        ("throughput.from-holds", "capacity/deadpool-postgres/repository-scoped"),
    ] {
        assert!(found.contains_key(&(metric.into(), of.into(), "nominal".into())), "{metric} of {of}");
    }
}

/// The figure of a lane of the fixture, at nominal times.
fn nominal(run: &Run, act: Act, scope: SessionScope, metric: Metric) -> String {
    let summary = summarise(run);
    let figure = summary.figures.at(act, "sqlx", scope, metric).unwrap();
    figure.at_nominal().unwrap().value.to_string()
}

#[test]
fn charts_verdict_and_tables_quote_the_same_figures() {
    let run = record();
    let summary = summarise(&run);
    let view = poolbench::report::View { record: &run, summary: &summary };
    let drawn = poolbench::report::chart::draw(view).unwrap();
    let words = |name: &str| {
        let svg = &drawn.iter().find(|chart| chart.name == name).unwrap().svg;
        let svg = roxmltree::Document::parse(svg).unwrap();
        let texts = svg.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text());
        texts.map(str::trim).collect::<Vec<_>>().join("\n")
    };
    use Act::{Capacity, SideBySide};
    use SessionScope::{Repository, Request};
    for (chart, act, scope, metric) in [
        ("capacity", Capacity, Request, Metric::ThroughputFromHolds),
        ("capacity", Capacity, Repository, Metric::ThroughputFromHolds),
        ("occupancy-sqlx", SideBySide, Request, Metric::UtilisationShare),
        ("occupancy-sqlx", SideBySide, Request, Metric::IdleHoldShare),
        ("acquire-wait-sqlx", SideBySide, Repository, Metric::AcquireWaitP99),
        ("throughput-sqlx", SideBySide, Request, Metric::ThroughputCounted),
        ("throughput-sqlx", SideBySide, Request, Metric::ServedShare),
        ("server-sqlx", SideBySide, Request, Metric::IdleInTransactionShare),
    ] {
        let told = nominal(&run, act, scope, metric);
        assert!(words(chart).contains(&told), "{chart}: {told} of {} in {}", metric.name(), words(chart));
    }
    let ratio = summary.figures.pair(SideBySide, "sqlx", Metric::HoldRatio).unwrap();
    let ratio = ratio.at_nominal().unwrap().value.to_string().replace(" ×", "");
    let sentence = format!("held a connection {ratio} times shorter");
    assert!(read(&as_html(&run)).contains(&sentence), "{sentence}");
    assert!(as_text(&run).split_whitespace().collect::<Vec<_>>().join(" ").contains(&sentence), "{sentence}");
    let times =
        summary.figures.pair(Capacity, "sqlx", Metric::ThroughputRatio).unwrap().at_nominal().unwrap();
    assert!(
        words("capacity").contains(&format!("{} times as many", times.value.to_string().replace(" ×", "")))
    );
}
