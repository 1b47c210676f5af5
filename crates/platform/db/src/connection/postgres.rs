//! Statements on one PostgreSQL connection.

mod errors;

pub(crate) use errors::classify;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::rc::Rc;
use std::time::Instant;

use futures_util::future;
use tokio::task::AbortHandle;
use tokio_postgres::types::{IsNull, ToSql, Type};
use tokio_postgres::{Client, Statement};

use super::SLOW;
use crate::dialect::{Engine, render, render_literal};
use crate::error::DbError;
use crate::row::{FromRow, Row, Source};
use crate::unit::InFlight;
use crate::value::Value;

/// A client with the statements that it has prepared.
pub(crate) struct Session {
    pub(crate) client: Client,
    /// The task that talks to the server; it ends once the client is dropped and all is answered.
    pub(crate) connection: AbortHandle,
    statements: RefCell<HashMap<Box<str>, Statement>>,
    keep_statements: bool,
    is_spoilt: Cell<bool>,
}

impl Session {
    pub(crate) fn new(client: Client, connection: AbortHandle, keep_statements: bool) -> Self {
        Self {
            client,
            connection,
            statements: RefCell::default(),
            keep_statements,
            is_spoilt: Cell::new(false),
        }
    }

    /// Whether it may be used again.
    pub(crate) fn is_good(&self) -> bool {
        !self.is_spoilt.get() && !self.client.is_closed()
    }

    /// Whoever has it finishes with it, and nobody takes it again.
    pub(crate) fn spoil(&self) {
        self.is_spoilt.set(true);
    }

    /// Whether prepared statements and settings of the session last.
    pub(crate) const fn keeps_statements(&self) -> bool {
        self.keep_statements
    }

    async fn query(
        &self,
        sql: &str,
        args: &[Value],
    ) -> Result<Vec<tokio_postgres::Row>, tokio_postgres::Error> {
        if self.keep_statements {
            let statement = self.statement(sql).await?;
            self.client.query(&statement, &bind(args)).await
        } else {
            self.client.query_typed(sql, &bind_typed(args)).await
        }
    }

    async fn execute(&self, sql: &str, args: &[Value]) -> Result<u64, tokio_postgres::Error> {
        if self.keep_statements {
            let statement = self.statement(sql).await?;
            self.client.execute(&statement, &bind(args)).await
        } else {
            self.client.execute_typed(sql, &bind_typed(args)).await
        }
    }

    async fn statement(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        let known = self.statements.borrow().get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.borrow_mut().insert(sql.into(), statement.clone());
        Ok(statement)
    }
}

/// What a unit of work holds: a session, and whether its `BEGIN` has gone out.
pub(crate) struct PostgresConnection {
    session: Rc<Session>,
    in_flight: InFlight,
    /// What opens the transaction; it goes out in front of the first statement.
    begin: Option<&'static str>,
    has_begun: bool,
}

impl PostgresConnection {
    /// Statements of their own each.
    pub(crate) fn reading(session: Rc<Session>) -> Self {
        Self {
            session,
            in_flight: InFlight::default(),
            begin: None,
            has_begun: false,
        }
    }

    /// Statements in one transaction.
    pub(crate) fn writing(session: Rc<Session>, begin: &'static str) -> Self {
        Self {
            begin: Some(begin),
            ..Self::reading(session)
        }
    }

    pub(crate) fn in_flight(&self) -> InFlight {
        Rc::clone(&self.in_flight)
    }

    pub(crate) async fn fetch_optional<R: FromRow>(
        &mut self,
        sql: &'static str,
        args: &[Value],
    ) -> Result<Option<R>, DbError> {
        let rows = self.rows(&render_literal(Engine::Postgres, sql), args).await?;
        rows.first().map(read).transpose()
    }

    pub(crate) async fn fetch_all<R: FromRow>(
        &mut self,
        sql: &'static str,
        args: &[Value],
    ) -> Result<Vec<R>, DbError> {
        self.rows(&render_literal(Engine::Postgres, sql), args)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    pub(crate) async fn fetch_all_text<R: FromRow>(
        &mut self,
        sql: &str,
        args: &[Value],
    ) -> Result<Vec<R>, DbError> {
        self.rows(&render(Engine::Postgres, sql), args)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    pub(crate) async fn execute(&mut self, sql: &'static str, args: &[Value]) -> Result<u64, DbError> {
        let sql = render_literal(Engine::Postgres, sql);
        let session = Rc::clone(&self.session);
        self.run(&sql, session.execute(&sql, args)).await
    }

    pub(crate) async fn prepare(&mut self, sql: &str) -> Result<(), DbError> {
        let _busy = Busy::new(&self.in_flight);
        self.session
            .client
            .prepare(&render(Engine::Postgres, sql))
            .await
            .map(drop)
            .map_err(|error| classify(&error))
    }

    /// Several statements, which may take their time: the limits are for requests.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), DbError> {
        let _busy = Busy::new(&self.in_flight);
        if let Some(begin) = self.begin.filter(|_| !self.has_begun) {
            self.session
                .client
                .batch_execute(begin)
                .await
                .map_err(|error| classify(&error))?;
            self.has_begun = true;
        }
        let limits = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '3s'";
        self.session
            .client
            .batch_execute(limits)
            .await
            .map_err(|error| classify(&error))?;
        self.session
            .client
            .batch_execute(sql)
            .await
            .map_err(|error| classify(&error))
    }

    /// Ends the transaction; nothing to end when no statement was run.
    pub(crate) async fn finish(&mut self, how: &str) -> Result<(), tokio_postgres::Error> {
        if !self.has_begun {
            return Ok(());
        }
        self.has_begun = false;
        self.session.client.batch_execute(how).await
    }

    async fn rows(&mut self, sql: &str, args: &[Value]) -> Result<Vec<tokio_postgres::Row>, DbError> {
        let session = Rc::clone(&self.session);
        self.run(sql, session.query(sql, args)).await
    }

    async fn run<T>(
        &mut self,
        sql: &str,
        asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, DbError> {
        let _busy = Busy::new(&self.in_flight);
        let started = Instant::now();
        let opens = self.begin.filter(|_| !self.has_begun);
        self.has_begun = self.begin.is_some();
        let session = Rc::clone(&self.session);
        let outcome = match opens {
            Some(begin) => in_order(session.client.batch_execute(begin), asked).await,
            None => asked.await,
        };
        let elapsed = started.elapsed();
        if elapsed > SLOW {
            tracing::warn!(duration_ms = elapsed.as_millis(), sql, "slow statement");
        }
        outcome.map_err(|error| classify(&error))
    }
}

/// Both on their way at once; the server takes them in this order.
async fn in_order<T, E>(
    begin: impl Future<Output = Result<(), E>>,
    statement: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let (opened, outcome) = future::join(begin, statement).await;
    opened?;
    outcome
}

/// Counts a statement as on its way for as long as it lives.
struct Busy(InFlight);

impl Busy {
    fn new(in_flight: &InFlight) -> Self {
        in_flight.set(in_flight.get() + 1);
        Self(Rc::clone(in_flight))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

fn read<R: FromRow>(row: &tokio_postgres::Row) -> Result<R, DbError> {
    R::from_row(&mut Row::new(Source::Postgres(row)))
}

fn bind(args: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    args.iter()
        .map(|value| -> &(dyn ToSql + Sync) { value })
        .collect()
}

fn bind_typed(args: &[Value]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    let kind = |value: &Value| match value {
        Value::Null => Type::UNKNOWN,
        Value::Bool(_) => Type::BOOL,
        Value::Integer(_) => Type::INT8,
        Value::Float(_) => Type::FLOAT8,
        Value::Text(_) => Type::TEXT,
        Value::Uuid(_) => Type::UUID,
        Value::Time(_) => Type::TIMESTAMPTZ,
        Value::Json(_) => Type::JSONB,
        Value::Bytes(_) => Type::BYTEA,
    };
    args.iter()
        .map(|value| -> (&(dyn ToSql + Sync), Type) { (value, kind(value)) })
        .collect()
}

type Refusal = Box<dyn Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut tokio_postgres::types::private::BytesMut,
    ) -> Result<IsNull, Refusal> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(value) => value.to_sql(kind, out),
            Self::Integer(value) => match *kind {
                Type::INT4 => i32::try_from(*value)?.to_sql(kind, out),
                Type::INT2 => i16::try_from(*value)?.to_sql(kind, out),
                _ => value.to_sql(kind, out),
            },
            Self::Float(value) => value.to_sql(kind, out),
            Self::Text(value) => value.to_sql(kind, out),
            Self::Uuid(value) => value.to_sql(kind, out),
            Self::Time(value) => value.date_time().to_sql(kind, out),
            Self::Json(value) => value.to_sql(kind, out),
            Self::Bytes(value) => value.to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    /// The value says what it is only now, so what the statement expects is compared here.
    fn to_sql_checked(
        &self,
        kind: &Type,
        out: &mut tokio_postgres::types::private::BytesMut,
    ) -> Result<IsNull, Refusal> {
        let fits = match self {
            Self::Null => true,
            Self::Bool(_) => *kind == Type::BOOL,
            Self::Integer(_) => matches!(*kind, Type::INT8 | Type::INT4 | Type::INT2),
            Self::Float(_) => *kind == Type::FLOAT8,
            Self::Text(_) => <String as ToSql>::accepts(kind),
            Self::Uuid(_) => *kind == Type::UUID,
            Self::Time(_) => *kind == Type::TIMESTAMPTZ,
            Self::Json(_) => matches!(*kind, Type::JSON | Type::JSONB),
            Self::Bytes(_) => *kind == Type::BYTEA,
        };
        if !fits {
            return Err(format!("a parameter of type {kind} was given a {self:?}").into());
        }
        self.to_sql(kind, out)
    }
}
