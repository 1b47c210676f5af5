//! Signing in with accounts at providers, one test for each row of the attack list.

mod flows;
mod id_tokens;
mod linking;
mod owners;

use std::sync::Arc;

use kernel::{Locale, Secret, SessionId};
use ports::social::SocialProvider;

use crate::entrance::model::Entered;
use crate::error::IdentityError;
use crate::session::model::{OpenedSession, SessionKind};
use crate::social::model::{Callback, Departed, Departure, Expected, Linker, Reception, SocialAccount};
use crate::social::service::SocialSignIns;
use crate::testing::provider::FakeProvider;
use crate::testing::{Identity, context, inside, secret};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

/// The product with two providers.
struct House {
    identity: Identity,
    google: Arc<FakeProvider>,
    social: SocialSignIns,
}

impl House {
    async fn strict() -> Self {
        Self::of(Identity::strict().await, FakeProvider::new("google"))
    }

    async fn open() -> Self {
        Self::of(Identity::open().await, FakeProvider::new("google"))
    }

    fn of(identity: Identity, google: Arc<FakeProvider>) -> Self {
        let providers: Vec<Arc<dyn SocialProvider>> = vec![
            google.clone(),
            FakeProvider::new("other"),
            FakeProvider::new("plain"),
        ];
        let social = identity.social(providers);
        Self {
            identity,
            google,
            social,
        }
    }

    async fn depart(&self) -> Departed {
        let departure = Departure::default();
        self.social.depart(&context(), "google", departure).await.unwrap()
    }

    async fn depart_to_link(&self, linker: Linker) -> Departed {
        let (context, departure) = (context(), Departure::default());
        let departed = self.social.depart_to_link(&context, linker, "google", departure);
        departed.await.unwrap()
    }

    /// Comes back from Google with this code.
    async fn arrive(&self, departed: &Departed, code: &str) -> Result<Entered, IdentityError> {
        let arrived = self
            .social
            .arrive(&context(), callback(departed, code), sign_in())
            .await?;
        arrived.outcome.entered().ok_or(IdentityError::SocialFlowInvalid)
    }

    /// The whole way at a provider.
    async fn sign_in_at(&self, provider: &str, code: &str) -> Result<OpenedSession, IdentityError> {
        let departed = self
            .social
            .depart(&context(), provider, Departure::default())
            .await?;
        let callback = Callback {
            provider: provider.to_owned(),
            ..callback(&departed, code)
        };
        let arrived = self.social.arrive(&context(), callback, sign_in()).await?;
        Ok(inside(arrived.outcome.entered().unwrap()))
    }

    async fn sign_in(&self, code: &str) -> Result<OpenedSession, IdentityError> {
        self.sign_in_at("google", code).await
    }

    async fn link(&self, linker: Linker, code: &str) -> Result<SocialAccount, IdentityError> {
        let departed = self.depart_to_link(linker).await;
        self.finish_link(&departed, linker.session, code).await
    }

    async fn finish_link(
        &self,
        departed: &Departed,
        session: SessionId,
        code: &str,
    ) -> Result<SocialAccount, IdentityError> {
        let reception = Reception {
            expected: Expected::Link(session),
            ..sign_in()
        };
        let callback = callback(departed, code);
        self.social.arrive_to_link(&context(), callback, reception).await
    }

    /// A person with a password, in a session, as a linker.
    async fn person(&self, email: &str) -> Linker {
        let user = self.identity.person(email).await.user.id;
        let page = kernel::PageRequest::new(1, None);
        let sessions = self.identity.sessions.list(user, page).await.unwrap();
        Linker {
            user,
            session: sessions.items.first().unwrap().session.id,
        }
    }
}

fn sign_in() -> Reception {
    Reception {
        kind: SessionKind::Browser,
        locale: Locale::ENGLISH,
        expected: Expected::SignIn,
    }
}

fn callback(departed: &Departed, code: &str) -> Callback {
    Callback {
        provider: String::from("google"),
        code: secret(code),
        state: state_of(departed),
        iss: None,
        flow: departed.flow.clone(),
    }
}

fn state_of(departed: &Departed) -> Secret<String> {
    let url: url::Url = departed.authorization_url.parse().unwrap();
    let mut pairs = url.query_pairs();
    secret(&pairs.find(|(name, _)| name == "state").unwrap().1)
}

fn linker_of(opened: &OpenedSession) -> Linker {
    Linker {
        user: opened.user.id,
        session: opened.session.id,
    }
}
