//! Classifies the failures of TLS. rustls has types for them, OpenSSL (native-tls) has phrases.

use crate::runtime::response::error::Failure;

/// The failure of TLS in an error, if there is one.
#[cfg(feature = "rustls-without-provider")]
pub(super) fn failure(error: &reqwest::Error) -> Option<Failure> {
    use rustls::pki_types::InvalidDnsNameError;
    use rustls::{AlertDescription, Error, InvalidMessage};

    // TLS checks the name before the system resolves it.
    if super::find::<InvalidDnsNameError>(error).is_some() {
        return Some(Failure::Resolve);
    }
    let Some(fault) = super::find::<Error>(error) else {
        // HTTP/2 keeps only the text, in which the alert is the last word: one name can be the start of another.
        let is_in = |alert: &AlertDescription| {
            super::ends_with(error, &Error::AlertReceived(*alert).to_string())
        };
        return ALERTS.into_iter().find(is_in).map(of_alert);
    };
    Some(match fault {
        Error::InvalidCertificate(fault) => of_certificate(fault),
        Error::AlertReceived(alert) => of_alert(*alert),
        Error::PeerIncompatible(reason) => of_hello(reason),
        // Later, such bytes are those of a connection that is disturbed.
        Error::InvalidMessage(InvalidMessage::InvalidContentType) if error.is_connect() => {
            Failure::NotTls
        }
        _ => Failure::Tls,
    })
}

#[cfg(feature = "rustls-without-provider")]
fn of_certificate(fault: &rustls::CertificateError) -> Failure {
    use rustls::CertificateError as Fault;

    match fault {
        Fault::Expired | Fault::ExpiredContext { .. } => Failure::ExpiredCertificate,
        Fault::NotValidYet | Fault::NotValidYetContext { .. } => Failure::FutureCertificate,
        Fault::NotValidForName | Fault::NotValidForNameContext { .. } => Failure::WrongHost,
        Fault::Revoked => Failure::RevokedCertificate,
        // The verifiers of macOS and Windows have only a text for some faults. An authority that is not trusted can
        // be one of them.
        Fault::Other(_) if cfg!(any(windows, target_vendor = "apple")) => {
            Failure::UntrustedCertificate
        }
        // A bad signature: the issuer has the name of a trusted authority, but another key.
        Fault::UnknownIssuer | Fault::BadSignature => Failure::UntrustedCertificate,
        _ => Failure::InvalidCertificate,
    }
}

/// The alerts about the client's certificate, which can come when the connection is in use.
#[cfg(feature = "rustls-without-provider")]
const ALERTS: [rustls::AlertDescription; 9] = [
    rustls::AlertDescription::CertificateRequired,
    rustls::AlertDescription::BadCertificate,
    rustls::AlertDescription::UnsupportedCertificate,
    rustls::AlertDescription::CertificateRevoked,
    rustls::AlertDescription::CertificateExpired,
    rustls::AlertDescription::CertificateUnknown,
    rustls::AlertDescription::UnknownCA,
    rustls::AlertDescription::AccessDenied,
    rustls::AlertDescription::DecryptError,
];

/// The server ends the connection with its reason. Over TLS 1.3, its reason about the client's certificate comes
/// after the handshake, in place of a response.
#[cfg(feature = "rustls-without-provider")]
fn of_alert(alert: rustls::AlertDescription) -> Failure {
    use rustls::AlertDescription as Alert;

    match alert {
        Alert::CertificateRequired => Failure::ClientCertificate,
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        // An authority with the expected name, but another key.
        | Alert::DecryptError
        | Alert::AccessDenied => Failure::RefusedIdentity,
        Alert::HandshakeFailure | Alert::InsufficientSecurity => Failure::RefusedHandshake,
        Alert::ProtocolVersion => Failure::OldTls,
        _ => Failure::Tls,
    }
}

/// The first message of the server has nothing that this client supports.
#[cfg(feature = "rustls-without-provider")]
fn of_hello(reason: &rustls::PeerIncompatible) -> Failure {
    use rustls::PeerIncompatible as Reason;

    match reason {
        Reason::ServerDoesNotSupportTls12Or13 | Reason::ServerTlsVersionIsDisabledByOurConfig => {
            Failure::OldTls
        }
        _ => Failure::RefusedHandshake,
    }
}

/// The failure of TLS in an error, if there is one. OpenSSL 1.1 and 3 print these phrases. The first that is found
/// counts: OpenSSL prints the fault of a certificate behind the general phrase.
#[cfg(all(feature = "native-tls", not(feature = "rustls-without-provider")))]
pub(super) fn failure(error: &reqwest::Error) -> Option<Failure> {
    const PHRASES: [(&str, Failure); 17] = [
        ("certificate has expired", Failure::ExpiredCertificate),
        ("certificate is not yet valid", Failure::FutureCertificate),
        ("ostname mismatch", Failure::WrongHost),
        ("IP address mismatch", Failure::WrongHost),
        ("certificate revoked)", Failure::RevokedCertificate),
        ("certificate purpose", Failure::InvalidCertificate),
        ("certificate verify failed", Failure::UntrustedCertificate),
        ("alert certificate required", Failure::ClientCertificate),
        ("alert bad certificate", Failure::RefusedIdentity),
        ("alert unsupported certificate", Failure::RefusedIdentity),
        ("alert certificate", Failure::RefusedIdentity),
        ("alert unknown ca", Failure::RefusedIdentity),
        ("alert access denied", Failure::RefusedIdentity),
        ("alert handshake failure", Failure::RefusedHandshake),
        ("alert protocol version", Failure::OldTls),
        ("unsupported protocol", Failure::OldTls),
        ("wrong version number", Failure::NotTls),
    ];
    let found = |phrase: &str| super::has(error, phrase);
    PHRASES.into_iter().find_map(|(phrase, failure)| found(phrase).then_some(failure))
}

#[cfg(not(any(feature = "native-tls", feature = "rustls-without-provider")))]
pub(super) fn failure(_: &reqwest::Error) -> Option<Failure> {
    None
}
