//! A history of fills that is folded and timed, whatever folds it.

use std::time::{Duration, Instant};

use gatefold_core::decide::{Account, evolve};
use gatefold_core::record::Event;
use gatefold_core::record::event::ExecutionBooked;
use gatefold_core::vocabulary::{Side, Timestamp};

use crate::{account, execution, instrument, now};

/// Fills that are timed together: a group of the log.
const GROUP: usize = 100;
/// Fills that are timed and reported together; after them all holdings are as at first.
pub const CHUNK: usize = 10_000;
/// The most instruments that are traded in turn here; each is bought, and then sold.
pub const INSTRUMENTS: usize = 100;

/// The `n`-th fill of a history, as far as everybody's fills are made of the same.
#[derive(Clone, Copy, Debug)]
pub struct Trade {
    /// What its id is made of: no number that what is held at first has.
    pub number: usize,
    /// Which instrument it is in.
    pub place: usize,
    /// A purchase or a sale of what is held, by turns.
    pub side: Side,
}

impl Trade {
    /// The `n`-th of a history in so many instruments.
    #[must_use]
    pub fn new(n: usize, instruments: usize) -> Trade {
        let side = if n.is_multiple_of(2) { Side::Buy } else { Side::Sell };
        Trade { number: n + 1_000_000, place: n / 2 % instruments, side }
    }
}

/// Something that fills are folded into.
pub trait Folding: Clone {
    /// A fill as it takes it.
    type Fill;

    /// Ready to trade, with so many positions, each of the size of a fill.
    fn new(positions: usize) -> Self;

    /// A fill.
    fn fill(trade: Trade) -> Self::Fill;

    /// Makes a fill where another was.
    fn make(place: &mut Self::Fill, trade: Trade);

    /// Folds one.
    fn fold(&mut self, fill: &Self::Fill);
}

/// An account of gatefold.
#[derive(Clone)]
pub struct Ours {
    account: Account,
    now: Timestamp,
}

fn booked(trade: Trade) -> ExecutionBooked {
    ExecutionBooked { execution: execution(trade.number, instrument(trade.place), trade.side) }
}

impl Folding for Ours {
    type Fill = Event;

    fn new(positions: usize) -> Ours {
        Ours { account: account("large", positions), now: now() }
    }

    fn fill(trade: Trade) -> Event {
        Event::ExecutionBooked(booked(trade))
    }

    fn make(place: &mut Event, trade: Trade) {
        let Event::ExecutionBooked(place) = place else { unreachable!() };
        *place = booked(trade);
    }

    #[inline]
    fn fold(&mut self, fill: &Event) {
        evolve(&mut self.account, fill, self.now);
    }
}

/// What fills are folded into, and how it goes on.
pub struct History<F: Folding> {
    first: F,
    instruments: usize,
    /// Fills that are folded at first.
    folded: usize,
    /// After how many more it starts again.
    length: usize,
    state: F,
    next: usize,
    group: Vec<F::Fill>,
}

impl<F: Folding> History<F> {
    /// One in so many instruments that so many fills were folded into before, and that starts again
    /// after so many more.
    #[must_use]
    pub fn new(instruments: usize, folded: usize, length: usize) -> History<F> {
        let trade = |n| Trade::new(n, instruments);
        let mut first = F::new(instruments);
        for n in 0..folded {
            first.fold(&F::fill(trade(n)));
        }
        let group = (0..GROUP).map(|n| F::fill(trade(n))).collect();
        History { state: first.clone(), first, instruments, folded, length, next: folded, group }
    }

    /// What the next [`CHUNK`] of fills takes. They are made group by group, each where one of the
    /// group before was, and then folded, as a replay finds them: just decoded, and in the nearest
    /// memory.
    pub fn chunk(&mut self) -> Duration {
        if self.next >= self.folded + self.length {
            (self.state, self.next) = (self.first.clone(), self.folded);
        }
        let mut taken = Duration::ZERO;
        for _ in 0..CHUNK / GROUP {
            for (place, n) in self.group.iter_mut().zip(self.next..) {
                F::make(place, Trade::new(n, self.instruments));
            }
            self.next += GROUP;
            let start = Instant::now();
            for fill in &self.group {
                self.state.fold(fill);
            }
            taken += start.elapsed();
        }
        taken
    }

    /// What so many fills take. Whole chunks are folded and their time is scaled, so that a cold
    /// start and the growth of tables weigh the same however many are asked for.
    pub fn rounds(&mut self, rounds: u64) -> Duration {
        let chunk = u64::try_from(CHUNK).unwrap();
        let chunks = rounds.div_ceil(chunk);
        let taken: Duration = (0..chunks).map(|_| self.chunk()).sum();
        let scaled = taken.as_nanos() * u128::from(rounds) / u128::from(chunks * chunk);
        Duration::from_nanos(u64::try_from(scaled).unwrap())
    }
}
