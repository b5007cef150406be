//! One pool library at a time: the first is shown, the others stand behind a switch that needs no script.

use crate::report::lang::word;
use maud::{Markup, html};

use crate::analyse::Comparison;
use crate::report::View;
use crate::report::text::clean;

/// More than this many libraries are a table, and are shown one below the other.
const MOST: usize = 8;

/// The switch, and the rules that make it work; nothing where there is one library. A browser that does not know
/// `:has` shows all of them.
pub(super) fn switch(view: View<'_>) -> Markup {
    let pools = &view.summary.side_by_side;
    if !is_switched(pools) {
        return html! {};
    }
    let rules: String = (0..pools.len())
        .map(|at| format!("body:has(#library-{at}:checked) .library:not(.library-{at}){{display:none}}"))
        .collect();
    html! {
        fieldset.libraries {
            legend { (word("Pool library")) }
            @for (at, pool) in pools.iter().enumerate() {
                label {
                    input type="radio" name="library" id=(format!("library-{at}")) checked[at == 0];
                    " " (clean(&pool.pool))
                }
            }
            style { (rules) }
        }
    }
}

fn is_switched(pools: &[Comparison]) -> bool {
    (2..=MOST).contains(&pools.len())
}

/// What each library has to show, the first one seen and the others behind the switch. Nothing where none has
/// anything.
pub(super) fn each(
    view: View<'_>,
    mut of: impl FnMut(usize, &Comparison) -> Option<Markup>,
) -> Option<Markup> {
    let pools = &view.summary.side_by_side;
    let shown: Vec<_> = pools.iter().enumerate().filter_map(|(at, pool)| Some((at, of(at, pool)?))).collect();
    (!shown.is_empty()).then(|| {
        html! {
            @for (at, content) in shown {
                div class=(format!("library library-{at}")) { (content) }
            }
        }
    })
}
