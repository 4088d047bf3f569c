//! Which text is advice is decided here: one JSON object per line, told apart into
//! [`Recommendation`]s and failures.
//!
//! | field | must | means |
//! |---|---|---|
//! | `recommendation_id` | yes | the adviser's id, unique within the account for ever |
//! | `account` | yes | whom it is for; there is no default |
//! | `symbol` | yes | a ticker (`AAPL`) or an OCC option symbol (`MSFT260320P00400000`) |
//! | `action` | yes | `buy_to_open`, `sell_to_open`, `buy_to_close` or `sell_to_close` |
//! | `quantity` | yes | shares or contracts |
//! | `strategy` | yes | the strategy it belongs to |
//! | `created_at` | yes | RFC 3339 with an offset |
//! | `instrument`, `ticker`, `right`, `strike`, `expiry` | | what the symbol says; must agree |
//! | `limit_price` | | a market order without it |
//! | `reference_price` | | what the advice was based on; else the limit price |
//! | `confidence`, `model_version` | | 0 to 1, on that model's scale; cut to six decimals |
//! | `stop_price`, `target_price` | | levels at which to close; may be off tick |
//! | `trail` | | close after a fall by this fraction from the best |
//! | `hold_at_most`, `out_before_close` | | lengths of time, as in `2h` |
//! | `valid_until` | | when the advice ends |
//! | `time_in_force` | | `day` (without it), `gtc` or `ioc` |
//! | `hours` | | `regular` (without it) or `extended` |
//!
//! Numbers are JSON numbers or strings of plain decimal text; either way their digits are read as
//! they stand, never as floats. `null` is the same as leaving a field out. A field that is not in
//! this table fails its line, because a misspelled `stop_price` must not be dropped in silence.

mod any;
mod json_lines;

mod advice;
mod agreement;
mod fields;
mod lines;

pub use any::AnyInbox;
pub use json_lines::{JsonLines, LINE_BYTES_MAX, TEXT_BYTES_MAX};

use gatefold_core::advise::Recommendation;

use crate::config::ExitDefaults;

/// The advice that a line gives, with these exits where it opens something and names none.
///
/// # Errors
/// Everything that is wrong with it, and what to write instead.
pub fn read_line(line: &str, exits: &ExitDefaults) -> Result<Recommendation, String> {
    advice::read(line, exits)
}
