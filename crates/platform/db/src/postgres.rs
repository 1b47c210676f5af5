//! The server engine. Units of work run on a few threads, each with its own connections: their
//! futures never change threads, so they need not be `Send`, and reads that run at the same time
//! share a connection and are pipelined.

mod connection;
mod node;
mod tls;

pub(crate) use connection::PostgresConnection;
pub(crate) use node::Cluster;
