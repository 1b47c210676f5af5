//! The data door: the only crate that names a database driver.
