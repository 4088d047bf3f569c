//! An order whose intent is not durable cannot be sent.
use gatefold_core::decide::{Approved, Intent};
use gatefold_core::record::Recorded;
use gatefold_core::route::Broker;

fn send(broker: &dyn Broker, order: Recorded<Intent>) {
    let _ = broker.submit(order);
}

fn main() {
    let _ = send;
    let _ = |_: Recorded<Intent>, _: Approved<Intent>| ();
}
