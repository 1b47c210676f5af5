//! Mail, handed to a real mail server that has its moods.

mod delivery;
mod kills;
mod pace;
mod relays;
