//! A table that knows nothing of how it will be drawn.

use super::text::clean;
use crate::units::TimeScale;

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

impl Table {
    /// The table of a run at nominal times: its nominal columns would only repeat the others.
    pub(super) fn at(mut self, scale: TimeScale) -> Self {
        if scale != TimeScale::NOMINAL {
            return self;
        }
        let kept: Vec<bool> = self.head.iter().map(|heading| heading.text != NOMINAL).collect();
        let mut columns = kept.iter();
        self.head.retain(|_| columns.next().copied().unwrap_or(true));
        for row in &mut self.rows {
            let mut columns = kept.iter();
            row.cells.retain(|_| columns.next().copied().unwrap_or(true));
        }
        self
    }
}

/// The heading of columns at nominal times.
pub(super) const NOMINAL: &str = "nominal";

impl Cell {
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        Self { text: clean(text.as_ref()), ..Self::default() }
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
