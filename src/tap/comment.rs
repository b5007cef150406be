//! What an application says in comments about where a statement comes from, as sqlcommenter writes it:
//! `/*route='/jobs/{id}',traceparent='00-…-01'*/`. These two keys are kept, and nothing else of a comment.

use percent_encoding::percent_decode;

/// The longest route that is kept, in bytes.
const LONGEST: usize = 120;

/// Where a statement comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Origin {
    /// The route of the request.
    pub(super) route: Option<Box<str>>,
    /// The trace that the request belongs to (W3C `traceparent`).
    pub(super) trace: Option<Box<str>>,
}

/// Reads what stands between the signs of a comment.
pub(super) fn read(comment: &[u8], origin: &mut Origin) {
    for pair in comment.split(|byte| *byte == b',') {
        let Some(at) = pair.iter().position(|byte| *byte == b'=') else { continue };
        let (key, value) = (pair[..at].trim_ascii(), pair[at + 1..].trim_ascii());
        let Some(value) = value.strip_prefix(b"'").and_then(|value| value.strip_suffix(b"'")) else {
            continue;
        };
        let value = percent_decode(value).decode_utf8_lossy();
        match key {
            b"route" if is_a_route(&value) => origin.route = Some(value.as_ref().into()),
            b"traceparent" if is_a_trace(&value) => origin.trace = Some(value.as_ref().into()),
            _ => {}
        }
    }
}

/// Routes are names of paths with their variables unfilled; what looks otherwise may hold anything.
fn is_a_route(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "/-_.{}<>:^$*+?()[]\\|".contains(c);
    !text.is_empty() && text.len() <= LONGEST && text.chars().all(plain)
}

fn is_a_trace(text: &str) -> bool {
    text.len() == 55 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}
