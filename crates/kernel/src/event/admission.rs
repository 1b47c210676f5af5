//! Who may sign up while that is not open to everybody.

use super::events;
use crate::email::EmailAddress;
use crate::id::AdmissionId;

events! {
    /// Staff admitted an address.
    AdmissionCreated = "admission.created" {
        /// The admission.
        admission_id: AdmissionId,
        /// The address.
        email: EmailAddress,
    } on admission_id;

    /// Staff took an address off the list.
    AdmissionDeleted = "admission.deleted" {
        /// The admission.
        admission_id: AdmissionId,
        /// The address.
        email: EmailAddress,
    } on admission_id;
}
