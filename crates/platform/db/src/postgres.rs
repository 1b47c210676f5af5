//! The server engine. Units of work run on a few threads, each with its own connections: their
//! futures never change threads, so they need not be `Send`, and reads that run at the same time
//! share a connection and are pipelined. Long reads have one of their own.

mod cluster;
mod node;
mod tls;

pub(crate) use cluster::Cluster;
