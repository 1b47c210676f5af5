//! What the tests' own clients speak TLS with. The product brings a provider along for each of its connections and
//! sets none for everybody; a client that is made without one refuses to be.

/// To be called before the first client is made.
pub(crate) fn provide() {
    // The second call finds the first one's.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
