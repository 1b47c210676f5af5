//! The workloads: what is asked of the server, and what the least is that answers the same.

use serde::{Deserialize, Serialize};

/// One workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Workload {
    /// `GET /users/me`.
    Me,
    /// `GET /organizations/{id}`: a record by id, with membership and role.
    Record,
    /// `GET /organizations/{id}/members`: 50 rows by keyset, filtered, no total.
    List,
    /// `POST /organizations`: rows, activity entry and flush.
    Create,
    /// `POST /auth/login`: Argon2id with 19,456 KiB, 2 passes, 1 lane.
    Login,
}

impl Workload {
    /// In the order of the report.
    pub(crate) const ALL: [Self; 5] = [Self::Me, Self::Record, Self::List, Self::Create, Self::Login];

    /// As the goals call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Me => "W1me",
            Self::Record => "W1",
            Self::List => "W2nt",
            Self::Create => "W3",
            Self::Login => "W4",
        }
    }

    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Me => "GET me",
            Self::Record => "record by id, membership, role",
            Self::List => "list of 50, filter, keyset",
            Self::Create => "create, activity row, flush",
            Self::Login => "login, Argon2id 19456/2/1",
        }
    }

    /// The aim in CPU microseconds; `None` where the aim is a share of the bare hash.
    pub(crate) const fn aim(self) -> Option<f64> {
        match self {
            Self::Me => Some(25.0),
            Self::Record => Some(36.0),
            Self::List => Some(105.0),
            Self::Create => Some(115.0),
            Self::Login => None,
        }
    }
}

/// A request as the generator sends it, over and over: `{n}` in the body becomes a number of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ask {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) body: Option<String>,
}

impl Ask {
    pub(crate) fn get(path: String, token: Option<&str>) -> Self {
        Self {
            method: "GET".into(),
            path,
            token: token.map(str::to_owned),
            body: None,
        }
    }

    pub(crate) fn post(path: &str, token: Option<&str>, body: String) -> Self {
        Self {
            method: "POST".into(),
            path: path.into(),
            token: token.map(str::to_owned),
            body: Some(body),
        }
    }
}
