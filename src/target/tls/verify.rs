//! Which certificates of a server are taken.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::names::{Checks, TlsWanted};
use super::{Certificate, TlsFault, Trusted};

/// What is made of certificates that rustls does not take, and OpenSSL does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// They are refused, as the pool libraries on rustls refuse them.
    WhatRustlsDoes,
    /// They are taken where that is no less safe, for an application that may be built on OpenSSL: the certificate of an
    /// authority that is itself among the trusted ones, and without any check one of an old version.
    WhatOpensslDoes,
}

/// A configuration for every connection to a server.
pub(super) fn config(
    wanted: &TlsWanted,
    takes: Takes,
    trusted: Option<Trusted>,
    own: Option<&Certificate>,
) -> Result<ClientConfig, TlsFault> {
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match (wanted.mode().checks(), trusted) {
        (Some(checks), Some(Trusted { store: roots, themselves })) => {
            let built =
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
            let inner = built.map_err(|fault| TlsFault::Library(fault.to_string()))?;
            let themselves = if takes == Takes::WhatOpensslDoes { themselves } else { Vec::new() };
            Arc::new(Checked { inner, checks, themselves })
        }
        _ => Arc::new(Unchecked { provider: provider.clone(), takes }),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|fault| TlsFault::Library(fault.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let Some(own) = own else { return Ok(builder.with_no_client_auth()) };
    let chain = CertificateDer::pem_slice_iter(&own.chain).collect::<Result<Vec<_>, _>>();
    let failed = |fault: &dyn std::fmt::Display| TlsFault::Certificate(fault.to_string());
    let chain = chain.map_err(|fault| failed(&fault))?;
    let key = PrivateKeyDer::from_pem_slice(&own.key).map_err(|fault| failed(&fault))?;
    builder.with_client_auth_cert(chain, key).map_err(|fault| failed(&fault))
}

/// Checks who signed a certificate, and its name if asked to.
#[derive(Debug)]
struct Checked {
    inner: Arc<WebPkiServerVerifier>,
    checks: Checks,
    /// Authorities that are taken where a server shows them as its own certificate.
    themselves: Vec<CertificateDer<'static>>,
}

impl Checked {
    /// A server that shows a trusted certificate itself, and proves later that it has the key.
    fn shows_one_of_ours(
        &self,
        shown: &CertificateDer<'_>,
        name: &ServerName<'_>,
    ) -> Option<Result<(), Error>> {
        self.themselves.iter().any(|ours| ours == shown).then(|| match self.checks {
            Checks::Signer => Ok(()),
            Checks::SignerAndName => verify_server_name(&ParsedCertificate::try_from(shown)?, name),
        })
    }
}

impl ServerCertVerifier for Checked {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};
        if let Some(checked) = self.shows_one_of_ours(end_entity, name) {
            return checked.map(|()| ServerCertVerified::assertion());
        }
        match self.inner.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            // The name is looked at last, when all else is sound.
            Err(Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
                if self.checks == Checks::Signer =>
            {
                Ok(ServerCertVerified::assertion())
            }
            checked => checked,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Takes any certificate whose owner is there, as `sslmode=require` means it: what is said is secret, and nobody
/// knows from whom.
#[derive(Debug)]
struct Unchecked {
    provider: Arc<CryptoProvider>,
    takes: Takes,
}

impl Unchecked {
    /// Whose certificate it is does not matter, so neither does a signature that its version keeps from being read.
    fn judge(
        &self,
        checked: Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        match checked {
            Err(Error::InvalidCertificate(_)) if self.takes == Takes::WhatOpensslDoes => {
                Ok(HandshakeSignatureValid::assertion())
            }
            checked => checked,
        }
    }
}

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        self.judge(verify_tls12_signature(message, certificate, signed, known))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        self.judge(verify_tls13_signature(message, certificate, signed, known))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
