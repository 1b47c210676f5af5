//! What is written down about providers whose word is not taken.

use db::Tx;
use kernel::RequestContext;
use kernel::event::auth::SocialSignInRefused;
use ports::social::SocialError;

use super::SocialSignIns;
use crate::error::IdentityError;

impl SocialSignIns {
    /// Writes down that a provider's word was not taken, for the operator; the person is told less.
    pub(super) async fn refuse(
        &self,
        context: &RequestContext,
        provider: &str,
        error: SocialError,
    ) -> Result<IdentityError, IdentityError> {
        tracing::warn!(provider, error.chain = %error, "a provider's word was not taken");
        let (events, context) = (self.machinery.events.clone(), context.clone());
        let refused = SocialSignInRefused {
            provider: provider.to_owned(),
            reason: error.to_string(),
        };
        let work =
            async move |tx: &mut Tx| Ok::<_, IdentityError>(events.publish(tx, &context, &refused).await?);
        self.machinery.db.write(work).await?;
        Ok(error.into())
    }
}
