//! A password file, as libpq reads it: `host:port:database:user:password`, a line each.

/// What a line has to be for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) host: &'a str,
    pub(super) port: &'a str,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// The password of the first line that fits.
pub(super) fn password(file: &str, wanted: Wanted<'_>) -> Option<String> {
    let wanted = [wanted.host, wanted.port, wanted.database, wanted.user];
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(fields).find_map(|fields| {
        let (password, place) = fields.split_last()?;
        let fits = place.len() == wanted.len()
            && place.iter().zip(wanted).all(|(field, wanted)| field.is_any() || field.text == wanted);
        fits.then(|| password.text.clone())
    })
}

/// What stands between two colons, its backslashes taken off.
#[derive(Default)]
struct Field {
    text: String,
    /// A star that has a backslash before it is a star.
    escaped: Escaped,
}

#[derive(Default, PartialEq, Eq)]
enum Escaped {
    #[default]
    No,
    Yes,
}

impl Field {
    fn is_any(&self) -> bool {
        self.text == "*" && self.escaped == Escaped::No
    }
}

/// The first five fields: what follows a colon after the password is no part of it.
fn fields(line: &str) -> Vec<Field> {
    let mut fields = vec![Field::default()];
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let whole = fields.len() == 5;
        let Some(field) = fields.last_mut() else { break };
        match c {
            '\\' if characters.peek().is_some() => {
                field.text.extend(characters.next());
                field.escaped = Escaped::Yes;
            }
            ':' if whole => break,
            ':' => fields.push(Field::default()),
            c => field.text.push(c),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let file = "# host:port:database:user:password\n\
                    db:5432:app:me:one\r\n\
                    db:*:app:me:t\\:w\\\\o:more\n\
                    \\*:5432:app:me:star\n\
                    ::1:5432:app:me:unescaped\n\
                    \\:\\:1:5432:app:me:six\n\
                    db:5432:app:short\n\
                    *:*:*:you:three\n";
        let of = |host, port, user| password(file, Wanted { host, port, database: "app", user });
        assert_eq!(of("db", "5432", "me").unwrap(), "one");
        assert_eq!(of("db", "6000", "me").unwrap(), "t:w\\o");
        assert_eq!(of("other", "5432", "me"), None);
        assert_eq!(of("*", "5432", "me").unwrap(), "star");
        assert_eq!(of("::1", "5432", "me").unwrap(), "six");
        assert_eq!(of("other", "1", "you").unwrap(), "three");
    }
}
