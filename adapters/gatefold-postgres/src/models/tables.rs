//! The read models' tables, as they are written to.

use crate::models::table::Table;

const TEXT: &str = "text";
const LONG: &str = "bigint";
const COUNT: &str = "integer";
const EXACT: &str = "numeric";
const TIME: &str = "timestamptz";
const DATE: &str = "date";

pub(super) const ACCOUNT_STATE: Table = Table {
    name: "account_state",
    columns: &[
        ("account", TEXT),
        ("mode", TEXT),
        ("trading_state", TEXT),
        ("version", LONG),
        ("as_of", TIME),
        ("cash", EXACT),
        ("equity", EXACT),
        ("open_positions", COUNT),
        ("counted_positions", COUNT),
        ("max_positions", COUNT),
        ("gross_exposure", EXACT),
        ("max_exposure", EXACT),
        ("realized_pnl", EXACT),
        ("unrealized_pnl", EXACT),
        ("fees", EXACT),
        ("trading_day", DATE),
        ("day_opening_equity", EXACT),
        ("day_pnl", EXACT),
        ("day_realized_pnl", EXACT),
        ("day_unrealized_pnl", EXACT),
        ("day_loss", EXACT),
        ("max_daily_loss", EXACT),
        ("orders_today", COUNT),
    ],
    keys: 1,
};

pub(super) const FATES: Table = Table {
    name: "recommendation_fates",
    columns: &[
        ("account", TEXT),
        ("recommendation_id", TEXT),
        ("source", TEXT),
        ("symbol", TEXT),
        ("status", TEXT),
        ("reason", TEXT),
        ("received_at", TIME),
        ("decided_at", TIME),
        ("version", LONG),
    ],
    keys: 2,
};

pub(super) const FAILED: Table = Table {
    name: "failed_arrivals",
    columns: &[
        ("version", LONG),
        ("source", TEXT),
        ("line", LONG),
        ("text", TEXT),
        ("reason", TEXT),
        ("at", TIME),
    ],
    keys: 1,
};

pub(super) const EXECUTIONS: Table = Table {
    name: "dispatch_executions",
    columns: &[
        ("account", TEXT),
        ("execution_id", TEXT),
        ("version", LONG),
        ("recommendation_id", TEXT),
        ("order_key", TEXT),
        ("symbol", TEXT),
        ("side", TEXT),
        ("quantity", EXACT),
        ("price", EXACT),
        ("notional", EXACT),
        ("fee", EXACT),
        ("execution_mode", TEXT),
        ("executed_at", TIME),
        ("recorded_at", TIME),
    ],
    keys: 2,
};

pub(super) const POSITIONS: Table = Table {
    name: "active_positions",
    columns: &[
        ("account", TEXT),
        ("symbol", TEXT),
        ("underlying", TEXT),
        ("quantity", EXACT),
        ("cost", EXACT),
        ("average_price", EXACT),
        ("mark", EXACT),
        ("mark_feed", TEXT),
        ("mark_quoted_at", TIME),
        ("unrealized_pnl", EXACT),
        ("realized_pnl", EXACT),
        ("stop_price", EXACT),
        ("target_price", EXACT),
        ("trail", EXACT),
        ("protection", TEXT),
        ("opened_at", TIME),
    ],
    keys: 2,
};

pub(super) const POSITION_EVENTS: Table = Table {
    name: "position_events",
    columns: &[
        ("account", TEXT),
        ("version", LONG),
        ("symbol", TEXT),
        ("kind", TEXT),
        ("quantity", EXACT),
        ("cost", EXACT),
        ("realized_pnl", EXACT),
        ("detail", TEXT),
        ("at", TIME),
    ],
    keys: 3,
};

pub(super) const RUNS: Table = Table {
    name: "dispatcher_runs",
    columns: &[
        ("account", TEXT),
        ("trading_day", DATE),
        ("started_at", TIME),
        ("last_event_at", TIME),
        ("received", COUNT),
        ("approved", COUNT),
        ("refused", COUNT),
        ("deferred", COUNT),
        ("expired", COUNT),
        ("executions", COUNT),
        ("notional", EXACT),
    ],
    keys: 2,
};

pub(super) const GATE_SETS: Table = Table {
    name: "gate_sets",
    columns: &[("account", TEXT), ("version", LONG), ("gates", "text[]")],
    keys: 2,
};

pub(super) const DECISIONS: Table = Table {
    name: "gate_decisions",
    columns: &[
        ("account", TEXT),
        ("version", LONG),
        ("recommendation_id", TEXT),
        ("decision", TEXT),
        ("gate_set", LONG),
        ("outcomes", "text[]"),
        ("codes", "text[]"),
        ("observed", "bigint[]"),
        ("limits", "bigint[]"),
        ("at", TIME),
    ],
    keys: 2,
};
