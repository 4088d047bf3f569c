"""Drives fake-alpaca through Alpaca's own SDK: every call it has for what the fake serves, HTTP and stream.

usage: check.py PROGRAM MARKET

Every reply must parse in the SDK's models and validate against Alpaca's OpenAPI documents. Prints one line and exits
with 0, or prints what is wrong and exits with 1.
"""

import inspect
import sys
import threading
import time
from pathlib import Path

from alpaca.common.exceptions import APIError
from alpaca.data.historical import OptionHistoricalDataClient, StockHistoricalDataClient
from alpaca.data import requests as data
from alpaca.trading import requests as trading
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import AssetClass, AssetStatus, OrderSide, OrderStatus, PositionIntent, TimeInForce
from alpaca.trading.enums import ContractType, QueryOrderStatus, TradeEvent
from alpaca.trading.stream import TradingStream

from schema import Schemas
from server import Server

HERE = Path(__file__).parent
STOCK = "GOOG"
# Calls of the SDK's client that the fake does not serve, and why.
NOT_SERVED = {
    "get_watchlists": "watchlists",
    "get_watchlist_by_id": "watchlists",
    "create_watchlist": "watchlists",
    "update_watchlist_by_id": "watchlists",
    "add_asset_to_watchlist_by_id": "watchlists",
    "delete_watchlist_by_id": "watchlists",
    "remove_asset_from_watchlist_by_id": "watchlists",
    "get_corporate_announcements": "corporate actions",
    "get_corporate_announcement_by_id": "corporate actions",
}
HISTORY = {
    "get_stock_bars", "get_stock_quotes", "get_stock_trades", "get_option_bars", "get_option_trades",
    "get_option_exchange_codes",
}


class Recorder:
    """Notes which methods of a client are called, and hands each raw reply to the schemas."""

    def __init__(self, client, schemas: Schemas, faults: list):
        self.client, self.schemas, self.faults = client, schemas, faults
        self.called = set()
        client._session.hooks["response"].append(self.record)

    def record(self, reply, **_):
        if reply.status_code < 400 and reply.content:
            where = f"{reply.request.method} {reply.request.path_url}"
            found = self.schemas.validate(
                reply.request.method, reply.url, reply.status_code, reply.json(), where
            )
            self.faults.extend(found)
        for header in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-ID"):
            if header not in reply.headers:
                self.faults.append(f"{reply.request.method} {reply.request.path_url}: no header {header}")

    def __getattr__(self, name):
        self.called.add(name)
        return getattr(self.client, name)


def expect(condition: bool, text: str):
    if not condition:
        raise AssertionError(text)


def refused(status: int, code: int, call, *arguments):
    """The message of a refusal."""
    try:
        call(*arguments)
    except APIError as error:
        expect((error.status_code, error.code) == (status, code), f"{error.status_code} {error.code} {error.message}")
        return error.message
    raise AssertionError(f"{call} was not refused with {status} {code}")


def limit(symbol, side, qty, price, **more):
    return trading.LimitOrderRequest(
        symbol=symbol, side=side, qty=qty, limit_price=price, time_in_force=TimeInForce.DAY, **more
    )


def market(symbol, side, **more):
    return trading.MarketOrderRequest(symbol=symbol, side=side, time_in_force=TimeInForce.DAY, **more)


def look_around(client):
    """Calls that change nothing; answers the contracts."""
    expect(str(client.get_account().cash) == "100000", "the account begins with 100,000")
    expect(client.get_clock().is_open, "the session is on")
    days = client.get_calendar(trading.GetCalendarRequest(start="2015-12-23", end="2015-12-28"))
    expect([day.close.hour for day in days] == [16, 13, 16], "Christmas Eve closes at 13:00")
    configurations = client.get_account_configurations()
    configurations.no_shorting = True
    expect(client.set_account_configurations(configurations).no_shorting, "shorting is off")
    configurations.no_shorting = False
    client.set_account_configurations(configurations)
    client.get_portfolio_history()
    assets = client.get_all_assets(
        trading.GetAssetsRequest(status=AssetStatus.ACTIVE, asset_class=AssetClass.US_EQUITY)
    )
    stock = client.get_asset(STOCK)
    expect(stock in assets and client.get_asset(stock.id) == stock, "one asset, by symbol and by id")
    refused(404, 40410000, client.get_asset, "NONE")
    chain = {
        "underlying_symbols": [STOCK], "expiration_date_gte": "2015-12-31", "expiration_date_lte": "2016-01-20",
        "type": ContractType.CALL, "limit": 2,
    }
    page = client.get_option_contracts(trading.GetOptionContractsRequest(**chain))
    expect(page.next_page_token is not None and len(page.option_contracts) == 2, "the chain has pages")
    rest = client.get_option_contracts(trading.GetOptionContractsRequest(page_token=page.next_page_token, **chain))
    expect(rest.next_page_token is None and len(rest.option_contracts) == 1, "and an end")
    expect(client.get_option_contract(page.option_contracts[0].symbol).underlying_symbol == STOCK, "one contract")
    refused(404, 40410000, client.get_option_contract, "TSLA231110C00021000")
    return page.option_contracts + rest.option_contracts


def trade_stock(client):
    bought = client.submit_order(market(STOCK, OrderSide.BUY, qty=3, client_order_id="sdk-1"))
    expect(bought.status == OrderStatus.PENDING_NEW, "the answer is pending")
    found = client.get_order_by_client_id("sdk-1")
    expect(found.status == OrderStatus.FILLED and found.id == bought.id, "and then it is filled")
    expect(client.get_order_by_id(bought.id).filled_qty == "3", "by id")
    message = refused(422, 40010001, client.submit_order, market(STOCK, OrderSide.BUY, qty=1, client_order_id="sdk-1"))
    expect(message == "client_order_id must be unique", message)
    client.submit_order(market(STOCK, OrderSide.BUY, notional=500))
    expect(len(client.get_all_positions()) == 1, "one position")
    whole = float(client.get_open_position(STOCK).qty)
    expect(3 < whole < 4, "shares and a part of one")
    resting = client.submit_order(limit(STOCK, OrderSide.BUY, 1, 700))
    changed = client.replace_order_by_id(resting.id, trading.ReplaceOrderRequest(qty=2, limit_price=701))
    expect(client.get_order_by_id(resting.id).replaced_by == changed.id, "the old names the new")
    expect(changed.replaces == resting.id, "the new names the old")
    client.cancel_order_by_id(changed.id)
    message = refused(422, 42210000, client.cancel_order_by_id, changed.id)
    expect("canceled" in message, message)
    for price in (650, 651):
        client.submit_order(limit(STOCK, OrderSide.BUY, 1, price))
    listed = client.get_orders(trading.GetOrdersRequest(status=QueryOrderStatus.OPEN, limit=1, symbols=[STOCK]))
    expect([order.limit_price for order in listed] == ["651"], "the newest first")
    expect(len(client.cancel_orders()) == 2, "both are canceled")
    client.submit_order(
        trading.StopLimitOrderRequest(
            symbol=STOCK, side=OrderSide.SELL, qty=1, stop_price=600, limit_price=599, time_in_force=TimeInForce.GTC
        )
    )
    client.submit_order(
        trading.TrailingStopOrderRequest(
            symbol=STOCK, side=OrderSide.SELL, qty=1, trail_percent=5, time_in_force=TimeInForce.DAY
        )
    )
    expect(len(client.get_orders()) == 2, "both rest")
    message = refused(403, 40310000, client.close_position, STOCK)
    expect(message.startswith("insufficient qty available"), message)
    client.cancel_orders()
    client.close_position(STOCK, trading.ClosePositionRequest(qty="1"))
    client.close_position(STOCK, trading.ClosePositionRequest(percentage="50"))


def trade_options(client, contracts, quotes):
    symbols = [contract.symbol for contract in contracts]
    latest = quotes.get_option_latest_quote(data.OptionLatestQuoteRequest(symbol_or_symbols=symbols))
    traded = [(symbol, quote) for symbol, quote in sorted(latest.items()) if 0 < quote.bid_price <= quote.ask_price < 40]
    (first, quote), (second, other) = traded[0], traded[1]
    order = client.submit_order(
        limit(first, OrderSide.BUY, 2, quote.ask_price, position_intent=PositionIntent.BUY_TO_OPEN)
    )
    expect(client.get_order_by_id(order.id).status == OrderStatus.FILLED, "the contract is bought")
    expect(client.get_open_position(first).asset_class == AssetClass.US_OPTION, "and held")
    wrong = limit(first, OrderSide.SELL, 1, quote.bid_price, position_intent=PositionIntent.SELL_TO_OPEN)
    message = refused(422, 42210000, client.submit_order, wrong)
    expect(message.startswith("position intent mismatch"), message)
    client.submit_order(limit(second, OrderSide.BUY, 1, other.ask_price))
    client.exercise_options_position(first)
    expect(float(client.get_open_position(STOCK).qty) > 200, "the shares are there")
    closed = client.close_all_positions(cancel_orders=True)
    expect({item.status for item in closed} == {200}, "everything is closed")
    expect(client.get_all_positions() == [], "nothing is left")
    refused(404, 40410000, client.get_open_position, STOCK)


def look_at_quotes(stocks, options, contracts):
    symbols = [contract.symbol for contract in contracts]
    quote = stocks.get_stock_latest_quote(data.StockLatestQuoteRequest(symbol_or_symbols=STOCK))[STOCK]
    expect(0 < quote.bid_price <= quote.ask_price, "both sides are quoted")
    stocks.get_stock_latest_trade(data.StockLatestTradeRequest(symbol_or_symbols=[STOCK]))
    stocks.get_stock_latest_bar(data.StockLatestBarRequest(symbol_or_symbols=[STOCK]))
    stocks.get_stock_snapshot(data.StockSnapshotRequest(symbol_or_symbols=[STOCK]))
    options.get_option_latest_quote(data.OptionLatestQuoteRequest(symbol_or_symbols=symbols))
    options.get_option_latest_trade(data.OptionLatestTradeRequest(symbol_or_symbols=symbols))
    options.get_option_snapshot(data.OptionSnapshotRequest(symbol_or_symbols=symbols))
    chain = options.get_option_chain(data.OptionChainRequest(underlying_symbol=STOCK, type=ContractType.PUT))
    expect(len(chain) > 2, "the chain is there")


def listen(server, client, faults):
    """What the SDK's stream hears of a buy, a partial fill and a cancel, and after the stream was cut."""
    heard = []

    async def hear(update):
        heard.append(update)

    stream = TradingStream(*server.keys, url_override=server.ready["stream_url"])
    stream._reconnect_min_backoff = 0.1
    stream.subscribe_trade_updates(hear)
    thread = threading.Thread(target=stream.run, daemon=True)
    thread.start()

    def wait(what, condition):
        until = time.monotonic() + 20
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"the stream did not bring {what}: {[it.event for it in heard]}")
            time.sleep(0.02)

    connected = lambda: server.control("GET", "ledger")["accounts"][0]["stream"]["connections"] == 1
    wait("a connection", connected)
    order = client.submit_order(market(STOCK, OrderSide.BUY, qty=2))
    wait("a fill", lambda: any(it.event == TradeEvent.FILL and it.order.id == order.id for it in heard))
    fill = next(it for it in heard if it.event == TradeEvent.FILL)
    expect((fill.qty, fill.position_qty) == (2, 2), "what the fill says")
    resting = client.submit_order(limit(STOCK, OrderSide.BUY, 1, 600))
    replaced = client.replace_order_by_id(resting.id, trading.ReplaceOrderRequest(limit_price=601))
    client.cancel_order_by_id(replaced.id)
    wait("a cancel", lambda: any(it.event == TradeEvent.CANCELED for it in heard))
    events = [it.event for it in heard if it.order.id == resting.id]
    expect(events[-1] == TradeEvent.REPLACED, f"the replaced event carries the old order: {events}")
    server.control("POST", "cut", {})
    wait("a second connection", connected)
    client.close_position(STOCK)
    wait("the sale", lambda: any(it.event == TradeEvent.FILL and it.order.side == OrderSide.SELL for it in heard))
    stream.stop()
    thread.join(timeout=20)
    if thread.is_alive():
        faults.append("the SDK's stream does not stop")


def uncalled(recorder, skipped) -> list[str]:
    """Public methods of the SDK's client that nobody called."""
    methods = [name for name, _ in inspect.getmembers(type(recorder.client), inspect.isfunction)]
    methods = [name for name in methods if not name.startswith("_")]
    plumbing = {"get", "post", "put", "patch", "delete", "response_wrapper"}
    return [name for name in methods if name not in recorder.called | set(skipped) | plumbing]


def main() -> int:
    program, folder = sys.argv[1:]
    faults = []
    schemas = Schemas(HERE / "openapi")
    with Server(program, folder, "--start", "2015-12-24T15:00:00Z") as server:
        url, keys = server.ready["base_url"], server.keys
        client = Recorder(TradingClient(*keys, url_override=url), schemas, faults)
        stocks = Recorder(StockHistoricalDataClient(*keys, url_override=server.ready["data_url"]), schemas, faults)
        options = Recorder(OptionHistoricalDataClient(*keys, url_override=server.ready["data_url"]), schemas, faults)
        contracts = look_around(client)
        look_at_quotes(stocks, options, contracts)
        trade_stock(client)
        trade_options(client, contracts, options)
        # Paths that the SDK has no call for.
        rows = client.client.get("/account/activities/FILL")
        expect(len(rows) > 3, "fills have rows")
        listen(server, client, faults)
        expect(client.client.get("/account/activities?category=non_trade_activity") == [], "not before morning")
        server.control("POST", "clock", {"to": "2015-12-25T10:00:00Z"})
        rows = client.client.get("/account/activities?category=non_trade_activity&direction=asc")
        expect([row["activity_type"] for row in rows] == ["OPEXC", "OPTRD"], f"the exercise has two rows: {rows}")
        for recorder, skipped in ((client, NOT_SERVED), (stocks, HISTORY), (options, HISTORY)):
            faults.extend(f"{name} was never called" for name in uncalled(recorder, skipped))
        calls = len(client.called | stocks.called | options.called)
    faults.extend(f"exceptions.py: {name} forgives nothing any more" for name in schemas.unused())
    for fault in sorted(set(faults)):
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{calls} calls of the SDK, {schemas.checked} replies as Alpaca describes them")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
