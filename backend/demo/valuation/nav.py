"""The NAV valuation: receive prices and positions, load and check them, value each fund, add up, reconcile, report."""

import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from desk import (BUSINESS_DATE, INBOX, OUTBOX, draw, fail, fixed, half_up, level, log, main, mart, money, output,
                  plain, read_rows, replace_day, write_rows, write_text)

T = BUSINESS_DATE.isoformat()

# security: (name, kind, currency, base price). Invented issuers.
SECURITIES = {
    "EQ0101": ("青禾科技 Qinghe Technology", "equity", "CNY", 46.20),
    "EQ0102": ("北岭银行 Beiling Bank", "equity", "CNY", 6.85),
    "EQ0103": ("远帆汽车 Yuanfan Motors", "equity", "CNY", 112.40),
    "EQ0104": ("云峰医药 Yunfeng Pharma", "equity", "CNY", 38.95),
    "EQ0105": ("长汀电力 Changting Power", "equity", "CNY", 9.12),
    "EQ0106": ("泰山食品 Taishan Foods", "equity", "CNY", 158.30),
    "HK0201": ("维港地产 Harbour Land", "equity", "HKD", 21.45),
    "HK0202": ("南湾互联 Nanwan Online", "equity", "HKD", 342.60),
    "HK0203": ("环球航运 Global Lines", "equity", "HKD", 13.08),
    "US0301": ("Meridian Chips", "equity", "USD", 88.75),
    "US0302": ("Atlas Cloud", "equity", "USD", 241.10),
    "BD0401": ("26 国债 04", "bond", "CNY", 101.25),
    "BD0402": ("25 国开 11", "bond", "CNY", 99.64),
    "BD0403": ("24 北岭银行二级", "bond", "CNY", 100.87),
    "BD0404": ("26 长汀电力 MTN", "bond", "CNY", 102.31),
    "BD0405": ("23 地方债 07", "bond", "CNY", 98.92),
    "FD0501": ("恒远货币 A", "fund", "CNY", 1.0000),
    "FD0502": ("沪市宽基 ETF", "equity", "CNY", 3.2140),
}
# How far a kind swings beside an equity.
SWING = {"equity": 1.0, "bond": 0.12, "fund": 0.0}
RATES = {"CNY": 1.0, "HKD": 0.9135, "USD": 7.1240}
# fund: (name, units, cash in yuan, management fee in basis points a year, what it may hold).
FUNDS = {
    "HY001": ("恒远稳健一号 Steady One", 86_000_000, 4_120_500.36, 45, ("BD", "FD")),
    "HY002": ("恒远固收增强 Bond Plus", 132_000_000, 6_880_112.90, 60, ("BD", "EQ0102", "EQ0105")),
    "HY003": ("恒远均衡配置 Balanced", 64_500_000, 3_450_000.05, 90, ("EQ", "BD")),
    "HY004": ("恒远科技成长 Tech Growth", 41_200_000, 1_905_730.77, 120, ("EQ0101", "EQ0103", "US", "HK0202")),
    "HY005": ("恒远港股精选 Hong Kong Select", 28_750_000, 2_010_400.18, 135, ("HK", "FD0501")),
    "HY006": ("恒远养老 2040 Target 2040", 97_300_000, 5_333_333.33, 75, ("EQ", "HK", "BD", "FD")),
}


def receive_prices():
    rows = [(code, name, kind, currency, f"{level(code, base, swing=SWING[kind]):.4f}")
            for code, (name, kind, currency, base) in SECURITIES.items()]
    log(f"closing prices of {T}: {len(rows)} securities from the market data platform")
    path = write_rows(INBOX / "prices.csv", ("security", "name", "kind", "currency", "close"), rows)
    rates = [(currency, f"{level('fx' + currency, base, swing=0.0 if currency == 'CNY' else 0.15):.6f}")
             for currency, base in RATES.items()]
    log("middle rates: " + ", ".join(f"{currency}/CNY {rate}" for currency, rate in rates[1:]))
    write_rows(INBOX / "rates.csv", ("currency", "rate"), rates)
    log(f"wrote {path}")


def receive_positions():
    positions = []
    for fund, (_, units, _, _, mandate) in FUNDS.items():
        allowed = [code for code in SECURITIES if code.startswith(mandate)]
        for code in allowed:
            _, _, currency, base = SECURITIES[code]
            lots = units * (0.7 + 0.6 * draw(fund, code)) / len(allowed) / (base * RATES[currency]) / 100
            traded = int(draw(fund, code, T) * 9) - 4
            positions.append((fund, code, 100 * max(1, int(lots) + traded)))
    log(f"holdings of {T}: {len(positions)} positions in {len(FUNDS)} funds from the custodian")
    path = write_rows(INBOX / "positions.csv", ("fund", "security", "quantity"), positions)
    funds = [(fund, name, units + int(draw(fund, "flow", T) * 200_000), f"{cash:.2f}", fee)
             for fund, (name, units, cash, fee, _) in FUNDS.items()]
    write_rows(INBOX / "funds.csv", ("fund", "name", "units", "cash", "fee_bp"), funds)
    log(f"units outstanding: {sum(row[2] for row in funds):,}")
    log(f"wrote {path}")


def load_prices():
    connection = mart()
    prices = [(r["security"], r["name"], r["kind"], r["currency"], fixed(r["close"], 4))
              for r in read_rows(INBOX / "prices.csv")]
    log(f"price: {replace_day(connection, 'price', prices)} rows for {T}")
    rates = [(r["currency"], fixed(r["rate"], 6)) for r in read_rows(INBOX / "rates.csv")]
    log(f"rate: {replace_day(connection, 'rate', rates)} rows for {T}")
    output(prices=len(prices))


def load_positions():
    connection = mart()
    funds = [(r["fund"], r["name"], int(r["units"]), fixed(r["cash"], 2), int(r["fee_bp"]))
             for r in read_rows(INBOX / "funds.csv")]
    log(f"fund: {replace_day(connection, 'fund', funds)} rows for {T}")
    positions = [(r["fund"], r["security"], int(r["quantity"])) for r in read_rows(INBOX / "positions.csv")]
    log(f"position: {replace_day(connection, 'position', positions)} rows for {T}")
    output(positions=len(positions))


# Each rule selects what breaks it; a valuation must not start from such rows.
RULES = {
    "position without a price": """
        SELECT p.fund || ' ' || p.security FROM position p
        LEFT JOIN price c ON c.business_date = p.business_date AND c.security = p.security
        WHERE p.business_date = :t AND c.security IS NULL""",
    "price without an exchange rate": """
        SELECT c.security || ' ' || c.currency FROM price c
        LEFT JOIN rate r ON r.business_date = c.business_date AND r.currency = c.currency
        WHERE c.business_date = :t AND r.currency IS NULL""",
    "price that is not positive": "SELECT security FROM price WHERE business_date = :t AND close_e4 <= 0",
    "position of an unknown fund": """
        SELECT p.fund FROM position p LEFT JOIN fund f ON f.business_date = p.business_date AND f.fund = p.fund
        WHERE p.business_date = :t AND f.fund IS NULL""",
    "fund without units": "SELECT fund FROM fund WHERE business_date = :t AND units <= 0",
}
MOVED = """
    SELECT c.name, round(100.0 * c.close_e4 / b.close_e4 - 100, 2) AS percent FROM price c
    JOIN price b ON b.security = c.security
     AND b.business_date = (SELECT max(business_date) FROM price WHERE business_date < :t)
    WHERE c.business_date = :t AND abs(100.0 * c.close_e4 / b.close_e4 - 100) > 5"""


def check_inputs():
    connection, broken = mart(), 0
    for rule, query in RULES.items():
        found = [row[0] for row in connection.execute(query, {"t": T})]
        log(f"{'FAIL' if found else 'ok  '} no {rule}")
        for item in found[:10]:
            print(f"       {item}", file=sys.stderr, flush=True)
        broken += len(found)
    for name, percent in connection.execute(MOVED, {"t": T}):
        log(f"WARN {name} moved {percent:+.2f} % since the last loaded date")
    if broken:
        fail(f"{broken} rows break a rule; nothing is valued from them")


def value(fund):
    connection = mart()
    rows = connection.execute("""
        SELECT p.security, c.name, p.quantity, c.close_e4, r.rate_e6 FROM position p
        JOIN price c ON c.business_date = p.business_date AND c.security = p.security
        JOIN rate r ON r.business_date = p.business_date AND r.currency = c.currency
        WHERE p.business_date = ? AND p.fund = ? ORDER BY p.security""", (T, fund)).fetchall()
    head = connection.execute("SELECT name, units, cash_fen, fee_bp FROM fund WHERE business_date = ? AND fund = ?",
                              (T, fund)).fetchone()
    if head is None:
        fail(f"no fund {fund} on {T}")
    name, units, cash, fee_bp = head
    log(f"{fund} {name}: {len(rows)} positions, {units:,} units")
    # quantity x 1e-4 price x 1e-6 rate is in 1e-10 yuan; a fen is 1e-2.
    values = [(fund, security, half_up(quantity * close * rate, 10**8)) for security, _, quantity, close, rate in rows]
    for (_, security, fen), (_, title, quantity, close, _) in zip(values, rows):
        log(f"  {security} {title}  {quantity:,} x {plain(close, 4)} = {money(fen)}")
    assets = sum(row[2] for row in values) + cash
    fee = half_up(assets * fee_bp, 10_000 * 365)
    nav = assets - fee
    unit_nav = half_up(nav * 100, units)
    with connection:
        connection.execute("DELETE FROM holding_value WHERE business_date = ? AND fund = ?", (T, fund))
        connection.executemany("INSERT INTO holding_value VALUES (?, ?, ?, ?)", [(T, *row) for row in values])
        connection.execute("DELETE FROM fund_nav WHERE business_date = ? AND fund = ?", (T, fund))
        connection.execute("INSERT INTO fund_nav VALUES (?, ?, ?, ?, ?, ?)", (T, fund, assets, fee, nav, unit_nav))
    log(f"  assets {money(assets)} - fee of the day {money(fee)} = NAV {money(nav)}, {plain(unit_nav, 4)} a unit")
    output(nav=plain(nav, 2), unit_nav=plain(unit_nav, 4))


def total():
    connection = mart()
    valued, funds, nav = connection.execute("""
        SELECT (SELECT count(*) FROM fund_nav WHERE business_date = :t),
               (SELECT count(*) FROM fund WHERE business_date = :t),
               (SELECT coalesce(sum(nav_fen), 0) FROM fund_nav WHERE business_date = :t)""", {"t": T}).fetchone()
    if valued != funds:
        fail(f"{valued} of {funds} funds are valued")
    replace_day(connection, "firm_nav", [(funds, nav)])
    log(f"{funds} funds valued on {T}: {money(nav)} CNY in all")
    output(total=plain(nav, 2), funds=funds)


def reconcile():
    """Values the books a second time, from the files and in decimal arithmetic, as the custodian does."""
    cent = Decimal("0.01")
    price = {r["security"]: (Decimal(r["close"]), r["currency"]) for r in read_rows(INBOX / "prices.csv")}
    rate = {r["currency"]: Decimal(r["rate"]) for r in read_rows(INBOX / "rates.csv")}
    ours = dict(mart().execute("SELECT fund, assets_fen FROM fund_nav WHERE business_date = ?", (T,)))
    theirs = {r["fund"]: Decimal(r["cash"]) for r in read_rows(INBOX / "funds.csv")}
    for r in read_rows(INBOX / "positions.csv"):
        close, currency = price[r["security"]]
        theirs[r["fund"]] += (int(r["quantity"]) * close * rate[currency]).quantize(cent, ROUND_HALF_UP)
    breaks = 0
    for fund, assets in theirs.items():
        difference = assets - Decimal(plain(ours.get(fund, 0), 2))
        breaks += difference != 0
        log(f"{'FAIL' if difference else 'ok  '} {fund} custodian {assets:,}  difference {difference}")
    if breaks:
        fail(f"{breaks} funds differ from the custodian's books")


def report():
    connection = mart()
    rows = connection.execute("""
        SELECT f.fund, f.name, f.units, n.assets_fen, n.fee_fen, n.nav_fen, n.unit_nav_e4
        FROM fund f JOIN fund_nav n ON n.business_date = f.business_date AND n.fund = f.fund
        WHERE f.business_date = ? ORDER BY f.fund""", (T,)).fetchall()
    (nav,) = connection.execute("SELECT nav_fen FROM firm_nav WHERE business_date = ?", (T,)).fetchone()
    lines = [(fund, name, units, plain(assets, 2), plain(fee, 2), plain(net, 2), plain(unit, 4))
             for fund, name, units, assets, fee, net, unit in rows]
    columns = ("fund", "name", "units", "assets", "fee", "nav", "unit_nav")
    sheet = write_rows(OUTBOX / "nav-report.csv", columns, [*lines, ("TOTAL", "", "", "", "", plain(nav, 2), "")])
    text = [f"# 净值估值报告 NAV report {T}", "", f"**Total NAV {money(nav)} CNY** in {len(lines)} funds", "",
            "| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    text += ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
    write_text(OUTBOX / "nav-report.md", "\n".join(text) + "\n")
    for fund, name, _, _, _, net, unit in rows:
        log(f"{fund}  NAV {money(net):>18}  unit {plain(unit, 4)}  {name}")
    log(f"TOTAL  NAV {money(nav):>18}")
    log(f"wrote {sheet}")
    output(report=sheet, total=plain(nav, 2))


main({"receive-prices": receive_prices, "receive-positions": receive_positions, "load-prices": load_prices,
      "load-positions": load_positions, "check": check_inputs, "value": value, "total": total,
      "reconcile": reconcile, "report": report})
