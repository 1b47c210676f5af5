//! What the page says, in the languages of the hosted pages.

use web::html::Frame;

/// Everything that the page says.
pub(super) struct Words {
    pub(super) receipt: &'static str,
    pub(super) credit_note: &'static str,
    pub(super) corrects: &'static str,
    pub(super) number: &'static str,
    pub(super) issued: &'static str,
    pub(super) paid: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) tax_id: &'static str,
    pub(super) item: &'static str,
    pub(super) quantity: &'static str,
    pub(super) amount: &'static str,
    pub(super) subtotal: &'static str,
    pub(super) tax: &'static str,
    pub(super) total: &'static str,
    pub(super) through: &'static str,
    pub(super) payment: &'static str,
}

impl Words {
    pub(super) fn of(frame: &Frame) -> &'static Self {
        match frame.locale.as_str() {
            "de" => &GERMAN,
            "fr" => &FRENCH,
            _ => &ENGLISH,
        }
    }
}

/// All languages.
#[cfg(test)]
pub(super) static ALL: [&Words; 3] = [&ENGLISH, &GERMAN, &FRENCH];

static ENGLISH: Words = Words {
    receipt: "Receipt",
    credit_note: "Credit note",
    corrects: "For receipt",
    number: "Number",
    issued: "Issued",
    paid: "Paid",
    from: "From",
    to: "To",
    tax_id: "Tax number",
    item: "Item",
    quantity: "Quantity",
    amount: "Amount",
    subtotal: "Subtotal",
    tax: "Taxes",
    total: "Total",
    through: "Through",
    payment: "Payment",
};

static GERMAN: Words = Words {
    receipt: "Quittung",
    credit_note: "Gutschrift",
    corrects: "Zur Quittung",
    number: "Nummer",
    issued: "Ausgestellt",
    paid: "Bezahlt",
    from: "Von",
    to: "An",
    tax_id: "Steuernummer",
    item: "Posten",
    quantity: "Menge",
    amount: "Betrag",
    subtotal: "Zwischensumme",
    tax: "Steuern",
    total: "Gesamt",
    through: "Über",
    payment: "Zahlung",
};

static FRENCH: Words = Words {
    receipt: "Reçu",
    credit_note: "Avoir",
    corrects: "Pour le reçu",
    number: "Numéro",
    issued: "Émis le",
    paid: "Payé le",
    from: "De",
    to: "À",
    tax_id: "Numéro fiscal",
    item: "Article",
    quantity: "Quantité",
    amount: "Montant",
    subtotal: "Sous-total",
    tax: "Taxes",
    total: "Total",
    through: "Par",
    payment: "Paiement",
};
