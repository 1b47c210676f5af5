//! What an operator decides.

/// Where the endpoints of pushed messages may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushEndpoints {
    /// Behind TLS, as push services are.
    Https,
    /// Without TLS too, for tests and neighbours.
    HttpToo,
}
