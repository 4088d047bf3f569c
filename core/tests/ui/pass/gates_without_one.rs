//! Gates can be added, never removed or put together without the built-in ones.
use gatefold_core::decide::Gates;

fn gates() -> Gates {
    Gates::standard()
}

fn main() {
    let _ = gates;
}
