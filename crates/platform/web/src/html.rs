//! Pages for people: the frame that all hosted pages share, the forms on them and the files they need.
//!
//! Pages are made on the server and work without script. Nothing is fetched from outside and nothing is
//! inline, so that the content security policy can be strict.
//!
//! | module | holds |
//! |---|---|
//! | `frame` | [`Frame`]: the product's name, the reader's language |
//! | `page` | [`Page`]: an answer in the look of the hosted pages |
//! | `form` | [`Form`]: what a page of ours sent; [`OwnPage`]: what its script asks |
//! | [`language`] | which of our languages a reader gets |
//! | [`assets`] | style sheets, fonts and pictures |

pub mod assets;
mod form;
mod frame;
pub mod language;
mod page;

pub use form::{Form, OwnPage, is_same_origin};
pub use frame::{Branding, Frame};
pub use page::Page;
