//! What is made of each picture of a record: files and a figure of a page, or the figure alone, which is drawn in a
//! fraction of the time that a PNG takes.

use super::render::{Picture, figure, render};
use super::{ChartError, Drawn};
use crate::report::Chart;

/// Makes something of one picture after the other.
pub(super) trait Makes {
    /// Takes the next picture.
    fn takes(&mut self, picture: &impl Picture) -> Result<(), ChartError>;
}

/// Everything: SVG, PNG, and a figure.
#[derive(Default)]
pub(super) struct Everything(pub(super) Vec<Drawn>);

impl Makes for Everything {
    fn takes(&mut self, picture: &impl Picture) -> Result<(), ChartError> {
        self.0.push(render(picture)?);
        Ok(())
    }
}

/// Figures of a page alone.
#[derive(Default)]
pub(super) struct Figures(pub(super) Vec<Chart>);

impl Makes for Figures {
    fn takes(&mut self, picture: &impl Picture) -> Result<(), ChartError> {
        self.0.push(figure(picture)?);
        Ok(())
    }
}
