-- Read models: what the log says, as tables. Files whose name begins with `read_` hold nothing else,
-- and name nothing with its schema, since a rebuild runs them again in a schema beside.
CREATE TABLE projection_checkpoint (
    name text NOT NULL,
    log text NOT NULL,
    "position" bigint NOT NULL,
    CONSTRAINT projection_checkpoint_pkey PRIMARY KEY (name)
);

-- One row per account. Every other table's account is one of these.
CREATE TABLE account_state (
    account text NOT NULL,
    mode text NOT NULL,
    trading_state text NOT NULL,
    "version" bigint NOT NULL,
    as_of timestamptz NOT NULL,
    cash numeric NOT NULL,
    equity numeric NOT NULL,
    open_positions integer NOT NULL,
    counted_positions integer NOT NULL,
    max_positions integer NOT NULL,
    gross_exposure numeric NOT NULL,
    max_exposure numeric NOT NULL,
    realized_pnl numeric NOT NULL,
    unrealized_pnl numeric NOT NULL,
    fees numeric NOT NULL,
    trading_day date,
    day_opening_equity numeric,
    day_pnl numeric,
    day_realized_pnl numeric,
    day_unrealized_pnl numeric,
    day_loss numeric,
    max_daily_loss numeric NOT NULL,
    orders_today integer NOT NULL,
    CONSTRAINT account_state_pkey PRIMARY KEY (account)
);

-- What became of every recommendation, whichever inbox it came from.
CREATE TABLE recommendation_fates (
    account text NOT NULL,
    recommendation_id text NOT NULL,
    source text NOT NULL,
    symbol text NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    received_at timestamptz NOT NULL,
    decided_at timestamptz NOT NULL,
    "version" bigint NOT NULL,
    CONSTRAINT recommendation_fates_pkey PRIMARY KEY (account, recommendation_id),
    CONSTRAINT recommendation_fates_account FOREIGN KEY (account) REFERENCES account_state
);
CREATE INDEX recommendation_fates_status ON recommendation_fates (status);

-- Input that could not be processed, with its place in its inbox.
CREATE TABLE failed_arrivals (
    "version" bigint NOT NULL,
    source text NOT NULL,
    line bigint NOT NULL,
    text text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT failed_arrivals_pkey PRIMARY KEY ("version")
);
CREATE INDEX failed_arrivals_place ON failed_arrivals (source, line);

-- Every fill, once.
CREATE TABLE dispatch_executions (
    account text NOT NULL,
    execution_id text NOT NULL,
    "version" bigint NOT NULL,
    recommendation_id text,
    order_key text,
    symbol text NOT NULL,
    side text NOT NULL,
    quantity numeric NOT NULL,
    price numeric NOT NULL,
    notional numeric NOT NULL,
    fee numeric NOT NULL,
    execution_mode text NOT NULL,
    executed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT dispatch_executions_pkey PRIMARY KEY (account, execution_id),
    CONSTRAINT dispatch_executions_account FOREIGN KEY (account) REFERENCES account_state,
    CONSTRAINT dispatch_executions_quantity CHECK (quantity > 0)
);
CREATE INDEX dispatch_executions_at ON dispatch_executions (executed_at);

-- What is held now. Quantity is signed: below zero is short.
CREATE TABLE active_positions (
    account text NOT NULL,
    symbol text NOT NULL,
    underlying text NOT NULL,
    quantity numeric NOT NULL,
    cost numeric NOT NULL,
    average_price numeric NOT NULL,
    mark numeric,
    -- The quote that the mark was taken from; null where that was not recorded, or where it is the price
    -- at which the position came in.
    mark_feed text,
    mark_quoted_at timestamptz,
    unrealized_pnl numeric,
    realized_pnl numeric NOT NULL,
    stop_price numeric,
    target_price numeric,
    trail numeric,
    protection text NOT NULL,
    opened_at timestamptz,
    CONSTRAINT active_positions_pkey PRIMARY KEY (account, symbol),
    CONSTRAINT active_positions_account FOREIGN KEY (account) REFERENCES account_state,
    CONSTRAINT active_positions_held CHECK (quantity <> 0)
);

-- Everything that happened to positions.
CREATE TABLE position_events (
    account text NOT NULL,
    "version" bigint NOT NULL,
    symbol text NOT NULL,
    kind text NOT NULL,
    quantity numeric NOT NULL,
    cost numeric NOT NULL,
    realized_pnl numeric NOT NULL,
    detail text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT position_events_pkey PRIMARY KEY (account, "version", symbol),
    CONSTRAINT position_events_account FOREIGN KEY (account) REFERENCES account_state
);

-- One row per account and trading day.
CREATE TABLE dispatcher_runs (
    account text NOT NULL,
    trading_day date NOT NULL,
    started_at timestamptz NOT NULL,
    last_event_at timestamptz NOT NULL,
    received integer NOT NULL,
    approved integer NOT NULL,
    refused integer NOT NULL,
    deferred integer NOT NULL,
    expired integer NOT NULL,
    executions integer NOT NULL,
    notional numeric NOT NULL,
    CONSTRAINT dispatcher_runs_pkey PRIMARY KEY (account, trading_day),
    CONSTRAINT dispatcher_runs_account FOREIGN KEY (account) REFERENCES account_state
);

-- The gates of an account from an event on, in their order.
CREATE TABLE gate_sets (
    account text NOT NULL,
    "version" bigint NOT NULL,
    gates text[] NOT NULL,
    CONSTRAINT gate_sets_pkey PRIMARY KEY (account, "version"),
    CONSTRAINT gate_sets_account FOREIGN KEY (account) REFERENCES account_state
);

-- Every decision with what every gate saw, in the order of the gates and in each gate's unit. One row
-- and not one for each gate: thirty-four times as many rows cost ten times as much to write and keep.
CREATE TABLE gate_decisions (
    account text NOT NULL,
    "version" bigint NOT NULL,
    recommendation_id text NOT NULL,
    decision text NOT NULL,
    -- The version of the account's gates.
    gate_set bigint,
    outcomes text[] NOT NULL,
    codes text[] NOT NULL,
    observed bigint[] NOT NULL,
    limits bigint[] NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT gate_decisions_pkey PRIMARY KEY (account, "version"),
    CONSTRAINT gate_decisions_account FOREIGN KEY (account) REFERENCES account_state
);
CREATE INDEX gate_decisions_recommendation ON gate_decisions (account, recommendation_id);

-- The same, one row for each gate: this is what is asked.
CREATE VIEW gate_verdicts AS
SELECT
    it.account,
    it."version",
    (seen.place - 1)::smallint AS place,
    coalesce(declared.gates[seen.place::integer], 'undeclared') AS gate,
    it.recommendation_id,
    it.decision,
    seen.outcome,
    seen.code,
    seen.observed,
    seen."limit",
    it.at
FROM gate_decisions AS it
LEFT JOIN gate_sets AS declared
    ON declared.account = it.account AND declared."version" = it.gate_set
CROSS JOIN LATERAL unnest(it.outcomes, it.codes, it.observed, it.limits)
    WITH ORDINALITY AS seen(outcome, code, observed, "limit", place);
