use proptest::prelude::*;

use super::*;
use crate::target::tls::TlsFault;

fn parse(url: &str) -> Result<Address, AddressError> {
    Address::parse(&DatabaseUrl::new(url))
}

fn password(address: &Address) -> &str {
    address.password().map_or("", |password| password.expose_secret())
}

#[test]
fn words_are_made_of_host_port_and_database() {
    for (url, words) in [
        ("postgres://u:s3cret@h/db", "postgres://h:5432/db"),
        ("postgresql://u:s3cret#tail@h:6000", "postgres://h:6000/u"),
        ("postgres://u:s3cret?tail@h/db", "postgres://h:5432/db"),
        ("postgres://u:s3/cret@h/db", "postgres://h:5432/db"),
        ("postgres://u:s3cret@[::1]:7/db?application_name=x", "postgres://[::1]:7/db"),
        ("postgres://u@h/db?password=s3cret#tail", "postgres://h:5432/db"),
        ("postgres://u:s3cret@/db?host=/run/postgresql", "postgres:///db?host=/run/postgresql&port=5432"),
        ("postgres://u:s3cret@h/my%20own", "postgres://h:5432/***"),
        ("host=h user=u password='my s3cret=x'", "postgres://h:5432/u"),
        ("hostaddr=127.0.0.1 host=h user=u password=s3cret port=7", "postgres://127.0.0.1:7/u"),
    ] {
        let address = parse(url).unwrap_or_else(|fault| panic!("{url}: {fault}"));
        assert_eq!(address.to_string(), words, "{url}");
        assert_eq!(format!("{address:?}"), format!("Address({words})"));
    }
}

#[test]
fn what_may_hold_a_piece_of_a_password_elsewhere_is_refused_whole() {
    use AddressError::{Unclear, Unreadable};
    for (url, fault) in [
        ("postgres://u:s3@cret@h/db", Unclear),
        ("postgres://u:s3@cret/x@h/db", Unclear),
        ("postgres://h/db?user=u&password=s3@cret", Unclear),
        ("postgres://h:5432/db?user=u&password=s3@cret", Unclear),
        ("postgres://u/s3cret@h/db", Unclear),
        ("postgres://u@h:s3cret/db", Unreadable),
        ("postgres://u:s3cret/db", Unreadable),
        ("postgres://u@s3 cret/db", Unreadable),
        ("POSTGRES://u:s3cret@h/db", Unreadable),
        ("host=h password='s3cret", Unreadable),
        ("host=h password=my s3cret=x", AddressError::UnknownParameter),
        ("postgres://u@h/db?password=my&s3cret=x", AddressError::UnknownParameter),
        ("postgres://u@h/db?password=my&s3cret", Unreadable),
        ("host=h connect_timeout=s3cret", AddressError::Value("connect_timeout")),
        ("postgres://u@h/db?sslmode=s3cret", AddressError::Tls(TlsFault::Mode)),
        ("", AddressError::NoHost),
        ("s3cret", Unreadable),
    ] {
        let told = parse(url).unwrap_err();
        assert_eq!(told, fault, "{url}");
        let words = format!("{told} {told:?}");
        assert!(!words.contains("s3") && !words.contains("cret"), "{words}");
    }
}

#[test]
fn what_one_library_alone_would_heed_is_refused() {
    for name in [
        "target_session_attrs=read-write",
        "load_balance_hosts=random",
        "channel_binding=require",
        "tcp_user_timeout=5",
        "keepalives_idle=5",
        "keepalives_interval=5",
        "keepalives_retries=5",
        "sslnegotiation=direct",
    ] {
        let fault = parse(&format!("postgres://u@h/db?{name}")).unwrap_err();
        let name = name.split('=').next().unwrap();
        assert!(matches!(fault, AddressError::OneLibraryAlone(told) if told == name), "{name}: {fault}");
        assert!(fault.to_string().contains(name), "{fault}");
    }
    for url in ["postgres://u@a,b/db", "postgres://u@a:1/db?port=2", "postgres://u@a/db?host=b", "host=a,b"] {
        assert_eq!(parse(url).unwrap_err(), AddressError::SeveralHosts, "{url}");
    }
    let no_revoked = parse("postgres://u@h/db?sslmode=prefer&sslcrl=/a").unwrap_err();
    assert_eq!(no_revoked, AddressError::Tls(TlsFault::NotHeeded("sslcrl")));
    assert!(parse("postgres://u@h/db?gssencmode=disable&ssl_min_protocol_version=TLSv1.2").is_ok());
    let without_roots = parse("postgres://u@h/db?sslmode=verify-full").unwrap_err();
    assert_eq!(without_roots, AddressError::Tls(TlsFault::NoRoots("verify-full")));
    for url in ["postgres:///db", "postgres://u@:6000/db", "user=u"] {
        assert_eq!(parse(url).unwrap_err(), AddressError::NoHost, "{url}");
    }
    for options in ["-c%20a", "-S%204MB", "a%3D1", "-c%20a%3D1%20b"] {
        let url = format!("postgres://u@h/db?options={options}");
        assert_eq!(parse(&url).unwrap_err(), AddressError::Options, "{url}");
    }
}

#[test]
fn both_drivers_are_given_the_same_parts() {
    let url = r"postgres://u:p%40ss@h:6000/db?options=-cwork_mem%3D3MB%20--a.b%3Dx\%20y&connect_timeout=9";
    let address = parse(url).unwrap().in_schema("mine");
    let (config, options) = (address.config("x"), address.sqlx_options("x"));
    assert_eq!(config.get_user(), Some(options.get_username()));
    assert_eq!(config.get_dbname(), options.get_database());
    assert_eq!(config.get_ports(), [options.get_port()]);
    assert_eq!(config.get_hosts(), [tokio_postgres::config::Host::Tcp(options.get_host().to_owned())]);
    assert_eq!(config.get_application_name(), options.get_application_name());
    assert_eq!(config.get_options(), options.get_options());
    assert!(config.get_options().unwrap().ends_with(r"-c work_mem=3MB -c a.b=x\ y -c search_path=mine"));
    assert_eq!(config.get_password(), Some(&b"p@ss"[..]));
    assert_eq!((config.get_connect_timeout(), config.get_keepalives()), (None, false));
    assert_eq!(address.patience(), Duration::from_secs(9));
    assert_eq!(parse("postgres://u@h/db").unwrap().patience(), Duration::from_secs(5));
    let nobody = parse("postgres://h/db").unwrap();
    assert_eq!(nobody.config("x").get_user(), Some(nobody.sqlx_options("x").get_username()));
}

#[test]
fn libpq_is_given_the_same_parts_and_no_password() {
    let address = parse("host=h user='o''k' password=s3cret dbname='my db'");
    assert!(address.is_err(), "a quote is not doubled in this form");
    let address = parse(r"host=h user='o\'k' password=s3cret dbname='my db'").unwrap().in_schema("mine");
    let told = address.conninfo();
    assert!(!told.contains("s3cret"), "{told}");
    let read: tokio_postgres::Config = told.parse().unwrap();
    let config = address.config("");
    assert_eq!(read.get_user(), config.get_user());
    assert_eq!(read.get_dbname(), config.get_dbname());
    assert_eq!(read.get_hosts(), config.get_hosts());
    assert_eq!(read.get_options(), config.get_options());
}

#[test]
fn redaction_finds_plain_and_encoded_passwords_and_odd_names() {
    let address = parse("postgres://o%3Du:p%40ss%2Fword@h/db").unwrap();
    let text =
        "cannot open postgres://o%3Du:p%40ss%2Fword@h/db: password p@ss/word (p%40ss%2Fword) of o=u is wrong";
    let clean = address.redact(text);
    assert_eq!(clean, "cannot open ***: password *** (***) of *** is wrong");
    // To hide a word that stands there by chance would point it out.
    let address = parse("postgres://u:password@h/db").unwrap();
    assert_eq!(address.redact("password authentication failed"), "password authentication failed");
}

#[test]
fn a_password_that_would_arrive_differently_is_refused() {
    for url in ["postgres://u:a%0Ab@h/db", "postgres://u:a%FFb@h/db", "postgres://u:a%00b@h/db"] {
        assert_eq!(parse(url).unwrap_err(), AddressError::Password, "{url}");
    }
    assert_eq!(password(&parse("postgres://u:gr%C3%B6%C3%9Fe@h/db").unwrap()), "größe");
}

proptest! {
    /// Whatever an address holds: nothing that is made of it shows a piece of the password.
    #[test]
    fn no_piece_of_a_password_is_shown(middle in "[\\x01-\\x7f]{1,4}", form in 0..8_u8) {
        let (head, tail) = ("Zq7Head9x", "Vw3Tail5k");
        let raw = format!("{head}{middle}{tail}");
        let encoded = percent_encoding::utf8_percent_encode(&raw, percent_encoding::NON_ALPHANUMERIC);
        let quoted = raw.replace('\\', "\\\\").replace('\'', "\\'");
        let url = match form {
            0 => format!("postgres://u:{raw}@h:1/db"),
            1 => format!("postgres://u:{encoded}@h:1/db"),
            2 => format!("postgres://h:1/db?user=u&password={raw}"),
            3 => format!("postgres://u@h:1/db?password={encoded}&application_name=x"),
            4 => format!("host=h user=u password={raw} port=1"),
            5 => format!("host=h user=u port=1 password='{quoted}'"),
            6 => format!("postgres://u@h:{raw}/db"),
            _ => raw.clone(),
        };
        let words = match parse(&url) {
            Ok(address) => format!("{address} {address:?} {}", address.redact(&format!("for user \"{}\"", address.user))),
            Err(fault) => format!("{fault} {fault:?}"),
        };
        prop_assert!(!words.contains(head) && !words.contains(tail), "{:?}: {}", url, words);
        // What is encoded or quoted as it should be arrives as it was, or is refused by name.
        if [1, 3, 5].contains(&form) {
            match parse(&url) {
                Ok(address) => prop_assert_eq!(password(&address), raw),
                Err(fault) => prop_assert_eq!(fault, AddressError::Password),
            }
        }
    }
}
