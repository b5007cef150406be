//! What is asked for, by libpq's names.

use std::path::{Path, PathBuf};

use super::TlsFault;

/// The parameters of an address that are about encryption, and that no driver is given.
pub(crate) const NAMES: [&str; 13] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslpassword",
    "sslsni",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "gssencmode",
];

/// Those of them that are not heeded, with the values that ask for nothing else than what is done anyway.
const AS_IT_IS: [(&str, &[&str]); 9] = [
    ("sslcertmode", &["allow"]),
    ("sslcompression", &["0", "1"]),
    ("sslcrl", &[]),
    ("sslcrldir", &[]),
    ("sslpassword", &[]),
    ("sslsni", &["1"]),
    ("ssl_min_protocol_version", &["TLSv1", "TLSv1.1", "TLSv1.2"]),
    ("ssl_max_protocol_version", &["TLSv1.3"]),
    ("gssencmode", &["disable", "prefer"]),
];

/// How much is asked of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// No TLS.
    Disable,
    /// TLS where the server speaks it, unchecked.
    Prefer,
    /// TLS, unchecked.
    Require,
    /// TLS, with a certificate that an authority of ours has signed.
    VerifyCa,
    /// The same, with a certificate for the name by which the server is called.
    VerifyFull,
}

/// What is checked of a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checks {
    /// Who signed it.
    Signer,
    /// That, and whose it is.
    SignerAndName,
}

impl TlsMode {
    /// libpq's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }

    pub(super) fn checks(self) -> Option<Checks> {
        match self {
            Self::Disable | Self::Prefer | Self::Require => None,
            Self::VerifyCa => Some(Checks::Signer),
            Self::VerifyFull => Some(Checks::SignerAndName),
        }
    }

    fn named(word: &str) -> Result<Self, TlsFault> {
        let all = [Self::Disable, Self::Prefer, Self::Require, Self::VerifyCa, Self::VerifyFull];
        match all.into_iter().find(|mode| mode.word() == word) {
            Some(mode) => Ok(mode),
            None if word == "allow" => Err(TlsFault::Allow),
            None => Err(TlsFault::Mode),
        }
    }
}

/// Whom to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    /// Whomever the system trusts.
    System,
    /// The authorities in a file.
    File(PathBuf),
}

/// What an address asks for; nothing has been read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsWanted {
    mode: TlsMode,
    roots: Option<Roots>,
    certificate: Option<(PathBuf, PathBuf)>,
}

impl TlsWanted {
    /// What the parameters of an address ask for; `unsaid` is the mode of one that names none.
    ///
    /// # Errors
    /// When they contradict each other, or ask for what cannot be done.
    pub fn of<'p>(get: impl Fn(&str) -> Option<&'p str>, unsaid: TlsMode) -> Result<Self, TlsFault> {
        let get = |name| get(name).filter(|value| !value.is_empty());
        for (name, values) in AS_IT_IS {
            if get(name).is_some_and(|value| !values.contains(&value)) {
                return Err(TlsFault::NotHeeded(name));
            }
        }
        let said = get("sslmode").map(TlsMode::named).transpose()?;
        if said == Some(TlsMode::Disable) {
            return Ok(Self::plain());
        }
        let roots = get("sslrootcert").map(|roots| match roots {
            "system" => Roots::System,
            file => Roots::File(PathBuf::from(file)),
        });
        let mode = match (said, &roots) {
            (None, Some(Roots::System)) => TlsMode::VerifyFull,
            (Some(mode), Some(Roots::System)) if mode != TlsMode::VerifyFull => {
                return Err(TlsFault::WeakWithSystem);
            }
            // Whoever has the roots wants them used.
            (Some(TlsMode::Require), Some(Roots::File(_))) => TlsMode::VerifyCa,
            (said, _) => said.unwrap_or(unsaid),
        };
        if mode.checks().is_some() && roots.is_none() {
            return Err(TlsFault::NoRoots(mode.word()));
        }
        let certificate = match (get("sslcert"), get("sslkey")) {
            (Some(certificate), Some(key)) => Some((PathBuf::from(certificate), PathBuf::from(key))),
            (None, None) => None,
            _ => return Err(TlsFault::HalfACertificate),
        };
        Ok(Self { mode, roots, certificate })
    }

    /// No TLS.
    #[must_use]
    pub fn plain() -> Self {
        Self { mode: TlsMode::Disable, roots: None, certificate: None }
    }

    /// How much is asked of the server.
    #[must_use]
    pub fn mode(&self) -> TlsMode {
        self.mode
    }

    /// Names and values of libpq's parameters that ask for the same.
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let shown = |file: &Path| file.display().to_string();
        let mut all = vec![("sslmode", self.mode.word().to_owned())];
        match &self.roots {
            Some(Roots::System) => all.push(("sslrootcert", "system".to_owned())),
            Some(Roots::File(file)) => all.push(("sslrootcert", shown(file))),
            None => {}
        }
        if let Some((certificate, key)) = &self.certificate {
            all.extend([("sslcert", shown(certificate)), ("sslkey", shown(key))]);
        }
        all
    }

    pub(super) fn roots(&self) -> Option<&Roots> {
        self.roots.as_ref()
    }

    pub(super) fn roots_file(&self) -> Option<&Path> {
        match &self.roots {
            Some(Roots::File(file)) => Some(file),
            _ => None,
        }
    }

    pub(super) fn certificate(&self) -> Option<(&Path, &Path)> {
        self.certificate.as_ref().map(|(certificate, key)| (certificate.as_path(), key.as_path()))
    }
}
