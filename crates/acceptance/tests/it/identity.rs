//! People: signing up and in, sessions, and the mails that open doors.

mod data;
mod login;
mod refresh;
mod sessions;
mod settings;
mod signup;
mod users;
