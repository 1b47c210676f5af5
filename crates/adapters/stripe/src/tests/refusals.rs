//! Refusals that were recorded with Stripe.

use kernel::Secret;
use ports::payments::{Effect, ProviderError};

use super::shared_data;
use super::stub::{KEY, answer, at};
use crate::refusal;

#[test]
fn recorded_refusals_are_understood() {
    let interactions = shared_data::interactions();
    let mut counts = [0; 4];
    for interaction in interactions
        .iter()
        .filter(|interaction| interaction.status >= 300)
    {
        let answer = answer(interaction.status, &interaction.answer);
        let error = refusal::read(&answer, Effect::Some, &Secret::new(KEY.to_owned()), at(0));
        let said = interaction.answer["error"]["message"].as_str().unwrap();
        let place = match (&error, interaction.status) {
            (ProviderError::Declined { code, message }, 402) => {
                assert_eq!((code.as_str(), message.as_str()), ("card_declined", said));
                0
            }
            (ProviderError::Refused { code, message }, 400) => {
                assert_eq!(code, interaction.answer["error"]["code"].as_str().unwrap());
                assert!(message.starts_with(&said[..20]), "{message}");
                1
            }
            (ProviderError::NotFound, 404) => 2,
            (ProviderError::Unauthorized(_), 401) => 3,
            _ => panic!("{} {}: {error:?}", interaction.cassette, interaction.status),
        };
        counts[place] += 1;
    }
    let [declined, refused, not_found, unauthorized] = counts;
    println!("{declined} declined, {refused} refused, {not_found} not found, {unauthorized} unauthorized");
    assert!(
        interactions.is_empty()
            || counts
                .iter()
                .zip([2, 4, 3, 8])
                .all(|(count, least)| *count >= least)
    );
}
