//! A connection service file, as libpq reads it: a name in brackets, and under it a parameter a line.

/// Why a service file says nothing. No message holds a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It has no such service.
    Missing,
    /// The service has a line that is no `name=value`, or asks for something else.
    Line,
}

/// What a service says.
pub(super) fn service(file: &str, wanted: &str) -> Result<Vec<(String, String)>, Unread> {
    let lines = file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut lines = lines.skip_while(|line| name(line) != Some(wanted));
    lines.next().ok_or(Unread::Missing)?;
    let of_it = lines.take_while(|line| name(line).is_none());
    let pairs = of_it.map(|line| {
        let (name, value) = line.split_once('=').ok_or(Unread::Line)?;
        // libpq asks a directory for these, or refuses them.
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || "_0123".contains(c));
        let other = name == "service" || !plain;
        if other { Err(Unread::Line) } else { Ok((name.to_owned(), value.to_owned())) }
    });
    pairs.collect()
}

fn name(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_what_stands_under_its_name() {
        let file = "# ours\n[one]\nhost=a\nport=7\n\n[two]\n host=b\ndbname=x=y\n[bad]\nldap://x\n[nested]\nservice=one\n";
        let pairs = |name| service(file, name).map(|pairs| format!("{pairs:?}"));
        assert_eq!(pairs("one").unwrap(), r#"[("host", "a"), ("port", "7")]"#);
        assert_eq!(pairs("two").unwrap(), r#"[("host", "b"), ("dbname", "x=y")]"#);
        assert_eq!(pairs("three"), Err(Unread::Missing));
        assert_eq!((pairs("bad"), pairs("nested")), (Err(Unread::Line), Err(Unread::Line)));
    }
}
