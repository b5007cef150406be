//! The end of a run on a screen: the verdict, the figures to quote and the paths, in at most 24 lines.

use crate::report::lang::{say, word};
use std::io;

use super::{WIDTH, heading, paragraph, pointers, write_safe};
use crate::analyse::Weight;
use crate::report::text::{clean, width, wrap};
use crate::report::{View, cards, facts, words};

/// A screen that nobody has made larger.
pub const LINES: usize = 24;

/// Writes what a reader needs at the end of a run, in at most [`LINES`] lines; only paths may be wider than 80
/// columns. What ended the run before its time, the verdict, the figures to quote and the paths come in any case;
/// caveats and what to change as far as there is room.
///
/// # Errors
/// When the writer fails.
pub fn ending(view: View<'_>, files: &[(&'static str, String)], out: &mut dyn io::Write) -> io::Result<()> {
    let fault = facts::fault(view.record).map(|fault| cut(&wrap(&fault, WIDTH.into(), "!! ", "   "), 3));
    let verdict = paragraph(&words::verdict(&view.record.plan, &view.summary.verdict));
    let heading = heading(view).lines().map(fit).collect::<Vec<_>>().join("\n");
    let needed = [Some(heading), fault, Some(cut(&verdict, 5)), quoted(view), pointers(files)];
    let used: usize = needed.iter().flatten().map(|part| lines(part) + 1).sum::<usize>() - 1;
    let [heading, fault, verdict, quoted, pointers] = needed;
    let mut room = LINES.saturating_sub(used);
    let mut fits = |part: Option<String>| {
        let part = part.filter(|part| lines(part) < room)?;
        room -= lines(&part) + 1;
        Some(part)
    };
    let caveats = [5, 3, 1].into_iter().find_map(|most| fits(caveats(view, most)));
    let change = words::recommendation(&view.record.plan, view.summary).map(|told| paragraph(&told.change));
    let change = fits(change);
    let parts = [heading, fault, verdict, caveats, quoted, change, pointers];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n") + "\n";
    write_safe(&text, out)
}

fn lines(part: &str) -> usize {
    part.lines().count()
}

/// As many lines, the last one marked where more were there.
fn cut(text: &str, most: usize) -> String {
    if lines(text) <= most {
        return text.to_owned();
    }
    let kept: Vec<&str> = text.lines().take(most).collect();
    let kept = kept.join("\n");
    let last = kept.char_indices().last().map_or(0, |(at, _)| at);
    format!("{}…", kept[..last].trim_end())
}

/// The gravest caveats in so many lines, and how many there are; nothing where there are none.
fn caveats(view: View<'_>, most: usize) -> Option<String> {
    let told: Vec<_> = view.summary.caveats.iter().filter(|it| it.weight() < Weight::Note).collect();
    let grave: Vec<_> = told.iter().filter(|it| it.weight() == Weight::Grave).collect();
    if told.is_empty() {
        return None;
    }
    let count = match told.len() {
        1 => word("1 caveat").to_owned(),
        many => say!("{many} caveats", many),
    };
    let of_them = if grave.is_empty() { String::new() } else { say!(", {grave} grave", grave = grave.len()) };
    let all = say!(" ! {count}{of_them} in the report and with --full", count, of_them);
    let Some(first) = grave.first().filter(|_| most > 1) else { return Some(all) };
    let first = wrap(&clean(&words::caveat(first)), WIDTH.into(), "!! ", "   ");
    Some(if told.len() == 1 { cut(&first, most) } else { format!("{}\n{all}", cut(&first, most - 1)) })
}

/// The cards of the first pool library, a line each.
fn quoted(view: View<'_>) -> Option<String> {
    let pool = view.summary.side_by_side.first()?;
    let cards = cards::cards(view, pool);
    let (before, after) = pool.pair().filter(|_| !cards.is_empty())?;
    let rows: Vec<[String; 3]> = cards
        .iter()
        .map(|card| {
            let [before, after] = card.figures.map(|figure| words::at_nominal(figure).unwrap_or_default());
            [card.label.to_owned(), before, after]
        })
        .collect();
    let on = say!("on {pool}, at nominal times", pool = clean(&pool.pool));
    let head = [on, clean(before.scope.name()), clean(after.scope.name())];
    let column = |at: usize| rows.iter().chain([&head]).map(|row| width(&row[at])).max().unwrap_or(0);
    let widths = [column(0), column(1), column(2)];
    let line = |row: &[String; 3]| {
        let pad = |at: usize| " ".repeat(widths[at] - width(&row[at]));
        format!("{}{}  {}{}  {}{}", row[0], pad(0), pad(1), row[1], pad(2), row[2])
    };
    let mut lines = vec![line(&head), "─".repeat(width(&line(&head)))];
    lines.extend(rows.iter().map(line));
    Some(lines.iter().map(|line| fit(line)).collect::<Vec<_>>().join("\n"))
}

/// A name of a scenario may be long.
fn fit(line: &str) -> String {
    if width(line) <= WIDTH.into() {
        return line.to_owned();
    }
    let mut kept = String::new();
    for sign in line.chars() {
        if width(&kept) + width(&sign.to_string()) >= WIDTH.into() {
            break;
        }
        kept.push(sign);
    }
    kept + "…"
}
