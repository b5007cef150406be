//! Why a handshake failed, with the mend where one is known.

use std::io;

use rustls::{CertificateError, Error};

/// Why a server and this side do not speak TLS with each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsRefused {
    /// The server speaks none.
    #[error("the server speaks no TLS; set ssl = on there, or write sslmode=disable")]
    NotSpoken,
    /// It answered with something else.
    #[error("what answers there is no Postgres that can be asked for TLS; check host and port")]
    NoPostgres,
    /// The name by which it is called is none that a certificate can have.
    #[error(
        "the host is no name that a certificate can have; write a name or an address, or sslmode=disable"
    )]
    Name,
    /// The handshake failed.
    #[error("{0}")]
    Handshake(String),
}

impl TlsRefused {
    /// What a failed handshake says.
    pub(super) fn of(fault: &io::Error) -> Self {
        let tls = fault.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        Self::Handshake(tls.map_or_else(|| fault.to_string(), |tls| format!("{tls}{}", mend(tls))))
    }
}

fn mend(fault: &Error) -> &'static str {
    use CertificateError::{Expired, ExpiredContext, NotValidForName, NotValidForNameContext, UnknownIssuer};
    match fault {
        Error::InvalidCertificate(UnknownIssuer) => {
            "; none of the authorities in sslrootcert has signed the server's certificate: name the file of the right one"
        }
        Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            "; the server's certificate is for another name: connect by that name, or write sslmode=verify-ca"
        }
        Error::InvalidCertificate(Expired | ExpiredContext { .. }) => "; renew the server's certificate",
        Error::InvalidCertificate(CertificateError::Other(other)) => of_other(&other.to_string()),
        Error::AlertReceived(rustls::AlertDescription::CertificateRequired) => {
            "; the server wants a certificate of ours: name it with sslcert and sslkey"
        }
        _ => "",
    }
}

/// What rustls has no name of its own for. OpenSSL takes both, and no pool library that is built on rustls does.
fn of_other(words: &str) -> &'static str {
    if words.contains("CaUsedAsEndEntity") {
        "; the server shows the certificate of an authority: let that one sign a certificate for the server"
    } else if words.contains("UnsupportedCertVersion") {
        "; the server's certificate has no version 3: make one with subjectAltName, or write sslmode=disable"
    } else {
        ""
    }
}

impl From<TlsRefused> for io::Error {
    fn from(refused: TlsRefused) -> Self {
        Self::other(refused)
    }
}
