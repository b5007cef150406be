//! TLS with a Postgres: what was asked for, the certificates that it takes, and the handshake.
//!
//! The words are libpq's. `require` encrypts and checks nothing, unless there is a file of roots; `verify-ca` checks who
//! signed the server's certificate, `verify-full` its name as well; `prefer` goes on without where the server speaks no
//! TLS. The provider of the cipher suites is ring, because sqlx is built with it and one of them is enough.

mod names;
mod refused;
mod stream;
mod verify;

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

pub(crate) use names::NAMES;
pub use names::{TlsMode, TlsWanted};
pub use refused::TlsRefused;
pub use stream::{Negotiated, Secured, Spoken};
pub use verify::Takes;

/// Why TLS cannot be spoken as asked. No message holds a value of an address but the name of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// The mode is none.
    #[error("sslmode is none of disable, prefer, require, verify-ca and verify-full; write one of them")]
    Mode,
    /// A parameter asks for what rustls cannot do, or not every pool library.
    #[error(
        "{0}, in the address, its service or a PG variable, asks for what not every library does; leave it out"
    )]
    NotHeeded(&'static str),
    /// The mode tries without TLS first, which the drivers do not.
    #[error(
        "sslmode=allow is not spoken: not every pool library tries without TLS first; write prefer or require"
    )]
    Allow,
    /// Roots of the system, and then no check of the name.
    #[error(
        "sslrootcert=system needs sslmode=verify-full: anybody can get a certificate for another name; write verify-full"
    )]
    WeakWithSystem,
    /// A check without anything to check against.
    #[error(
        "sslmode {0} needs the file of the authority: name it with sslrootcert, put it in ~/.postgresql/root.crt, or write \
         sslrootcert=system"
    )]
    NoRoots(&'static str),
    /// A certificate without its key, or the other way round.
    #[error("sslcert and sslkey belong together; name both files, or none")]
    HalfACertificate,
    /// They are not of one another, or of a kind that is not known.
    #[error("sslcert and sslkey cannot be used: {0}; name a certificate and the key that it was made for")]
    Certificate(String),
    /// A file cannot be used.
    #[error("cannot use the file of {what}, {}: {reason}", .file.display())]
    File {
        /// Which parameter names it.
        what: &'static str,
        /// Its name.
        file: PathBuf,
        /// What is wrong with it, and the mend.
        reason: String,
    },
    /// rustls cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Library(String),
    /// The system tells no roots.
    #[error("the system has no roots that can be read; name the file of the authority with sslrootcert")]
    NoSystemRoots,
}

/// How to speak TLS with one server, certificates and all.
#[derive(Clone)]
pub struct Tls {
    wanted: TlsWanted,
    config: Option<Arc<ClientConfig>>,
    roots: Option<Arc<[u8]>>,
    certificate: Option<Arc<Certificate>>,
}

/// The authorities that are trusted.
struct Trusted {
    store: RootCertStore,
    themselves: Vec<CertificateDer<'static>>,
}

/// Who this side is.
struct Certificate {
    chain: Vec<u8>,
    key: Vec<u8>,
}

impl Tls {
    /// None is spoken.
    #[must_use]
    pub fn off() -> Self {
        Self { wanted: TlsWanted::plain(), config: None, roots: None, certificate: None }
    }

    /// Reads what was asked for, and the files that it names.
    ///
    /// # Errors
    /// When a file is missing or holds something else.
    pub fn of(wanted: &TlsWanted, takes: Takes) -> Result<Self, TlsFault> {
        if wanted.mode() == TlsMode::Disable {
            return Ok(Self::off());
        }
        let roots = match (wanted.roots(), wanted.mode()) {
            (None, _) => None,
            (Some(names::Roots::System), _) => Some(of_the_system()?),
            (Some(names::Roots::File(file)), _) => Some(read("sslrootcert", file)?),
        };
        let certificate = wanted.certificate().map(|(chain, key)| certificate(chain, key)).transpose()?;
        let trusted = match (&roots, wanted.mode().checks()) {
            (Some(pem), Some(_)) => Some(trusted(pem, wanted)?),
            _ => None,
        };
        let config = verify::config(wanted, takes, trusted, certificate.as_ref())?;
        Ok(Self {
            wanted: wanted.clone(),
            config: Some(Arc::new(config)),
            roots: roots.map(Into::into),
            certificate: certificate.map(Arc::new),
        })
    }

    /// What is asked of the server.
    #[must_use]
    pub fn mode(&self) -> TlsMode {
        self.wanted.mode()
    }

    /// The certificates of the authorities, as PEM, where some are to be trusted.
    #[must_use]
    pub fn roots(&self) -> Option<&[u8]> {
        self.roots.as_deref()
    }

    /// The own certificate and its key, as PEM.
    #[must_use]
    pub fn certificate(&self) -> Option<(&[u8], &[u8])> {
        self.certificate.as_ref().map(|own| (own.chain.as_slice(), own.key.as_slice()))
    }

    /// The same for a program that speaks by libpq: names and values of its parameters.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        self.wanted.parameters()
    }
}

/// The mode alone: what else there is may be a key.
impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tls({})", self.mode().word())
    }
}

fn unusable(what: &'static str, file: &Path, reason: impl ToString) -> TlsFault {
    TlsFault::File { what, file: file.to_owned(), reason: reason.to_string() }
}

fn read(what: &'static str, file: &Path) -> Result<Vec<u8>, TlsFault> {
    std::fs::read(file).map_err(|fault: io::Error| unusable(what, file, fault))
}

fn trusted(pem: &[u8], wanted: &TlsWanted) -> Result<Trusted, TlsFault> {
    let file = wanted.roots_file().unwrap_or(Path::new("of the system"));
    let (mut store, mut themselves) = (RootCertStore::empty(), Vec::new());
    for root in CertificateDer::pem_slice_iter(pem) {
        let added = root.map_err(|fault| fault.to_string()).and_then(|root| {
            themselves.push(root.clone());
            store.add(root).map_err(|fault| format!("{fault}; it has to hold certificates of authorities"))
        });
        added.map_err(|fault| unusable("sslrootcert", file, fault))?;
    }
    if store.is_empty() {
        return Err(unusable("sslrootcert", file, "it holds no certificate in PEM; name another file"));
    }
    Ok(Trusted { store, themselves })
}

fn certificate(chain: &Path, key: &Path) -> Result<Certificate, TlsFault> {
    let mode = std::fs::metadata(key).map_err(|fault| unusable("sslkey", key, fault))?.permissions().mode();
    // As libpq has it; root's keys may be read by a group.
    if mode & 0o037 != 0 {
        return Err(unusable("sslkey", key, "it can be read by others than its owner; chmod 0600 it"));
    }
    let certificate = Certificate { chain: read("sslcert", chain)?, key: read("sslkey", key)? };
    if !CertificateDer::pem_slice_iter(&certificate.chain).any(|one| one.is_ok()) {
        return Err(unusable("sslcert", chain, "it holds no certificate in PEM; name another file"));
    }
    if PrivateKeyDer::from_pem_slice(&certificate.key).is_err() {
        let words = "it holds no key in PEM without a password; take the password off, or name another file";
        return Err(unusable("sslkey", key, words));
    }
    Ok(certificate)
}

/// What the system trusts, as PEM. What of it cannot be read is left out, as every library does.
fn of_the_system() -> Result<Vec<u8>, TlsFault> {
    use base64::Engine;
    let certificates = rustls_native_certs::load_native_certs().certs;
    if certificates.is_empty() {
        return Err(TlsFault::NoSystemRoots);
    }
    let mut pem = String::new();
    let mut store = RootCertStore::empty();
    for root in certificates {
        if store.add(root.clone()).is_ok() {
            let body = base64::engine::general_purpose::STANDARD.encode(&root);
            pem.push_str("-----BEGIN CERTIFICATE-----\n");
            pem.push_str(&body);
            pem.push_str("\n-----END CERTIFICATE-----\n");
        }
    }
    Ok(pem.into_bytes())
}

#[cfg(test)]
mod tests;
