//! The table `invites`. Names and addresses of people are read from `users`, which is identity's.

mod people;

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{EmailAddress, InviteId, OrganizationId, PageRequest, Timestamp, UserId};

use super::model::{
    Addressee, Closed, Invite, InviteFilter, InviteStatus, InvitedRole, LinkTerms, ReceivedInvite,
};
use crate::listing::{Search, after_time};
use crate::organization::model::Domain;

pub(super) use people::{Account, Invitee, find_account, find_correspondent, find_invitee, find_name};

impl FromRow for Invite {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            addressee: addressee(row)?,
            role: InvitedRole {
                id: row.column()?,
                key: row.parsed()?,
                name: row.column()?,
            },
            invited_by: row.column()?,
            sent_count: row.column()?,
            last_sent_at: row.column()?,
            created_at: row.column()?,
            expires_at: row.column()?,
            closed: closed(row)?,
        })
    }
}

fn addressee(row: &mut Row<'_>) -> Result<Addressee, DbError> {
    let email = row.column()?;
    let domain: Option<String> = row.column()?;
    let (max_uses, uses) = (row.column()?, row.column()?);
    Ok(match email {
        Some(email) => Addressee::Address(email),
        None => Addressee::Link(LinkTerms {
            email_domain: domain.and_then(|domain| domain.parse::<Domain>().ok()),
            max_uses,
            uses,
        }),
    })
}

fn closed(row: &mut Row<'_>) -> Result<Option<Closed>, DbError> {
    let accepted: Option<Timestamp> = row.column()?;
    let declined: Option<Timestamp> = row.column()?;
    let revoked: Option<Timestamp> = row.column()?;
    let accepted = accepted.map(|at| Closed::Accepted { at });
    let declined = declined.map(|at| Closed::Declined { at });
    Ok(accepted.or(declined).or(revoked.map(|at| Closed::Revoked { at })))
}

impl FromRow for ReceivedInvite {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            invite: Invite::from_row(row)?,
            organization_name: row.column()?,
            organization_slug: row.parsed()?,
            inviter_name: row.column()?,
        })
    }
}

const INVITES: &str = "SELECT i.id, i.organization_id, i.email, i.email_domain, i.max_uses, i.uses,
        i.role_id, r.key, r.name, i.invited_by, i.sent_count, i.last_sent_at, i.created_at, i.expires_at,
        i.accepted_at, i.declined_at, i.revoked_at
     FROM invites i
     JOIN roles r ON r.id = i.role_id
     WHERE i.organization_id = $1";

const RECEIVED: &str = "SELECT i.id, i.organization_id, i.email, i.email_domain, i.max_uses, i.uses,
        i.role_id, r.key, r.name, i.invited_by, i.sent_count, i.last_sent_at, i.created_at, i.expires_at,
        i.accepted_at, i.declined_at, i.revoked_at,
        o.name, o.slug, inviter.name
     FROM invites i
     JOIN roles r ON r.id = i.role_id
     JOIN organizations o ON o.id = i.organization_id
     LEFT JOIN users inviter ON inviter.id = i.invited_by
     WHERE TRUE";

const OPEN: &str = "i.accepted_at IS NULL AND i.declined_at IS NULL AND i.revoked_at IS NULL";

/// The newest first.
pub(super) async fn list(
    tx: &mut impl Executor,
    organization: OrganizationId,
    filter: &InviteFilter,
    page: &PageRequest,
    now: Timestamp,
) -> Result<Vec<Invite>, DbError> {
    let pattern = filter.search.as_ref().map(Search::pattern);
    let conditions = Filter::new(args![organization])
        .and_some("i.email_norm LIKE $? ESCAPE '\\'", pattern)
        .and_some("r.key = $?", filter.role.as_ref());
    let conditions = match filter.status {
        None => conditions,
        Some(InviteStatus::Pending) => conditions.and(OPEN, args![]).and("i.expires_at > $?", args![now]),
        Some(InviteStatus::Accepted) => conditions.and("i.accepted_at IS NOT NULL", args![]),
        Some(InviteStatus::Declined) => conditions.and("i.declined_at IS NOT NULL", args![]),
        Some(InviteStatus::Revoked) => conditions.and("i.revoked_at < i.expires_at", args![]),
        Some(InviteStatus::Expired) => conditions.and(
            "i.accepted_at IS NULL AND i.declined_at IS NULL
                 AND ((i.revoked_at IS NULL AND i.expires_at <= $?) OR i.revoked_at >= i.expires_at)",
            args![now],
        ),
    };
    let conditions = conditions.and_args(
        "(i.created_at, i.id) < ($?{timestamptz}, $?{uuid})",
        after_time(page),
    );
    let tail = "ORDER BY i.created_at DESC, i.id DESC LIMIT $?";
    tx.fetch_filtered(INVITES, conditions, tail, args![page.fetch_limit()])
        .await
}

/// Open invites to an address, the newest first.
pub(super) async fn list_received(
    tx: &mut impl Executor,
    email_norm: &str,
    page: &PageRequest,
    now: Timestamp,
) -> Result<Vec<ReceivedInvite>, DbError> {
    let conditions = Filter::new(args![])
        .and("i.email_norm = $?", args![email_norm])
        .and(OPEN, args![])
        .and("i.expires_at > $?", args![now])
        .and_args(
            "(i.created_at, i.id) < ($?{timestamptz}, $?{uuid})",
            after_time(page),
        );
    let tail = "ORDER BY i.created_at DESC, i.id DESC LIMIT $?";
    tx.fetch_filtered(RECEIVED, conditions, tail, args![page.fetch_limit()])
        .await
}

pub(super) async fn find(
    tx: &mut impl Executor,
    organization: OrganizationId,
    id: InviteId,
) -> Result<Option<Invite>, DbError> {
    let conditions = Filter::new(args![organization]).and("i.id = $?", args![id]);
    let found = tx.fetch_filtered(INVITES, conditions, "", args![]).await?;
    Ok(found.into_iter().next())
}

/// Whoever has the token may see what it is for, whatever organization they are in.
pub(super) async fn find_by_token(
    tx: &mut impl Executor,
    token_hash: [u8; 32],
) -> Result<Option<ReceivedInvite>, DbError> {
    let conditions = Filter::new(args![]).and("i.token_hash = $?", args![token_hash]);
    let found = tx.fetch_filtered(RECEIVED, conditions, "", args![]).await?;
    Ok(found.into_iter().next())
}

/// What a sign-up has found by its token before.
pub(super) async fn find_by_id(
    tx: &mut impl Executor,
    id: InviteId,
) -> Result<Option<ReceivedInvite>, DbError> {
    let conditions = Filter::new(args![]).and("i.id = $?", args![id]);
    let found = tx.fetch_filtered(RECEIVED, conditions, "", args![]).await?;
    Ok(found.into_iter().next())
}

/// Whoever has the address may see what was sent there, whatever organization they are in.
pub(super) async fn find_received(
    tx: &mut impl Executor,
    id: InviteId,
    email_norm: &str,
) -> Result<Option<ReceivedInvite>, DbError> {
    let conditions = Filter::new(args![])
        .and("i.id = $?", args![id])
        .and("i.email_norm = $?", args![email_norm]);
    let found = tx.fetch_filtered(RECEIVED, conditions, "", args![]).await?;
    Ok(found.into_iter().next())
}

/// An address has one open invite: no row changes when it has one already.
pub(super) async fn insert(tx: &mut Tx, invite: &Invite, token_hash: [u8; 32]) -> Result<u64, DbError> {
    let (email, link) = match &invite.addressee {
        Addressee::Address(email) => (Some(email), None),
        Addressee::Link(terms) => (None, Some(terms)),
    };
    tx.execute(
        "INSERT INTO invites (id, organization_id, email, email_norm, email_domain, role_id, token_hash, max_uses,
             uses, invited_by, sent_count, last_sent_at, created_at, updated_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12, $12, $13)
         ON CONFLICT DO NOTHING",
        args![
            invite.id,
            invite.organization,
            email,
            email.map(EmailAddress::normalized),
            link.and_then(|terms| terms.email_domain.as_ref()),
            invite.role.id,
            token_hash,
            link.map_or(1, |terms| terms.max_uses),
            invite.invited_by,
            invite.sent_count,
            invite.last_sent_at,
            invite.created_at,
            invite.expires_at,
        ],
    )
    .await
}

/// Makes room for a new invite to an address whose last one has expired.
pub(super) async fn update_expired(
    tx: &mut Tx,
    organization: OrganizationId,
    email_norm: &str,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE invites
         SET revoked_at = $3, updated_at = $3
         WHERE organization_id = $1
             AND email_norm = $2
             AND accepted_at IS NULL
             AND declined_at IS NULL
             AND revoked_at IS NULL
             AND expires_at <= $3",
        args![organization, email_norm, now],
    )
    .await
}

/// The link that was mailed before leads nowhere from now on. No row changes when the invite is closed.
pub(super) async fn update_sent(
    tx: &mut Tx,
    invite: &Invite,
    token_hash: [u8; 32],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE invites
         SET token_hash = $3, expires_at = $4, sent_count = sent_count + 1, last_sent_at = $5, updated_at = $5
         WHERE organization_id = $1
             AND id = $2
             AND accepted_at IS NULL
             AND declined_at IS NULL
             AND revoked_at IS NULL",
        args![invite.organization, invite.id, token_hash, expires_at, now],
    )
    .await
}

/// One more person joins by it. No row changes unless that is still possible.
pub(super) async fn update_accepted(
    tx: &mut Tx,
    invite: &Invite,
    user: UserId,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE invites
         SET uses = uses + 1,
             accepted_at = CASE WHEN uses + 1 >= max_uses THEN $3{timestamptz} ELSE accepted_at END,
             accepted_by = $4,
             updated_at = $3
         WHERE organization_id = $1
             AND id = $2
             AND accepted_at IS NULL
             AND declined_at IS NULL
             AND revoked_at IS NULL
             AND expires_at > $3
             AND uses < max_uses",
        args![invite.organization, invite.id, now, user],
    )
    .await
}

/// No row changes unless it is still open.
pub(super) async fn update_declined(tx: &mut Tx, invite: &Invite, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE invites
         SET declined_at = $3, updated_at = $3
         WHERE organization_id = $1
             AND id = $2
             AND accepted_at IS NULL
             AND declined_at IS NULL
             AND revoked_at IS NULL
             AND expires_at > $3",
        args![invite.organization, invite.id, now],
    )
    .await
}

/// Takes back the open invites of who sent them.
pub(super) async fn update_revoked_of(tx: &mut Tx, inviter: UserId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE invites
         SET revoked_at = $2, updated_at = $2
         WHERE invited_by = $1
             AND accepted_at IS NULL
             AND declined_at IS NULL
             AND revoked_at IS NULL",
        args![inviter, now],
    )
    .await
}

/// No row changes when it is closed already.
pub(super) async fn update_revoked(
    tx: &mut Tx,
    organization: OrganizationId,
    id: InviteId,
    revoked_by: Option<UserId>,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE invites
         SET revoked_at = $3, revoked_by = $4, updated_at = $3
         WHERE organization_id = $1
             AND id = $2
             AND accepted_at IS NULL
             AND declined_at IS NULL
             AND revoked_at IS NULL",
        args![organization, id, now, revoked_by],
    )
    .await
}
