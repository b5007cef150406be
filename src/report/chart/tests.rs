//! All charts of a plausible record, and of the records that nobody wants to meet.

use std::sync::LazyLock;

use super::style::WIDTH;
use super::*;

static RECORD: LazyLock<RunRecord> = LazyLock::new(sample::record);
static DRAWN: LazyLock<Vec<Drawn>> = LazyLock::new(|| draw(&RECORD).unwrap());

/// Draws a record into a folder: `CHARTS=folder RECORD=record.json cargo test charts_of -- --ignored`.
#[test]
#[ignore = "draws for the eye"]
fn charts_of_a_record_for_the_eye() {
    let folder = std::path::PathBuf::from(std::env::var("CHARTS").expect("CHARTS names a folder"));
    std::fs::create_dir_all(&folder).unwrap();
    let given = std::env::var("RECORD").map(|path| crate::archive::load(path.as_ref()).unwrap());
    for drawn in draw(given.as_ref().unwrap_or(&RECORD)).unwrap() {
        println!("{}: {} KiB svg, {} KiB png", drawn.name, drawn.svg.len() / 1024, drawn.png.len() / 1024);
        println!("  {}\n  {}", drawn.title, drawn.explains);
        std::fs::write(folder.join(format!("{}.svg", drawn.name)), &drawn.svg).unwrap();
        std::fs::write(folder.join(format!("{}.png", drawn.name)), &drawn.png).unwrap();
    }
}
