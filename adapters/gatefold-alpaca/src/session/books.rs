//! The books of one account as the broker has them, and whether it is still the one that is
//! configured.

use gatefold_core::record::event::FindingKind;
use gatefold_core::route::{BrokerFault, Snapshot};
use gatefold_core::vocabulary::{Instrument, Money, NetQuantity};

use crate::api::Unread;
use crate::guard;
use crate::session::{Session, Until};

impl Session {
    /// Reads the books, and whether the account is still the one that is configured.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, BrokerFault> {
        if let Some(reason) = self.locked() {
            return Err(self.refused(reason));
        }
        self.read_books().map_err(|error| match error {
            Unread::Refused(refusal) => self.refused(refusal.to_string()),
            Unread::Missing | Unread::Unavailable(_) => match self.locked() {
                Some(reason) => self.refused(reason),
                None => BrokerFault::Unreachable { reason: error.to_string() },
            },
        })
    }

    pub(crate) fn read_books(&self) -> Result<Snapshot, Unread> {
        let requested_at = (self.now)();
        let account = self.api.account()?;
        let objections = guard::examine(&account, &self.settings.number);
        if let Some(first) = objections.first() {
            self.lock_out(first.to_string(), Until::InOrder);
            return Err(Unread::Unavailable(first.to_string()));
        }
        let rows = self.api.positions()?;
        let mut positions: Vec<(Instrument, NetQuantity)> = Vec::new();
        let mut parked = rows.parked.iter().map(ToString::to_string).collect::<Vec<_>>();
        for row in &rows.rows {
            match (Instrument::parse(&row.symbol), row.qty.net()) {
                (Ok(instrument), Ok(net)) => positions.push((instrument, net)),
                (Err(error), _) => parked.push(format!("position {}: {error}", row.symbol)),
                (_, Err(error)) => parked.push(format!("position {}: {error}", row.symbol)),
            }
        }
        let mut state = self.state.lock();
        for text in parked {
            // It is no instrument of ours, and yet it is in the account.
            state.follower.differ(FindingKind::Missing, None, text);
        }
        let money = |number: &Option<crate::wire::Number>| number.as_ref()?.money().ok();
        let (Some(cash), Some(buying_power)) = (money(&account.cash), money(&account.buying_power))
        else {
            return Err(Unread::Unavailable("the account says no cash or buying power".to_owned()));
        };
        // Options are paid in full whatever the margin: the smaller one holds for all.
        let options = money(&account.options_buying_power);
        let buying_power = buying_power.min(options.unwrap_or(Money::MAX_FACT));
        Ok(Snapshot { requested_at, buying_power, cash, positions })
    }
}
