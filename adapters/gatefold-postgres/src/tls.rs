//! Whom we believe to be the database is decided here: who has a certificate for its name.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::StoreError;

pub(crate) fn connector(file: Option<&Path>) -> Result<MakeRustlsConnect, StoreError> {
    let refused = |reason: String| StoreError::Certificates { reason };
    let mut roots = RootCertStore::empty();
    match file {
        Some(file) => {
            let place = file.display();
            let listed = CertificateDer::pem_file_iter(file);
            for certificate in listed.map_err(|error| refused(format!("{place}: {error}")))? {
                let certificate = certificate.map_err(|it| refused(format!("{place}: {it}")))?;
                roots.add(certificate).map_err(|it| refused(format!("{place}: {it}")))?;
            }
        }
        None => {
            let _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(refused(String::from("no root certificate was found")));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
