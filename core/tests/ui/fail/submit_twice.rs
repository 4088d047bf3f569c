//! One recorded intent, one call: the proof is spent by it.
use gatefold_core::decide::Intent;
use gatefold_core::record::Recorded;
use gatefold_core::route::Broker;

fn send(broker: &dyn Broker, one: Recorded<Intent>, other: Recorded<Intent>) {
    let _ = broker.submit(one);
    let _ = broker.submit(one);
    let _ = other;
}

fn main() {
    let _ = send;
}
