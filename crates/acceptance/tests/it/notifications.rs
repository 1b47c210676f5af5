//! What people are told: who hears of what, by which ways.

mod channels;
mod digest;
mod preferences;
mod push;
