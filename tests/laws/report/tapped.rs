//! The page and the charts of what a tap saw, from one fixed record.

use std::path::Path;

use poolbench::archive::observed::{self, Observed};
use poolbench::gate::{self, Number, Sight};
use poolbench::report::tap::{Answer, Page};
use poolbench::report::{Chart, chart, html};
use poolbench::tap::{Release, full_share, worth};
use serde_json::Value;

use super::{HOSTILE, scripts, sections};

const FIXTURE: &str = "tests/fixtures/tap-v1.json";

/// What was tapped.
pub(crate) fn fixture() -> Observed {
    observed::load(Path::new(FIXTURE)).unwrap()
}

/// Its page.
pub(crate) fn page(observed: &Observed) -> String {
    let (seen, inquiry) = (&observed.seen, &observed.inquiry);
    let ways = [
        Release::Never,
        Release::InSafeGaps(inquiry.release_after),
        Release::InAllGaps(inquiry.release_after),
    ];
    let worths = ways.map(|release| worth(seen, release, inquiry.wait));
    let answer = Answer {
        seen,
        worths: &worths,
        wait: inquiry.wait,
        full: full_share(seen),
        most: inquiry.gaps as usize,
    };
    let judgement = gate::observed("here", "tap", &inquiry.objectives, Sight::InPart, |metric| {
        seen.figure(metric).map(Number::exactly)
    });
    let charts: Vec<Chart> = chart::draw_tap(observed).unwrap().into_iter().map(Chart::from).collect();
    let (created, poolbench) = (observed.created.as_str(), observed.poolbench.as_str());
    let page = Page { answer, created, poolbench, judgement: Some(&judgement), charts: &charts };
    let mut out = Vec::new();
    html::tap(&page, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_page_of_a_tap_section_by_section() {
    let page = page(&fixture());
    for (name, section) in sections::of_page(&page) {
        insta::assert_snapshot!(format!("tap_{name}"), section);
    }
    // The name of a format, which nobody fetches.
    let page = page.replace("http://www.w3.org/2000/svg", "");
    assert_eq!(scripts(&page), 1, "its own");
    for foreign in ["http://", "https://", "<link", "@import", "url(", "<img", "<iframe"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("default-src 'none'"));
}

/// Every text of a record that an application could have given, and those that it could not.
#[test]
fn a_hostile_tap_is_escaped() {
    let text = std::fs::read_to_string(FIXTURE).unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    let poison = |text: &mut Value| *text = format!("{HOSTILE}{}", text.as_str().unwrap()).into();
    value["statements"].as_array_mut().unwrap().iter_mut().for_each(poison);
    for place in ["/gaps/0/route", "/gaps/0/trace", "/created", "/poolbench"] {
        poison(value.pointer_mut(place).unwrap());
    }
    let observed = observed::decode(&value.to_string()).unwrap();
    let page = page(&observed);
    assert!(scripts(&page) == 1 && !page.contains("alert(\""));
    assert!(page.contains("<code>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"));
    assert!(page.chars().all(|c| c == '\n' || !c.is_control()) && !page.contains('\u{202e}'));
    for drawn in chart::draw_tap(&observed).unwrap() {
        let svg = roxmltree::Document::parse(&drawn.svg).unwrap();
        assert!(!svg.descendants().any(|node| node.has_tag_name("script")), "{}", drawn.name);
    }
}
