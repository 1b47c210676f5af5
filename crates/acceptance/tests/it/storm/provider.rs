//! A provider that speaks Stripe's wire, as far as the adapter asks, and keeps the true objects. It can be down, slow,
//! busy, and break off after it has done what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::world::{Form, World, metadata, number, param, text};

/// What the product shows it.
pub(super) const KEY: &str = "sk_test_storm";

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// Nobody answers.
    Down,
    /// It takes a while.
    Slow,
    /// Too much was asked.
    Busy,
    /// It is done, and the answer is 500.
    DoneAndFailed,
    /// It is done, and nobody answers.
    DoneAndDown,
    /// It is done, and the answer is nonsense.
    DoneAndGarbage,
}

type Choose = Box<dyn FnMut(&Asked) -> Fault + Send>;

/// The provider, running.
pub(super) struct Provider {
    address: SocketAddr,
    world: Arc<Mutex<World>>,
    choose: Arc<Mutex<Choose>>,
}

/// A request.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: Vec<String>,
    form: Form,
    key: Option<String>,
    is_authorized: bool,
}

impl Provider {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let world = Arc::new(Mutex::new(World::default()));
        let none: Choose = Box::new(|_| Fault::None);
        let choose = Arc::new(Mutex::new(none));
        let (shared, how) = (Arc::clone(&world), Arc::clone(&choose));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (world, choose) = (Arc::clone(&shared), Arc::clone(&how));
                tokio::spawn(async move {
                    let _ = serve(stream, &world, &choose).await;
                });
            }
        });
        Self {
            address,
            world,
            choose,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Decides from now on what goes wrong.
    pub(super) fn misbehave(&self, choose: impl FnMut(&Asked) -> Fault + Send + 'static) {
        *self.choose.lock().unwrap() = Box::new(choose);
    }
}

async fn serve(mut stream: TcpStream, world: &Mutex<World>, choose: &Mutex<Choose>) -> std::io::Result<()> {
    let Some(asked) = hear(&mut stream).await? else {
        return Ok(());
    };
    let fault = choose.lock().unwrap()(&asked);
    match fault {
        Fault::Down => return Ok(()),
        Fault::Busy => {
            let limited = json!({ "error": { "type": "rate_limit_error", "message": "slow down" } });
            return answer(&mut stream, 429, "retry-after: 1\r\n", &limited.to_string()).await;
        }
        Fault::Slow => tokio::time::sleep(Duration::from_millis(400)).await,
        _ => {}
    }
    let (status, body) = respond(&mut world.lock().unwrap(), &asked);
    match fault {
        Fault::DoneAndDown => Ok(()),
        Fault::DoneAndFailed => answer(&mut stream, 500, "", "{\"error\":{\"type\":\"api_error\"}}").await,
        Fault::DoneAndGarbage => answer(&mut stream, 200, "", "<html>It works!").await,
        _ => answer(&mut stream, status, "", &body.to_string()).await,
    }
}

async fn answer(stream: &mut TcpStream, status: u16, headers: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\
         connection: close\r\n\r\n"
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    stream.shutdown().await
}

async fn hear(stream: &mut TcpStream) -> std::io::Result<Option<Asked>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |name: &str| {
        let start = format!("{name}: ");
        let mut lines = head.lines();
        lines.find_map(|line| {
            let (known, value) = line.split_at_checked(start.len())?;
            known.eq_ignore_ascii_case(&start).then(|| value.to_owned())
        })
    };
    let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let url = reqwest::Url::parse(&format!("http://stripe{}", words.next().unwrap_or("/"))).unwrap();
    let fields = if body.is_empty() {
        url.query_pairs().into_owned().collect()
    } else {
        let mut sent = url.clone();
        sent.set_query(Some(&body));
        sent.query_pairs().into_owned().collect()
    };
    Ok(Some(Asked {
        path: url
            .path()
            .trim_start_matches("/v1/")
            .split('/')
            .map(str::to_owned)
            .collect(),
        method,
        form: fields,
        key: header("idempotency-key"),
        is_authorized: header("authorization").as_deref() == Some(&format!("Bearer {KEY}")),
    }))
}

fn missing() -> (u16, Value) {
    (
        404,
        json!({ "error": { "type": "invalid_request_error", "code": "resource_missing" } }),
    )
}

fn respond(world: &mut World, asked: &Asked) -> (u16, Value) {
    if !asked.is_authorized {
        return (
            401,
            json!({ "error": { "type": "invalid_request_error", "message": "no such key" } }),
        );
    }
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    let what = format!("{} {} {:?}", asked.method, path.join("/"), asked.form);
    let key = asked.key.as_deref();
    match (asked.method.as_str(), path.as_slice()) {
        ("POST", ["checkout", "sessions"]) => world.once(key, &what, |world| world.make_page(&asked.form)),
        ("POST", ["checkout", "sessions", id, "expire"]) => expire(world, id),
        ("POST", ["refunds"]) => world.once(key, &what, |world| give_back(world, &asked.form)),
        ("GET", ["refunds"]) => refunds_of(world, &asked.form),
        ("GET", ["invoice_payments"]) => (200, json!({ "data": [], "has_more": false })),
        ("GET", ["events"]) => events(world, &asked.form),
        ("GET", ["checkout", "sessions", id] | [_, id]) => whole(world, id),
        _ => panic!("the stand-in does not know {what}"),
    }
}

/// An object with what the adapter wants expanded.
fn whole(world: &World, id: &str) -> (u16, Value) {
    let Some(mut found) = world.objects.get(id).cloned() else {
        return missing();
    };
    if let Some(intent) = found["payment_intent"].as_str()
        && text(&found, "object") == "checkout.session"
    {
        found["payment_intent"] = whole(world, intent).1;
    }
    if let Some(charge) = found["latest_charge"].as_str() {
        found["latest_charge"] = world.get(charge);
    }
    (200, found)
}

fn expire(world: &mut World, id: &str) -> (u16, Value) {
    match world.objects.get(id).map(|page| text(page, "status")) {
        None => missing(),
        Some("open") => {
            world.expire(id);
            whole(world, id)
        }
        Some(_) => (
            400,
            json!({ "error": { "type": "invalid_request_error", "message": "it is not open" } }),
        ),
    }
}

fn give_back(world: &mut World, form: &Form) -> (u16, Value) {
    let intent = param(form, "payment_intent").unwrap();
    if !world.objects.contains_key(&intent) {
        return missing();
    }
    let charge = world.charge_of(&intent);
    let rest = number(&charge, "amount") - number(&charge, "amount_refunded");
    let amount = param(form, "amount").map_or(rest, |amount| amount.parse().unwrap());
    let is_disputed = world.dispute_of(&intent).is_some();
    if amount > rest || amount < 1 || is_disputed {
        let error = json!({ "error": { "type": "invalid_request_error", "message": "that is too much" } });
        return (400, error);
    }
    (200, world.give_back(&intent, amount, &metadata(form, "metadata")))
}

fn refunds_of(world: &World, form: &Form) -> (u16, Value) {
    let intent = param(form, "payment_intent").unwrap();
    let all = world.objects.values();
    let is_it =
        |object: &&Value| text(object, "object") == "refund" && text(object, "payment_intent") == intent;
    let found: Vec<&Value> = all.filter(is_it).collect();
    (200, json!({ "data": found, "has_more": false }))
}

/// The newest first, a hundred at a time.
fn events(world: &World, form: &Form) -> (u16, Value) {
    let since: i64 = param(form, "created[gte]").map_or(0, |text| text.parse().unwrap());
    let types: Vec<&str> = form
        .iter()
        .filter(|(name, _)| name.starts_with("types["))
        .map(|(_, value)| value.as_str())
        .collect();
    assert!(types.len() <= 20, "Stripe takes twenty types at most");
    let wanted = world
        .events
        .iter()
        .rev()
        .filter(|event| number(event, "created") >= since && types.contains(&text(event, "type")));
    let mut wanted: Vec<&Value> = wanted.collect();
    if let Some(after) = param(form, "starting_after") {
        let place = wanted
            .iter()
            .position(|event| text(event, "id") == after)
            .unwrap();
        wanted.drain(..=place);
    }
    let has_more = wanted.len() > 100;
    wanted.truncate(100);
    (200, json!({ "data": wanted, "has_more": has_more }))
}
