//! Tests of dates, periods and date expressions.

use super::*;
use crate::{calendar::Calendars, error::Lang};

fn date(text: &str) -> BizDate {
    text.parse().unwrap()
}

#[test]
fn only_full_dates_are_read() {
    assert_eq!(date("2026-11-20"), BizDate::new(2026, 11, 20).unwrap());
    assert_eq!(date("20261120").compact(), "20261120");
    for wrong in ["2026-1-20", "2026-02-30", "26-11-2020", "1899-12-31", "2300-01-01", "2026/11/20", "２０２６-11", ""]
    {
        assert!(wrong.parse::<BizDate>().is_err(), "{wrong}");
    }
    assert_eq!(serde_json::to_string(&date("20260228")).unwrap(), "\"2026-02-28\"");
    assert!(serde_json::from_str::<BizDate>("\"2026-02-29\"").is_err());
}

#[test]
fn periods_have_their_first_and_last_day() {
    let table = [
        (Period::Week, "2024-02-14", "2024-02-12", "2024-02-18"),
        (Period::TenDay, "2024-02-10", "2024-02-01", "2024-02-10"),
        (Period::TenDay, "2024-02-11", "2024-02-11", "2024-02-20"),
        (Period::TenDay, "2024-02-21", "2024-02-21", "2024-02-29"),
        (Period::TenDay, "2024-01-31", "2024-01-21", "2024-01-31"),
        (Period::Month, "2024-02-14", "2024-02-01", "2024-02-29"),
        (Period::Quarter, "2024-05-31", "2024-04-01", "2024-06-30"),
        (Period::Half, "2024-12-31", "2024-07-01", "2024-12-31"),
        (Period::Year, "2024-12-31", "2024-01-01", "2024-12-31"),
        (Period::FiscalYear(4), "2024-03-31", "2023-04-01", "2024-03-31"),
        (Period::FiscalYear(4), "2024-04-01", "2024-04-01", "2025-03-31"),
        (Period::FiscalYear(10), "2024-12-01", "2024-10-01", "2025-09-30"),
    ];
    for (period, day, start, end) in table {
        assert_eq!((date(day).start(period), date(day).end(period)), (date(start), date(end)), "{period} of {day}");
        assert_eq!(period.to_string().parse(), Ok(period));
    }
    assert_eq!(BizDate::MAX.end(Period::FiscalYear(4)), BizDate::MAX);
    assert_eq!(BizDate::MIN.start(Period::FiscalYear(4)), BizDate::MIN);
}

#[test]
fn periods_follow_each_other_without_gap() {
    let kinds = [
        Period::Week,
        Period::TenDay,
        Period::Month,
        Period::Quarter,
        Period::Half,
        Period::Year,
        Period::FiscalYear(2),
        Period::FiscalYear(12),
    ];
    for period in kinds {
        let mut day = date("1999-06-01");
        while day < date("2005-03-01") {
            let (start, end) = (day.start(period), day.end(period));
            assert!((start..=end).contains(&day), "{period} of {day}");
            assert_eq!((end.start(period), start.end(period)), (start, end), "{period} of {day}");
            assert_eq!((end.succ().start(period), start.pred().end(period)), (end.succ(), start.pred()), "{period}");
            day = day.succ();
        }
    }
}

#[test]
fn expressions_print_as_they_are_read() {
    let texts = [
        "T",
        "T-1",
        "T+1@HKEX",
        "D.prev(SSE)",
        "T.roll(SSE, preceding)",
        "T.add(-1m).end(month)",
        "2026-11-20-1",
        "T.nth(SSE & HKEX, fiscal_year_04, -1)",
        "T+1@(SSE - CN_WORK)-2",
        "D.start(quarter).prev(SSE)",
        "T.add(+2w)",
    ];
    for text in texts {
        let expr = Expr::parse(text).unwrap();
        assert_eq!(expr.to_string(), text);
        let json = serde_json::to_string(&expr).unwrap();
        assert_eq!(serde_json::from_str::<Expr>(&json).unwrap(), expr);
    }
    assert_eq!(
        Expr::parse(" T . roll( SSE , modified following ) ").unwrap().to_string(),
        "T.roll(SSE, modified_following)"
    );
}

#[test]
fn wrong_expressions_say_where() {
    let table = [
        ("", 0, "`T`, `D` or a date such as 2026-11-20"),
        ("S-1", 0, "`T`, `D` or a date such as 2026-11-20"),
        ("T-", 2, "a number of at most six digits"),
        ("T+1@", 4, "the name of a calendar"),
        ("T.foo(SSE)", 2, "one of next, prev, roll, add, start, end, nth"),
        ("T.add(1q)", 7, "`d`, `w`, `m` or `y`"),
        ("T.nth(SSE, month, 0)", 17, "a number from 1 on, or from -1 back"),
        ("T.end(months)", 6, "week, ten_day, month, quarter, half, year or fiscal_year_04 (with its first month)"),
        ("T.next(SSE", 10, "`)`"),
        ("T 1", 2, "`+`, `-`, `.` or the end"),
        ("T+1234567", 2, "a number of at most six digits"),
    ];
    for (text, at, expected) in table {
        let error = Expr::parse(text).unwrap_err();
        assert_eq!((error.at, error.expected.as_str()), (at, expected), "{text}");
    }
    assert!(Expr::parse(&"T".repeat(2_000)).is_err());
    assert!(Expr::parse(&format!("T+1@{}SSE{}", "(".repeat(400), ")".repeat(400))).is_err());
}

#[test]
fn offsets_count_natural_days_without_a_calendar() {
    let t = date("2024-02-09");
    let expr = Expr::parse("T-1").unwrap();
    assert_eq!(expr.evaluate(t, None, Calendars::builtin()), Ok(date("2024-02-08")));
    let sse = Calendars::builtin().get("sse").unwrap();
    assert_eq!(expr.evaluate(date("2024-02-19"), Some(&sse), Calendars::builtin()), Ok(date("2024-02-08")));
    let unknown = Expr::parse("T-1@MOON").unwrap().evaluate(t, None, Calendars::builtin()).unwrap_err();
    assert_eq!(unknown.text(Lang::En), "there is no calendar named `MOON`");
    let far = Expr::parse("T.add(+999y)").unwrap().evaluate(t, None, Calendars::builtin());
    assert!(far.is_err());
}
