//! The page and the chart of what a watch showed, from one fixed record.

use std::path::Path;

use poolbench::archive::looked::{self, Looked};
use poolbench::gate::{self, Number, Sight};
use poolbench::report::watch::Page;
use poolbench::report::{Chart, chart, html};
use serde_json::Value;

use super::{HOSTILE, scripts, sections};

const FIXTURE: &str = "tests/fixtures/watch-v1.json";

/// What was watched.
pub(crate) fn fixture() -> Looked {
    looked::load(Path::new(FIXTURE)).unwrap()
}

/// Its page.
pub(crate) fn page(looked: &Looked) -> String {
    let judgement = gate::observed("here", "watch", &looked.objectives, Sight::Whole, |metric| {
        looked.seen.figure(metric).map(Number::exactly)
    });
    let charts: Vec<Chart> = chart::draw_watch(looked).unwrap().into_iter().map(Chart::from).collect();
    let (created, poolbench) = (looked.created.as_str(), looked.poolbench.as_str());
    let page = Page { seen: &looked.seen, created, poolbench, judgement: Some(&judgement), charts: &charts };
    let mut out = Vec::new();
    html::watch(&page, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_page_of_a_watch_section_by_section() {
    for (name, section) in sections::of_page(&page(&fixture())) {
        insta::assert_snapshot!(format!("watch_{name}"), section);
    }
}

/// Every text of a record that a server could have given, and those that it could not.
#[test]
fn a_hostile_watch_is_escaped() {
    let text = std::fs::read_to_string(FIXTURE).unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    let names = ["application", "user", "database", "statement"];
    for part in ["holders", "longest"] {
        for it in value[part].as_array_mut().unwrap() {
            for name in names {
                if let Some(text) = it[name].as_str() {
                    it[name] = format!("{HOSTILE}{text}").into();
                }
            }
        }
    }
    for name in ["created", "poolbench"] {
        value[name] = format!("{HOSTILE}{}", value[name].as_str().unwrap()).into();
    }
    let page = page(&looked::decode(&value.to_string()).unwrap());
    assert!(scripts(&page) == 1 && !page.contains("alert(\""));
    assert!(page.matches("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;").count() >= 12);
    assert!(page.chars().all(|c| c == '\n' || !c.is_control()) && !page.contains('\u{202e}'));
}
