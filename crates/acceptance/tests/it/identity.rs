//! People: signing up and in, sessions, and the mails that open doors.

mod admissions;
mod change_password;
mod data;
mod email_change;
mod impersonation;
mod login;
mod magic_link;
mod pages;
mod refresh;
mod reset;
mod second_factor;
mod sessions;
mod settings;
mod signup;
pub(crate) mod social;
mod users;
