"""Opens the three exports of a log with DuckDB and pandas, and compares them with `log cat --json`.

Usage: check.py FOLDER, which holds cat.jsonl and events.jsonl, events.csv, events.parquet.
"""

import json
import pathlib
import sys
from decimal import Decimal

import duckdb
import pandas

NANOS, ATTOS = "DECIMAL(38,9)", "DECIMAL(38,18)"
TYPES = {
    "position": "BIGINT",
    "account": "VARCHAR",
    "version": "BIGINT",
    "event_id": "VARCHAR",
    "time": "TIMESTAMP WITH TIME ZONE",
    "kind": "VARCHAR",
    "schema": "INTEGER",
    "recommendation_id": "VARCHAR",
    "order_key": "VARCHAR",
    "symbol": "VARCHAR",
    "side": "VARCHAR",
    "quantity": NANOS,
    "price": NANOS,
    "amount": ATTOS,
    "fee": ATTOS,
    "code": "VARCHAR",
    "body": "VARCHAR",
}
DECIMALS = ["quantity", "price", "amount", "fee"]
PLAIN = ["position", "account", "version", "event_id", "kind", "schema", "recommendation_id"]
PLAIN += ["order_key", "symbol", "side", "code"]


def same(what, found, expected):
    """Ends the check where two values differ."""
    if found != expected:
        sys.exit(f"{what}: found {found!r}, expected {expected!r}")


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def nanos(at):
    return pandas.Timestamp(at).value


def expect(events, listed):
    """The rows that every format must hold: the exported lines, held against what cat lists."""
    same("events", len(listed), len(events))
    for row, event in zip(listed, events, strict=True):
        for name, value in event.items():
            same(f"{name} of position {event['position']}", row[name], value)
        body = event["body"]
        if event["kind"] == "ExecutionBooked":
            fill = body["execution"]
            for column, field in {"symbol": "instrument", "order_key": "order"}.items():
                same(column, row[column], fill[field])
            for name in ["side", "quantity", "price", "fee"]:
                same(name, row[name], fill[name])
        if event["kind"] == "IntentApproved":
            same("order_key", row["order_key"], body["key"])
            same("amount", row["amount"], body["judgement"]["notional"])
    return listed


def check_rows(what, rows, expected, precise):
    """Rows of any reader: plain values, exact decimals, nulls, times and bodies."""
    same(f"{what}: rows", len(rows), len(expected))
    for row, wanted in zip(rows, expected, strict=True):
        place = f"{what}, position {wanted['position']}"
        for name in PLAIN:
            same(f"{place}: {name}", row[name], wanted[name])
        for name in DECIMALS:
            value = wanted[name]
            same(f"{place}: {name}", row[name], None if value is None else Decimal(value))
        body = row["body"]
        same(f"{place}: body", json.loads(body) if isinstance(body, str) else body, wanted["body"])
        found, time = nanos(row["time"]), nanos(wanted["time"])
        same(f"{place}: time", found, time if precise else time - time % 1000)


def check_sums(what, relation, expected):
    """What people ask most: counts and sums a kind, exact to the last digit."""
    names = ", ".join(f"sum({name})" for name in DECIMALS)
    query = f"select kind, count(*), {names} from relation group by kind"
    for kind, count, *sums in relation.query("relation", query).fetchall():
        mine = [row for row in expected if row["kind"] == kind]
        same(f"{what}: count of {kind}", count, len(mine))
        for name, found in zip(DECIMALS, sums, strict=True):
            values = [Decimal(row[name]) for row in mine if row[name] is not None]
            same(f"{what}: {name} of {kind}", found, sum(values) if values else None)


def check_duckdb(folder, expected):
    parquet = duckdb.sql(f"select * from '{folder}/events.parquet' order by position")
    found = {name: str(kind) for name, kind in zip(parquet.columns, parquet.types, strict=True)}
    wanted = TYPES | {"time": found["time"]}
    same("DuckDB, Parquet: types", found, wanted)
    same("DuckDB, Parquet: time", found["time"].startswith("TIMESTAMP"), True)
    table = duckdb.sql(f"from read_csv('{folder}/events.csv', columns = {TYPES}, header = true)")
    objects = duckdb.sql(f"from read_json('{folder}/events.jsonl', columns = {TYPES})")
    for what, relation in {"Parquet": parquet, "CSV": table, "JSON Lines": objects}.items():
        what = f"DuckDB, {what}"
        listed = duckdb.sql("select * replace (epoch_ns(time) as time) from relation")
        named = [dict(zip(listed.columns, row, strict=True)) for row in listed.fetchall()]
        check_rows(what, named, expected, precise=False)
        check_sums(what, relation, expected)
    # A plain `select * from 'file'` must open the others, too.
    for name in ["events.csv", "events.jsonl"]:
        count = duckdb.sql(f"select count(*), max(position) from '{folder}/{name}'").fetchall()
        same(f"DuckDB, {name}", count, [(len(expected), expected[-1]["position"])])


def check_pandas(folder, expected):
    parquet = pandas.read_parquet(folder / "events.parquet")
    same("pandas, Parquet: time", str(parquet["time"].dtype), "datetime64[ns, UTC]")
    same("pandas, Parquet: position", str(parquet["position"].dtype), "int64")
    same("pandas, Parquet: schema", str(parquet["schema"].dtype), "int32")
    converters = {name: lambda text: Decimal(text) if text else None for name in DECIMALS}
    texts = {name: "str" for name in PLAIN if name not in ("position", "version", "schema")}
    table = pandas.read_csv(folder / "events.csv", dtype=texts, converters=converters)
    objects = pandas.read_json(folder / "events.jsonl", lines=True, dtype=False)
    for what, frame in {"Parquet": parquet, "CSV": table, "JSON Lines": objects}.items():
        frame = frame.astype(object).where(frame.notna(), None)
        rows = frame.to_dict("records")
        for row in rows:
            for name in DECIMALS:
                if isinstance(row[name], str):
                    row[name] = Decimal(row[name])
        check_rows(f"pandas, {what}", rows, expected, precise=True)


def main():
    folder = pathlib.Path(sys.argv[1])
    expected = expect(lines(folder / "cat.jsonl"), lines(folder / "events.jsonl"))
    check_duckdb(folder, expected)
    check_pandas(folder, expected)
    print(f"{len(expected)} events, alike in every format")


main()
