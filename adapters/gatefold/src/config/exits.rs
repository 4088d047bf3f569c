//! Which exits a position gets when the advice that opens it names none is decided here.

use gatefold_core::advise::{Effect, OrderPrice, Recommendation};
use gatefold_core::vocabulary::{Price, Ratio, Rounding, Side, Span};

use crate::config::kind::{FRACTION, Fault, Form, Kind, RATIO, SPAN, refused};
use crate::config::section::Section;

/// Exits for advice that names neither stop, target nor trail.
///
/// Stop and target are multiples of the entry price of something bought: `0.75` stops after a loss
/// of a quarter, `1.50` is content with a gain of a half. For something sold short the same loss
/// and gain are taken on the other side of the entry: 1.25 and 0.50.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExitDefaults {
    /// Below 1: the stop as a multiple of the entry price.
    pub stop: Option<Ratio>,
    /// Above 1: the target as a multiple of the entry price.
    pub target: Option<Ratio>,
    /// How far the price may fall back from its best, as a fraction.
    pub trail: Option<Ratio>,
    /// How long to hold.
    pub hold_at_most: Option<Span>,
    /// How long before the close to be out.
    pub out_before_close: Option<Span>,
}

/// Why a default exit has no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExitError {
    /// A market order without a reference price. **Handling:** refuse the advice: opened like
    /// this, the position would have no stop.
    #[error(
        "the configured stop and target are multiples of the entry price, and a market order has \
         none: give limit_price, reference_price, or stop_price and target_price"
    )]
    NoEntryPrice,
}

impl ExitDefaults {
    /// Fills in what opening advice leaves open; advice with a stop, a target or a trail of its
    /// own, and advice that closes, stays as it is.
    ///
    /// # Errors
    /// [`ExitError::NoEntryPrice`] when there is no price to multiply.
    pub fn fill_in(&self, advice: &mut Recommendation) -> Result<(), ExitError> {
        let exits = &mut advice.exits;
        let own = exits.stop.is_some() || exits.target.is_some() || exits.trail.is_some();
        if own || advice.effect == Effect::Close {
            return Ok(());
        }
        if self.stop.is_some() || self.target.is_some() {
            let entry = match advice.price {
                OrderPrice::Limit(limit) => limit,
                OrderPrice::Market => advice.reference_price.ok_or(ExitError::NoEntryPrice)?,
            };
            // Rounded toward the entry: an exit never comes later than asked for.
            let (stop, target) = match advice.side {
                Side::Buy => (Rounding::Up, Rounding::Down),
                Side::Sell => (Rounding::Down, Rounding::Up),
            };
            exits.stop = level(entry, self.stop, advice.side, stop);
            exits.target = level(entry, self.target, advice.side, target);
        }
        exits.trail = self.trail;
        exits.hold_at_most = exits.hold_at_most.or(self.hold_at_most);
        exits.out_before_close = exits.out_before_close.or(self.out_before_close);
        Ok(())
    }
}

/// A multiple of the entry price, mirrored at it for a sale; `None` where the mirror image would be
/// free or less, which nobody can trade at.
fn level(entry: Price, multiple: Option<Ratio>, side: Side, rounding: Rounding) -> Option<Price> {
    let multiple = match side {
        Side::Buy => multiple?,
        Side::Sell => Ratio::from_ppm(2_000_000_u32.checked_sub(multiple?.ppm())?),
    };
    entry.scale(multiple, rounding).filter(|level| !level.is_zero())
}

const STOP: Kind<Ratio> = Kind {
    what: "a multiple of the entry price below 1",
    example: "\"0.75\"",
    parse: |text| within(text, |ratio| ratio > Ratio::ZERO && ratio < Ratio::ONE, "KEY = \"0.75\""),
    ..RATIO
};

const TARGET: Kind<Ratio> = Kind {
    what: "a multiple of the entry price above 1",
    example: "\"1.50\"",
    parse: |text| within(text, |ratio| ratio > Ratio::ONE, "KEY = \"1.50\""),
    ..RATIO
};

const TRAIL: Kind<Ratio> = Kind {
    form: Form::Text,
    parse: |text| within(text, |ratio| ratio > Ratio::ZERO && ratio < Ratio::ONE, "KEY = \"0.10\""),
    ..FRACTION
};

fn within(text: &str, fits: fn(Ratio) -> bool, example: &str) -> Result<Ratio, Fault> {
    let ratio = (RATIO.parse)(text)?;
    if fits(ratio) { Ok(ratio) } else { refused("is out of range", &format!("write {example}")) }
}

pub(super) fn read(file: &mut Section<'_>) -> ExitDefaults {
    let mut exits = ExitDefaults::default();
    let Some(mut defaults) = file.section("defaults") else {
        return exits;
    };
    let help = "write them under [accounts.NAME.limits]; an account inherits nothing";
    defaults.forbid("limits", "limits have no defaults", help);
    if let Some(mut section) = defaults.section("exits") {
        section.set_some(&mut exits.stop, "stop", &STOP);
        section.set_some(&mut exits.target, "target", &TARGET);
        section.set_some(&mut exits.trail, "trail", &TRAIL);
        section.set_some(&mut exits.hold_at_most, "hold_at_most", &SPAN);
        section.set_some(&mut exits.out_before_close, "out_before_close", &SPAN);
        section.finish();
    }
    defaults.finish();
    exits
}
