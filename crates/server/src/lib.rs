//! Mainstay: the back end of a SaaS in one binary.
