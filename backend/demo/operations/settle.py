"""Settlement of the day's trades against the clearing house's file, and cash reconciliation against the banks."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from desk import (BUSINESS_DATE, DAY, INBOX, OUTBOX, draw, fail, fixed, log, main, mart, money, output, plain, read_rows,
                  replace_day, write_rows)

T = BUSINESS_DATE.isoformat()
FUNDS = [f"HY{number:03d}" for number in range(1, 7)]
ACCOUNTS = ("北岭银行 6001", "远洋银行 8112", "华清银行 3307")


def trades():
    rows = []
    for number in range(1, 61):
        side = "buy" if draw("side", number, T) < 0.5 else "sell"
        quantity = 100 * (1 + int(draw("quantity", number, T) * 400))
        price_e4 = 50_000 + int(draw("price", number, T) * 1_500_000)
        amount = quantity * price_e4 // 100
        rows.append((f"{DAY}-{number:04d}", FUNDS[number % len(FUNDS)], side, f"EQ{101 + number % 40:04d}", quantity, amount))
    write_rows(INBOX / "trades.csv", ("trade", "fund", "side", "security", "quantity", "amount"),
               [(*row[:5], plain(row[5], 2)) for row in rows])
    log(f"trade: {replace_day(mart(), 'trade', rows)} trades of {T} from the order system")


def clearing_file():
    log("looking for the clearing house's file of the day")
    # It comes late every day: the first look finds nothing, and the task's retry policy looks again.
    if os.environ.get("ALMANAC_ATTEMPT", "1") == "1":
        fail(f"clearing-{DAY}.csv is not there yet", code=75)
    rows = [(r["trade"], r["amount"]) for r in read_rows(INBOX / "trades.csv")]
    write_rows(INBOX / f"clearing-{DAY}.csv", ("trade", "amount"), rows)
    log(f"clearing-{DAY}.csv: {len(rows)} trades")


def match():
    connection = mart()
    rows = [(r["trade"], fixed(r["amount"], 2)) for r in read_rows(INBOX / f"clearing-{DAY}.csv")]
    log(f"clearing: {replace_day(connection, 'clearing', rows)} rows for {T}")
    unmatched = connection.execute("""
        SELECT t.trade, t.amount_fen, c.amount_fen FROM trade t
        LEFT JOIN clearing c ON c.business_date = t.business_date AND c.trade = t.trade
        WHERE t.business_date = ? AND (c.trade IS NULL OR c.amount_fen <> t.amount_fen)""", (T,)).fetchall()
    for trade, ours, theirs in unmatched:
        log(f"FAIL {trade}: ours {money(ours)}, the clearing house's {money(theirs or 0)}")
    if unmatched:
        fail(f"{len(unmatched)} trades do not match")
    log(f"ok   {len(rows)} trades match")


def net():
    rows = mart().execute("""
        SELECT fund, sum(CASE side WHEN 'sell' THEN amount_fen ELSE -amount_fen END) FROM trade
        WHERE business_date = ? GROUP BY fund ORDER BY fund""", (T,)).fetchall()
    for fund, amount in rows:
        log(f"{fund} {'receives' if amount >= 0 else 'pays':<8} {money(abs(amount)):>18}")
    write_rows(OUTBOX / "net.csv", ("fund", "amount"), [(fund, plain(amount, 2)) for fund, amount in rows])
    output(net=plain(sum(amount for _, amount in rows), 2))


def instruct(kind):
    if kind == "cash":
        rows = [(f"C{DAY}{number:03d}", r["fund"], r["amount"])
                for number, r in enumerate(read_rows(OUTBOX / "net.csv"), start=1)]
    else:
        rows = mart().execute("""
            SELECT 'S' || replace(trade, '-', ''), fund, CASE side WHEN 'buy' THEN quantity ELSE -quantity END
            FROM trade WHERE business_date = ? ORDER BY trade""", (T,)).fetchall()
    path = write_rows(OUTBOX / f"{kind}-instructions.csv", ("instruction", "fund", "amount"), rows)
    log(f"{len(rows)} {kind} instructions in {path}")
    output(instructions=len(rows))


def confirm():
    """What was instructed adds up to what was traded."""
    cash, quantity = mart().execute("""
        SELECT sum(CASE side WHEN 'sell' THEN amount_fen ELSE -amount_fen END),
               sum(CASE side WHEN 'buy' THEN quantity ELSE -quantity END)
        FROM trade WHERE business_date = ?""", (T,)).fetchone()
    wrong = 0
    for kind, places, expected in (("cash", 2, cash), ("securities", 0, quantity)):
        rows = read_rows(OUTBOX / f"{kind}-instructions.csv")
        instructed = sum(fixed(row["amount"], places) for row in rows)
        wrong += instructed != expected
        log(f"{'ok  ' if instructed == expected else 'FAIL'} {len(rows)} {kind} instructions for {len({r['fund'] for r in rows})} funds")
    if wrong:
        fail("the instructions do not add up to the trades")


def entries():
    for number in range(1, 41):
        amount = int(draw("cash", number, T) * 90_000_000) - 40_000_000
        yield f"{DAY}-{number:03d}", ACCOUNTS[number % len(ACCOUNTS)], amount


def ledger():
    log(f"ledger: {replace_day(mart(), 'ledger', list(entries()))} entries of {T}")


def statement():
    # A bank books an entry a day late now and then.
    rows = [row for row in entries() if draw("late", row[0]) > 0.05]
    write_rows(INBOX / "statement.csv", ("entry", "account", "amount"), [(e, a, plain(f, 2)) for e, a, f in rows])
    log(f"statement: {replace_day(mart(), 'statement', rows)} entries of {T}")


def reconcile():
    rows = mart().execute("""
        SELECT l.entry, l.account, l.amount_fen FROM ledger l
        LEFT JOIN statement s ON s.business_date = l.business_date AND s.entry = l.entry AND s.amount_fen = l.amount_fen
        WHERE l.business_date = ? AND s.entry IS NULL ORDER BY l.entry""", (T,)).fetchall()
    for entry, account, amount in rows:
        log(f"OPEN {entry} {account} {money(amount):>16}")
    write_rows(OUTBOX / "open-items.csv", ("entry", "account", "amount"), [(e, a, plain(f, 2)) for e, a, f in rows])
    log(f"{len(rows)} open items for tomorrow")
    output(open=len(rows))


main({"trades": trades, "clearing-file": clearing_file, "match": match, "net": net, "instruct": instruct,
      "confirm": confirm, "ledger": ledger, "statement": statement, "reconcile": reconcile})
