//! One row a provider, each with the page that says so.

use crate::presets::{Authentication, EmailsAt, Issuer, OAuth2, OpenId, PersonAt, Preset, Protocol};

const BY_THE_BOOK_OPENID: OpenId = OpenId {
    key_hosts: &[],
    returns_nonce: true,
    email_verified: "/email_verified",
    says_true_in_text: false,
};

/// Any OpenID provider: Keycloak, Auth0, Okta, Authentik, Zitadel, …
pub const BY_THE_BOOK: Preset = Preset {
    id: "",
    name: "",
    issuer: Issuer::Asked("https://id.example.com/realms/main"),
    scopes: &["openid", "email", "profile"],
    authentication: Authentication::AsDiscovered,
    response_mode: None,
    sends_challenge: true,
    protocol: Protocol::OpenId(BY_THE_BOOK_OPENID),
};

/// The providers with something particular.
pub const PRESETS: [Preset; 10] = [
    GOOGLE, MICROSOFT, APPLE, GITHUB, GITLAB, FACEBOOK, LINKEDIN, DISCORD, SLACK, X,
];

/// <https://developers.google.com/identity/openid-connect/openid-connect>
const GOOGLE: Preset = Preset {
    id: "google",
    name: "Google",
    issuer: Issuer::Fixed("https://accounts.google.com"),
    protocol: Protocol::OpenId(OpenId {
        key_hosts: &["www.googleapis.com"],
        ..BY_THE_BOOK_OPENID
    }),
    authentication: Authentication::Post,
    ..BY_THE_BOOK
};

/// <https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>
///
/// The issuer is one tenant's. `common` and `organizations` stand for all of them: their discovery document
/// names a template and no issuer (which OpenID Connect Discovery 1.0, section 4.3, forbids), and anybody
/// can have a tenant in which any address is written into an account. For the same reason `email` counts as
/// seen only where `xms_edov` says so, an optional claim that the operator switches on for the application
/// (<https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization>).
const MICROSOFT: Preset = Preset {
    id: "microsoft",
    name: "Microsoft",
    issuer: Issuer::Asked("https://login.microsoftonline.com/<tenant id>/v2.0"),
    protocol: Protocol::OpenId(OpenId {
        email_verified: "/xms_edov",
        ..BY_THE_BOOK_OPENID
    }),
    authentication: Authentication::Post,
    ..BY_THE_BOOK
};

/// <https://developer.apple.com/documentation/signinwithapplerestapi/request-an-authorization-to-the-sign-in-with-apple-server>
///
/// Who asks for an address or a name is answered by a form that Apple's page posts. `email_verified` is a boolean
/// or a text there
/// (<https://developer.apple.com/documentation/signinwithapple/authenticating-users-with-sign-in-with-apple>).
const APPLE: Preset = Preset {
    id: "apple",
    name: "Apple",
    issuer: Issuer::Fixed("https://appleid.apple.com"),
    scopes: &["openid", "email", "name"],
    authentication: Authentication::SignedSecret,
    response_mode: Some("form_post"),
    protocol: Protocol::OpenId(OpenId {
        says_true_in_text: true,
        ..BY_THE_BOOK_OPENID
    }),
    ..BY_THE_BOOK
};

/// <https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps> and
/// <https://docs.github.com/rest/users/emails>
const GITHUB: Preset = Preset {
    id: "github",
    name: "GitHub",
    issuer: Issuer::Fixed("https://github.com"),
    scopes: &["read:user", "user:email"],
    authentication: Authentication::Post,
    protocol: Protocol::OAuth2(OAuth2 {
        authorization: "https://github.com/login/oauth/authorize",
        token: "https://github.com/login/oauth/access_token",
        user: "https://api.github.com/user",
        headers: &[("x-github-api-version", "2022-11-28")],
        person: PersonAt {
            subject: "/id",
            email: None,
            email_verified: None,
            name: "/name",
        },
        emails: Some(EmailsAt {
            url: "https://api.github.com/user/emails",
            email: "/email",
            primary: "/primary",
            verified: "/verified",
        }),
        answers_as: Some("https://github.com/login/oauth"),
    }),
    ..BY_THE_BOOK
};

/// <https://docs.gitlab.com/integration/openid_connect_provider/>
const GITLAB: Preset = Preset {
    id: "gitlab",
    name: "GitLab",
    issuer: Issuer::Usual("https://gitlab.com"),
    ..BY_THE_BOOK
};

/// <https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow>
///
/// Whether the address was seen to be the person's is not said.
const FACEBOOK: Preset = Preset {
    id: "facebook",
    name: "Facebook",
    issuer: Issuer::Fixed("https://www.facebook.com"),
    scopes: &["email", "public_profile"],
    authentication: Authentication::Post,
    protocol: Protocol::OAuth2(OAuth2 {
        authorization: "https://www.facebook.com/v23.0/dialog/oauth",
        token: "https://graph.facebook.com/v23.0/oauth/access_token",
        user: "https://graph.facebook.com/v23.0/me?fields=id,name,email",
        headers: &[],
        person: PersonAt {
            subject: "/id",
            email: Some("/email"),
            email_verified: None,
            name: "/name",
        },
        emails: None,
        answers_as: None,
    }),
    ..BY_THE_BOOK
};

/// <https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2>
///
/// Its ID tokens hold no nonce, and its token endpoint answers `invalid_client` to a code verifier beside a
/// secret. What is left against a code of somebody else is `state`, bound to the browser.
const LINKEDIN: Preset = Preset {
    id: "linkedin",
    name: "LinkedIn",
    issuer: Issuer::Fixed("https://www.linkedin.com/oauth"),
    protocol: Protocol::OpenId(OpenId {
        returns_nonce: false,
        ..BY_THE_BOOK_OPENID
    }),
    authentication: Authentication::Post,
    sends_challenge: false,
    ..BY_THE_BOOK
};

/// <https://docs.discord.com/developers/topics/oauth2> and
/// <https://docs.discord.com/developers/resources/user>
const DISCORD: Preset = Preset {
    id: "discord",
    name: "Discord",
    issuer: Issuer::Fixed("https://discord.com"),
    scopes: &["identify", "email"],
    authentication: Authentication::Basic,
    protocol: Protocol::OAuth2(OAuth2 {
        authorization: "https://discord.com/oauth2/authorize",
        token: "https://discord.com/api/oauth2/token",
        user: "https://discord.com/api/v10/users/@me",
        headers: &[],
        person: PersonAt {
            subject: "/id",
            email: Some("/email"),
            email_verified: Some("/verified"),
            name: "/global_name",
        },
        emails: None,
        answers_as: None,
    }),
    ..BY_THE_BOOK
};

/// <https://docs.slack.dev/authentication/sign-in-with-slack/>
const SLACK: Preset = Preset {
    id: "slack",
    name: "Slack",
    issuer: Issuer::Fixed("https://slack.com"),
    authentication: Authentication::Post,
    ..BY_THE_BOOK
};

/// <https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token>
///
/// Addresses are given to chosen applications only, so none is asked for.
const X: Preset = Preset {
    id: "x",
    name: "X",
    issuer: Issuer::Fixed("https://x.com"),
    scopes: &["users.read", "tweet.read"],
    authentication: Authentication::Basic,
    protocol: Protocol::OAuth2(OAuth2 {
        authorization: "https://x.com/i/oauth2/authorize",
        token: "https://api.x.com/2/oauth2/token",
        user: "https://api.x.com/2/users/me",
        headers: &[],
        person: PersonAt {
            subject: "/data/id",
            email: None,
            email_verified: None,
            name: "/data/name",
        },
        emails: None,
        answers_as: None,
    }),
    ..BY_THE_BOOK
};
