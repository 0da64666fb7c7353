#!/usr/bin/env python3
"""Packs published/*.csv into the .txt files beside this script, which the domain crate compiles in.

A packed file lists only the days that depart from Monday to Friday. The days come from the CSV files; the names of
holidays are a courtesy to readers, taken from the mainland list or told from the date, and decide nothing.
Run it after changing the CSV files; a test compares every day of both.
"""
import csv
import datetime as dt
import pathlib
import re

HERE = pathlib.Path(__file__).parent
ROWS = {}
for path in sorted((HERE / "published").glob("*.csv")):
    name, year = re.fullmatch(r"(\w+)-(?:trading-days|workdays)-(\d+)\.csv", path.name).groups()
    with path.open(encoding="utf-8", newline="") as file:
        ROWS.setdefault(name, {})[int(year)] = {dt.date.fromisoformat(row["date"]): row for row in csv.DictReader(file)}
FESTIVALS = {day: row["festival"] for year in ROWS["cn"].values() for day, row in year.items() if row["festival"]}
DAY = dt.timedelta(1)


def easter(year):
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1)


def named(day, table):
    key = (day.month, day.day)
    return next((name for first, last, name in table if first <= key <= last), None)


def christian(day):
    return {easter(day.year) - 2 * DAY: "Good Friday", easter(day.year) + DAY: "Easter Monday"}.get(day)


def sse(day):
    return FESTIVALS.get(day) or next(
        (FESTIVALS[near] for near in (day + DAY, day - DAY) if near in FESTIVALS), "Exchange holiday"
    )


# The lunar holidays fall in these windows; what lies outside all of them was closed for the weather.
HK = [
    ((1, 1), (1, 3), "New Year's Day"), ((1, 21), (2, 21), "Lunar New Year"), ((4, 3), (4, 7), "Tomb-sweeping Day"),
    ((4, 30), (5, 2), "Labour Day"), ((5, 3), (5, 27), "Buddha's Birthday"), ((5, 28), (6, 26), "Dragon Boat Festival"),
    ((7, 1), (7, 3), "Establishment Day"), ((10, 1), (10, 2), "National Day"),
    ((10, 3), (10, 31), "Chung Yeung Festival"), ((12, 24), (12, 28), "Christmas"),
    ((12, 31), (12, 31), "New Year's Day"),
]
HK_DATED = {
    "2015-09-03": "Anti-Fascist 70th Day", "2017-10-05": "Mid-autumn Festival", "2020-10-02": "Mid-autumn Festival",
    "2016-10-21": "Typhoon or black rainstorm", "2020-10-13": "Typhoon or black rainstorm",
    "2021-10-13": "Typhoon or black rainstorm", "2025-10-07": "Mid-autumn Festival", "2027-09-16": "Mid-autumn Festival",
}
NY = [
    ((1, 1), (1, 2), "New Year's Day"), ((1, 15), (1, 21), "Martin Luther King Jr. Day"),
    ((2, 15), (2, 21), "Presidents' Day"), ((5, 25), (5, 31), "Memorial Day"), ((6, 18), (6, 20), "Juneteenth"),
    ((7, 2), (7, 5), "Independence Day"), ((9, 1), (9, 7), "Labor Day"), ((11, 22), (11, 29), "Thanksgiving"),
    ((12, 24), (12, 26), "Christmas"),
]


def hkex(day):
    near = FESTIVALS.get(day - DAY) or FESTIVALS.get(day)
    if day.isoformat() not in HK_DATED and day.month in (9, 10) and near == "Mid-autumn Festival":
        return near
    return HK_DATED.get(day.isoformat()) or christian(day) or named(day, HK) or "Typhoon or black rainstorm"


def nyse(day):
    return christian(day) or named(day, NY) or "Day of mourning"


def cn(day):
    return FESTIVALS.get(day)


CALENDARS = {
    "sse": ("Asia/Shanghai", "09:30-15:00", sse),
    "hkex": ("Asia/Hong_Kong", "09:30-16:00", hkex),
    "nyse": ("America/New_York", "09:30-16:00", nyse),
    "cn": ("Asia/Shanghai", None, cn),
}


def status(row, hours):
    """Open (True), closed (False), or other hours than the usual."""
    if row is None or row.get("is_workday") == "0":
        return False
    if "session" not in row or f"{row['open_local']}-{row['close_local']}" == hours:
        return True
    assert row["session"] == "half", row
    return f"{row['open_local']}-{row['close_local']}"


for name, (zone, hours, reason) in CALENDARS.items():
    years = ROWS[name]
    assert sorted(years) == list(range(min(years), max(years) + 1))
    lines = [f"# Packed by pack.py from published/{name}-*.csv; do not edit.", f"zone {zone}"]
    lines += [f"hours {hours}"] if hours else []
    lines += [f"years {min(years)} {max(years)}"]
    day = dt.date(min(years), 1, 1)
    while day.year <= max(years):
        is_open = status(years[day.year].get(day), hours)
        if is_open != (day.weekday() < 5):
            word = {True: "open", False: "closed"}.get(is_open, f"half {is_open}")
            label = reason(day)
            lines.append(" ".join([day.isoformat(), word] + ([label] if label else [])))
        elif not is_open and name == "cn" and FESTIVALS.get(day):
            lines.append(f"{day} closed {FESTIVALS[day]}")
        day += DAY
    (HERE / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
