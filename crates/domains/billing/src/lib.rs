//! Money: what is sold, who pays for it, and the books.
//!
//! A provider is asked and never believed: what it tells by itself is written down once and answered at once, and a
//! job then asks for the object and makes our rows say what it is now. States only move on; amounts are those that
//! the provider has counted up until now, so that what they cause is worked out from the difference and happens
//! once, however often and in which order anything was told.
//!
//! | module | holds |
//! |---|---|
//! | `error` | [`BillingError`] |
//! | `config` | [`BillingConfig`] |
//! | `machinery` | [`Machinery`]: what the services work with |
//! | `providers` | [`Providers`]: the accounts at payment providers |
//! | `dispute` | buyers who want their money back from the bank |
//! | `payment` | what organizations pay: starting it, what providers say of it, giving it back |
//! | `plan` | [`Plans`]: plans, prices, and what providers call those |
//! | `refund` | money that is given back |
//! | `sync` | asking a provider because somebody wants to know now |
//! | `subscription` | [`Subscriptions`]: what organizations subscribe to, and what providers say of it |
//! | `buyer` | where buyers come back to, and what is remembered for them |
//! | `checkout` | pages at providers where they pay |
//! | `invoice` | [`Invoices`]: bills of providers, receipts and credit notes of our own |
//! | `source` | whose word is applied, and from when it is |
//! | `drift` | what does not agree, for people to look at |
//! | `inbox` | what providers tell, and asking them for what is true |
//! | `ledger` | the books |
//! | `reconcile` | asking what nobody told, and comparing |
//! | `services` | [`Services`]: everything that this domain offers |

mod buyer;
mod checkout;
mod config;
mod dispute;
mod drift;
mod error;
mod inbox;
mod invoice;
mod ledger;
mod machinery;
mod payment;
mod plan;
mod providers;
mod reconcile;
mod refund;
mod services;
mod source;
mod subscription;
mod sync;
#[cfg(test)]
mod testing;

pub use config::{BillingConfig, Seller};
pub use error::BillingError;
pub use inbox::service::Inbox;
pub use invoice::model::{Content, Invoice, InvoiceFilter, InvoiceKind, InvoiceStatus, Line, Party};
pub use invoice::service::Invoices;
pub use ledger::model::{Account, NewTransfer, TransferKind, UnknownWord};
pub use ledger::service::Ledger;
pub use machinery::{Machinery, MachineryParts, Organizations};
pub use plan::model::{
    Interval, NewPrice, Period, Plan, PlanContent, PlanKey, Price, PriceReference, Viewer,
};
pub use plan::service::Plans;
pub use providers::Providers;
pub use services::Services;
pub use source::Source;
pub use subscription::listeners::{EndSubscriptions, FollowMembers};
pub use subscription::model::{
    CancelTime, CheckoutPage, KnownSubscription, PauseKind, PauseState, State, Status, Subscription,
    SubscriptionFilter,
};
pub use subscription::service::Subscriptions;

#[cfg(test)]
mod tests;
