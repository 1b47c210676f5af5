//! Requests a minute and address, counted on this node: what keeps one caller from taking the room of all.
//! Limits that must hold over nodes and restarts are in `guard`.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Mutex;
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

pub(super) struct EdgeLimit {
    limiter: DefaultKeyedRateLimiter<IpAddr, StateInformationMiddleware>,
    clock: DefaultClock,
    per_minute: u32,
    policy: Option<HeaderValue>,
    swept: Mutex<Instant>,
}

/// What is left for a caller; told on every answer (draft-ietf-httpapi-ratelimit-headers).
pub(super) struct Standing {
    policy: Option<HeaderValue>,
    remaining: u32,
    resets_in: u64,
}

/// Nothing is left.
pub(super) struct Exceeded {
    standing: Standing,
    wait: Duration,
}

impl EdgeLimit {
    pub(super) fn new(per_minute: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute);
        Self {
            limiter: RateLimiter::keyed(quota).with_middleware(),
            clock: DefaultClock::default(),
            per_minute: per_minute.get(),
            policy: format!("\"default\";q={per_minute};w={}", WINDOW.as_secs())
                .try_into()
                .ok(),
            swept: Mutex::new(Instant::now()),
        }
    }

    /// Counts a request. A caller without an address (a socket of this machine) counts as one.
    pub(super) fn hit(&self, ip: Option<IpAddr>) -> Result<Standing, Exceeded> {
        self.sweep();
        match self.limiter.check_key(&subscriber(ip)) {
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
        let limit = format!("\"default\";r={};t={}", self.remaining, self.resets_in);
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

/// One subscriber of the internet has one IPv4 address, but 2⁶⁴ of IPv6.
fn subscriber(ip: Option<IpAddr>) -> IpAddr {
    match ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V6(ip)) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        Some(ip) => ip,
        None => Ipv6Addr::UNSPECIFIED.into(),
    }
}
