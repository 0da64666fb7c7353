//! Tests of the reading, the days and the words of cron expressions.

mod walk;

use super::*;
use crate::error::Lang;

fn date(text: &str) -> BizDate {
    text.parse().unwrap()
}

/// The next days from a date on, as text.
fn days(expression: &str, from: &str, count: usize) -> Vec<String> {
    let cron = Cron::parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
    let mut day = date(from);
    let mut found = Vec::new();
    while let Some(next) = cron.next_day(day).filter(|_| found.len() < count) {
        found.push(next.to_string());
        day = next.succ();
    }
    found
}

#[test]
fn both_forms_count_weekdays_in_their_own_way() {
    let friday = "2026-11-20";
    assert_eq!(days("0 9 * * 5", "2026-11-16", 1), [friday]);
    assert_eq!(days("0 0 9 ? * 6", "2026-11-16", 1), [friday]);
    assert_eq!(days("0 0 9 ? * FRI", "2026-11-16", 1), [friday]);
    for sunday in ["0 9 * * 0", "0 9 * * 7", "0 9 * * sun", "0 0 9 ? * 1", "0 0 9 ? * SUN 2026"] {
        assert_eq!(days(sunday, "2026-11-16", 2)[0], "2026-11-22", "{sunday}");
    }
    assert_eq!(days("0 9 * * 5-7", "2026-11-16", 4), ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-27"]);
    assert_eq!(days("0 9 * * FRI-MON", "2026-11-17", 4), ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"]);
    assert_eq!(days("0 9 * * 0-7", "2026-11-20", 3), ["2026-11-20", "2026-11-21", "2026-11-22"]);
}

#[test]
fn the_day_specials_of_quartz() {
    assert_eq!(days("0 0 0 L * ?", "2024-01-31", 3), ["2024-01-31", "2024-02-29", "2024-03-31"]);
    assert_eq!(days("0 0 0 L-3 * ?", "2024-02-01", 2), ["2024-02-26", "2024-03-28"]);
    assert_eq!(days("0 0 0 LW * ?", "2024-03-01", 2), ["2024-03-29", "2024-04-30"]);
    // 2024-06-15 is a Saturday, 2024-09-15 a Sunday.
    assert_eq!(days("0 0 0 15W 6,9 ?", "2024-06-01", 2), ["2024-06-14", "2024-09-16"]);
    // The month is not left: 2024-06-01 is a Saturday, 2024-03-31 a Sunday.
    assert_eq!(days("0 0 0 1W 6 ?", "2024-06-01", 1), ["2024-06-03"]);
    assert_eq!(days("0 0 0 31W 3 ?", "2024-03-01", 1), ["2024-03-29"]);
    assert_eq!(days("0 0 0 ? * FRI#2", "2024-02-01", 2), ["2024-02-09", "2024-03-08"]);
    assert_eq!(days("0 0 0 ? * 6#5", "2024-02-01", 2), ["2024-03-29", "2024-05-31"]);
    assert_eq!(days("0 0 0 ? * FRIL", "2024-02-01", 2), ["2024-02-23", "2024-03-29"]);
    assert_eq!(days("0 0 0 1,L * ?", "2024-02-01", 3), ["2024-02-01", "2024-02-29", "2024-03-01"]);
    assert_eq!(days("0 0 0 29 2 ? 2025-2030", "2025-01-01", 3), ["2028-02-29"]);
}

#[test]
fn a_starred_field_is_not_given() {
    // `*/2` begins with a star, so both have to hold, as in Vixie's cron.
    assert_eq!(days("0 9 */2 * 1", "2026-11-01", 2), ["2026-11-09", "2026-11-23"]);
    assert_eq!(days("0 9 1,15 * 1", "2026-11-01", 3), ["2026-11-01", "2026-11-02", "2026-11-09"]);
}

#[test]
fn days_that_never_come_are_refused() {
    for never in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 0 29 2 ? 2025", "0 0 0 31W 2 ?"] {
        assert!(matches!(Cron::parse(never), Err(CronError::Never(_))), "{never}");
    }
    assert!(Cron::parse("0 0 29 2 *").is_ok());
}

#[test]
fn errors_name_the_field_the_place_and_what_was_expected() {
    let table = [
        ("60 * * * *", "minute", 0, "0–59"),
        ("* 24 * * *", "hour", 2, "0–23"),
        ("* * 0 * *", "day of month", 4, "1–31"),
        ("* * * 13 *", "month", 6, "1–12 or JAN–DEC"),
        ("* * * * 8", "weekday", 8, "0–7 or SUN–SAT"),
        ("0 0 0 ? * 0", "weekday", 10, "1–7 or SUN–SAT"),
        ("1,2,x * * * *", "minute", 4, "0–59"),
        ("1,,2 * * * *", "minute", 2, "0–59"),
        ("10-70 * * * *", "minute", 3, "0–59"),
        ("*/0 * * * *", "minute", 2, "a step of 1–60"),
        ("*/x * * * *", "minute", 2, "a step of 1–60"),
        ("0 22-2 * * *", "hour", 2, "a range that runs forwards (split it in two)"),
        ("0 0 32W * *", "day of month", 4, "L, L-1 to L-30, LW, or a day with W such as 15W"),
        ("0 0 * * 5#6", "weekday", 8, "a weekday, `#` and 1–5, such as FRI#2"),
        ("0 0 0 ? * L", "weekday", 10, "a weekday before L, such as FRIL (or SAT for every Saturday)"),
        ("0 0 0 ? * ?", "weekday", 10, "`*` or a weekday, as the day of month is `?` already"),
        ("0 0 0 1 1 ? 1969", "year", 12, "1970–2099"),
        ("? * * * *", "minute", 0, "0–59"),
    ];
    for (text, field, at, expected) in table {
        let Err(CronError::Field { field: found, at: place, expected: wanted, .. }) = Cron::parse(text) else {
            panic!("{text}: {:?}", Cron::parse(text));
        };
        assert_eq!((found, place, wanted.as_str()), (field, at, expected), "{text}");
    }
    assert_eq!(Cron::parse("* * * *"), Err(CronError::FieldCount(4)));
    assert_eq!(Cron::parse("0 0 9 1 * MON"), Err(CronError::BothDays));
    assert_eq!(Cron::parse("@reboot"), Err(CronError::Nickname("@reboot".into())));
    assert!(Cron::parse(&"1,".repeat(200)).is_err());
}

#[test]
fn any_text_is_read_or_refused() {
    for text in ["", " ", "@", "é é é é é", "* * * * \u{3000}", "-- -- -- -- --", "1/ /1 # L W", "9999999999 * * * *"]
    {
        assert!(Cron::parse(text).is_err(), "{text}");
    }
    assert_eq!(Cron::parse(" 0\t9 * * 1-5 ").unwrap().as_str(), "0 9 * * 1-5");
    assert_eq!(Cron::parse("@daily").unwrap().as_str(), "@daily");
}

#[test]
fn expressions_in_words() {
    let table = [
        ("30 18 * * 1-5", "at 18:30, Monday to Friday", "周一至周五，18:30"),
        ("*/15 * * * *", "every 15 minutes, every day", "每天每 15 分钟"),
        (
            "*/15 9-15 * * 1-5",
            "every 15 minutes within 09:00–15:59, Monday to Friday",
            "周一至周五，09:00–15:59 内每 15 分钟",
        ),
        ("0 * * * *", "every hour, every day", "每天每小时整点"),
        ("0 9 15 * 1", "at 09:00, on day 15 of the month or every Monday", "每月 15 日或周一，09:00"),
        ("0 30 18 L * ?", "at 18:30, on the last day of the month", "每月最后一天，18:30"),
        ("0 0 9,15 ? * FRI#2", "at 09:00 and 15:00, on the 2nd Friday of the month", "每月第 2 个周五，09:00、15:00"),
        ("* * * * * ?", "every second, every day", "每天每秒"),
        ("0 9 * 1,4,7 *", "at 09:00, every day in January, April and July", "1 月、4 月、7 月每天，09:00"),
        ("0 7 * * *", "at 07:00, every day", "每天 07:00"),
        ("0 */2 * * *", "every 2 hours, every day", "每天每 2 小时"),
        ("5 */2 * * *", "every 2 hours at minute 5, every day", "每天每 2 小时的第 5 分"),
        ("0 9 1-7 * *", "at 09:00, on days 1 to 7 of the month", "每月 1 至 7 日，09:00"),
        (
            "0 0 9 L-3 3,6 ?",
            "at 09:00, 3 days before the last day of March and June",
            "3 月、6 月最后一天前 3 天，09:00",
        ),
        ("0 0 1 1 *", "at 00:00, on day 1 of January", "1 月 1 日，00:00"),
        ("0 9 15 1 1", "at 09:00, on day 15 of the month or every Monday in January", "1 月 15 日或周一，09:00"),
        ("0 9 * * 0,6", "at 09:00, every Saturday and Sunday", "周六、周日，09:00"),
    ];
    for (text, en, zh) in table {
        let cron = Cron::parse(text).unwrap();
        assert_eq!((cron.describe(Lang::En).as_str(), cron.describe(Lang::Zh).as_str()), (en, zh), "{text}");
    }
}

#[test]
fn json_is_the_text() {
    let cron: Cron = serde_json::from_str("\"0 9 * * 1-5\"").unwrap();
    assert_eq!(serde_json::to_string(&cron).unwrap(), "\"0 9 * * 1-5\"");
    assert!(serde_json::from_str::<Cron>("\"0 9 * *\"").is_err());
}
