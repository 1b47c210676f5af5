//! What a provider says that its objects are, at the moment of asking.
//!
//! Amounts are in the minor units of ISO 4217, whatever the provider counts in. A word that an adapter does not
//! know is `Unknown` with the word: it is never taken for success.

use kernel::{Money, Timestamp};

/// An object at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    /// What it is.
    pub kind: ObjectKind,
    /// The provider's id of it, or our reference for [`ObjectKind::Reference`].
    pub id: String,
}

/// Kinds of objects that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// A page where something is paid.
    Checkout,
    /// A payment.
    Payment,
    /// Money given back.
    Refund,
    /// A buyer who wants money back from the bank.
    Dispute,
    /// Something paid again and again.
    Subscription,
    /// A bill.
    Invoice,
    /// Whatever was made under our own reference.
    Reference,
}

/// One object, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snapshot {
    /// A payment.
    Payment(PaymentSnapshot),
    /// A subscription.
    Subscription(SubscriptionSnapshot),
    /// An invoice.
    Invoice(InvoiceSnapshot),
    /// A dispute.
    Dispute(DisputeSnapshot),
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentSnapshot {
    /// The id of our payment or subscription that it was made for, where the provider kept it; without the number
    /// of the attempt.
    pub reference: Option<String>,
    /// The provider's id of the page.
    pub checkout: Option<String>,
    /// The provider's id of the payment; none before there is one.
    pub id: Option<String>,
    /// The provider's id of the subscription that it is for.
    pub subscription: Option<String>,
    /// The provider's id of the invoice that it is for.
    pub invoice: Option<String>,
    /// The provider's id of the buyer.
    pub customer: Option<String>,
    /// The address that the buyer gave.
    pub customer_email: Option<String>,
    /// Where it stands.
    pub state: PaymentState,
    /// What was asked for, as the provider has it: compared with what we asked for. Taxes that the provider adds
    /// by itself are not in it.
    pub amount: Money,
    /// What the buyer pays in all, with what the provider adds.
    pub total: Money,
    /// The taxes in the total that the provider answers for.
    pub tax: Option<Money>,
    /// What the provider keeps for itself.
    pub fee: Option<Money>,
    /// What was given back until now, of `total`.
    pub refunded: Money,
    /// Each refund, where the provider lists them.
    pub refunds: Vec<RefundSnapshot>,
    /// When the buyer paid.
    pub paid_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// Where a payment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentState {
    /// Nobody has paid yet.
    Open,
    /// The buyer has to do something more.
    RequiresAction,
    /// The buyer has done everything; the money is on its way, or held.
    Processing,
    /// The money is there.
    Succeeded,
    /// It did not work; it may work later where the page is still open.
    Failed {
        /// The provider's code: `card_declined`.
        code: String,
    },
    /// It was given up.
    Canceled,
    /// Nobody paid in time.
    Expired,
    /// The provider holds it for fraud, or the like: somebody should look.
    Suspicious {
        /// What the provider says.
        reason: String,
    },
    /// A word that is not known here.
    Unknown(String),
}

/// Money given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundSnapshot {
    /// The provider's id of it; none where it has none.
    pub id: Option<String>,
    /// The id of our refund, where the provider kept it.
    pub reference: Option<String>,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: RefundState,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// Where a refund stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundState {
    /// On its way.
    Pending,
    /// The buyer has it, or will without doubt.
    Succeeded,
    /// It did not work.
    Failed,
    /// It was given up.
    Canceled,
    /// A word that is not known here.
    Unknown(String),
}

/// A buyer who wants money back from the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeSnapshot {
    /// The provider's id of it.
    pub id: String,
    /// The provider's id of the payment.
    pub payment: Option<String>,
    /// How much is disputed.
    pub amount: Money,
    /// How much the provider has taken back by now: what was taken, less what was returned.
    pub withdrawn: Money,
    /// Where it stands.
    pub state: DisputeState,
    /// The bank's reason: `fraudulent`.
    pub reason: Option<String>,
    /// Until when it can be answered.
    pub due_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// Where a dispute stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisputeState {
    /// It waits for evidence.
    NeedsResponse,
    /// The bank decides.
    UnderReview,
    /// The money stays, or comes back.
    Won,
    /// The money is gone.
    Lost,
    /// It was only a question, and is over.
    Closed,
    /// A word that is not known here.
    Unknown(String),
}

/// Something paid again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionSnapshot {
    /// The provider's id of it.
    pub id: String,
    /// The id of our subscription, where the provider kept it.
    pub reference: Option<String>,
    /// The provider's id of the buyer.
    pub customer: Option<String>,
    /// The buyer's address.
    pub customer_email: Option<String>,
    /// Where it stands.
    pub state: SubscriptionState,
    /// The provider's id of the item, where it has items.
    pub item: Option<String>,
    /// The provider's id of the price.
    pub price: Option<String>,
    /// How many.
    pub quantity: Option<u32>,
    /// When the present period began.
    pub current_period_start: Option<Timestamp>,
    /// When the present period ends, or ended.
    pub current_period_end: Option<Timestamp>,
    /// When the days end that cost nothing.
    pub trial_end: Option<Timestamp>,
    /// When it will end, if that is settled.
    pub cancel_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Whether and how it is paused.
    pub pause: Option<Pause>,
}

/// A pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Whether the service goes on.
    pub mode: super::PauseMode,
    /// When it ends by itself.
    pub resumes_at: Option<Timestamp>,
}

/// Where a subscription stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionState {
    /// The first payment is missing.
    Incomplete,
    /// It costs nothing yet.
    Trialing,
    /// It is paid for.
    Active,
    /// A payment failed and is tried again.
    PastDue,
    /// Payments failed and are not tried any more.
    Unpaid,
    /// Nothing is collected.
    Paused,
    /// It is over.
    Canceled,
    /// A word that is not known here.
    Unknown(String),
}

/// A bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceSnapshot {
    /// The provider's id of it.
    pub id: String,
    /// The provider's id of the subscription that it is for.
    pub subscription: Option<String>,
    /// The provider's id of the payment that settled it.
    pub payment: Option<String>,
    /// The number that is printed on it.
    pub number: Option<String>,
    /// Where it stands.
    pub state: InvoiceState,
    /// Why it was written: `subscription_cycle`, as the provider says.
    pub billing_reason: Option<String>,
    /// Before taxes.
    pub subtotal: Money,
    /// Taxes.
    pub tax: Money,
    /// In all.
    pub total: Money,
    /// What was paid of it.
    pub paid: Money,
    /// A page where it can be seen and paid.
    pub hosted_url: Option<String>,
    /// The same on paper.
    pub pdf_url: Option<String>,
    /// How often it was tried to collect it.
    pub attempts: Option<u32>,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    /// The time that is paid for.
    pub period_start: Option<Timestamp>,
    /// The time that is paid for.
    pub period_end: Option<Timestamp>,
    /// When it was written.
    pub created_at: Option<Timestamp>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
}

/// Where an invoice stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvoiceState {
    /// Not sent yet.
    Draft,
    /// To be paid.
    Open,
    /// Paid.
    Paid,
    /// Given up.
    Uncollectible,
    /// Taken back.
    Void,
    /// Paid, and given back in part or in full.
    Refunded,
    /// A word that is not known here.
    Unknown(String),
}
