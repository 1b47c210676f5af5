//! Recorded traffic and vectors, where they lie beside the repository.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

/// The folder of what is about payments.
pub(crate) fn payments() -> Option<PathBuf> {
    let named = std::env::var_os("MAINSTAY_SHARED_DATA").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let above = above.map(|folder| folder.join("shared/data"));
    let mut folders = named
        .into_iter()
        .chain(above)
        .map(|folder| folder.join("payments"));
    folders.find(|folder| folder.is_dir())
}

/// A file in JSON.
pub(crate) fn json(name: &str) -> Option<Value> {
    let text = std::fs::read(payments()?.join(name)).ok()?;
    Some(serde_json::from_slice(&text).unwrap())
}

/// The files of a folder, by their names.
pub(crate) fn files(folder: &str) -> Vec<(String, Value)> {
    let Some(folder) = payments().map(|payments| payments.join(folder)) else {
        return Vec::new();
    };
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    let named = |file: &PathBuf| file.file_name().unwrap().to_string_lossy().into_owned();
    files
        .iter()
        .map(|file| {
            (
                named(file),
                serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap(),
            )
        })
        .collect()
}

/// One conversation that was recorded with Stripe.
pub(crate) struct Interaction {
    pub(crate) cassette: String,
    pub(crate) method: String,
    pub(crate) url: url::Url,
    pub(crate) request_body: String,
    pub(crate) status: u16,
    pub(crate) answer: Value,
}

/// All of them, in the order in which they took place in each recording.
pub(crate) fn interactions() -> &'static [Interaction] {
    static ALL: OnceLock<Vec<Interaction>> = OnceLock::new();
    ALL.get_or_init(read_interactions)
}

fn read_interactions() -> Vec<Interaction> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let cassettes = files("cassettes").into_iter();
    let all = cassettes.flat_map(|(cassette, interactions)| {
        let interactions = interactions.as_array().unwrap().clone();
        interactions.into_iter().map(move |interaction| Interaction {
            cassette: cassette.clone(),
            method: text(&interaction["method"]),
            url: interaction["url"].as_str().unwrap().parse().unwrap(),
            request_body: text(&interaction["request_body"]),
            status: interaction["status"].as_u64().unwrap().try_into().unwrap(),
            answer: interaction["response_body"].clone(),
        })
    });
    all.filter(|interaction| interaction.url.host_str() == Some("api.stripe.com"))
        .collect()
}
