//! The measurement: both servers, the same load, in turns.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use db::DbConfig;
use kernel::Id;
use kernel::id::Organization;

use crate::child::{GENERATOR_CORE, SERVER_CORE, Server, free_port, pinned};
use crate::generate::Answers;
use crate::report::{self, Figures};
use crate::workload::{Ask, Workload};
use crate::{Outcome, Plan, load};

/// How many people the load comes from.
const CALLERS: u32 = 32;
/// Before anything is measured.
const WARM_UP: u64 = 3;

/// Where things are.
struct Place {
    itself: PathBuf,
    server: PathBuf,
    folder: tempfile::TempDir,
}

/// The whole of it.
pub(crate) fn run(plan: &Plan) -> Outcome {
    let itself = std::env::current_exe()?;
    let server = plan
        .server
        .clone()
        .unwrap_or_else(|| itself.with_file_name("mainstay"));
    if !server.is_file() {
        return Err(format!("{} is missing: cargo build --release first", server.display()).into());
    }
    let place = Place {
        itself,
        server,
        folder: tempfile::tempdir()?,
    };
    let [ours_database, limit_database] = databases(&place, plan)?;
    report::line(&format!(
        "{} people, {} organizations",
        plan.users, plan.organizations
    ));
    let ours = start_ours(&place, &ours_database)?;
    let limit = start_limit(&place, &limit_database)?;
    let (mut of_ours, mut of_limit) = (Vec::new(), Vec::new());
    for round in 0..=plan.rounds {
        // Anew in each round, because logins end the oldest sessions of those who have too many.
        let tokens = sign_in(&ours, plan)?;
        for workload in Workload::ALL {
            let mut turns = [
                (&ours, asks(workload, &tokens, plan), &mut of_ours),
                (&limit, bare_asks(workload, plan), &mut of_limit),
            ];
            if round % 2 == 1 {
                turns.reverse();
            }
            for (server, asks, figures) in turns {
                let measured = measure(
                    &place,
                    server,
                    workload,
                    &asks,
                    if round == 0 { WARM_UP } else { plan.seconds },
                    plan,
                )?;
                if round > 0 {
                    figures.push(measured);
                }
            }
        }
    }
    report::table(&of_ours, &of_limit);
    Ok(())
}

/// One filled database for each server: neither waits for the other.
fn databases(place: &Place, plan: &Plan) -> Outcome<[String; 2]> {
    let postgres = plan.postgres.as_deref();
    let urls = [
        database(postgres, &place.folder.path().join("ours"), "mainstay_bench")?,
        database(
            postgres,
            &place.folder.path().join("limit"),
            "mainstay_bench_limit",
        )?,
    ];
    for url in &urls {
        crate::block_on(load::fill(&DbConfig::new(url.parse()?), plan))?;
    }
    Ok(urls)
}

/// The URL of an empty database: in `folder`, or of that name on a PostgreSQL.
pub(crate) fn database(postgres: Option<&str>, folder: &Path, name: &str) -> Outcome<String> {
    let Some(superuser) = postgres else {
        std::fs::create_dir_all(folder)?;
        return Ok(format!("sqlite://{}/mainstay.db", folder.display()));
    };
    let server = superuser.rsplit_once('/').map_or(superuser, |(server, _)| server);
    let url = format!("{server}/{name}");
    make_database(superuser, &url)?;
    Ok(url)
}

fn make_database(superuser: &str, url: &str) -> Outcome {
    let name = url.rsplit('/').next().unwrap_or_default();
    for statement in [
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("CREATE DATABASE {name}"),
    ] {
        let done = Command::new("psql")
            .arg(superuser)
            .arg("-qc")
            .arg(statement)
            .stdout(Stdio::null())
            .status()?;
        if !done.success() {
            return Err("psql could not make the benchmark's database".into());
        }
    }
    Ok(())
}

fn start_ours(place: &Place, database: &str) -> Outcome<Server> {
    let port = free_port()?;
    let mut command = pinned(SERVER_CORE, &place.server);
    command
        .arg("serve")
        .env("MAINSTAY_BIND", format!("127.0.0.1:{port}"))
        .env("MAINSTAY_PUBLIC_URL", format!("http://127.0.0.1:{port}"))
        .env("MAINSTAY_DATA_DIR", place.folder.path().join("ours"))
        .env("MAINSTAY_DATABASE_URL", database)
        // The most that the generator can ask in an hour is less than this.
        .env("MAINSTAY_LIMITS_WIDENED", "1000000")
        .env("MAINSTAY_REQUESTS_PER_MINUTE", "100000000")
        .env("MAINSTAY_LOG", "warn");
    Server::start(command, port)
}

fn start_limit(place: &Place, database: &str) -> Outcome<Server> {
    let port = free_port()?;
    let mut command = pinned(SERVER_CORE, &place.itself);
    command
        .arg("limit")
        .args(["--port", &port.to_string(), "--database", database]);
    Server::start(command, port)
}

fn measure(
    place: &Place,
    server: &Server,
    workload: Workload,
    asks: &[Ask],
    seconds: u64,
    plan: &Plan,
) -> Outcome<Figures> {
    let before = server.cpu()?;
    let answers = generate(place, server, asks, seconds, plan.connections)?;
    let used = server.cpu()?.saturating_sub(before);
    if let Some(words) = &answers.first_bad {
        report::complain(&format!("{}: {words}", workload.name()));
    }
    let good = f64::from(u32::try_from(answers.good)?);
    Ok(Figures {
        workload,
        cpu_us: used.as_secs_f64() * 1e6 / good.max(1.0),
        rate: good / answers.seconds,
        p50_us: answers.p50_us,
        p99_us: answers.p99_us,
        memory_mib: server.memory()?,
        bad: answers.bad,
    })
}

fn generate(
    place: &Place,
    server: &Server,
    asks: &[Ask],
    seconds: u64,
    connections: usize,
) -> Outcome<Answers> {
    let file = place.folder.path().join("asks.json");
    std::fs::write(&file, serde_json::to_string(asks)?)?;
    let mut command = pinned(GENERATOR_CORE, &place.itself);
    command.arg("generate").args([
        "--port",
        &server.port.to_string(),
        "--seconds",
        &seconds.to_string(),
    ]);
    command
        .args(["--connections", &connections.to_string()])
        .arg("--asks")
        .arg(&file);
    let done = command.stderr(Stdio::inherit()).output()?;
    if !done.status.success() {
        return Err("the generator stopped".into());
    }
    Ok(serde_json::from_slice(&done.stdout)?)
}

/// Access tokens of the callers, by their number.
fn sign_in(server: &Server, plan: &Plan) -> Outcome<Vec<String>> {
    crate::block_on(async {
        let mut tokens = Vec::new();
        for number in callers(plan) {
            let body = credentials(number);
            let answer = crate::generate::once(server.port, &Ask::post("/auth/login", None, body)).await?;
            let answer: serde_json::Value = serde_json::from_slice(&answer)?;
            let token = answer.get("access_token").and_then(serde_json::Value::as_str);
            tokens.push(token.ok_or_else(|| format!("no token in {answer}"))?.to_owned());
        }
        Ok(tokens)
    })
}

fn callers(plan: &Plan) -> impl Iterator<Item = u32> {
    let step = (plan.users / CALLERS).max(1);
    (0..CALLERS.min(plan.users)).map(move |place| place * step)
}

fn credentials(number: u32) -> String {
    serde_json::json!({ "email": load::email(number), "password": load::PASSWORD }).to_string()
}

fn asks(workload: Workload, tokens: &[String], plan: &Plan) -> Vec<Ask> {
    let one = |(number, token): (u32, &String)| {
        let organization = Id::<Organization>::from_uuid(load::organization(number % plan.organizations));
        match workload {
            Workload::Me => Ask::get("/users/me".into(), Some(token)),
            Workload::Record => Ask::get(format!("/organizations/{organization}"), Some(token)),
            Workload::List => Ask::get(
                format!("/organizations/{organization}/members?limit=50&role=member"),
                Some(token),
            ),
            Workload::Create => Ask::post(
                "/organizations",
                Some(token),
                r#"{"name":"Made {n}","slug":"made-{n}"}"#.into(),
            ),
            Workload::Login => Ask::post("/auth/login", None, credentials(number)),
        }
    };
    callers(plan).zip(tokens).map(one).collect()
}

fn bare_asks(workload: Workload, plan: &Plan) -> Vec<Ask> {
    let one = |number: u32| {
        let organization = load::organization(number % plan.organizations);
        match workload {
            Workload::Me => Ask::get("/me".into(), None),
            Workload::Record => Ask::get(format!("/record/{organization}/{}", load::user(number)), None),
            Workload::List => Ask::get(format!("/list/{organization}"), None),
            Workload::Create => Ask::post("/create", None, "made-{n}".into()),
            Workload::Login => Ask::post("/login", None, load::PASSWORD.into()),
        }
    };
    callers(plan).map(one).collect()
}
