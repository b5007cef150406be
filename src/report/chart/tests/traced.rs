//! A chart as its reader sees it: strokes at pixels, and axes that are what their numbers say. Nothing of
//! the code that draws is used here, so that a stroke in the wrong place is found.

use plotters::style::RGBColor;

use crate::report::chart::style::MUTED;

/// Across and down: pixels, or the values of both axes.
pub(super) type Dot = (f64, f64);

/// More pixels than these are not rounding.
pub(super) const ROUNDING: f64 = 1.5;

/// A stroke: a line, a polygon, a box by two of its corners, or a circle by its centre.
#[derive(Debug)]
pub(super) struct Mark {
    tag: String,
    color: String,
    width: Option<u32>,
    pub(super) dots: Vec<Dot>,
}

/// A text at its point.
#[derive(Debug)]
pub(super) struct Word {
    anchor: String,
    pub(super) at: Dot,
    pub(super) text: String,
}

/// All that an SVG shows.
#[derive(Debug)]
pub(super) struct Traced {
    marks: Vec<Mark>,
    pub(super) words: Vec<Word>,
}

impl Traced {
    /// Reads a chart.
    pub(super) fn of(svg: &str) -> Self {
        let document = roxmltree::Document::parse(svg).unwrap();
        let nodes = || document.descendants().filter(roxmltree::Node::is_element);
        let words = nodes().filter(|node| node.has_tag_name("text")).map(|node| Word {
            anchor: node.attribute("text-anchor").unwrap().to_owned(),
            at: (number(node, "x"), number(node, "y")),
            text: node.text().unwrap_or_default().trim().to_owned(),
        });
        Self { words: words.collect(), marks: nodes().filter_map(mark).collect() }
    }

    /// Lines of a colour and a width.
    pub(super) fn lines(&self, color: RGBColor, width: u32) -> Vec<&[Dot]> {
        let lines = self.of_color("polyline", color).filter(|mark| mark.width == Some(width));
        lines.map(|mark| mark.dots.as_slice()).collect()
    }

    /// Filled shapes of a colour: `rect`, `polygon` or `circle`.
    pub(super) fn fills(&self, tag: &'static str, color: RGBColor) -> Vec<&[Dot]> {
        self.of_color(tag, color).map(|mark| mark.dots.as_slice()).collect()
    }

    fn of_color(&self, tag: &'static str, color: RGBColor) -> impl Iterator<Item = &Mark> {
        let RGBColor(red, green, blue) = color;
        let color = format!("#{red:02X}{green:02X}{blue:02X}");
        self.marks.iter().filter(move |mark| mark.tag == tag && mark.color == color)
    }

    /// The plots from top to bottom, by their vertical axes; one without an axis across has that of the
    /// next one below.
    pub(super) fn plots(&self, [across, down]: [Spacing; 2]) -> Vec<Plot> {
        let axes = self.lines(MUTED, 2);
        let long = |from: f64, to: f64| (to - from).abs() > 200.0;
        let upright = axes.iter().filter(|axis| axis[0].0 == axis[1].0 && long(axis[0].1, axis[1].1));
        upright
            .map(|axis| {
                let ((left, top), bottom) = (axis[0], axis[1].1);
                let below = |axis: &&&[Dot]| axis[0].1 == axis[1].1 && axis[0].1 >= bottom;
                let flat = axes.iter().filter(below).min_by(|a, b| a[0].1.total_cmp(&b[0].1)).unwrap();
                let x = self.numbers("middle", |(x, y)| y == flat[0].1 + 30.0 && self.ticked(x, flat[0].1));
                let y = self.numbers("end", |(x, y)| x == left - 14.0 && (top..=bottom).contains(&y));
                let x = Ruler::of(across, x.map(|(at, value)| (at.0, value)).collect());
                let y = Ruler::of(down, y.map(|(at, value)| (at.1, value)).collect());
                Plot { left, top, right: flat[1].0, bottom, x, y }
            })
            .collect()
    }

    /// Whether an axis has a tick here.
    fn ticked(&self, x: f64, axis: f64) -> bool {
        self.lines(MUTED, 2).iter().any(|tick| *tick == [(x, axis), (x, axis + 9.0)])
    }

    fn numbers(&self, anchor: &str, here: impl Fn(Dot) -> bool) -> impl Iterator<Item = (Dot, f64)> {
        let found = self.words.iter().filter(move |word| word.anchor == anchor && here(word.at));
        found.map(|word| (word.at, value(&word.text)))
    }
}

fn number(node: roxmltree::Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap_or_else(|| panic!("{name} of {node:?}")).parse().unwrap()
}

fn mark(node: roxmltree::Node<'_, '_>) -> Option<Mark> {
    let attribute = |name: &str| number(node, name);
    let tag = node.tag_name().name();
    let dots = match tag {
        "rect" => {
            let (x, y) = (attribute("x"), attribute("y"));
            vec![(x, y), (x + attribute("width"), y + attribute("height"))]
        }
        "circle" => vec![(attribute("cx"), attribute("cy"))],
        "polyline" | "polygon" => {
            let pairs =
                node.attribute("points")?.split_whitespace().map(|pair| pair.split_once(',').unwrap());
            pairs.map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).collect()
        }
        _ => return None,
    };
    let color = node.attribute(if tag == "polyline" { "stroke" } else { "fill" })?;
    let width = node.attribute("stroke-width").and_then(|width| width.parse().ok());
    Some(Mark { tag: tag.to_owned(), color: color.to_owned(), width, dots })
}

/// The value of a number on an axis, such as `1,200`, `10 ms` or `0.1 %`.
fn value(label: &str) -> f64 {
    let end = label.rfind(|sign: char| sign.is_ascii_digit()).unwrap() + 1;
    let unit = match label[end..].trim() {
        "" | "s" | "/s" => 1.0,
        "ms" => 1e-3,
        "µs" => 1e-6,
        "%" => 1e-2,
        other => panic!("a unit that no axis has: {other}"),
    };
    label[..end].replace(',', "").parse::<f64>().unwrap() * unit
}

/// How the numbers of an axis follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spacing {
    /// The same difference, the same way.
    Even,
    /// The same ratio, the same way.
    Decades,
    /// There are none.
    Nothing,
}

/// An axis as its numbers have it.
#[derive(Debug)]
pub(super) struct Ruler {
    spacing: Spacing,
    /// The outermost numbers: pixel and value.
    ends: [Dot; 2],
}

impl Ruler {
    fn of(spacing: Spacing, ticks: Vec<Dot>) -> Self {
        if spacing == Spacing::Nothing {
            return Self { spacing, ends: [(0.0, 0.0); 2] };
        }
        assert!(ticks.len() > 1, "an axis with the numbers {ticks:?}");
        let ruler = Self { spacing, ends: [ticks[0], ticks[ticks.len() - 1]] };
        for (pixel, value) in ticks {
            assert!((ruler.pixel(value) - pixel).abs() < ROUNDING, "{value} stands at {pixel}: {ruler:?}");
        }
        ruler
    }

    fn even(&self, value: f64) -> f64 {
        if self.spacing == Spacing::Decades { value.ln() } else { value }
    }

    /// The pixel of a value.
    pub(super) fn pixel(&self, value: f64) -> f64 {
        let [(from, low), (to, high)] = self.ends;
        let (low, high) = (self.even(low), self.even(high));
        from + (self.even(value) - low) / (high - low) * (to - from)
    }

    /// The value at a pixel.
    pub(super) fn value(&self, pixel: f64) -> f64 {
        let [(from, low), (to, high)] = self.ends;
        let (low, high) = (self.even(low), self.even(high));
        let value = low + (pixel - from) / (to - from) * (high - low);
        if self.spacing == Spacing::Decades { value.exp() } else { value }
    }
}

/// The box of a plot with its axes.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    pub(super) x: Ruler,
    pub(super) y: Ruler,
}

impl Plot {
    /// Where a pair of values has to be drawn: on the border, if it lies beyond.
    pub(super) fn at(&self, (x, y): Dot) -> Dot {
        (self.x.pixel(x).clamp(self.left, self.right), self.y.pixel(y).clamp(self.top, self.bottom))
    }

    /// Whether a box lies in the plot.
    pub(super) fn holds(&self, corners: &[Dot]) -> bool {
        corners.iter().all(|(_, y)| (self.top..=self.bottom).contains(y))
    }

    /// Fails unless each dot of a line lies on the way through the values.
    pub(super) fn lies_on(&self, line: &[Dot], way: &[Dot], what: &str) {
        let way: Vec<Dot> = way.iter().map(|values| self.at(*values)).collect();
        for dot in line {
            let far = distance(*dot, &way);
            let read = (self.x.value(dot.0), self.y.value(dot.1));
            assert!(far <= ROUNDING, "{what}: drawn at {read:?}, {far} px from where it belongs");
        }
    }

    /// Fails unless a line is the way through the values, no more and no less.
    pub(super) fn is_way(&self, line: &[Dot], way: &[Dot], what: &str) {
        self.lies_on(line, way, what);
        for values in way {
            let far = distance(self.at(*values), line);
            assert!(far <= ROUNDING, "{what}: nothing is drawn at {values:?}, {far} px from there");
        }
    }
}

/// How far a dot is from a line.
pub(super) fn distance(dot: Dot, line: &[Dot]) -> f64 {
    let alone = line.iter().map(|other| (dot.0 - other.0).hypot(dot.1 - other.1));
    let between = line.windows(2).map(|ends| {
        let ((x0, y0), (x1, y1)) = (ends[0], ends[1]);
        let (dx, dy) = (x1 - x0, y1 - y0);
        let part = ((dot.0 - x0) * dx + (dot.1 - y0) * dy) / (dx * dx + dy * dy);
        let part = if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) };
        (dot.0 - x0 - part * dx).hypot(dot.1 - y0 - part * dy)
    });
    alone.chain(between).fold(f64::INFINITY, f64::min)
}

/// A value at each time, as a line that stays there until the next one.
pub(super) fn stairs(steps: impl IntoIterator<Item = Dot>) -> Vec<Dot> {
    let mut way: Vec<Dot> = Vec::new();
    for (x, y) in steps {
        way.extend(way.last().map(|(_, last)| (x, *last)));
        way.push((x, y));
    }
    way
}
