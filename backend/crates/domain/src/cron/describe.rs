//! Cron expressions in words.

use super::{
    Cron, Times,
    day::{Days, MonthDay, NthDay},
};
use crate::error::Lang;

/// More single times than this are told as minutes and hours.
const MAX_LISTED_TIMES: u32 = 8;

const WEEKDAYS_EN: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const WEEKDAYS_ZH: [&str; 7] = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Cron {
    /// What it means, as a phrase: `at 18:30, Monday to Friday`.
    #[must_use]
    pub fn describe(&self, lang: Lang) -> String {
        let words = Words(lang);
        let (times, days) = (words.times(&self.times), words.days(&self.days));
        match (lang, days.is_empty()) {
            (Lang::En, true) => format!("{times}, every day"),
            (Lang::Zh, true) if times.starts_with(|c: char| c.is_ascii_digit()) => format!("每天 {times}"),
            (Lang::Zh, true) => format!("每天{times}"),
            (Lang::En, false) => format!("{times}, {days}"),
            (Lang::Zh, false) => format!("{days}，{times}"),
        }
    }
}

/// The distance of evenly spread values that begin before it and reach to the end of the field.
fn step_of(bits: u64, size: u32) -> Option<u32> {
    let first = bits.trailing_zeros();
    let second = super::next_bit(bits, first + 1)?;
    let step = second - first;
    let even = (first..size).step_by(step as usize).fold(0, |even, value| even | 1 << value);
    (even == bits && first < step).then_some(step)
}

/// Neighbouring values as (first, last).
fn runs(bits: u64) -> Vec<(u32, u32)> {
    let mut runs = Vec::new();
    let mut from = super::next_bit(bits, 0);
    while let Some(first) = from {
        let last = (first..64).take_while(|bit| bits & (1 << bit) != 0).last().unwrap_or(first);
        runs.push((first, last));
        from = super::next_bit(bits, last + 1);
    }
    runs
}

/// `a, b and c`.
pub(crate) fn list(parts: &[String], lang: Lang) -> String {
    match (lang, parts) {
        (Lang::En, [before @ .., last]) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => parts.join("、"),
    }
}

/// `1st`, `2nd`, `3rd`, `11th`.
pub(crate) fn english_rank(n: u32) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// Whether there are plain weekdays, some but not all.
fn names_weekdays(days: &Days) -> bool {
    (1..7).contains(&days.weekdays.count_ones())
}

struct Words(Lang);

impl Words {
    fn pick(&self, en: &str, zh: &str) -> String {
        if self.0 == Lang::En { en.to_owned() } else { zh.to_owned() }
    }

    /// `1, 3 and 5–7`, each value by its name.
    fn values(&self, bits: u64, name: impl Fn(u32) -> String) -> String {
        let mut parts = Vec::new();
        for (first, last) in runs(bits) {
            match last - first {
                0 => parts.push(name(first)),
                1 => parts.extend([name(first), name(last)]),
                _ => {
                    let first = name(first);
                    let spaced = first.ends_with(|c: char| c.is_ascii_digit());
                    let to = self.pick(" to ", if spaced { " 至 " } else { "至" });
                    parts.push(format!("{first}{to}{}", name(last)));
                }
            }
        }
        list(&parts, self.0)
    }

    fn times(&self, times: &Times) -> String {
        let count = times.seconds.count_ones() * times.minutes.count_ones() * times.hours.count_ones();
        if count <= MAX_LISTED_TIMES {
            return self.listed(times);
        }
        let all_hours = times.hours.count_ones() == 24;
        let every_hours = step_of(times.hours, 24).filter(|step| *step > 1 && times.hours & 1 == 1);
        if let (Some(step), 1, 1) = (every_hours, times.minutes.count_ones(), times.seconds) {
            return match times.minutes.trailing_zeros() {
                0 => self.pick(&format!("every {step} hours"), &format!("每 {step} 小时")),
                minute => self.pick(
                    &format!("every {step} hours at minute {minute}"),
                    &format!("每 {step} 小时的第 {minute} 分"),
                ),
            };
        }
        let mut parts = vec![self.within_hour(times)];
        if !all_hours {
            parts.push(self.hours(times.hours));
        }
        if self.0 == Lang::En {
            parts.join(" ")
        } else {
            parts.reverse();
            parts.concat()
        }
    }

    fn listed(&self, times: &Times) -> String {
        let mut clock = Vec::new();
        let mut from = 0;
        while let Some(time) = times.next(from) {
            let text = crate::calendar::TimeOfDay::from_seconds(time).map(|time| time.to_string());
            clock.extend(text);
            from = time + 1;
        }
        let listed = list(&clock, self.0);
        if self.0 == Lang::En { format!("at {listed}") } else { listed }
    }

    fn within_hour(&self, times: &Times) -> String {
        let plain_second = times.seconds == 1;
        let minutes = match (times.minutes.count_ones(), step_of(times.minutes, 60)) {
            (60, _) => self.pick("every minute", "每分钟"),
            (1, _) => match times.minutes.trailing_zeros() {
                0 => self.pick("every hour", "每小时整点"),
                minute => self.pick(&format!("every hour at minute {minute}"), &format!("每小时第 {minute} 分")),
            },
            (_, Some(step)) => match times.minutes.trailing_zeros() {
                0 => self.pick(&format!("every {step} minutes"), &format!("每 {step} 分钟")),
                first => self.pick(
                    &format!("every {step} minutes from minute {first} on"),
                    &format!("自第 {first} 分起每 {step} 分钟"),
                ),
            },
            _ => {
                let listed = self.values(times.minutes, |minute| minute.to_string());
                self.pick(&format!("at the minutes {listed}"), &format!("在第 {listed} 分"))
            }
        };
        if plain_second {
            return minutes;
        }
        let seconds = match (times.seconds.count_ones(), step_of(times.seconds, 60)) {
            (60, _) => self.pick("every second", "每秒"),
            (_, Some(step)) if times.seconds & 1 == 1 => {
                self.pick(&format!("every {step} seconds"), &format!("每 {step} 秒"))
            }
            _ => {
                let listed = self.values(times.seconds, |second| second.to_string());
                self.pick(&format!("at second {listed}"), &format!("第 {listed} 秒"))
            }
        };
        match (self.0, times.minutes.count_ones()) {
            (_, 60) if times.seconds.count_ones() > 1 => seconds,
            (Lang::En, _) => format!("{seconds}, {minutes}"),
            (Lang::Zh, _) => format!("{minutes}{seconds}"),
        }
    }

    fn hours(&self, bits: u64) -> String {
        if let (Some(step), 0) = (step_of(bits, 24), bits.trailing_zeros()) {
            return self.pick(
                &format!("in every {} hour from 00:00 on", english_rank(step)),
                &format!("自零点起每 {step} 小时中的首个小时内"),
            );
        }
        let spans =
            runs(bits).into_iter().map(|(first, last)| format!("{first:02}:00–{last:02}:59")).collect::<Vec<_>>();
        let listed = list(&spans, self.0);
        self.pick(&format!("within {listed}"), &format!("{listed} 内"))
    }

    fn days(&self, days: &Days) -> String {
        let month_days = self.month_days(days);
        let weekdays = self.weekdays(days, month_days.is_some() && !days.either);
        let every_day = month_days.is_none() && weekdays.is_none();
        let mut parts: Vec<String> = Vec::new();
        match (month_days, weekdays) {
            (Some(number), Some(week)) if days.either => {
                parts.push(self.pick(&format!("{number} or {week}"), &format!("{number}或{week}")));
            }
            (Some(number), Some(week)) => {
                parts.push(self.pick(&format!("{number} when it is {week}"), &format!("{number}且为{week}")));
            }
            (number, week) => parts.extend(number.or(week)),
        }
        if days.months.count_ones() < 12 && (every_day || names_weekdays(days)) {
            let months = self.months(days);
            let en = if every_day { format!("every day in {months}") } else { format!("in {months}") };
            parts.push(self.pick(&en, &if every_day { format!("{months}每天") } else { months.clone() }));
        }
        if !days.years.is_empty() {
            let years: Vec<String> = days.years.iter().take(12).map(ToString::to_string).collect();
            let listed = list(&years, self.0) + if days.years.len() > 12 { "…" } else { "" };
            parts.push(self.pick(&format!("in {listed}"), &format!("{listed} 年")));
        }
        if self.0 == Lang::En {
            parts.join(" ")
        } else {
            parts.reverse();
            parts.concat()
        }
    }

    /// The months by name.
    fn months(&self, days: &Days) -> String {
        self.values(days.months, |month| self.month(month))
    }

    /// A day within its month: `on the last day` of the month, or of the months that are named. Beside plain weekdays
    /// the months are told once for both.
    fn within_month(&self, days: &Days, en: &str, zh: &str) -> String {
        let all = days.months.count_ones() == 12;
        if all || names_weekdays(days) {
            let every = if all { "每月" } else { "" };
            return self.pick(&format!("{en} of the month"), &format!("{every}{zh}"));
        }
        let months = self.months(days);
        self.pick(&format!("{en} of {months}"), &format!("{months}{zh}"))
    }

    fn month(&self, month: u32) -> String {
        match self.0 {
            Lang::En => MONTHS_EN.get(month as usize - 1).map_or_else(String::new, |name| (*name).to_owned()),
            Lang::Zh => format!("{month} 月"),
        }
    }

    fn weekday(&self, day: u32) -> String {
        let names = if self.0 == Lang::En { WEEKDAYS_EN } else { WEEKDAYS_ZH };
        names[day as usize % 7].to_owned()
    }

    /// The days of the month; `None` when all of them.
    fn month_days(&self, days: &Days) -> Option<String> {
        if days.month_days.count_ones() == 31 {
            return None;
        }
        let mut parts = Vec::new();
        if days.month_days != 0 {
            let listed = self.values(days.month_days, |day| day.to_string());
            let noun = if days.month_days.count_ones() == 1 { "day" } else { "days" };
            parts.push(self.within_month(days, &format!("on {noun} {listed}"), &format!(" {listed} 日")));
        }
        for special in &days.month_specials {
            parts.push(match *special {
                MonthDay::FromLast(0) => self.within_month(days, "on the last day", "最后一天"),
                MonthDay::FromLast(back) => self.within_month(
                    days,
                    &format!("{back} days before the last day"),
                    &format!("最后一天前 {back} 天"),
                ),
                MonthDay::LastWeekday => {
                    self.within_month(days, "on the last Monday-to-Friday day", "最后一个工作日(周一至周五)")
                }
                MonthDay::NearestWeekday(day) => self.within_month(
                    days,
                    &format!("on the Monday-to-Friday day nearest day {day}"),
                    &format!("距 {day} 日最近的周一至周五"),
                ),
            });
        }
        Some(list(&parts, self.0))
    }

    /// The weekdays; `None` when all of them. `bare` after "when it is".
    fn weekdays(&self, days: &Days, bare: bool) -> Option<String> {
        if days.weekdays.count_ones() == 7 {
            return None;
        }
        let mut parts = Vec::new();
        if days.weekdays != 0 {
            // Sunday ends the week here, so that Saturday and Sunday are neighbours.
            let from_monday = (days.weekdays & !1) | (days.weekdays & 1) << 7;
            let listed = self.values(from_monday, |day| self.weekday(day));
            let is_span = runs(from_monday).iter().any(|(first, last)| last - first > 1);
            let every = if is_span || bare { "" } else { "every " };
            parts.push(self.pick(&format!("{every}{listed}"), &listed));
        }
        for special in &days.weekday_specials {
            parts.push(match *special {
                NthDay::Nth(day, nth) => {
                    let (rank, day) = (english_rank(nth), self.weekday(day));
                    self.within_month(days, &format!("on the {rank} {day}"), &format!("第 {nth} 个{day}"))
                }
                NthDay::Last(day) => {
                    let day = self.weekday(day);
                    self.within_month(days, &format!("on the last {day}"), &format!("最后一个{day}"))
                }
            });
        }
        Some(list(&parts, self.0))
    }
}
