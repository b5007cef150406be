use std::fs::{self, Permissions};

use super::*;

/// A home folder, and variables.
struct Home {
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Home {
    fn with(variables: &[(&'static str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { folder: tempfile::tempdir().unwrap(), variables }
    }

    fn has(self, name: &str, mode: u32, text: &str) -> Self {
        let file = self.folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
        self
    }

    fn complete(&self, url: &str) -> Result<String, SurroundingsError> {
        let variable = |name: &str| {
            self.variables.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone())
        };
        let home = Some(self.folder.path().to_owned());
        let surroundings = Surroundings::new(&variable, home, Some("account".to_owned()));
        surroundings.complete(&DatabaseUrl::new(url)).map(|url| url.expose().to_owned())
    }
}

#[test]
fn an_address_comes_before_a_service_variables_and_the_password_file() {
    let home = Home::with(&[
        ("PGHOST", "elsewhere"),
        ("PGPORT", "7000"),
        ("PGUSER", "me"),
        ("PGDATABASE", "app"),
        ("PGSSLMODE", "require"),
        ("PGCONNECT_TIMEOUT", "3"),
        ("PGAPPNAME", "theirs"),
    ])
    .has(".pgpass", 0o600, "h:7000:app:me:from file\nother:*:*:*:s3cret\n");
    let words = "host='h' port='7000' user='me' dbname='app' connect_timeout='3' sslmode='require' \
                 password='from file'";
    assert_eq!(home.complete("host='h'").unwrap(), words);
    // A URL that names a host has a port for every driver.
    assert_eq!(home.complete("postgres://h").unwrap(), words);
    let more = "postgres://h:7000?user=me&dbname=app&connect_timeout=3&sslmode=require&password=from%20file";
    assert_eq!(home.complete("postgres://h:7000").unwrap(), more);
    let by_number = Home::with(&[("PGHOSTADDR", "10.0.0.1"), ("PGHOST", "db")]);
    assert!(!by_number.complete("postgres://h").unwrap().contains("10.0.0.1"));
    assert!(by_number.complete("postgres://").unwrap().starts_with("host='db' hostaddr='10.0.0.1'"));
    assert!(home.complete("postgres://").unwrap().starts_with("host='elsewhere' port='7000'"));
    // What is said already is not looked up.
    let full = "postgres://u:p@h:1/d?sslmode=disable&connect_timeout=1";
    assert_eq!(home.complete(full).unwrap(), full);
    let home = Home::with(&[("PGSERVICE", "two"), ("PGPASSWORD", "from variable"), ("PGUSER", "me")]).has(
        ".pg_service.conf",
        0o644,
        "[one]\nhost=a\n[two]\nhost=b\nuser=them\npassword=of service\n",
    );
    let words = |url| home.complete(url).unwrap();
    assert_eq!(words("dbname=d"), "dbname='d' host='b' user='them' password='of service' sslmode='prefer'");
    assert_eq!(
        words("service=one dbname=d"),
        "dbname='d' host='a' user='me' password='from variable' sslmode='prefer'"
    );
    assert_eq!(home.complete("postgres://h?service=none"), Err(SurroundingsError::NoService));
}

#[test]
fn a_password_file_is_its_owners_alone() {
    let line = "*:*:*:*:s3cret\n";
    let open = Home::with(&[]).has(".pgpass", 0o640, line).complete("postgres://h").unwrap_err();
    assert_eq!(open, SurroundingsError::OpenPasswords);
    assert!(open.to_string().contains("chmod 0600") && !open.to_string().contains("s3cret"));
    // Nobody is bothered who does not need it.
    assert!(Home::with(&[]).has(".pgpass", 0o640, line).complete("postgres://u:p@h").is_ok());
    let none = Home::with(&[("PGPASSFILE", "/dev/null")]).has(".pgpass", 0o600, line);
    assert_eq!(none.complete("postgres://h").unwrap(), "postgres://h?sslmode=prefer");
    // The account is the user, and its name the database, where neither is said.
    let home = Home::with(&[]).has(".pgpass", 0o600, "localhost:5432:account:account:a\n*:5432:d:u:b\n");
    assert!(home.complete("host=/tmp").unwrap().ends_with("password='a'"));
    assert!(home.complete("postgres://u@h/d").unwrap().ends_with("password=b"));
    assert!(!home.complete("postgres://u@h/e").unwrap().contains("password"));
}

#[test]
fn certificates_in_the_home_folder_are_used_where_they_are_checked() {
    let home = Home::with(&[]).has(".postgresql/root.crt", 0o644, "");
    let roots = |url| home.complete(url).unwrap().contains("sslrootcert");
    assert!(roots("postgres://h?sslmode=require") && roots("postgres://h?sslmode=verify-full"));
    assert!(!roots("postgres://h") && !roots("postgres://h?sslmode=disable"));
    assert!(home.complete("postgres://h?sslrootcert=system").unwrap().contains("sslmode=verify-full"));
    let home = home.has(".postgresql/postgresql.crt", 0o644, "");
    assert!(!home.complete("host=h").unwrap().contains("sslcert"));
    let home = home.has(".postgresql/postgresql.key", 0o600, "");
    let told = home.complete("host=h").unwrap();
    assert!(told.contains("sslcert='") && told.contains("postgresql.key'"), "{told}");
}

#[test]
fn what_cannot_be_read_is_left_to_whoever_connects() {
    for odd in ["s3cret", "postgres://u@h/d?x", "host='a", "postgres://u:s3@cret@h"] {
        assert_eq!(Home::with(&[("PGUSER", "me")]).complete(odd).unwrap(), odd);
    }
}
