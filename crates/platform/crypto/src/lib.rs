//! Passwords, tokens, signatures and sealing.
