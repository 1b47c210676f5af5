//! Several mail servers, asked in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use kernel::{Clock, Timestamp};
use ports::mail::{Accepted, MailError, MailTransport, OutgoingMail};

use crate::pace::{Pace, PaceConfig, is_about_pace};

/// How long a server that could not be reached is asked last: a mail should not wait for its time-outs again
/// and again.
const SHUNNED_FOR: Duration = Duration::from_secs(30);

/// Mail servers in the order in which they are asked.
///
/// The next one is asked only while it is certain that no server has the mail: when one can't be reached, or
/// says no for now. One that refuses for good has answered for all of them, and when an answer was lost
/// nobody else is asked, because the mail may be on its way.
pub struct Relays {
    clock: Arc<dyn Clock>,
    servers: Vec<Relay>,
    pace: Arc<Pace>,
}

struct Relay {
    transport: Arc<dyn MailTransport>,
    /// Until when it is asked last, in milliseconds since 1970.
    shunned_until: AtomicI64,
}

impl Relays {
    /// These servers, the first one first. Without any, no mail can be sent.
    pub fn new(clock: Arc<dyn Clock>, transports: impl IntoIterator<Item = Arc<dyn MailTransport>>) -> Self {
        let servers = transports.into_iter().map(|transport| Relay {
            transport,
            shunned_until: AtomicI64::new(0),
        });
        Self {
            clock,
            servers: servers.collect(),
            pace: Arc::new(Pace::new(PaceConfig::default())),
        }
    }

    /// How fast mail goes to one domain, in place of the usual pace.
    pub fn paced(mut self, pace: PaceConfig) -> Self {
        self.pace = Arc::new(Pace::new(pace));
        self
    }

    pub(crate) const fn pace(&self) -> &Arc<Pace> {
        &self.pace
    }

    /// All of them, those last that could not be reached a moment ago.
    fn in_order(&self, now: Timestamp) -> impl Iterator<Item = &Relay> {
        let is_shunned = move |relay: &&Relay| relay.is_shunned(now);
        let asked_first = self.servers.iter().filter(move |relay| !is_shunned(relay));
        asked_first.chain(self.servers.iter().filter(is_shunned))
    }
}

impl Relay {
    fn is_shunned(&self, now: Timestamp) -> bool {
        self.shunned_until.load(Ordering::Relaxed) > now.unix_milliseconds()
    }

    fn shun(&self, now: Timestamp) {
        let until = now.plus(SHUNNED_FOR).unix_milliseconds();
        self.shunned_until.store(until, Ordering::Relaxed);
    }
}

/// What came of handing a mail over.
#[derive(Debug)]
pub struct Handover {
    /// The servers that did not take it, in the order in which they were asked. The last one said what counts when
    /// nobody took the mail.
    pub refusals: Vec<NotTaken>,
    /// The server that took it.
    pub taken: Option<Taken>,
}

impl Handover {
    /// Whether nobody took the mail because too much goes to its domain.
    pub(crate) fn is_turned_away(&self) -> bool {
        let last = self.refusals.last().map(|refusal| &refusal.error);
        self.taken.is_none() && matches!(last, Some(MailError::Deferred { reply }) if is_about_pace(reply))
    }
}

/// A server did not take a mail, or nobody knows.
#[derive(Debug)]
pub struct NotTaken {
    /// What it is called.
    pub transport: String,
    /// What it said, or why nothing was heard of it.
    pub error: MailError,
}

/// A server took a mail.
#[derive(Debug)]
pub struct Taken {
    /// What it is called.
    pub transport: String,
    /// What it said.
    pub accepted: Accepted,
}

impl Relays {
    /// Hands one mail over.
    pub async fn send(&self, mail: &OutgoingMail) -> Handover {
        let mut refusals = Vec::new();
        // Decided once: a server that is shunned while this mail is on its way would be asked twice.
        let now = self.clock.now();
        let in_order: Vec<&Relay> = self.in_order(now).collect();
        for relay in in_order {
            let transport = relay.transport.name().to_owned();
            let error = match relay.transport.send(mail).await {
                Ok(accepted) => {
                    let taken = Some(Taken { transport, accepted });
                    return Handover { refusals, taken };
                }
                Err(error) => error,
            };
            let is_undecided = match &error {
                MailError::Unreachable { .. } => {
                    relay.shun(self.clock.now());
                    true
                }
                MailError::Deferred { .. } => true,
                MailError::Refused { .. }
                | MailError::NoMailbox { .. }
                | MailError::OutcomeUnknown { .. } => false,
            };
            refusals.push(NotTaken { transport, error });
            if !is_undecided {
                break;
            }
        }
        Handover {
            refusals,
            taken: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;

    struct HandClock(Mutex<Timestamp>);

    impl Clock for HandClock {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    /// Answers what it was told to, and writes down that it was asked.
    struct Scripted {
        name: &'static str,
        asked: Arc<Mutex<Vec<&'static str>>>,
        answers: Mutex<VecDeque<MailError>>,
    }

    #[async_trait]
    impl MailTransport for Scripted {
        fn name(&self) -> &str {
            self.name
        }

        async fn send(&self, _: &OutgoingMail) -> Result<Accepted, MailError> {
            self.asked.lock().unwrap().push(self.name);
            match self.answers.lock().unwrap().pop_front() {
                Some(error) => Err(error),
                None => Ok(Accepted {
                    reply: format!("250 {}", self.name),
                }),
            }
        }
    }

    struct World {
        clock: Arc<HandClock>,
        asked: Arc<Mutex<Vec<&'static str>>>,
        relays: Relays,
    }

    impl World {
        fn new(first: Vec<MailError>, second: Vec<MailError>) -> Self {
            let clock = Arc::new(HandClock(Mutex::new("2026-11-25T09:00:00Z".parse().unwrap())));
            let asked = Arc::new(Mutex::new(Vec::new()));
            let transports = [("first", first), ("second", second)].map(|(name, answers)| {
                let scripted: Arc<dyn MailTransport> = Arc::new(Scripted {
                    name,
                    asked: Arc::clone(&asked),
                    answers: Mutex::new(answers.into()),
                });
                scripted
            });
            Self {
                relays: Relays::new(clock.clone(), transports),
                clock,
                asked,
            }
        }

        async fn send(&self) -> (Result<String, MailError>, Vec<&'static str>) {
            let mail = OutgoingMail {
                message_id: "msg_1@app.example.com".into(),
                composed_at: self.clock.now(),
                to: "ada@example.com".parse().unwrap(),
                subject: "Hello".into(),
                text: "Hello".into(),
                html: "<p>Hello</p>".into(),
                from: None,
                reply_to: None,
                attachments: Arc::default(),
                unsubscribe: None,
            };
            let mut handover = self.relays.send(&mail).await;
            let asked = std::mem::take(&mut *self.asked.lock().unwrap());
            let taken = handover.taken.map(|taken| {
                assert_eq!(taken.accepted.reply, format!("250 {}", taken.transport));
                taken.accepted.reply
            });
            let refused: Vec<_> = handover
                .refusals
                .iter()
                .map(|refusal| refusal.transport.as_str())
                .collect();
            assert_eq!(refused, asked[..refused.len()], "each that said no is told of");
            let outcome = taken.ok_or_else(|| handover.refusals.pop().unwrap().error);
            (outcome, asked)
        }

        fn wait(&self, seconds: u64) {
            let mut now = self.clock.0.lock().unwrap();
            *now = now.plus(Duration::from_secs(seconds));
        }
    }

    fn unreachable() -> MailError {
        MailError::Unreachable {
            reason: "refused".into(),
        }
    }

    fn deferred() -> MailError {
        MailError::Deferred {
            reply: "451 later".into(),
        }
    }

    #[tokio::test]
    async fn the_next_is_asked_while_none_has_the_mail() {
        for error in [unreachable(), deferred()] {
            let (reply, asked) = World::new(vec![error], vec![]).send().await;
            assert_eq!(reply.unwrap(), "250 second");
            assert_eq!(asked, ["first", "second"]);
        }
        let (outcome, asked) = World::new(vec![unreachable()], vec![deferred()]).send().await;
        assert!(matches!(outcome, Err(MailError::Deferred { .. })));
        assert_eq!(asked, ["first", "second"]);
    }

    #[tokio::test]
    async fn nobody_else_is_asked_when_one_has_decided_or_may_have_the_mail() {
        let refused = MailError::Refused {
            reply: "554 spam".into(),
        };
        let lost = MailError::OutcomeUnknown {
            reason: "closed".into(),
        };
        let bounced = MailError::NoMailbox {
            reply: "550 5.1.1 no such user".into(),
        };
        for error in [refused, bounced, lost] {
            let (outcome, asked) = World::new(vec![error], vec![]).send().await;
            assert!(outcome.is_err());
            assert_eq!(asked, ["first"]);
        }
    }

    #[tokio::test]
    async fn a_server_that_was_not_there_is_asked_last_for_a_while() {
        let world = World::new(vec![unreachable(), unreachable()], vec![]);
        assert_eq!(world.send().await.1, ["first", "second"]);
        assert_eq!(world.send().await.1, ["second"]);
        world.wait(31);
        assert_eq!(world.send().await.1, ["first", "second"]);
        world.wait(31);
        assert_eq!(world.send().await.1, ["first"]);
    }

    #[tokio::test]
    async fn a_shunned_server_is_still_asked_when_the_others_fail() {
        let world = World::new(vec![unreachable()], vec![deferred(), deferred()]);
        assert!(world.send().await.0.is_err());
        let (reply, asked) = world.send().await;
        assert_eq!(reply.unwrap(), "250 first");
        assert_eq!(asked, ["second", "first"]);
    }
}
