//! What a durable batch holds back goes through the engine.
use gatefold_core::engine::Input;
use gatefold_core::record::Durable;

fn next(durable: Durable) -> Input {
    Input::Durable(durable.release())
}

fn main() {
    let _ = next;
}
