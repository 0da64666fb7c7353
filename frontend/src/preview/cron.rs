//! Cron expressions in words, for the common forms; any other is shown as it is written, which misleads nobody.

use crate::i18n::{Lang, text};

/// An expression of five fields, or six with leading seconds (a seventh, the year, only when `*`).
pub fn words(cron: &str, lang: Lang) -> String {
    said(cron, lang).unwrap_or_else(|| cron.trim().to_owned())
}

fn said(cron: &str, lang: Lang) -> Option<String> {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let (second, rest) = match fields.as_slice() {
        [minute, hour, day, month, weekday] => ("0", [*minute, *hour, *day, *month, *weekday]),
        [second, minute, hour, day, month, weekday] | [second, minute, hour, day, month, weekday, "*"] => {
            (*second, [*minute, *hour, *day, *month, *weekday])
        }
        _ => return None,
    };
    let [minute, hour, day, month, weekday] = rest;
    if !any(month) {
        return None;
    }
    if any(day) && any(weekday) {
        if let Some(step) = every(second).filter(|_| any(minute) && any(hour)) {
            return Some(text::cron_every_seconds(lang, step));
        }
        if let Some(step) = every(minute).filter(|_| any(hour) && second == "0") {
            return Some(text::cron_every_minutes(lang, step));
        }
        if any(hour) && second == "0" {
            return Some(text::cron_hourly(lang, format!("{:02}", number(minute, 59)?)));
        }
    }
    let time = time(second, minute, hour)?;
    match (any(day), any(weekday)) {
        (true, true) => Some(text::cron_daily(lang, time)),
        (true, false) => Some(text::cron_weekly(lang, weekdays(weekday, lang)?, time)),
        (false, true) if day.eq_ignore_ascii_case("l") => Some(text::cron_month_end(lang, time)),
        (false, true) => Some(text::cron_monthly(lang, number(day, 31)?, time)),
        (false, false) => None,
    }
}

fn any(field: &str) -> bool {
    matches!(field, "*" | "?")
}

/// The step of `*/n` and `0/n`; `*` is every one.
fn every(field: &str) -> Option<i64> {
    if field == "*" {
        return Some(1);
    }
    let step = field.strip_prefix("*/").or_else(|| field.strip_prefix("0/"))?;
    step.parse().ok().filter(|step| *step > 0)
}

fn number(field: &str, max: u32) -> Option<u32> {
    field.parse().ok().filter(|number| *number <= max)
}

fn time(second: &str, minute: &str, hour: &str) -> Option<String> {
    let (second, minute) = (number(second, 59)?, number(minute, 59)?);
    let hours: Option<Vec<String>> = hour
        .split(',')
        .map(|hour| {
            let hour = number(hour, 23)?;
            Some(if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") })
        })
        .collect();
    hours.map(|hours| hours.join(", "))
}

/// Days by name only: the numbers mean different days in different dialects.
fn weekdays(field: &str, lang: Lang) -> Option<String> {
    const NAMES: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    let day = |name: &str| {
        let index = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        let day = chrono::Weekday::try_from(u8::try_from(index).ok()?).ok()?;
        Some(crate::format::weekday(day, lang))
    };
    let parts: Option<Vec<String>> = field
        .split(',')
        .map(|part| match part.split_once('-') {
            Some((from, to)) => Some(format!("{}–{}", day(from)?, day(to)?)),
            None => day(part).map(str::to_owned),
        })
        .collect();
    parts.map(|parts| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_forms_are_said_in_both_languages() {
        for (cron, en, zh) in [
            ("0 30 18 * * ?", "Every day at 18:30", "每天 18:30"),
            ("30 18 * * *", "Every day at 18:30", "每天 18:30"),
            ("0 0 9,21 * * ?", "Every day at 09:00, 21:00", "每天 09:00, 21:00"),
            ("0 30 18 ? * MON-FRI", "Mon–Fri at 18:30", "周一–周五 18:30"),
            ("0 0/5 * * * ?", "Every 5 minutes", "每 5 分钟"),
            ("*/10 * * * * ?", "Every 10 seconds", "每 10 秒"),
            ("0 15 * * * ?", "Every hour at :15", "每小时 :15"),
            ("0 0 21 1 * ?", "Day 1 of the month at 21:00", "每月 1 日 21:00"),
            ("0 0 21 L * ?", "Last day of the month at 21:00", "每月最后一天 21:00"),
        ] {
            assert_eq!(words(cron, Lang::En), en, "{cron}");
            assert_eq!(words(cron, Lang::Zh), zh, "{cron}");
        }
    }

    #[test]
    fn what_has_no_words_is_shown_as_written() {
        for cron in ["0 0 12 1 1 ?", "0 0 9 ? * 2-6", "nonsense", "0 61 9 * * ?", "0 1-5 9 * * ?"] {
            assert_eq!(words(cron, Lang::En), cron);
        }
    }
}
