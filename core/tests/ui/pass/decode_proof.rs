//! Events are stored, proofs never are: no bytes make one.
use gatefold_core::decide::{Approved, Intent, Quote};
use gatefold_core::record::Recorded;

fn decode<T: bincode::Decode<()>>(bytes: &[u8]) -> Option<T> {
    bincode::decode_from_slice(bytes, bincode::config::standard())
        .map(|(it, _)| it)
        .ok()
}

fn main() {
    let _ = decode::<Quote>(&[]);
    let _ = |_: Approved<Intent>, _: Recorded<Intent>, _: Quote| ();
}
