//! What people are told: who hears of what, by which ways.

mod preferences;
