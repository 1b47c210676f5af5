//! The client that progenitor makes.

progenitor::generate_api!("openapi.json");
