//! Texts that were sound before somebody edited them.

use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;

/// What is put into a text: numbers at every edge, and characters that something obeys.
const PIECES: &[&str] = &[
    "0",
    "-1",
    "1e300",
    "1e-300",
    "1e308",
    "99999999999999999999",
    "18446744073709551615",
    "9223372036854775807",
    "4294967296",
    "0.0000001",
    "inf",
    "NaN",
    "/",
    "s",
    "d",
    "h",
    "ns",
    " ",
    "\"",
    "\"\"\"",
    "'",
    "\\",
    "\n",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "=",
    ".",
    ",",
    ":",
    "@",
    "%",
    "%2",
    "?",
    "&",
    "#",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{0}",
    "\u{85}",
    "é",
    "数",
    "true",
    "size = 1",
    "[pool]",
    "\u{feff}",
];

/// One change of a text.
#[derive(Debug, Clone)]
enum Edit {
    /// Puts a piece in.
    Insert(usize, usize),
    /// Takes a range out.
    Remove(usize, usize),
    /// Repeats a range.
    Repeat(usize, usize, usize),
    /// Puts a piece in the place of a run of digits or letters.
    Replace(usize, usize),
    /// Flips a bit.
    Flip(usize, u8),
    /// Cuts the text.
    Cut(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<usize>;
    prop_oneof![
        (at(), at()).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        (at(), 1_usize..20).prop_map(|(at, length)| Edit::Remove(at, length)),
        (at(), 1_usize..30, 1_usize..5).prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
        (at(), at()).prop_map(|(at, piece)| Edit::Replace(at, piece)),
        (at(), at()).prop_map(|(at, piece)| Edit::Replace(at, piece)),
        (at(), 0_u8..7).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        at().prop_map(Edit::Cut),
    ]
}

/// One of these texts with a few edits.
pub(crate) fn edits(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    let edits = prop::collection::vec(edit(), 1..5);
    (0..texts.len(), edits)
        .prop_map(|(which, edits)| {
            let mut bytes = texts[which].as_bytes().to_vec();
            edits.iter().for_each(|edit| apply(edit, &mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        })
        .boxed()
}

/// Mostly edited texts, and some that were never sound.
pub(crate) fn edited(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    prop_oneof![19 => edits(texts), 1 => any::<String>()].boxed()
}

fn apply(edit: &Edit, bytes: &mut Vec<u8>) {
    let place = |at: usize| at.checked_rem(bytes.len()).unwrap_or(0);
    match *edit {
        Edit::Insert(at, piece) => {
            let at = place(at);
            bytes.splice(at..at, PIECES[piece % PIECES.len()].bytes());
        }
        Edit::Remove(at, length) => {
            let at = place(at);
            bytes.drain(at..(at + length).min(bytes.len()));
        }
        Edit::Repeat(at, length, times) => {
            let at = place(at);
            let part = bytes[at..(at + length).min(bytes.len())].repeat(times);
            bytes.splice(at..at, part);
        }
        Edit::Replace(at, piece) => {
            let at = place(at);
            let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 128;
            let Some(from) = bytes[at..].iter().position(word).map(|skip| at + skip) else { return };
            let to =
                bytes[from..].iter().position(|byte| !word(byte)).map_or(bytes.len(), |skip| from + skip);
            bytes.splice(from..to, PIECES[piece % PIECES.len()].bytes());
        }
        Edit::Flip(at, bit) => {
            let at = place(at);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << bit;
            }
        }
        Edit::Cut(at) => {
            let at = place(at);
            bytes.truncate(at);
        }
    }
}
