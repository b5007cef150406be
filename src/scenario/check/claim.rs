//! The tables `[[claims]]`.

use crate::scenario::Claim;
use crate::scenario::limits::{MOST_EXPECTED, MOST_REQUESTS_AT_ONCE};
use crate::scenario::read::Section;

pub(super) fn claim(section: Section<'_, '_>) -> Option<Claim> {
    for key in ["id", "says", "measure"] {
        if !section.has(key) {
            section.missing(key, "every claim has an id, says, measure and expect");
        }
    }
    if !section.has("expect") {
        section.missing("expect", "write the number that was claimed");
    }
    let id = section.text("id", "write a short name, like \"C1\"").map(|id| id.value.to_owned());
    let says = section.text("says", "write the claim in words").map(|says| says.value.to_owned());
    let measure = section.parsed("measure", "name what number tests the claim", str::parse);
    let expect = section.decimal("expect", 0.0..=MOST_EXPECTED);
    let requests =
        if section.has("requests") { section.whole("requests", 1..=MOST_REQUESTS_AT_ONCE) } else { Some(1) };
    section.finish();
    Some(Claim { id: id?, says: says?, measure: measure?, expect: expect?, requests: requests? })
}
