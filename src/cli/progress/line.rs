//! Lines of a frame: text with its ink, cut at a width, with or without colour. Every character of
//! them takes one column, also where the locale is East Asian.

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;

/// What stands for what on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// A connection on which SQL runs.
    pub(super) running: char,
    /// A connection that a request holds while no SQL runs.
    pub(super) idle: char,
    /// A connection that nobody holds.
    pub(super) free: char,
    /// A request that waits for a connection.
    pub(super) waiting: char,
    /// Time that has passed.
    pub(super) done: char,
    /// Time that is left.
    pub(super) left: char,
}

impl Marks {
    /// Told apart by their shapes: full, hollow, a dot.
    pub(super) const SHAPES: Self =
        Self { running: '▮', idle: '▯', free: '⋅', waiting: '›', done: '⣿', left: '⣀' };

    /// For terminals that know no others.
    pub(super) const ASCII: Self =
        Self { running: '#', idle: 'o', free: '.', waiting: '>', done: '=', left: '-' };

    /// Those that a locale can show, by the variables that name it, the strongest first.
    pub(super) fn of_locale(names: [Option<String>; 3]) -> Self {
        let named = names.into_iter().flatten().find(|name| !name.is_empty()).unwrap_or_default();
        let named = named.to_ascii_lowercase();
        if named.contains("utf-8") || named.contains("utf8") { Self::SHAPES } else { Self::ASCII }
    }
}

/// How text looks where there is colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Faint,
    Running,
    Idle,
    Bad,
}

impl Ink {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Running => colour(AnsiColor::Green),
            Self::Idle => colour(AnsiColor::Yellow),
            Self::Bad => colour(AnsiColor::Red),
        }
    }
}

/// Whether ink is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Shown,
    None,
}

/// A line of a frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line(Vec<(Ink, String)>);

impl Line {
    pub(super) fn of(ink: Ink, text: impl Into<String>) -> Self {
        Self::default().then(ink, text)
    }

    /// The line with this after it.
    pub(super) fn then(mut self, ink: Ink, text: impl Into<String>) -> Self {
        self.0.push((ink, text.into()));
        self
    }

    /// The same mark so many times after it.
    pub(super) fn marks(self, ink: Ink, mark: char, times: usize) -> Self {
        self.then(ink, mark.to_string().repeat(times))
    }

    /// The line with all of another after it.
    pub(super) fn joined(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Columns that it takes.
    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| display_width(text)).sum()
    }

    /// The line without what does not fit.
    pub(super) fn cut(self, columns: usize) -> Self {
        let mut room = columns;
        let kept = self.0.into_iter().map(|(ink, text)| {
            let fits = text
                .char_indices()
                .find(|(at, letter)| display_width(&text[..*at + letter.len_utf8()]) > room);
            // What comes after a letter that does not fit has no room either.
            let text = match fits {
                Some((at, _)) => text[..at].to_owned(),
                None => text,
            };
            room = if fits.is_some() { 0 } else { room - display_width(&text) };
            (ink, text)
        });
        Self(kept.filter(|(_, text)| !text.is_empty()).collect())
    }

    /// As it is written.
    pub(super) fn text(&self, colour: Colour) -> String {
        let mut text = String::new();
        for (ink, words) in &self.0 {
            let style = ink.style();
            match colour {
                Colour::Shown if style != Style::new() => {
                    text.push_str(&format!("{style}{words}{style:#}"));
                }
                _ => text.push_str(words),
            }
        }
        text
    }
}
