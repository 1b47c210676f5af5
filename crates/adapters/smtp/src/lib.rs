//! Mail transport over SMTP.
