//! Optional conditions of lists, put together without building SQL by hand.

use std::fmt::Write as _;

use crate::value::{Args, Value};

/// Conditions added to a statement's `WHERE`, with their values. In each condition `$?` stands for
/// the next of its values.
///
/// ```
/// use db::{Filter, args};
/// let status: Option<&str> = Some("active");
/// let filter = Filter::new(args![7_i64]).and_some("status = $?", status);
/// let (sql, args) = filter.finish("SELECT id FROM users WHERE team = $1", "LIMIT $?", args![10_i64]);
/// assert_eq!(sql, "SELECT id FROM users WHERE team = $1 AND status = $2 LIMIT $3");
/// assert_eq!(args.len(), 3);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Filter {
    conditions: String,
    args: Args,
}

impl Filter {
    /// `args` are those of the statement's head, which ends inside its `WHERE`.
    pub const fn new(args: Args) -> Self {
        Self {
            conditions: String::new(),
            args,
        }
    }

    /// A condition, always.
    pub fn and(mut self, condition: &'static str, args: Args) -> Self {
        self.conditions.push_str(" AND ");
        push_numbered(&mut self.conditions, condition, self.args.len());
        self.args.extend(args);
        self
    }

    /// A condition with one value, when there is one.
    pub fn and_some(self, condition: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.and(condition, vec![value.into()]),
            None => self,
        }
    }

    /// A condition with several values, when there are any.
    pub fn and_args(self, condition: &'static str, args: Option<Args>) -> Self {
        match args {
            Some(args) => self.and(condition, args),
            None => self,
        }
    }

    /// The whole statement and its values.
    pub fn finish(self, head: &str, tail: &str, tail_args: Args) -> (String, Args) {
        let Self { conditions, mut args } = self;
        let mut sql = format!("{head}{conditions} ");
        push_numbered(&mut sql, tail, args.len());
        args.extend(tail_args);
        (sql, args)
    }
}

fn push_numbered(sql: &mut String, text: &str, used: usize) {
    let mut pieces = text.split("$?");
    sql.push_str(pieces.next().unwrap_or_default());
    for (place, piece) in pieces.enumerate() {
        let _ = write!(sql, "${}{piece}", used + place + 1);
    }
}
