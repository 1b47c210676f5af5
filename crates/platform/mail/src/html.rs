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

/// Makes HTML ready: its rules are moved into the elements. It stays as it was where that would take more than a
/// bounded number of steps or bytes. Takes well under a millisecond for a usual mail, and never more than a bounded
/// time.
pub fn prepare(html: &str) -> String {
    let inlined = if html.len() <= LONGEST {
        inline::inline(html)
    } else {
        None
    };
    inlined.unwrap_or_else(|| html.to_owned())
}

/// What HTML that is ready says, for who reads text.
pub fn text(html: &str) -> String {
    text::text(html)
}

/// What a tokenizer makes of HTML; it takes anything.
fn tokens(html: &str) -> impl Iterator<Item = html5gum::Token<usize>> {
    let mut emitter = html5gum::DefaultEmitter::new_with_span();
    emitter.naively_switch_states(true);
    html5gum::Tokenizer::new_with_emitter(html, emitter).filter_map(Result::ok)
}

#[cfg(test)]
mod tests;
