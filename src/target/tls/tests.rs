use super::*;

fn wanted(pairs: &[(&str, &'static str)]) -> Result<TlsWanted, TlsFault> {
    let get = |name: &str| pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    TlsWanted::of(get, TlsMode::Prefer)
}

fn mode(pairs: &[(&str, &'static str)]) -> Result<TlsMode, TlsFault> {
    wanted(pairs).map(|wanted| wanted.mode())
}

#[test]
fn modes_mean_what_they_mean_to_libpq() {
    assert_eq!(mode(&[]), Ok(TlsMode::Prefer));
    assert_eq!(mode(&[("sslmode", "require")]), Ok(TlsMode::Require));
    assert_eq!(mode(&[("sslmode", "require"), ("sslrootcert", "/r")]), Ok(TlsMode::VerifyCa));
    assert_eq!(mode(&[("sslmode", "verify-full"), ("sslrootcert", "/r")]), Ok(TlsMode::VerifyFull));
    assert_eq!(mode(&[("sslrootcert", "system")]), Ok(TlsMode::VerifyFull));
    assert_eq!(mode(&[("sslmode", "disable"), ("sslrootcert", "system")]), Ok(TlsMode::Disable));
    assert_eq!(mode(&[("sslmode", "require"), ("sslrootcert", "system")]), Err(TlsFault::WeakWithSystem));
    assert_eq!(mode(&[("sslmode", "verify-ca")]), Err(TlsFault::NoRoots("verify-ca")));
    assert_eq!(mode(&[("sslmode", "allow")]), Err(TlsFault::Allow));
    assert_eq!(mode(&[("sslmode", "s3cret")]), Err(TlsFault::Mode));
    assert_eq!(mode(&[("gssencmode", "require")]), Err(TlsFault::NotHeeded("gssencmode")));
    assert_eq!(mode(&[("gssencmode", "disable"), ("sslsni", "1")]), Ok(TlsMode::Prefer));
    assert_eq!(mode(&[("sslcert", "/c")]), Err(TlsFault::HalfACertificate));
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.crt");
    let path: &'static str = Box::leak(file.display().to_string().into_boxed_str());
    let roots = wanted(&[("sslmode", "verify-ca"), ("sslrootcert", path)]).unwrap();
    let missing = Tls::of(&roots, Takes::WhatRustlsDoes).unwrap_err().to_string();
    assert!(missing.contains("sslrootcert") && missing.contains(path), "{missing}");
    std::fs::write(&file, "no certificate").unwrap();
    let empty = Tls::of(&roots, Takes::WhatRustlsDoes).unwrap_err().to_string();
    assert!(empty.contains("no certificate in PEM"), "{empty}");
    let key = wanted(&[("sslcert", path), ("sslkey", path)]).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(Tls::of(&key, Takes::WhatRustlsDoes).unwrap_err().to_string().contains("chmod 0600"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(Tls::of(&key, Takes::WhatRustlsDoes).unwrap_err().to_string().contains("sslcert"));
    assert_eq!(
        format!("{:?}", Tls::of(&wanted(&[]).unwrap(), Takes::WhatRustlsDoes).unwrap()),
        "Tls(prefer)"
    );
}
