//! When the pairs are looked at, and what chance of a false alarm each look may spend.
//!
//! A group-sequential plan: the looks are fixed beforehand, and their chances add up to 1 %, so that
//! all looks together raise a false alarm in no more than 1 run of 100, however they depend on each other
//! (Bonferroni's inequality).

/// One look at the pairs so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// After so many pairs.
    pub pairs: usize,
    /// The chance of a false alarm that it may spend.
    pub alpha: f64,
}

/// The plan where nothing caps it.
const PLAN: [Look; 5] = [
    Look { pairs: 8, alpha: 0.004 },
    Look { pairs: 12, alpha: 0.002 },
    Look { pairs: 16, alpha: 0.0015 },
    Look { pairs: 24, alpha: 0.0015 },
    Look { pairs: 40, alpha: 0.001 },
];

/// All looks, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Looks(Vec<Look>);

/// A number of pairs for which there is no plan. Fewer can show nothing: of six, all have one sign by
/// chance once in 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no plan for {pairs} pairs; ask for {} to {}", Looks::FEWEST, Looks::MOST)]
pub struct NoPlan {
    /// How many were asked for.
    pub pairs: usize,
}

impl Looks {
    /// The fewest pairs of which a verdict can come.
    pub const FEWEST: usize = 7;
    /// The most pairs that are planned.
    pub const MOST: usize = 40;
    /// The chance of a false alarm in all looks together.
    pub const WHOLE: f64 = 0.01;

    /// The looks of at most so many pairs. The last one, at the cap, spends all that the looks before it
    /// left.
    ///
    /// # Errors
    /// When no verdict can come of so few, or more are asked for than are planned.
    pub fn up_to(most: usize) -> Result<Self, NoPlan> {
        if !(Self::FEWEST..=Self::MOST).contains(&most) {
            return Err(NoPlan { pairs: most });
        }
        let mut looks: Vec<Look> = PLAN.into_iter().filter(|look| look.pairs < most).collect();
        let spent: f64 = looks.iter().map(|look| look.alpha).sum();
        looks.push(Look { pairs: most, alpha: Self::WHOLE - spent });
        Ok(Self(looks))
    }

    /// The look after so many pairs, where there is one.
    #[must_use]
    pub fn at(&self, pairs: usize) -> Option<Look> {
        self.0.iter().copied().find(|look| look.pairs == pairs)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Look> {
        self.0.iter().copied()
    }

    /// The pairs of the first look, and of the last.
    #[must_use]
    pub fn span(&self) -> (usize, usize) {
        let of = |look: Option<&Look>| look.map_or(0, |look| look.pairs);
        (of(self.0.first()), of(self.0.last()))
    }
}
