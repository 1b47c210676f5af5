//! docs/openapi.yaml: the description of the API, as the program gives it.

use crate::binary::Binary;
use crate::documents::{self, Mode};
use crate::stop::Outcome;

/// Where it is kept.
pub(crate) const DOCUMENT: &str = "docs/openapi.yaml";

pub(crate) fn run(binary: &Binary, mode: Mode) -> Outcome {
    let document = binary.run(&["openapi", "--yaml"])?;
    documents::settle(DOCUMENT, &document, mode, "openapi")
}
