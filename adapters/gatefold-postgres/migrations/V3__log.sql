-- The shared log: events of every account in one order without a gap, appended by one function.
CREATE TABLE log_identity (
    sole boolean NOT NULL DEFAULT true,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    made_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT log_identity_pkey PRIMARY KEY (sole),
    CONSTRAINT log_identity_sole CHECK (sole)
);
INSERT INTO log_identity DEFAULT VALUES;

-- One row per stream: where it ends, and the highest epoch that wrote to it.
CREATE TABLE log_stream (
    id integer GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    "version" bigint NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 0,
    CONSTRAINT log_stream_pkey PRIMARY KEY (id),
    CONSTRAINT log_stream_name UNIQUE (name),
    CONSTRAINT log_stream_version CHECK ("version" >= 0)
);

-- Who may append to a stream, by the server's clock. Apart from `log_stream`, so that a renewal and
-- an append never wait for each other.
CREATE TABLE log_lease (
    stream integer NOT NULL,
    epoch bigint NOT NULL,
    holder text NOT NULL,
    held_until timestamptz NOT NULL,
    CONSTRAINT log_lease_pkey PRIMARY KEY (stream),
    CONSTRAINT log_lease_stream FOREIGN KEY (stream) REFERENCES log_stream
);

-- `chain` stands at the last event of each group of batches, which were appended together. The
-- stream is no foreign key, since the only function that inserts has just counted it up, and a key
-- would be looked up for every event.
CREATE TABLE log_event (
    "position" bigint NOT NULL,
    stream integer NOT NULL,
    "version" bigint NOT NULL,
    event_id uuid NOT NULL,
    tag integer NOT NULL,
    schema_version integer NOT NULL,
    at_nanos bigint NOT NULL,
    epoch bigint NOT NULL,
    checksum integer NOT NULL,
    body bytea NOT NULL,
    chain bytea,
    CONSTRAINT log_event_pkey PRIMARY KEY ("position"),
    CONSTRAINT log_event_version UNIQUE (stream, "version"),
    CONSTRAINT log_event_once UNIQUE (event_id)
);

CREATE FUNCTION log_event_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events of the log are never changed or removed';
END
$$;

CREATE TRIGGER log_event_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON log_event
    FOR EACH STATEMENT EXECUTE FUNCTION log_event_immutable();

-- Appends a group of batches, all or none, and answers the position before it. The first arrays
-- have an element per batch, the last ones an element per event; a batch names the stream by whose
-- lease it is appended, or none, and then nobody may ever have leased its own. Runs as its owner,
-- so that nobody needs the right to insert events in any other way.
--
-- All writers wait for each other here, so it is kept short: plans are made once, since to make
-- them costs more than to append one event, and lists of `unnest` are taken row by row, where an
-- `unnest` in FROM is stored first.
CREATE FUNCTION log_append(
    streams integer[], leases integer[], expected bigint[], epochs bigint[], counts integer[],
    digest bytea, batches integer[], versions bigint[], ids uuid[], tags integer[],
    schemas integer[], times bigint[], checksums integer[], bodies bytea[]
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    before bigint;
    counted integer;
    events integer := cardinality(ids);
    link bytea;
BEGIN
    -- Before any statement that looks at tables: they see all that was committed before the lock
    -- was given, and the lock is kept until this is visible. So positions appear in their order.
    IF pg_advisory_xact_lock(1735158119, 'log_event'::regclass::oid::integer) IS NULL THEN
        RAISE EXCEPTION 'no lock';
    END IF;
    UPDATE log_stream AS it
        SET "version" = it."version" + batch.count, epoch = greatest(it.epoch, batch.epoch)
        FROM (SELECT unnest(streams) AS stream, unnest(leases) AS lease,
                    unnest(expected) AS expected, unnest(epochs) AS epoch, unnest(counts) AS count
                ) AS batch
            LEFT JOIN log_lease AS held ON held.stream = coalesce(batch.lease, batch.stream)
        WHERE it.id = batch.stream AND it."version" = batch.expected
            AND CASE WHEN held.stream IS NULL THEN it.epoch <= batch.epoch
                ELSE batch.lease IS NOT NULL AND held.epoch = batch.epoch END;
    GET DIAGNOSTICS counted = ROW_COUNT;
    IF counted <> cardinality(streams) THEN
        RAISE EXCEPTION 'a batch cannot be appended as it is' USING ERRCODE = 'GF409';
    END IF;
    SELECT "position", chain INTO before, link FROM log_event ORDER BY "position" DESC LIMIT 1;
    IF before IS NULL THEN
        SELECT 0, sha256(uuid_send(id)) INTO before, link FROM log_identity;
    END IF;
    link := sha256(link || int8send(before + events) || digest);
    INSERT INTO log_event ("position", stream, "version", event_id, tag, schema_version, at_nanos,
            epoch, checksum, body, chain)
        SELECT before + n, streams[batch], "version", event_id, tag, schema_version, at_nanos,
            epochs[batch], checksum, body, CASE WHEN n = events THEN link END
        FROM (SELECT generate_series(1, events) AS n, unnest(batches) AS batch,
                unnest(versions) AS "version", unnest(ids) AS event_id, unnest(tags) AS tag,
                unnest(schemas) AS schema_version, unnest(times) AS at_nanos,
                unnest(checksums) AS checksum, unnest(bodies) AS body) AS event;
    RETURN before;
END
$$;
REVOKE EXECUTE ON FUNCTION log_append FROM PUBLIC;
