//! The `options` of an address: settings for the server, as its command line has them.

/// Names and values in `-c name=value`, `-cname=value` and `--name=value`; nothing when there is
/// anything else, such as a switch that the server knows and sqlx cannot pass on.
pub(super) fn settings(options: &str) -> Option<Vec<(String, String)>> {
    let mut words = words(options).into_iter();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let setting = match (word.strip_prefix("--"), word.strip_prefix("-c")) {
            (Some(setting), _) => setting.to_owned(),
            (_, Some("")) => words.next()?,
            (_, Some(setting)) => setting.to_owned(),
            _ => return None,
        };
        found.push(one(&setting)?);
    }
    Some(found)
}

/// One setting. The server reads a dash in a name as an underscore.
fn one(setting: &str) -> Option<(String, String)> {
    let (name, value) = setting.split_once('=')?;
    let sound = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.$".contains(c));
    // sqlx hides spaces from the server's own splitting, and no other blanks.
    let passes = !value.contains(|c: char| c == '\0' || c != ' ' && is_blank(c));
    (sound && passes).then(|| (name.replace('-', "_"), value.to_owned()))
}

/// The words, split where the server splits them: at blanks that have no backslash before them.
fn words(options: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = options.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => word.get_or_insert_default().extend(characters.next()),
            c if is_blank(c) => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// What `isspace` of C means.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(options: &str) -> Option<Vec<(String, String)>> {
        settings(options)
    }

    #[test]
    fn all_three_spellings_mean_the_same() {
        let told = [("a", "1"), ("b", "2"), ("work_mem", "3 MB"), ("x.y", "k=v")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs(r"-c a=1 -cb=2  --work-mem=3\ MB -c x.y=k=v"), Some(told.to_vec()));
        assert_eq!(pairs(" \t\n"), Some(Vec::new()));
        assert_eq!(pairs(r"-c a=b\\c\"), Some(vec![("a".to_owned(), r"b\c".to_owned())]));
    }

    #[test]
    fn anything_else_is_refused_and_not_dropped() {
        for wrong in
            ["-c", "-c a", "--a", "--", "-S 4MB", "a=1", "-c a=1 b", "-c =1", "-c a\\ b=1", "-c a=\\\t"]
        {
            assert_eq!(pairs(wrong), None, "{wrong}");
        }
    }
}
