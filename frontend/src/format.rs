//! How instants, dates, durations, sizes and counts are written, in both languages.
//!
//! Time zones enter as minutes east of UTC: the browser knows its zone, this module only counts.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Weekday};

use crate::i18n::Lang;

const EN_DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ZH_DAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
const EN_MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The wall time of an instant at an offset from UTC; instants beyond the calendar's range are shown as its start.
pub fn civil(ms: i64, offset_min: i32) -> NaiveDateTime {
    let utc = DateTime::from_timestamp_millis(ms).unwrap_or_default().naive_utc();
    utc.checked_add_signed(TimeDelta::minutes(i64::from(offset_min))).unwrap_or(utc)
}

/// `06:42`.
pub fn clock(ms: i64, offset_min: i32) -> String {
    civil(ms, offset_min).format("%H:%M").to_string()
}

/// `06:42:18`.
pub fn clock_secs(ms: i64, offset_min: i32) -> String {
    civil(ms, offset_min).format("%H:%M:%S").to_string()
}

/// `06:42:18.377`.
pub fn clock_millis(ms: i64, offset_min: i32) -> String {
    civil(ms, offset_min).format("%H:%M:%S%.3f").to_string()
}

/// `2026-11-21 06:42:18`, for tooltips and details.
pub fn full(ms: i64, offset_min: i32) -> String {
    civil(ms, offset_min).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `UTC+8`, `UTC−03:30`.
pub fn zone(offset_min: i32) -> String {
    let (hours, minutes) = (offset_min.abs() / 60, offset_min.abs() % 60);
    let sign = if offset_min < 0 { '\u{2212}' } else { '+' };
    match (hours, minutes) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        _ => format!("UTC{sign}{hours:02}:{minutes:02}"),
    }
}

/// `Fri`, `周五`.
pub fn weekday(day: Weekday, lang: Lang) -> &'static str {
    let index = day.num_days_from_monday() as usize;
    match lang {
        Lang::En => EN_DAYS[index],
        Lang::Zh => ZH_DAYS[index],
    }
}

/// `Fri 20 Nov`, `11-20 周五`.
pub fn day_words(date: NaiveDate, lang: Lang) -> String {
    let day = weekday(date.weekday(), lang);
    match lang {
        Lang::En => format!("{day} {} {}", date.day(), EN_MONTHS[date.month0() as usize]),
        Lang::Zh => format!("{:02}-{:02} {day}", date.month(), date.day()),
    }
}

/// An instant as near to now as it is: `18:05` today, `Mon 23 Nov 18:05` this year, with the year otherwise.
pub fn moment(ms: i64, now_ms: i64, offset_min: i32, lang: Lang) -> String {
    let (at, now) = (civil(ms, offset_min), civil(now_ms, offset_min));
    let time = format!("{:02}:{:02}", at.hour(), at.minute());
    if at.date() == now.date() {
        time
    } else if at.year() == now.year() {
        format!("{} {time}", day_words(at.date(), lang))
    } else {
        format!("{} {time}", at.date())
    }
}

/// `4h 02m`, `41m`, `3m 05s`, `36s`, `0.4s`.
pub fn duration(ms: i64) -> String {
    let ms = ms.max(0);
    let secs = ms / 1000;
    match secs {
        0 if ms < 50 => "0s".to_owned(),
        0 => format!("0.{}s", (ms / 100).max(1)),
        1..60 => format!("{secs}s"),
        60..600 => format!("{}m {:02}s", secs / 60, secs % 60),
        600..3600 => format!("{}m", secs / 60),
        3600..86_400 => format!("{}h {:02}m", secs / 3600, secs % 3600 / 60),
        _ => format!("{}d {:02}h", secs / 86_400, secs % 86_400 / 3600),
    }
}

/// `412 B`, `48 kB`, `0.8 MB`.
pub fn bytes(count: i64) -> String {
    let count = count.max(0);
    match count {
        0..1000 => format!("{count} B"),
        1000..100_000 => format!("{} kB", (count + 500) / 1000),
        100_000..1_000_000_000 => tenths(count, 1_000_000, "MB"),
        _ => tenths(count, 1_000_000_000, "GB"),
    }
}

fn tenths(count: i64, unit: i64, name: &str) -> String {
    let tenths = (count * 10 + unit / 2) / unit;
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

/// `10,412`.
pub fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if number < 0 { format!("\u{2212}{grouped}") } else { grouped }
}

/// The letters for a person's or tenant's mark: a CJK name's first sign, otherwise up to two initials.
pub fn initials(name: &str) -> String {
    let mut words = name.split(|c: char| c.is_whitespace() || matches!(c, '.' | '-' | '_')).filter(|w| !w.is_empty());
    match words.next().and_then(|word| word.chars().next()) {
        None => "?".to_owned(),
        Some(first) if !first.is_ascii() => first.to_string(),
        Some(first) => {
            let second = words.next_back().and_then(|word| word.chars().next());
            first.to_uppercase().chain(second.into_iter().flat_map(char::to_uppercase)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 06:42:18.377 in Shanghai.
    const NOW: i64 = 1_795_214_538_377;
    const SHANGHAI: i32 = 480;

    #[test]
    fn wall_times_follow_the_offset() {
        assert_eq!(clock_millis(NOW, SHANGHAI), "06:42:18.377");
        assert_eq!(clock(NOW, 0), "22:42");
        assert_eq!(full(NOW, SHANGHAI), "2026-11-21 06:42:18");
        assert_eq!(zone(480), "UTC+8");
        assert_eq!(zone(-210), "UTC\u{2212}03:30");
        assert_eq!(zone(0), "UTC");
    }

    #[test]
    fn a_moment_says_only_what_differs_from_now() {
        let check = |ms, lang, expected: &str| assert_eq!(moment(ms, NOW, SHANGHAI, lang), expected);
        check(NOW - 3_600_000, Lang::En, "05:42");
        check(NOW + 86_400_000, Lang::En, "Sun 22 Nov 06:42");
        check(NOW + 86_400_000, Lang::Zh, "11-22 周日 06:42");
        check(NOW + 60 * 86_400_000, Lang::En, "2027-01-20 06:42");
    }

    #[test]
    fn durations_keep_two_units_at_most() {
        for (ms, expected) in [
            (-5, "0s"),
            (10, "0s"),
            (60, "0.1s"),
            (420, "0.4s"),
            (36_000, "36s"),
            (185_000, "3m 05s"),
            (2_460_000, "41m"),
            (14_520_000, "4h 02m"),
            (90_000_000, "1d 01h"),
        ] {
            assert_eq!(duration(ms), expected, "{ms} ms");
        }
    }

    #[test]
    fn sizes_and_counts() {
        assert_eq!(bytes(412), "412 B");
        assert_eq!(bytes(48_200), "48 kB");
        assert_eq!(bytes(800_000), "0.8 MB");
        assert_eq!(bytes(1_250_000_000), "1.3 GB");
        assert_eq!(count(10_412), "10,412");
        assert_eq!(count(999), "999");
        assert_eq!(count(-1_000_000), "\u{2212}1,000,000");
    }

    #[test]
    fn initials_of_both_scripts() {
        assert_eq!(initials("Chen Yu"), "CY");
        assert_eq!(initials("lin.zhixia"), "LZ");
        assert_eq!(initials("陈宇"), "陈");
        assert_eq!(initials("admin"), "A");
        assert_eq!(initials("  "), "?");
    }
}
