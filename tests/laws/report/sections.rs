//! A report cut into its sections, each with a name that can be part of a file name.

/// What the sections of the terminal text begin with, after an empty line. What stands before the first
/// of them is the verdict.
const STARTS: [(&str, &str); 15] = [
    ("recommendation", "Go from "),
    ("before", "Before: "),
    ("after", "After: "),
    ("side_by_side_sqlx", "Side by side: sqlx"),
    ("side_by_side_deadpool", "Side by side: deadpool"),
    ("capacity", "Capacity – "),
    ("measured_sqlx", "At the clock of the run: sqlx"),
    ("measured_deadpool", "At the clock of the run: deadpool"),
    ("capacity_measured", "Capacity at the clock of the run – "),
    ("price", "What releasing costs – "),
    ("claims", "Claims – "),
    ("prediction", "Prediction – "),
    ("ledger", "Ledger: "),
    ("method", "How this was measured\n"),
    ("files", "report "),
];

/// Cuts the terminal text.
pub(crate) fn of_terminal(text: &str) -> Vec<(String, &str)> {
    let start = |words| text.find(&format!("\n\n{words}")).unwrap_or_else(|| panic!("{words}")) + 2;
    let starts = STARTS.into_iter().map(|(name, words)| (name, start(words)));
    let starts: Vec<(&str, usize)> = std::iter::once(("verdict", 0)).chain(starts).collect();
    let ends = starts.iter().skip(1).map(|(_, start)| *start).chain([text.len()]);
    let sections = starts.iter().zip(ends);
    sections.map(|((name, start), end)| ((*name).to_owned(), &text[*start..end])).collect()
}

/// Cuts the page where a section begins and where the last one ends, and reads the pieces. A section is
/// named by its first attribute.
pub(crate) fn of_page(page: &str) -> Vec<(String, String)> {
    let (main, foot) = page.split_once("</main>").unwrap();
    let mut pieces = main.split("<section ");
    let mut sections = vec![("masthead".to_owned(), read(pieces.next().unwrap()))];
    for piece in pieces {
        let (tag, inside) = piece.split_once('>').unwrap();
        sections.push((tag.split('"').nth(1).unwrap().replace('-', "_"), in_words(inside)));
    }
    sections.push(("foot".to_owned(), in_words(foot)));
    sections
}

/// What a reader of a page reads: without tags and style, one line a piece of text.
pub(crate) fn read(page: &str) -> String {
    in_words(page.split_once("<body>").unwrap().1)
}

/// The same of a piece that begins outside of a tag.
fn in_words(html: &str) -> String {
    // Nobody reads the script, which is the last of a page.
    let html = html.split_once("<script").map_or(html, |(html, _)| html);
    let pieces = html.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text.trim());
    pieces.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}
