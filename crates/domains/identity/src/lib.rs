//! People: accounts, credentials, sessions, settings and own data.
