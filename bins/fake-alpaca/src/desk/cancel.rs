//! What a request to cancel leads to is decided here.

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::desk::order::Status;
use crate::faults::Fault;
use crate::uuid::Uuid;
use crate::wire::error::ApiError;

impl Desk<'_> {
    /// `DELETE /v2/orders/{id}`: nothing, which is a promise to try.
    pub(crate) fn cancel(&mut self, id: &str) -> Result<(), ApiError> {
        let id: Option<Uuid> = id.parse().ok();
        let order = id.and_then(|id| self.account.order(id));
        let Some(order) = order else {
            return Err(ApiError::not_found("order not found"));
        };
        if !order.status.is_open() {
            let message = format!("order is already in \"{}\" state", order.status.name());
            return Err(ApiError::unprocessable(message));
        }
        if order.status == Status::PendingCancel {
            let message = "order pending cancel";
            return Err(ApiError::unprocessable(message));
        }
        let (id, quirks) = (order.id, order.quirks);
        if quirks.ignores_cancels {
            self.faults.took(Fault::IgnoresCancels);
            return Ok(());
        }
        let now = self.market.stamp();
        if let Some(order) = self.account.order_mut(id) {
            order.moments.cancel_requested = Some(now);
            order.moments.updated = now;
        }
        if quirks.cancels_for_ever {
            self.faults.took(Fault::CancelsForEver);
            if let Some(order) = self.account.order_mut(id) {
                order.status = Status::PendingCancel;
            }
            self.tell("pending_cancel", id);
            return Ok(());
        }
        self.end_canceled(id);
        if quirks.fills_after_cancel {
            self.faults.took(Fault::FillsAfterCancel);
            self.fill_after_cancel(id);
        }
        Ok(())
    }

    /// `DELETE /v2/orders`: one item an order.
    pub(crate) fn cancel_all(&mut self) -> Value {
        let open: Vec<String> = self.account.open().map(|order| order.id.to_string()).collect();
        let items = open.iter().map(|id| match self.cancel(id) {
            Ok(()) => json!({ "id": id, "status": 200 }),
            Err(error) => error.as_item("id", id),
        });
        Value::Array(items.collect())
    }

    /// Ends an order as canceled, and tells of it.
    pub(crate) fn end_canceled(&mut self, id: Uuid) {
        let now = self.market.stamp();
        if let Some(order) = self.account.order_mut(id) {
            order.status = Status::Canceled;
            order.moments.canceled = Some(now);
            order.moments.updated = now;
        }
        self.tell("canceled", id);
    }

    /// The venue filled the order before it heard of the cancel.
    fn fill_after_cancel(&mut self, id: Uuid) {
        let Some(order) = self.account.order(id) else {
            return;
        };
        let quote = self.market.quote(order.instrument());
        let far = quote.map(|quote| match order.side() {
            gatefold_sim::core::vocabulary::Side::Buy => quote.ask,
            gatefold_sim::core::vocabulary::Side::Sell => quote.bid,
        });
        let price = order.limit.or(far);
        if let Some(price) = price.filter(|price| !price.is_zero()) {
            self.book(id, order.unfilled(), price);
        }
    }
}
