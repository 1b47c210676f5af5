//! The program itself, when things go wrong: killed, stopped in the middle, started twice or badly.

mod exhaustion;
mod kill;
mod secrets;
mod start;
mod stop;

use mainstay_acceptance::Program;

/// The program that was built with these tests, on a place of its own.
async fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_program")).await
}
