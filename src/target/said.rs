//! What an address says, by the names of libpq's parameters: read out of a URL or of `name=value` words, and written
//! back with what was added.
//!
//! Nothing is judged here. A text that cannot be read is left to whoever takes the address apart.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Names and values, the given ones before those that were added. One of them is a password.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Said(Vec<(String, String)>);

impl Said {
    /// What was said, as names and values.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The value of a name; a value of nothing is as good as none.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter().filter(|(_, value)| !value.is_empty());
        pairs.find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Adds a value, unless the name has one.
    pub(crate) fn add(&mut self, name: &str, value: impl Into<String>) {
        if self.get(name).is_none() {
            self.0.push((name.to_owned(), value.into()));
        }
    }

    /// All of it but for some names, in the form of words. A URL has one place for a host and its port, and a driver
    /// would take what stands behind it for a second one.
    pub(crate) fn words(&self, without: &[&str]) -> String {
        let pairs = self.0.iter().enumerate().filter(|(at, (name, value))| {
            let again = self.0[at + 1..].iter().any(|(other, _)| other == name);
            !value.is_empty() && !again && !without.contains(&name.as_str())
        });
        pairs.map(|(_, (name, value))| word(name, value)).collect::<Vec<_>>().join(" ")
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Names and values, in the order in which they came.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Said(not shown)")
    }
}

/// What is written as a number of its code in a URL: all that might part one.
const PARTING: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// The words of an address that set parameters, and the text around them.
pub(crate) struct Written<'t> {
    form: Form<'t>,
    words: Vec<Word<'t>>,
}

/// One of them: its name, its value, and both as they stand in the text.
struct Word<'t> {
    name: String,
    value: String,
    raw: &'t str,
}

enum Form<'t> {
    /// The text before the question mark.
    Url(&'t str),
    /// There is nothing else.
    Words,
}

/// Whether a URL parses into something that its writer need not have meant: with a bare `@` in a
/// password, or with a password in the query and a bare `@` in that, a part of the password would
/// become the user or the host, and be sent to a name server.
pub(crate) fn is_unclear(text: &str) -> bool {
    let Some(rest) = ["postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme))
    else {
        return false;
    };
    let mut parts = rest.split('@');
    let (first, host) = (parts.next().unwrap_or_default(), parts.next());
    let query = || first.split_once('?').is_some_and(|(_, query)| query.contains('='));
    let user = || first.split(':').next().unwrap_or_default();
    parts.next().is_some() || host.is_some() && (query() || user().contains(['/', '?', '#']))
}

/// Reads a text; nothing where it is neither a URL nor words, or may mean something else than it says.
pub(crate) fn written(text: &str) -> Option<Written<'_>> {
    if is_unclear(text) {
        return None;
    }
    if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
        return Some(Written { form: Form::Words, words: words(text)? });
    }
    // A question mark before the @ is part of a password.
    let host = text.find('@').unwrap_or_default();
    let (before, query) = match text[host..].find('?') {
        Some(at) => (&text[..host + at], &text[host + at + 1..]),
        None => (text, ""),
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let words = pairs.map(|raw| {
        let (name, value) = raw.split_once('=')?;
        let name = decoded(name).filter(|name| is_name(name))?;
        Some(Word { name, value: decoded(value)?, raw })
    });
    Some(Written { form: Form::Url(before), words: words.collect::<Option<_>>()? })
}

impl Written<'_> {
    /// All that the text says, the part of a URL before the question mark too.
    pub(crate) fn said(&self) -> Option<Said> {
        let mut said = match self.form {
            Form::Url(before) => authority(before)?,
            Form::Words => Said::default(),
        };
        said.0.extend(self.words.iter().map(|word| (word.name.clone(), word.value.clone())));
        Some(said)
    }

    /// The text without these parameters, and what they were.
    pub(crate) fn without(&self, names: &[&str]) -> (String, Vec<(String, String)>) {
        let (out, kept): (Vec<_>, Vec<_>) =
            self.words.iter().partition(|word| names.contains(&word.name.as_str()));
        let kept = kept.iter().map(|word| word.raw.to_owned()).collect();
        (self.text(kept), out.iter().map(|word| (word.name.clone(), word.value.clone())).collect())
    }

    /// The text without the parameters of these names, and with more at its end.
    pub(crate) fn with(&self, more: &[(String, String)], without: &[&str]) -> String {
        let kept = self.words.iter().filter(|word| !without.contains(&word.name.as_str()));
        let more = more.iter().map(|(name, value)| match self.form {
            Form::Url(_) => format!("{name}={}", utf8_percent_encode(value, PARTING)),
            Form::Words => word(name, value),
        });
        self.text(kept.map(|word| word.raw.to_owned()).chain(more).collect())
    }

    fn text(&self, words: Vec<String>) -> String {
        match self.form {
            Form::Url(before) if words.is_empty() => before.to_owned(),
            Form::Url(before) => format!("{before}?{}", words.join("&")),
            Form::Words => words.join(" "),
        }
    }
}

/// One parameter in the form of words.
fn word(name: &str, value: &str) -> String {
    format!("{name}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// User, password, host, port and database of a URL.
fn authority(before: &str) -> Option<Said> {
    let rest = before.split_once("://")?.1;
    let (user, rest) = rest.split_once('@').unwrap_or(("", rest));
    let (host, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    // A colon inside brackets belongs to an address of IPv6.
    let port = host.rfind(':').filter(|at| !host[*at..].contains(']'));
    let (host, port) = port.map_or((host, ""), |at| (&host[..at], &host[at + 1..]));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let pairs =
        [("user", user), ("password", password), ("host", host), ("port", port), ("dbname", database)];
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    pairs.map(|(name, value)| Some((name.to_owned(), decoded(value)?))).collect::<Option<_>>().map(Said)
}

/// Whether a parameter may be called so.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '=')
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// The words of `name = 'value' …`, as libpq reads them: blanks part them, quotes and backslashes keep blanks in.
fn words(text: &str) -> Option<Vec<Word<'_>>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let equals = rest.find('=')?;
        let name = rest[..equals].trim_end();
        if !is_name(name) {
            return None;
        }
        let after = rest[equals + 1..].trim_start();
        let (value, length) = value(after)?;
        let end = rest.len() - after.len() + length;
        words.push(Word { name: name.to_owned(), value, raw: &rest[..end] });
        rest = rest[end..].trim_start();
    }
    Some(words)
}

/// A value at the start of a text, and how long it is there.
fn value(text: &str) -> Option<(String, usize)> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => value.extend(characters.next().map(|(_, c)| c)),
            '\'' if quoted => return Some((value, at + 1)),
            c if !quoted && c.is_whitespace() => return Some((value, at)),
            c => value.push(c),
        }
    }
    (!quoted).then_some((value, text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<(String, String)> {
        written(text).unwrap().said().unwrap().pairs().to_vec()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_url_and_words_say_the_same() {
        let told = pairs(&[
            ("user", "u"),
            ("password", "p?@"),
            ("host", "h"),
            ("port", "7"),
            ("dbname", "my db"),
            ("sslmode", "require"),
        ]);
        assert_eq!(said("postgres://u:p?%40@h:7/my%20db?sslmode=require"), told);
        assert_eq!(said("user=u password = 'p?@' host=h port=7 dbname=my\\ db sslmode='require'"), told);
        assert_eq!(said("postgresql://[::1]:7"), pairs(&[("host", "::1"), ("port", "7")]));
        assert_eq!(said("postgresql://[::1]/db"), pairs(&[("host", "::1"), ("dbname", "db")]));
        assert_eq!(said("postgres:///db"), pairs(&[("dbname", "db")]));
        assert!(["postgres://u@h/d?x", "user", "= 3", "a b=3", "a='b"].iter().all(|t| written(t).is_none()));
    }

    proptest::proptest! {
        /// Whatever is written: nothing is read out of it that cannot be written back.
        #[test]
        fn what_is_read_is_written_back(text in "(postgres://|host=|)[ -~é\u{2003}]{0,40}") {
            if let Some(said) = written(&text).and_then(|written| written.said()) {
                let again = written(&said.words(&[])).unwrap().said().unwrap();
                for (name, _) in said.pairs() {
                    let last = |of: &Said| {
                        of.pairs().iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.clone())
                    };
                    if last(&said).is_some_and(|value| !value.is_empty()) {
                        proptest::prop_assert_eq!(last(&said), last(&again), "{}", text);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_taken_out_and_added_leaves_the_rest_as_it_was() {
        let url = written("postgres://u@h/d?sslmode=require&x=%41&sslrootcert=%2Fa").unwrap();
        let (rest, out) = url.without(&["sslmode", "sslrootcert"]);
        assert_eq!(rest, "postgres://u@h/d?x=%41");
        assert_eq!(out, pairs(&[("sslmode", "require"), ("sslrootcert", "/a")]));
        let words = written("host = h  sslmode='require' password='a\\'b'").unwrap();
        assert_eq!(words.without(&["sslmode"]).0, "host = h password='a\\'b'");
        let more = pairs(&[("password", "a'b@\\ c")]);
        let with = written("postgres://u@h").unwrap().with(&more, &[]);
        assert_eq!(with, "postgres://u@h?password=a%27b%40%5C%20c");
        let with = written("user=u service=s").unwrap().with(&more, &["service"]);
        assert_eq!(said(&with), pairs(&[("user", "u"), ("password", "a'b@\\ c")]));
    }
}
