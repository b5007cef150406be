//! A table that knows nothing of how it will be drawn.

use super::text::clean;
use super::words;
use crate::analyse::{Figure, Metric, Subject};

/// A table with what a reader needs to understand it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// What it shows.
    pub(super) title: String,
    /// One line on what that is.
    pub(super) subtitle: String,
    /// Headings; the first column holds labels, the others figures unless they say otherwise.
    pub(super) head: Vec<Heading>,
    /// The rows.
    pub(super) rows: Vec<Row>,
    /// Remarks under it.
    pub(super) notes: Vec<String>,
}

/// The heading of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    /// Its lines.
    pub(super) text: String,
    /// What stands in the column.
    pub(super) holds: Holds,
}

/// What stands in a column, and so on which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Words, on the left.
    Words,
    /// Figures, on the right.
    Figures,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Its cells; fewer than headings in a row that heads a group.
    pub(super) cells: Vec<Cell>,
    /// What the figure means.
    pub(super) explains: Option<&'static str>,
    /// What kind of row it is.
    pub(super) kind: Kind,
}

/// What kind of row it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of many.
    Plain,
    /// The sum of what stands above it.
    Total,
    /// A connection is held and nothing runs on it.
    Wasted,
    /// Heads the rows under it.
    Group,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cell {
    /// Its text.
    pub(super) text: String,
    /// Its uncertainty.
    pub(super) under: Option<String>,
    /// How it is meant, where that can be seen.
    pub(super) tone: Tone,
    /// How many rows it stands for, where that is more than its own; those have no such cell.
    pub(super) rows: Option<usize>,
    /// The figures of the list that it shows, each with its text; none of what is no figure of a run.
    pub(super) figures: Vec<(Named, String)>,
}

/// The name of a figure in the list of figures, so that the same one is found wherever a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// The stable name of its metric.
    pub(super) metric: &'static str,
    /// Of what it is: act, pool library and session scopes.
    pub(super) of: String,
    /// At which clock.
    pub(super) clock: Clock,
}

/// At which clock a figure is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// At nominal times; what has no time in it is the same at both.
    Nominal,
    /// As it was driven.
    Measured,
}

impl Named {
    /// The name of a figure at a clock.
    pub(super) fn of(metric: Metric, subject: &Subject, clock: Clock) -> Self {
        let of = match subject {
            Subject::Lane(place) => {
                format!("{}/{}/{}", words::act_name(place.act), clean(&place.pool), place.scope)
            }
            Subject::Pair { act, pool, before, after } => {
                format!("{}/{}/{before}/{after}", words::act_name(*act), clean(pool))
            }
        };
        Self { metric: metric.name(), of, clock }
    }
}

/// How a cell is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tone {
    /// A figure.
    #[default]
    Plain,
    /// As it was claimed.
    Good,
    /// With a reservation.
    Mind,
    /// Not as it was claimed.
    Bad,
}

impl Cell {
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        Self { text: clean(text.as_ref()), ..Self::default() }
    }

    /// A figure at nominal times with its interval; empty where it has no number.
    pub(super) fn nominal(figure: Option<&Figure>) -> Self {
        let told = figure.and_then(|figure| Some((figure, words::at_nominal(figure)?, figure.at_nominal()?)));
        told.map_or_else(Self::default, |(figure, text, side)| {
            let named = Named::of(figure.metric, &figure.subject, Clock::Nominal);
            Self {
                under: words::plain_reading_interval(side.value),
                figures: vec![(named, clean(&text))],
                ..Self::new(text)
            }
        })
    }

    /// The same at the clock of the run.
    pub(super) fn measured(figure: Option<&Figure>) -> Self {
        let told = figure.and_then(|figure| Some((figure, figure.measured.as_ref().ok()?)));
        told.map_or_else(Self::default, |(figure, side)| {
            let text = side.value.to_string();
            Self {
                under: words::plain_reading_interval(side.value),
                figures: vec![(Named::of(figure.metric, &figure.subject, Clock::Measured), clean(&text))],
                ..Self::new(text)
            }
        })
    }

    /// This figure, and another one beside it.
    pub(super) fn with(mut self, other: Self) -> Self {
        if !other.is_empty() {
            self.text = format!("{} · {}", self.text, other.text);
            self.figures.extend(other.figures);
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl Row {
    pub(super) fn new(cells: Vec<Cell>) -> Self {
        Self { cells, explains: None, kind: Kind::Plain }
    }

    pub(super) fn group(label: &str) -> Self {
        Self { cells: vec![Cell::new(label)], explains: None, kind: Kind::Group }
    }

    pub(super) fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    pub(super) fn explains(self, explains: &'static str) -> Self {
        Self { explains: Some(explains), ..self }
    }
}

impl Heading {
    pub(super) fn words(text: impl AsRef<str>) -> Self {
        Self { text: text.as_ref().to_owned(), holds: Holds::Words }
    }

    pub(super) fn figures(text: impl AsRef<str>) -> Self {
        Self { text: text.as_ref().to_owned(), holds: Holds::Figures }
    }
}
