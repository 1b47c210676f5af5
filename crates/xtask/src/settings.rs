//! The table of settings in docs/configuration.md, as the program gives it.

use crate::binary::Binary;
use crate::documents::{self, Mode};
use crate::place;
use crate::stop::{Outcome, Stop, While};

const PAGE: &str = "docs/configuration.md";
const START: &str = "<!-- the settings, by `cargo xtask settings` -->\n";
const END: &str = "<!-- end of the settings -->";

pub(crate) fn run(binary: &Binary, mode: Mode) -> Outcome {
    let table = binary.run(&["config", "reference"])?;
    let page = std::fs::read_to_string(place::root().join(PAGE)).while_doing(|| format!("read {PAGE}"))?;
    let missing = || Stop::because(format!("{PAGE} does not say where its table goes"));
    let (before, rest) = page.split_once(START).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    let page = format!("{before}{START}{table}{END}{after}");
    documents::settle(PAGE, &page, mode, "settings")
}
