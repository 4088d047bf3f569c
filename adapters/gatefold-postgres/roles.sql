-- Who may do what. Run it as the owner of the schema after every migration; it may be run again.
-- The roles must exist: CREATE ROLE gatefold_dispatcher LOGIN PASSWORD '...'; and so on.

-- Nobody makes tables here but the owner.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- The dispatcher claims and answers recommendations and writes the read models. It owns nothing, so
-- it can drop, alter and truncate nothing, and it deletes no recommendation and no execution.
GRANT USAGE ON SCHEMA public TO gatefold_dispatcher;
GRANT SELECT, UPDATE ON dispatch_recommendations TO gatefold_dispatcher;
GRANT SELECT ON refinery_schema_history TO gatefold_dispatcher;
GRANT SELECT, INSERT, UPDATE ON projection_checkpoint, account_state, recommendation_fates,
    failed_arrivals, dispatch_executions, position_events, dispatcher_runs, gate_sets,
    gate_decisions TO gatefold_dispatcher;
GRANT SELECT ON gate_verdicts TO gatefold_dispatcher;
GRANT SELECT, INSERT, UPDATE, DELETE ON active_positions TO gatefold_dispatcher;

-- Where the log itself is here, the dispatcher appends by its function, which compares version and
-- lease, and in no other way. It changes and removes no event.
GRANT SELECT ON log_identity, log_stream, log_event TO gatefold_dispatcher;
GRANT INSERT (name) ON log_stream TO gatefold_dispatcher;
GRANT SELECT, INSERT, UPDATE ON log_lease TO gatefold_dispatcher;
GRANT EXECUTE ON FUNCTION log_append TO gatefold_dispatcher;

-- The report reads.
GRANT USAGE ON SCHEMA public TO gatefold_report;
GRANT SELECT ON dispatch_recommendations, refinery_schema_history, projection_checkpoint,
    account_state, recommendation_fates, failed_arrivals, dispatch_executions, active_positions,
    position_events, dispatcher_runs, gate_sets, gate_decisions, gate_verdicts, log_identity,
    log_stream, log_lease, log_event TO gatefold_report;

-- The signal engine inserts what it advises and reads what became of it. Columns from `status` on
-- are not its to write.
GRANT USAGE ON SCHEMA public TO gatefold_signals;
GRANT SELECT ON dispatch_recommendations TO gatefold_signals;
GRANT INSERT (id, account_name, recommendation_id, strategy, symbol, action, quantity, limit_price,
    reference_price, confidence, model_version, stop_price, target_price, trail, hold_at_most,
    out_before_close, time_in_force, hours, valid_until, created_at)
    ON dispatch_recommendations TO gatefold_signals;
