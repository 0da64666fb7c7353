"""Market data of three vendors made into one golden price, and factor scores of the securities."""

import os
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from desk import (BUSINESS_DATE, INBOX, OUTBOX, days_before, draw, fail, fixed, level, log, main, mart, output, plain,
                  read_rows, replace_day, write_rows)

T = BUSINESS_DATE.isoformat()
SECURITIES = {f"EQ{number:04d}": 5 + 140 * draw("base", number) for number in range(101, 141)}
VENDORS = ("huaxing", "datong", "meridian")


def fetch(vendor):
    # The third vendor's gateway refuses its first caller of the day; the retry policy of the task is the answer to it.
    if vendor == "meridian" and os.environ.get("ALMANAC_ATTEMPT", "1") == "1":
        log("connecting to the gateway of meridian")
        fail("gateway answered 503 Service Unavailable", code=75)
    rows = []
    for security, base in SECURITIES.items():
        price = level(security, base)
        # A vendor is wrong about a security now and then.
        if draw(vendor, security, T) < 0.03:
            price *= 1.12
        rows.append((security, f"{price:.4f}"))
    log(f"{vendor}: {len(rows)} closing prices of {T}")
    write_rows(INBOX / f"{vendor}.csv", ("security", "close"), rows)
    output(rows=len(rows))


def compare():
    connection, quotes = mart(), []
    for vendor in VENDORS:
        quotes += [(vendor, r["security"], fixed(r["close"], 4)) for r in read_rows(INBOX / f"{vendor}.csv")]
    log(f"quote: {replace_day(connection, 'quote', quotes)} rows for {T}")
    outliers = connection.execute("""
        SELECT a.security, a.vendor, a.close_e4, b.middle FROM quote a
        JOIN (SELECT business_date, security, (sum(close_e4) - max(close_e4) - min(close_e4)) AS middle
              FROM quote GROUP BY business_date, security) b
          ON b.business_date = a.business_date AND b.security = a.security
        WHERE a.business_date = ? AND abs(a.close_e4 - b.middle) * 100 > b.middle ORDER BY a.security""", (T,)).fetchall()
    for security, vendor, close, middle in outliers:
        log(f"WARN {security}: {vendor} says {plain(close, 4)}, the others {plain(middle, 4)}")
    output(outliers=len(outliers))


def golden():
    connection, by_security = mart(), {}
    for security, close in connection.execute("SELECT security, close_e4 FROM quote WHERE business_date = ?", (T,)):
        by_security.setdefault(security, []).append(close)
    rows = [(security, int(statistics.median(closes)), len(closes)) for security, closes in sorted(by_security.items())]
    log(f"golden_price: {replace_day(connection, 'golden_price', rows)} rows for {T}, the median of {len(VENDORS)} vendors")
    output(prices=len(rows))


def publish():
    rows = mart().execute("SELECT security, close_e4 FROM golden_price WHERE business_date = ? ORDER BY security",
                          (T,)).fetchall()
    path = write_rows(OUTBOX / "golden-prices.csv", ("security", "close"), [(s, plain(c, 4)) for s, c in rows])
    log(f"published {len(rows)} prices to {path}")


def score(factor):
    connection, rows = mart(), []
    month = days_before(21)
    for security, base in SECURITIES.items():
        path = [level(security, base, day) for day in month]
        moves = [after / before - 1 for before, after in zip(path, path[1:])]
        value = {"momentum": path[-1] / path[0] - 1, "low_volatility": -statistics.stdev(moves),
                 "reversal": -(path[-1] / path[-6] - 1)}[factor]
        rows.append((security, value))
    mean, spread = statistics.mean(v for _, v in rows), statistics.stdev(v for _, v in rows)
    scores = [(T, factor, security, round((value - mean) / spread, 4)) for security, value in rows]
    with connection:
        connection.execute("DELETE FROM factor_score WHERE business_date = ? AND factor = ?", (T, factor))
        connection.executemany("INSERT INTO factor_score VALUES (?, ?, ?, ?)", scores)
    for _, _, security, points in sorted(scores, key=lambda row: -row[3])[:5]:
        log(f"  {factor} {security} {points:+.2f}")


def rank():
    rows = mart().execute("""
        SELECT security, round(avg(score), 4) AS points FROM factor_score WHERE business_date = ?
        GROUP BY security HAVING count(*) = 3 ORDER BY points DESC, security LIMIT 10""", (T,)).fetchall()
    for place, (security, points) in enumerate(rows, start=1):
        log(f"{place:>2}. {security} {points:+.2f}")
    write_rows(OUTBOX / "ranking.csv", ("security", "score"), rows)


main({"fetch": fetch, "compare": compare, "golden": golden, "publish": publish, "score": score, "rank": rank})
