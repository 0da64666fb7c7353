"""What the scripts of the demo firm share: a department's folders, its data mart, its log and its outputs.

Everything is made from the business date alone, so that a rerun of a date gives the same files and the same figures.
Amounts are whole numbers of the smallest unit (fen, ten-thousandths of a price): money is never a float.
"""

import csv
import hashlib
import json
import math
import os
import sqlite3
import sys
import time
from datetime import date, timedelta
from pathlib import Path

DEPARTMENT = os.environ["ALMANAC_TENANT"]
BUSINESS_DATE = date.fromisoformat(os.environ["ALMANAC_BUSINESS_DATE"])
HOME = Path(os.environ["DEMO_HOME"]) / "data" / DEPARTMENT
DAY = BUSINESS_DATE.strftime("%Y%m%d")
INBOX = HOME / "in" / DAY
OUTBOX = HOME / "out" / DAY
# Seconds between log lines, so that a person can follow; a parameter of every workflow of the demo.
PACE = float(os.environ.get("pace") or 0)


def log(text):
    """One line that is on its way to the reader at once."""
    print(text, flush=True)
    if PACE > 0:
        time.sleep(PACE)


def fail(text, code=1):
    print(f"ERROR {text}", file=sys.stderr, flush=True)
    sys.exit(code)


def output(**values):
    """Hands values to the tasks that follow."""
    path = os.environ.get("ALMANAC_OUTPUT")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            for key, value in values.items():
                # As JSON, so that an amount stays the text that it is.
                file.write(f"{key}={json.dumps(value if isinstance(value, int) else str(value), ensure_ascii=False)}\n")


def draw(*key):
    """A number in [0, 1) that depends on its key and on nothing else."""
    digest = hashlib.sha256(":".join(str(part) for part in key).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def level(name, base, day=BUSINESS_DATE, swing=1.0):
    """A price on a day: a slow wave around its base with daily noise, the same for whoever asks."""
    phase = draw(name, "phase") * math.tau
    wave = 0.09 * math.sin(day.toordinal() / 23 + phase) + 0.03 * math.sin(day.toordinal() / 5 + 2 * phase)
    return base * (1 + swing * (wave + 0.02 * (draw(name, day.isoformat()) - 0.5)))


def days_before(count, day=BUSINESS_DATE):
    """The `count` weekdays that end with `day`, oldest first."""
    days = []
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


def half_up(numerator, denominator):
    """An exact quotient rounded half away from zero."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    numerator, denominator = abs(numerator), abs(denominator)
    return sign * ((2 * numerator + denominator) // (2 * denominator))


def fixed(text, places):
    """A decimal text as a whole number of its smallest unit: fixed("12.3", 2) is 1230."""
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, fraction = text.partition(".")
    if places == 0:
        return sign * int(text)
    if len(fraction) > places:
        raise ValueError(f"{text}: more than {places} decimal places")
    return sign * (int(whole) * 10**places + int(fraction.ljust(places, "0") or 0))


def plain(number, places):
    """The inverse of `fixed`: plain(1230, 2) is 12.30."""
    sign, number = ("-", -number) if number < 0 else ("", number)
    whole, fraction = divmod(number, 10**places)
    return f"{sign}{whole}.{fraction:0{places}d}"


def money(fen):
    """An amount for a person to read: money(123456) is 1,234.56."""
    whole, _, fraction = plain(fen, 2).partition(".")
    return f"{int(whole):,}.{fraction}" if int(whole) or fen >= 0 else f"-0.{fraction}"


def read_rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(path, columns, rows):
    """Writes a CSV file beside its place and moves it there: a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The number keeps two attempts at the same file from meeting in one temporary name.
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with open(half, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    half.replace(path)
    return path


def write_text(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_text(text, encoding="utf-8")
    half.replace(path)
    return path


def mart():
    """The department's data mart; several tasks write to it at once, each waiting for its turn."""
    HOME.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(HOME / "mart.db", timeout=60)
    connection.executescript((Path(__file__).parent / DEPARTMENT / "mart.sql").read_text(encoding="utf-8"))
    return connection


def replace_day(connection, table, rows):
    """Puts a day's rows in the place of what an earlier run of the same day left."""
    day = BUSINESS_DATE.isoformat()
    with connection:
        connection.execute(f"DELETE FROM {table} WHERE business_date = ?", (day,))
        if rows:
            marks = ", ".join("?" * (len(rows[0]) + 1))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", [(day, *row) for row in rows])
    return len(rows)


def main(steps):
    """Runs the step that is named on the command line with the words after it."""
    name, *words = sys.argv[1:] or [""]
    if name not in steps:
        fail(f"unknown step {name!r}; one of {', '.join(steps)}", code=2)
    steps[name](*words)
