use super::*;

struct World {
    pace: Arc<Pace>,
    now: Instant,
}

impl World {
    fn new(per_second: u32, at_once: u32) -> Self {
        let config = PaceConfig {
            per_second: NonZeroU32::new(per_second).unwrap(),
            at_once: NonZeroU32::new(at_once).unwrap(),
        };
        let pace = Pace::new(config);
        let now = pace.started;
        Self {
            pace: Arc::new(pace),
            now,
        }
    }

    fn ask(&self, domain: &str, urgency: Urgency) -> Result<Permit, Duration> {
        self.pace.ask(domain, urgency, self.now)
    }

    /// How many go now, each over at once.
    fn go(&self, domain: &str, urgency: Urgency) -> usize {
        (0..1_000)
            .take_while(|_| self.ask(domain, urgency).is_ok())
            .count()
    }

    fn wait(&mut self, duration: Duration) {
        self.now += duration;
    }

    fn turn_away(&self, domain: &str, count: usize) {
        let permits = (0..count).map(|_| self.ask(domain, Urgency::Awaited));
        let permits: Vec<Permit> = permits.map(|permit| permit.ok().unwrap()).collect();
        for permit in &permits {
            permit.turned_away(self.now);
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn so_many_a_second_go_to_a_domain_and_others_are_not_held_up() {
    let mut world = World::new(20, 4);
    assert_eq!(world.go("slow.example", Urgency::Awaited), 20);
    assert_eq!(world.go("other.example", Urgency::Awaited), 20);
    world.wait(SECOND / 2);
    assert_eq!(world.go("slow.example", Urgency::Awaited), 10);
    world.wait(SECOND);
    assert_eq!(world.go("slow.example", Urgency::Awaited), 20);
    world.wait(SECOND * 100);
    assert_eq!(world.go("slow.example", Urgency::Awaited), 20);
}

#[test]
fn so_many_are_under_way_at_once() {
    let world = World::new(1_000, 4);
    let permits: Vec<Permit> = (0..4)
        .map(|_| {
            world
                .ask("slow.example", Urgency::Awaited)
                .unwrap_or_else(|_| panic!("no room"))
        })
        .collect();
    assert!(world.ask("slow.example", Urgency::Awaited).is_err());
    assert!(world.ask("other.example", Urgency::Awaited).is_ok());
    drop(permits);
    assert!(world.ask("slow.example", Urgency::Awaited).is_ok());
}

#[test]
fn what_is_awaited_goes_past_what_is_one_of_many() {
    let world = World::new(20, 4);
    let bulk: Vec<_> = (0..10).map(|_| world.ask("a.example", Urgency::Bulk)).collect();
    assert_eq!(bulk.iter().filter(|permit| permit.is_ok()).count(), 3);
    assert!(world.ask("a.example", Urgency::Awaited).is_ok());
    let world = World::new(20, 4);
    assert_eq!(world.go("a.example", Urgency::Bulk), 10);
    assert_eq!(world.go("a.example", Urgency::Awaited), 10);
    // And soon, however many of the others wait.
    for _ in 0..5_000 {
        assert!(world.ask("a.example", Urgency::Bulk).is_err());
    }
    let wait = world.ask("a.example", Urgency::Awaited).map(drop).unwrap_err();
    assert!(wait <= SECOND, "{wait:?}");
}

#[test]
fn those_that_wait_come_back_one_by_one_and_all_go() {
    let mut world = World::new(10, 4);
    let start = world.now;
    // When each of them comes back.
    let mut due: Vec<Instant> = vec![start; 200];
    let mut asked = 0;
    let mut sent_at = Vec::new();
    while let Some(first) = due.iter().copied().min() {
        let position = due.iter().position(|at| *at == first).unwrap();
        world.now = first;
        asked += 1;
        match world.ask("a.example", Urgency::Bulk) {
            Ok(_) => sent_at.push(due.swap_remove(position) - start),
            Err(wait) => due[position] = first + wait,
        }
        assert!(asked < 1_000, "they are sent away again and again");
    }
    let last = sent_at.last().unwrap();
    assert!((SECOND * 18..SECOND * 30).contains(last), "{last:?}");
    for window in sent_at.windows(16) {
        assert!(window[15] >= window[0] + SECOND, "{window:?}");
    }
}

#[test]
fn a_domain_that_turns_mail_away_gets_less_for_a_while() {
    let mut world = World::new(20, 4);
    // Those under way together hear the same, and count once.
    world.turn_away("a.example", 4);
    world.wait(SECOND);
    assert_eq!(world.go("a.example", Urgency::Awaited), 10);
    world.wait(SECOND / 10);
    assert_eq!(world.go("a.example", Urgency::Awaited), 1);
    assert_eq!(world.go("other.example", Urgency::Awaited), 20);
    for _ in 0..10 {
        world.wait(SECOND * 5);
        world.turn_away("a.example", 1);
    }
    world.wait(SECOND * 3);
    assert_eq!(world.go("a.example", Urgency::Awaited), 0);
    world.wait(SECOND / 4);
    assert_eq!(world.go("a.example", Urgency::Awaited), 1);
    let one = world.now;
    world.wait(RECOVERY * 2);
    assert_eq!(world.go("a.example", Urgency::Awaited), 1);
    world.wait(RECOVERY);
    assert_eq!(world.go("a.example", Urgency::Awaited), 2);
    world.wait(RECOVERY * 3);
    assert_eq!(
        world.go("a.example", Urgency::Awaited),
        20,
        "{:?}",
        world.now - one
    );
}

#[test]
fn no_more_domains_are_kept_than_can_be() {
    let mut world = World::new(20, 4);
    let kept = |world: &World| world.pace.lanes.lock().unwrap().len();
    for number in 0..MOST_DOMAINS * 2 {
        drop(world.ask(&format!("{number}.example"), Urgency::Awaited));
    }
    assert!(kept(&world) <= MOST_DOMAINS + 1, "{}", kept(&world));
    // Those beyond share one pace.
    assert!(world.ask("yet-another.example", Urgency::Awaited).is_err());
    world.wait(SECOND * 2);
    assert!(world.ask("yet-another.example", Urgency::Awaited).is_ok());
    assert!(kept(&world) <= 2, "{}", kept(&world));
}

#[test]
fn the_slowest_waits_are_bounded() {
    let world = World::new(1, 1);
    let _under_way = world.ask("a.example", Urgency::Bulk);
    let longest = (0..10_000)
        .map(|_| world.ask("a.example", Urgency::Bulk).map(drop).unwrap_err())
        .max();
    assert_eq!(longest, Some(LONGEST_WAIT));
}

#[test]
fn tells_too_much_from_a_full_mailbox() {
    for reply in [
        "421 4.7.0 too many messages, slow down",
        "450 4.7.1 rate limited",
        "451 4.7.1 greylisted, come back later",
        "451 try again later",
        "421",
    ] {
        assert!(is_about_pace(reply), "{reply}");
    }
    for reply in [
        "450 4.2.1 mailbox busy",
        "450 4.1.8 no such sender domain",
        "452 4.3.1 no room left",
        "454 4.7.0 TLS not available",
        "550 5.7.1 no",
        "no answer within 30 s",
        "",
    ] {
        assert!(!is_about_pace(reply), "{reply}");
    }
}
