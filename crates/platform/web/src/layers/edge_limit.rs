//! Requests a minute, by address and by key, counted on this node: what keeps one caller from taking the room of all.
//! Limits that must hold over nodes and restarts are in `guard`.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use axum::response::{IntoResponse, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::problem::ApiError;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const WINDOW: Duration = Duration::from_mins(1);

/// A limit for each `K`.
pub(crate) struct RateLimit<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K, StateInformationMiddleware>,
    clock: DefaultClock,
    name: &'static str,
    per_minute: u32,
    policy: Option<HeaderValue>,
    swept: Mutex<Instant>,
}

/// What is left for a caller; told on every answer (draft-ietf-httpapi-ratelimit-headers).
#[derive(Clone)]
pub(crate) struct Standing {
    name: &'static str,
    policy: Option<HeaderValue>,
    remaining: u32,
    resets_in: u64,
}

/// Nothing is left.
pub(crate) struct Exceeded {
    pub(crate) standing: Standing,
    pub(crate) wait: Duration,
}

/// Where an extractor leaves the standing of a caller who has a limit of their own.
#[derive(Clone, Default)]
pub(crate) struct LimitSlot(Arc<OnceLock<Standing>>);

impl LimitSlot {
    pub(crate) fn fill(&self, standing: &Standing) {
        self.0.get_or_init(|| standing.clone());
    }

    pub(super) fn standing(&self) -> Option<Standing> {
        self.0.get().cloned()
    }
}

impl<K: Hash + Eq + Clone> RateLimit<K> {
    pub(crate) fn new(name: &'static str, per_minute: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute);
        Self {
            limiter: RateLimiter::keyed(quota).with_middleware(),
            clock: DefaultClock::default(),
            name,
            per_minute: per_minute.get(),
            policy: format!("\"{name}\";q={per_minute};w={}", WINDOW.as_secs())
                .try_into()
                .ok(),
            swept: Mutex::new(Instant::now()),
        }
    }

    /// Counts a request.
    pub(crate) fn hit(&self, caller: &K) -> Result<Standing, Exceeded> {
        self.sweep();
        match self.limiter.check_key(caller) {
            Ok(state) => Ok(self.standing(state.remaining_burst_capacity())),
            Err(refused) => Err(Exceeded {
                standing: self.standing(0),
                wait: refused.wait_time_from(self.clock.now()),
            }),
        }
    }

    fn standing(&self, remaining: u32) -> Standing {
        let used = u64::from(self.per_minute.saturating_sub(remaining));
        Standing {
            name: self.name,
            policy: self.policy.clone(),
            remaining,
            resets_in: (used * WINDOW.as_secs()).div_ceil(u64::from(self.per_minute)),
        }
    }

    /// Forgets who has not asked for a while, once a minute and by one caller.
    fn sweep(&self) {
        let Ok(mut swept) = self.swept.try_lock() else {
            return;
        };
        if swept.elapsed() >= WINDOW {
            *swept = Instant::now();
            drop(swept);
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
    }
}

impl Standing {
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        let limit = format!("\"{}\";r={};t={}", self.name, self.remaining, self.resets_in);
        if let (Some(policy), Ok(limit)) = (self.policy, HeaderValue::try_from(limit)) {
            headers.entry(POLICY).or_insert(policy);
            headers.entry(LIMIT).or_insert(limit);
        }
    }
}

impl IntoResponse for Exceeded {
    fn into_response(self) -> Response {
        let detail = "too many requests from your address; wait as long as Retry-After says";
        let mut response = ApiError::too_many_requests("rate_limited", detail, self.wait).into_response();
        self.standing.tell(response.headers_mut());
        response
    }
}

/// One subscriber of the internet has one IPv4 address, but 2⁶⁴ of IPv6. Callers without an address (on a
/// socket of this machine) count as one.
pub(super) fn subscriber(ip: Option<IpAddr>) -> IpAddr {
    match ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V6(ip)) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        Some(ip) => ip,
        None => Ipv6Addr::UNSPECIFIED.into(),
    }
}
