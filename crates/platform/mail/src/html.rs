//! HTML made ready for mail programs.
//!
//! Many of them drop `<style>`, so its rules go into the elements themselves; and some people read text, so
//! there is one. Nothing is fetched or opened, and no tree is built: what browsers do with badly nested HTML
//! makes gigabytes of a few kilobytes. The source stays as it is but for `style` attributes.
//!
//! | module | holds |
//! |---|---|
//! | `inline` | rules into elements |
//! | `stylesheet` | rules, and what has to stay a rule |
//! | `text` | the text part |
//! | `nesting` | which elements are open |

mod inline;
mod nesting;
mod stylesheet;
mod text;

/// The longest HTML whose rules are moved, in bytes; mail programs cut mails off at about 100 KiB.
const LONGEST: usize = 256 * 1024;

/// A mail's HTML, ready to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The HTML, its rules moved into the elements. As it was where that would take more than a bounded number
    /// of steps or bytes.
    pub html: String,
    /// What it says, for who reads text.
    pub text: String,
}

/// Makes HTML ready. Takes well under a millisecond for a usual mail, and never more than a bounded time.
pub fn prepare(html: &str) -> Prepared {
    let inlined = if html.len() <= LONGEST {
        inline::inline(html)
    } else {
        None
    };
    let html = inlined.unwrap_or_else(|| html.to_owned());
    Prepared {
        text: text::text(&html),
        html,
    }
}

/// What a tokenizer makes of HTML; it takes anything.
fn tokens(html: &str) -> impl Iterator<Item = html5gum::Token<usize>> {
    let mut emitter = html5gum::DefaultEmitter::new_with_span();
    emitter.naively_switch_states(true);
    html5gum::Tokenizer::new_with_emitter(html, emitter).filter_map(Result::ok)
}

#[cfg(test)]
mod tests;
