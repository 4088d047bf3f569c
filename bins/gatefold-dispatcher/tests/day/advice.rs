//! What two accounts are advised on the recorded day: entries that fill, rest or are out of reach,
//! options bought and written, exits of every kind, and lines that no gate lets pass.

use std::path::Path;

use fastrand::Rng;
use gatefold::core::decide::MarketData as _;
use gatefold::core::vocabulary::{Calendar, Instrument, Price, Ratio, Rounding, Span, Timestamp};
use gatefold::sim::{MarketFiles, MarketFilter, Replay};

/// The accounts, with the cash that they begin with.
pub(crate) const ACCOUNTS: [(&str, &str); 2] = [("large", "400000"), ("tiny", "9000")];

/// Contracts that outlive the day, and the one that does not.
const LASTING: [&str; 6] = [
    "GOOG151231C00755000",
    "GOOG151231P00750000",
    "GOOG160115C00750000",
    "GOOG160115C00775000",
    "GOOG160115P00705000",
    "GOOG160115P00725000",
];
const LAST_DAY: &str = "GOOG151224P00760000";
const WRITTEN: [&str; 2] = ["GOOG160115P00705000", "GOOG160219P00670000"];

/// How an order is priced.
#[derive(Clone, Copy)]
enum At {
    /// Through the far side: it fills at once.
    Through,
    /// Away from the market: it rests, and may never fill.
    Away,
}

/// A recommendation before it has a number.
struct Draft {
    account: &'static str,
    symbol: String,
    action: &'static str,
    quantity: u32,
    at: At,
    confidence: &'static str,
    more: String,
}

/// The lines of a seed's inbox.
pub(crate) fn of(seed: u64, market: &Path) -> String {
    let mut chance = Rng::with_seed(seed ^ 0xad71ce);
    let mut book = Book::open(market);
    let mut now: Timestamp = "2015-12-24T14:32:00Z".parse().unwrap();
    let end: Timestamp = "2015-12-24T17:50:00Z".parse().unwrap();
    let mut lines = Vec::new();
    while now < end {
        book.replay.advance_to(now);
        let draft = draft(&mut chance, lines.len());
        lines.push(book.line(lines.len(), &draft, now));
        now = now.saturating_add(Span::seconds(chance.i64(20..=240)));
    }
    // No day is without these: a line that cannot be read, and one that names no account.
    lines.push("{\"recommendation_id\": \"broken\"".to_owned());
    lines.push(format!("{{\"recommendation_id\": \"nobody\", \"created_at\": \"{now}\"}}"));
    lines.join("\n") + "\n"
}

fn draft(chance: &mut Rng, number: usize) -> Draft {
    // What every seed needs comes first: shares to write calls on, puts to be assigned of, and a
    // contract on its last day.
    match number {
        0 => return stock("large", "buy_to_open", 100, At::Through, String::new()),
        1 => return option("large", LAST_DAY, "buy_to_open", 1, String::new()),
        2 => return option("large", WRITTEN[0], "sell_to_open", 1, String::new()),
        _ => {}
    }
    let account = ACCOUNTS[usize::from(chance.u8(0..10) < 3)].0;
    let small = account == "tiny";
    let shares = if small { chance.u32(1..=4) } else { chance.u32(2..=12) };
    let contracts = if small { 1 } else { chance.u32(1..=4) };
    let lasting = LASTING[chance.usize(0..LASTING.len())];
    match chance.u8(0..20) {
        0..=4 => stock(account, "buy_to_open", shares, At::Through, exit(chance)),
        5 => stock(account, "buy_to_open", shares, At::Away, exit(chance)),
        6 => stock(account, "sell_to_close", shares, At::Through, String::new()),
        7..=9 => stock(account, "sell_to_close", shares, At::Away, String::new()),
        10..=12 => option(account, lasting, "buy_to_open", contracts, exit(chance)),
        13 => option(account, lasting, "sell_to_close", 1, String::new()),
        14 => option(account, WRITTEN[chance.usize(0..2)], "sell_to_open", 1, String::new()),
        15 => option(account, WRITTEN[chance.usize(0..2)], "buy_to_close", 1, String::new()),
        16 => option(account, LAST_DAY, "buy_to_open", 1, String::new()),
        17 => option(account, "GOOG160115C00775000", "sell_to_open", 1, String::new()),
        18 => stock(account, "buy_to_open", 4_000, At::Through, String::new()),
        _ => {
            let doubted = stock(account, "buy_to_open", shares, At::Through, String::new());
            Draft { confidence: "0.11", ..doubted }
        }
    }
}

fn stock(
    account: &'static str,
    action: &'static str,
    quantity: u32,
    at: At,
    more: String,
) -> Draft {
    let (symbol, confidence) = ("GOOG".to_owned(), "0.72");
    Draft { account, symbol, action, quantity, at, confidence, more }
}

fn option(
    account: &'static str,
    symbol: &str,
    action: &'static str,
    quantity: u32,
    more: String,
) -> Draft {
    let (symbol, at, confidence) = (symbol.to_owned(), At::Through, "0.72");
    Draft { account, symbol, action, quantity, at, confidence, more }
}

/// How a position is to end, if that is left to gatefold.
fn exit(chance: &mut Rng) -> String {
    let rules = [
        ", \"hold_at_most\": \"6m\"",
        ", \"hold_at_most\": \"25m\"",
        ", \"trail\": \"0.004\"",
        ", \"trail\": \"0.05\"",
        ", \"out_before_close\": \"15m\"",
        "",
    ];
    rules[chance.usize(0..rules.len())].to_owned()
}

/// The quotes of the day, as far as they are known.
struct Book {
    replay: Replay,
}

impl Book {
    fn open(market: &Path) -> Self {
        let filter = MarketFilter { dates: None, instruments: None };
        let files = MarketFiles::open(market).unwrap();
        Self { replay: files.load(&filter, &Calendar::nyse()).unwrap() }
    }

    fn line(&self, number: usize, draft: &Draft, now: Timestamp) -> String {
        let Draft { account, symbol, action, quantity, at, confidence, more } = draft;
        let price = self.price(symbol, action.starts_with("buy"), *at);
        format!(
            "{{\"recommendation_id\": \"r-{number}\", \"account\": \"{account}\", \"symbol\": \
             \"{symbol}\", \"action\": \"{action}\", \"quantity\": \"{quantity}\", \
             \"limit_price\": \"{price}\", \"confidence\": \"{confidence}\", \"strategy\": \
             \"swing\", \"created_at\": \"{now}\"{more}}}"
        )
    }

    /// A limit in whole cents.
    fn price(&self, symbol: &str, buys: bool, at: At) -> Price {
        let quote = self.replay.market().quote(&Instrument::parse(symbol).unwrap());
        let Some(quote) = quote.filter(|quote| quote.is_sound()) else {
            return Price::dollars(5);
        };
        let up = |price: Price, ppm: u32| {
            price.checked_add(price.scale(Ratio::from_ppm(ppm), Rounding::Down).unwrap()).unwrap()
        };
        let down = |price: Price, ppm: u32| {
            price.saturating_sub(price.scale(Ratio::from_ppm(ppm), Rounding::Down).unwrap())
        };
        let price = match (buys, at) {
            (true, At::Through) => up(quote.ask, 30_000),
            (true, At::Away) => down(quote.bid, 1_500),
            (false, At::Through) => down(quote.bid, 30_000),
            (false, At::Away) => up(quote.ask, 2_000),
        };
        price.floor_to(Price::cents(1)).max(Price::cents(1))
    }
}
