"""Value at risk by historical simulation: 250 days of factor returns against today's exposures, and stress scenarios."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from desk import (BUSINESS_DATE, INBOX, OUTBOX, days_before, draw, fail, level, log, main, mart, output, read_rows,
                  replace_day, write_rows, write_text)

T = BUSINESS_DATE.isoformat()
WINDOW = 250
# factor: how far it swings beside an equity index.
FACTORS = {"equity_cn": 1.0, "equity_hk": 1.3, "rates_cn": 0.12, "credit_cn": 0.18, "usd_cny": 0.2}
# desk: exposure in million yuan by factor.
DESKS = {
    "equity": {"equity_cn": 620, "equity_hk": 240, "usd_cny": 240},
    "fixed_income": {"rates_cn": 2_900, "credit_cn": 1_450},
    "multi_asset": {"equity_cn": 380, "equity_hk": 90, "rates_cn": 1_100, "credit_cn": 420, "usd_cny": 90},
}
LIMITS = {"equity": 26_000_000, "fixed_income": 18_000_000, "multi_asset": 17_000_000, "firm": 52_000_000}
STRESS = {
    "equity-crash": {"equity_cn": -0.20, "equity_hk": -0.25},
    "rate-shock": {"rates_cn": -0.045, "credit_cn": -0.060},
    "devaluation": {"usd_cny": 0.08, "equity_cn": -0.06, "equity_hk": -0.03},
}


def receive():
    days = days_before(WINDOW + 1)
    rows = [(after.isoformat(), factor, f"{level(factor, 1, after, swing) / level(factor, 1, before, swing) - 1:.8f}")
            for factor, swing in FACTORS.items() for before, after in zip(days, days[1:])]
    log(f"{len(FACTORS)} risk factors over {WINDOW} days, {days[1]} to {days[-1]}")
    write_rows(INBOX / "factor-returns.csv", ("day", "factor", "change"), rows)
    exposures = [(desk, factor, int(amount * 1_000_000 * (0.95 + 0.1 * draw(desk, factor, T))))
                 for desk, factors in DESKS.items() for factor, amount in factors.items()]
    log(f"{len(exposures)} exposures of {len(DESKS)} desks")
    write_rows(INBOX / "exposures.csv", ("desk", "factor", "amount"), exposures)


def load():
    connection = mart()
    returns = [(r["day"], r["factor"], float(r["change"])) for r in read_rows(INBOX / "factor-returns.csv")]
    log(f"factor_return: {replace_day(connection, 'factor_return', returns)} rows for {T}")
    exposures = [(r["desk"], r["factor"], int(r["amount"])) for r in read_rows(INBOX / "exposures.csv")]
    log(f"exposure: {replace_day(connection, 'exposure', exposures)} rows for {T}")
    with connection:
        connection.executemany("INSERT OR REPLACE INTO risk_limit VALUES (?, ?)", LIMITS.items())


def simulate(desk):
    """What the desk would have made on each past day with the positions of today."""
    connection = mart()
    results = connection.execute("""
        SELECT r.day, CAST(round(sum(e.amount * r.change)) AS INTEGER) FROM exposure e
        JOIN factor_return r ON r.business_date = e.business_date AND r.factor = e.factor
        WHERE e.business_date = ? AND e.desk = ? GROUP BY r.day ORDER BY r.day""", (T, desk)).fetchall()
    if len(results) != WINDOW:
        fail(f"{desk}: {len(results)} of {WINDOW} scenarios")
    with connection:
        connection.execute("DELETE FROM scenario_result WHERE business_date = ? AND desk = ?", (T, desk))
        connection.executemany("INSERT INTO scenario_result VALUES (?, ?, ?, ?)", [(T, desk, *row) for row in results])
    for day, result in sorted(results, key=lambda row: row[1])[:5]:
        log(f"  {day}  {result:>14,}")
    output(var=value_at_risk([result for _, result in results]))


def value_at_risk(results, worst=3):
    """The loss that one day in a hundred exceeds: of 250 results the third worst."""
    return -sorted(results)[worst - 1]


def aggregate():
    connection = mart()
    desks = {desk: [row[0] for row in connection.execute(
        "SELECT result FROM scenario_result WHERE business_date = ? AND desk = ? ORDER BY day", (T, desk))] for desk in DESKS}
    desks["firm"] = [sum(day) for day in zip(*desks.values())]
    figures = [(desk, value_at_risk(results), -sum(sorted(results)[:3]) // 3) for desk, results in desks.items()]
    for desk, var, shortfall in figures:
        log(f"{desk:<13} VaR 99 % {var:>12,}   expected shortfall {shortfall:>12,}")
    alone = sum(var for desk, var, _ in figures if desk != "firm")
    log(f"diversification saves {alone - figures[-1][1]:,}")
    write_rows(OUTBOX / "var.csv", ("desk", "var99", "shortfall"), figures)
    output(firm_var=figures[-1][1])


def limits():
    allowed = dict(mart().execute("SELECT desk, amount FROM risk_limit"))
    breaches = 0
    for row in read_rows(OUTBOX / "var.csv"):
        used = int(row["var99"]) / allowed[row["desk"]]
        breaches += used > 1
        log(f"{'WARN' if used > 0.9 else 'ok  '} {row['desk']:<13} uses {used:6.1%} of {allowed[row['desk']]:,}")
    output(breaches=breaches)


def report():
    rows = read_rows(OUTBOX / "var.csv")
    lines = [f"# 风险价值报告 VaR report {T}", "", "| desk | VaR 99 % | expected shortfall |", "|---|---:|---:|"]
    lines += [f"| {r['desk']} | {int(r['var99']):,} | {int(r['shortfall']):,} |" for r in rows]
    log(f"wrote {write_text(OUTBOX / 'var-report.md', chr(10).join(lines) + chr(10))}")


def stress(name):
    """One scenario against every desk."""
    shocks, total, rows = STRESS[name], 0, []
    for desk, factors in DESKS.items():
        loss = sum(int(amount * 1_000_000 * shocks.get(factor, 0)) for factor, amount in factors.items())
        total += loss
        rows.append((desk, loss))
        log(f"{name}: {desk:<13} {loss:>15,}")
    write_rows(OUTBOX / f"stress-{name}.csv", ("desk", "result"), [*rows, ("firm", total)])
    output(result=total)


def stress_summary():
    worst = min((int(row["result"]), name) for name in STRESS for row in read_rows(OUTBOX / f"stress-{name}.csv")
                if row["desk"] == "firm")
    log(f"worst scenario: {worst[1]} with {worst[0]:,}")
    output(worst=worst[1])


main({"receive": receive, "load": load, "simulate": simulate, "aggregate": aggregate, "limits": limits,
      "report": report, "stress": stress, "stress-summary": stress_summary})
