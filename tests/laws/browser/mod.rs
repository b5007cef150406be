//! Reports in a real browser: what a reader sees, clicks, types and prints.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chromium;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use chromium::{Browser, program};
use poolbench::analyse::summarise;
use poolbench::archive::{self, Run, Status};
use poolbench::report::lang::{Lang, within};
use poolbench::report::{Chart, View, chart, html};
use serde_json::{Value, json};

use crate::history;
use crate::report::{tapped, watched};

const FIXTURE: &str = "tests/fixtures/record-v1.json";

fn record() -> Run {
    archive::load(Path::new(FIXTURE)).unwrap()
}

/// The same in Chinese.
fn in_chinese(folder: &Path, name: &str, run: &Run) -> PathBuf {
    within(Lang::Zh, || written(folder, name, run))
}

/// Writes the report of a run into a folder.
fn written(folder: &Path, name: &str, run: &Run) -> PathBuf {
    let summary = summarise(run);
    let view = View { record: run, summary: &summary };
    let charts: Vec<Chart> = chart::draw(view).unwrap().into_iter().map(Chart::from).collect();
    let mut page = Vec::new();
    html::render(view, &charts, &mut page).unwrap();
    let path = folder.join(format!("{name}.html"));
    std::fs::write(&path, page).unwrap();
    path
}

/// Pages of what was tapped and watched, each in both languages.
fn of_applications(folder: &Path) -> Vec<PathBuf> {
    let page = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (tapped, watched) = (tapped::fixture(), watched::fixture());
    vec![
        page("tap.html", tapped::page(&tapped)),
        page("tap-zh.html", within(Lang::Zh, || tapped::page(&tapped))),
        page("watch.html", watched::page(&watched)),
        page("watch-zh.html", within(Lang::Zh, || watched::page(&watched))),
    ]
}

/// A run that was stopped after its first act, with names that nobody should use.
fn hostile() -> Run {
    let mut run = record();
    run.status = Status::Stopped;
    run.capacity.clear();
    run.plan.scenario = "</title><script>alert(1)</script><img src=x onerror=alert(2)>".repeat(3);
    for lane in &mut run.side_by_side {
        lane.pool = lane.pool.replace("sqlx", "\"><svg onload=alert(3)>");
    }
    run.plan.pools = vec!["\"><svg onload=alert(3)>".to_owned(), "deadpool-postgres".to_owned()];
    run
}

/// What the console, the log and the network told since the page was opened, but for the page itself.
fn complaints(browser: &Browser) -> Vec<String> {
    let told = browser.events.iter().filter(|event| {
        let params = &event["params"];
        match event["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" => true,
            "Runtime.consoleAPICalled" => params["type"] == "error" || params["type"] == "warning",
            "Log.entryAdded" => params["entry"]["level"] == "error",
            "Network.requestWillBeSent" => params["type"] != "Document",
            "Page.javascriptDialogOpening" => true,
            _ => false,
        }
    });
    told.map(Value::to_string).collect()
}

/// Everything unfolded, as a reader does it who wants to see all.
const UNFOLD: &str = "document.querySelectorAll('details').forEach((it) => { it.open = true; })";

/// What is wrong with what is seen: figures without marks or letters, letters that are small or cut off, and parts
/// that make the page wider than its window.
const LOOK: &str = "(() => {
    const wrong = [];
    const seen = (it) => it.getClientRects().length > 0;
    for (const svg of document.querySelectorAll('.picture > svg')) {
        if (!seen(svg)) continue;
        const name = svg.closest('figure').id;
        if (svg.querySelectorAll('rect, polyline, polygon, circle').length < 3) wrong.push(`${name}: no marks`);
        const texts = [...svg.querySelectorAll('text')].filter(seen);
        if (texts.length < 4) wrong.push(`${name}: no letters at its axes`);
        const box = svg.getBoundingClientRect();
        for (const text of texts) {
            const size = parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a;
            if (size < 9) wrong.push(`${name}: ${size} px: ${text.textContent}`);
            const at = text.getBoundingClientRect();
            if (at.left < box.left - 1 || at.right > box.right + 1) wrong.push(`${name}: cut off: ${text.textContent}`);
        }
    }
    for (const it of document.querySelectorAll('body *:not(script, style)')) {
        if (!seen(it) || it.closest('svg')) continue;
        if (it.childNodes.length && parseFloat(getComputedStyle(it).fontSize) < 9) wrong.push(`small: ${it.textContent}`);
        if (it.closest('.scroll, .broad')) continue;
        const box = it.getBoundingClientRect();
        if (box.right > innerWidth + 1 || box.left < -1) wrong.push(`wider than the window: ${it.tagName} ${it.className} ${it.textContent.slice(0, 60)}`);
    }
    if (document.documentElement.scrollWidth > innerWidth) wrong.push(`the page scrolls sideways: ${document.documentElement.scrollWidth}`);
    return wrong;
})()";

#[test]
fn a_report_is_whole_at_every_width_by_day_and_by_night() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut simulated = record();
    simulated.source = archive::Source::Simulated;
    let pages = [
        written(folder.path(), "measured", &record()),
        written(folder.path(), "hostile", &hostile()),
        written(folder.path(), "simulated", &simulated),
        in_chinese(folder.path(), "chinese", &record()),
    ];
    let pages = pages.into_iter().chain(of_applications(folder.path())).chain([history::page(folder.path())]);
    let mut browser = Browser::start(program);
    for page in pages {
        for (width, scheme) in [(360, "light"), (1440, "dark"), (800, "light")] {
            let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            browser.ask("Emulation.setEmulatedMedia", media);
            browser.open(&page, width);
            browser.run(UNFOLD);
            let place = format!("{}, {width} px, {scheme}", page.display());
            let wrong = browser.run(LOOK);
            assert_eq!(wrong, json!([]), "{place}: {wrong:#}");
            assert_eq!(complaints(&browser), [""; 0], "{place}");
        }
    }
}

#[test]
fn figures_answer_the_pointer_and_the_keyboard() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = written(folder.path(), "report", &record());
    let mut browser = Browser::start(program);
    browser.open(&page, 1440);
    let shown = |browser: &mut Browser, selector: &str| {
        let count = format!(
            "[...document.querySelectorAll({selector:?})].filter((it) => it.getClientRects().length).length"
        );
        browser.run(&count).as_u64().unwrap()
    };
    // One library at a time.
    assert!(shown(&mut browser, ".library-0") > 1 && shown(&mut browser, ".library-1") == 0);
    browser.run("document.getElementById('library-1').click()");
    assert!(shown(&mut browser, ".library-1") > 1 && shown(&mut browser, ".library-0") == 0);
    browser.run("document.getElementById('library-0').click()");
    // An entry of the key hides its marks.
    assert!(shown(&mut browser, "#occupancy .f-wasted") > 10);
    browser.run("document.querySelector('#occupancy .library-0 .toggle-wasted').click()");
    assert_eq!(shown(&mut browser, "#occupancy .f-wasted"), 0);
    browser.run("document.querySelector('#occupancy .library-0 .toggle-wasted').click()");
    // The pointer finds values.
    browser.run(UNFOLD);
    browser.point_at("#occupancy .f-wasted");
    let told = |browser: &mut Browser, id: &str| {
        browser.run(&format!("document.querySelector('{id} .library-0 .readout').textContent")).to_string()
    };
    let words = told(&mut browser, "#occupancy");
    assert!(words.contains("connection ") && words.contains("held for"), "{words}");
    browser.point_at("#pool .hit");
    let words = told(&mut browser, "#pool");
    assert!(words.contains("Connections in use at") && words.contains("request-scoped 20"), "{words}");
    // So does the keyboard, and it zooms all plots of an axis.
    browser.run("document.querySelector('#pool .library-0 .picture.wide').focus()");
    browser.press("ArrowRight");
    browser.press("ArrowRight");
    let words = told(&mut browser, "#pool");
    assert!(words.contains("Connections in use at"), "{words}");
    let zoomed = "#pool .library-0 .wide svg.zoomed, #throughput .library-0 .wide svg.zoomed, #server .library-0 .wide svg.zoomed";
    assert_eq!(shown(&mut browser, zoomed), 0);
    browser.press("+");
    assert_eq!(shown(&mut browser, zoomed), 5, "two panels, one, and two");
    assert!(
        shown(&mut browser, "#throughput .library-0 .wide g.zoomed text") >= 2,
        "an axis with numbers of its own"
    );
    browser.press("0");
    assert_eq!(shown(&mut browser, zoomed), 0);
    assert_eq!(complaints(&browser), [""; 0]);
}

#[test]
fn figures_of_an_application_answer_too() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let pages = of_applications(folder.path());
    let mut browser = Browser::start(program);
    let told = |browser: &mut Browser, id: &str| {
        browser.run(&format!("document.querySelector('{id} .readout').textContent")).to_string()
    };
    browser.open(&pages[0], 1440);
    browser.point_at("#occupancy .f-vermillion");
    let words = told(&mut browser, "#occupancy");
    assert!(words.contains("row 1: nothing runs for 1.86 s, cause 1"), "{words}");
    browser.run("document.querySelector('#occupancy .toggle-vermillion').click()");
    let seen = "[...document.querySelectorAll('#occupancy .f-vermillion')].filter((it) => it.getClientRects().length)";
    assert_eq!(browser.run(&format!("{seen}.length")), 0);
    // Both charts show the same time, so they zoom together.
    browser.run("document.querySelector('#levels .picture.wide').focus()");
    browser.press("ArrowRight");
    let words = told(&mut browser, "#levels");
    assert!(words.contains("open ") && words.contains("running SQL"), "{words}");
    browser.press("+");
    assert_eq!(browser.run("document.querySelectorAll('.wide svg.zoomed').length"), 2);
    assert_eq!(complaints(&browser), [""; 0]);
    browser.open(&pages[2], 1440);
    browser.point_at("#levels .hit");
    let words = told(&mut browser, "#levels");
    assert!(words.contains("in a transaction "), "{words}");
    browser.open(&history::page(folder.path()), 1440);
    browser.point_at("figure .f-blue");
    let words = told(&mut browser, "figure");
    assert!(words.contains("2026-"), "{words}");
    assert_eq!(complaints(&browser), [""; 0]);
}

/// The rules of axe-core, where they are on this machine.
fn rules() -> Option<String> {
    let path = std::env::var("POOLBENCH_AXE").unwrap_or_else(|_| "target/axe/package/axe.min.js".to_owned());
    let rules = std::fs::read_to_string(&path).ok();
    if rules.is_none() {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "this test needs axe-core: {path}");
        let _ = writeln!(std::io::stderr(), "\nSKIPPED a test of accessibility: it needs axe-core: {path}\n");
    }
    rules
}

#[test]
fn a_report_is_accessible_by_day_and_by_night() {
    let Some(program) = program() else { return };
    let Some(rules) = rules() else { return };
    let folder = tempfile::tempdir().unwrap();
    let english = written(folder.path(), "report", &record());
    let chinese = in_chinese(folder.path(), "chinese", &record());
    let mut browser = Browser::start(program);
    let others = of_applications(folder.path());
    let others = others.iter().zip(["light", "dark", "dark", "light"]);
    for (page, scheme) in
        [(&english, "light"), (&english, "dark"), (&chinese, "light")].into_iter().chain(others)
    {
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        browser.ask("Emulation.setEmulatedMedia", media);
        browser.open(page, 1440);
        browser.run(UNFOLD);
        browser.run(&format!("{rules}; 1"));
        let found = browser.run(
            "axe.run({ resultTypes: ['violations'] }).then((told) => told.violations
                .filter((it) => ['serious', 'critical'].includes(it.impact))
                .map((it) => `${it.id}: ${it.nodes.slice(0, 5).map((node) => node.html.slice(0, 160)).join(' | ')}`))",
        );
        assert_eq!(found, json!([]), "{}, {scheme}: {found:#}", page.display());
    }
}

/// What a script would add is a convenience: everything is there without it.
#[test]
fn without_scripts_everything_is_there() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = written(folder.path(), "report", &record());
    let mut browser = Browser::start(program);
    browser.ask("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    browser.open(&page, 1440);
    let count = |browser: &mut Browser, selector: &str| {
        browser.run(&format!("document.querySelectorAll({selector:?}).length")).as_u64().unwrap()
    };
    assert_eq!(count(&mut browser, ".readout"), 0, "the script did not run");
    assert!(
        count(&mut browser, "svg .hit > title") > 100
            && count(&mut browser, "svg g:has(> .f-wasted) > title") > 10
    );
    assert!(count(&mut browser, "figure") > 10 && count(&mut browser, "table") > 8);
}

#[test]
fn paper_unfolds_what_a_reviewer_needs_and_keeps_figures_whole() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = written(folder.path(), "report", &record());
    let mut browser = Browser::start(program);
    browser.open(&page, 1440);
    browser.ask("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    let high = |browser: &mut Browser, selector: &str| {
        let height = format!("document.querySelector({selector:?}).getBoundingClientRect().height");
        browser.run(&height).as_f64().unwrap()
    };
    for id in ["anatomy", "waits", "capacity", "figures", "price", "method"] {
        assert!(high(&mut browser, &format!("#{id}")) > 100.0, "{id}");
    }
    assert_eq!(high(&mut browser, "#server"), 0.0, "what nobody asked for stays folded");
    let parted = "[...document.querySelectorAll('figure')].filter((it) => getComputedStyle(it).breakInside !== 'avoid').length";
    assert_eq!(browser.run(parted), 0);
    let printed =
        browser.ask("Page.printToPDF", json!({ "printBackground": false, "preferCSSPageSize": true }));
    let pdf = base64::engine::general_purpose::STANDARD.decode(printed["data"].as_str().unwrap()).unwrap();
    assert!(pdf.starts_with(b"%PDF") && pdf.len() > 50_000, "{} bytes", pdf.len());
}
