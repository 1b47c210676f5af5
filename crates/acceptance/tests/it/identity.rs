//! People: signing up and in, sessions, and the mails that open doors.

mod login;
mod refresh;
mod sessions;
mod signup;
