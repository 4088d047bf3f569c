//! An order that no gate has seen cannot be sent.
use gatefold_core::decide::Intent;
use gatefold_core::record::Recorded;
use gatefold_core::route::Broker;

fn send(broker: &dyn Broker, order: Intent) {
    let _ = broker.submit(order);
}

fn main() {
    let _ = send;
    let _ = |_: Recorded<Intent>| ();
}
