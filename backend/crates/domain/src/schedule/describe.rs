//! A schedule in words: `On the last open day of the month on SSE, at 18:00 (Asia/Shanghai)`.

use chrono::Weekday;

use super::{Beyond, CutSide, DayKind, OnClosed, Rule, ScheduleSpec, Shift, ShiftUnit, When};
use crate::error::Lang;

const WEEKDAYS_EN: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const WEEKDAYS_ZH: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

impl ScheduleSpec {
    /// What it means, as a sentence without its full stop.
    #[must_use]
    pub fn describe(&self, lang: Lang) -> String {
        let mut parts = vec![self.days(lang)];
        if let Some(calendar) = self.calendar.as_ref().filter(|_| !self.names_open_days()) {
            parts.push(closed(self.on_closed, &calendar.to_string(), lang));
        }
        parts.extend(self.shift.as_ref().map(|shift| shifted(shift, lang)));
        if !self.times.is_empty() {
            let times: Vec<String> = self.times.iter().map(ToString::to_string).collect();
            parts.push(match lang {
                Lang::En => format!("at {}", times.join(", ")),
                Lang::Zh => times.join("、"),
            });
        }
        parts.extend(self.limits(lang));
        let separator = if lang == Lang::En { ", " } else { "，" };
        format!("{} ({})", parts.join(separator), self.timezone)
    }

    fn names_open_days(&self) -> bool {
        matches!(
            self.when,
            When::Rule(Rule::EveryOpenDay | Rule::EveryOpenDays(_) | Rule::Ordinal { of: DayKind::OpenDay, .. })
        )
    }

    fn days(&self, lang: Lang) -> String {
        let on = self.calendar.as_ref().map(ToString::to_string).unwrap_or_default();
        match (&self.when, lang) {
            (When::Cron(cron), _) => cron.describe(lang),
            (When::Rule(Rule::EveryDay), Lang::En) => "every day".into(),
            (When::Rule(Rule::EveryDay), Lang::Zh) => "每天".into(),
            (When::Rule(Rule::EveryOpenDay), Lang::En) => format!("on every open day of {on}"),
            (When::Rule(Rule::EveryOpenDay), Lang::Zh) => format!("{on} 每个开放日"),
            (When::Rule(Rule::EveryOpenDays(n)), Lang::En) => format!("on every {n}. open day of {on}"),
            (When::Rule(Rule::EveryOpenDays(n)), Lang::Zh) => format!("{on} 每 {n} 个开放日"),
            (When::Rule(Rule::Weekdays(days)), Lang::En) => {
                format!("every {}", days.iter().map(|day| weekday(*day, lang)).collect::<Vec<_>>().join(", "))
            }
            (When::Rule(Rule::Weekdays(days)), Lang::Zh) => {
                format!("每{}", days.iter().map(|day| weekday(*day, lang)).collect::<Vec<_>>().join("、"))
            }
            (When::Rule(Rule::Ordinal { n, of, period }), _) => {
                let on = if *of == DayKind::OpenDay { on } else { String::new() };
                ordinal(*n, *of, &period.text(lang), &on, lang)
            }
        }
    }

    fn limits(&self, lang: Lang) -> Vec<String> {
        let pick = |en: String, zh: String| if lang == Lang::En { en } else { zh };
        let mut parts = Vec::new();
        parts.extend(self.from.map(|from| pick(format!("from {from}"), format!("自 {from} 起"))));
        parts.extend(self.until.map(|until| pick(format!("until {until}"), format!("至 {until} 止"))));
        parts.extend(self.day_cut.map(|cut| match cut.side {
            CutSide::Previous => {
                pick(format!("times before {} belonging to the day before", cut.at), format!("{} 之前归前一日", cut.at))
            }
            CutSide::Next => pick(
                format!("times from {} on belonging to the next open day", cut.at),
                format!("{} 起归下一开放日", cut.at),
            ),
        }));
        if self.beyond == Beyond::AssumeWeekMask {
            parts.push(pick("past the horizon by the week mask".into(), "超出已公布范围按周模板推定".into()));
        }
        parts
    }
}

fn weekday(day: Weekday, lang: Lang) -> &'static str {
    let names = if lang == Lang::En { WEEKDAYS_EN } else { WEEKDAYS_ZH };
    names[day.num_days_from_monday() as usize]
}

fn ordinal(n: i32, of: DayKind, period: &str, calendar: &str, lang: Lang) -> String {
    let kind = match (of, lang) {
        (DayKind::Day, Lang::En) => "day",
        (DayKind::Day, Lang::Zh) => "天",
        (DayKind::OpenDay, Lang::En) => "open day",
        (DayKind::OpenDay, Lang::Zh) => "开放日",
        (DayKind::Weekday(day), _) => weekday(day, lang),
    };
    let back = n.unsigned_abs();
    if lang == Lang::En {
        let on = if calendar.is_empty() { String::new() } else { format!(" on {calendar}") };
        let rank = match (n, back) {
            (-1, _) => "last".to_owned(),
            (1.., _) => english_rank(back),
            _ => format!("{} last", english_rank(back)),
        };
        return format!("on the {rank} {kind} of the {period}{on}");
    }
    let rank = match n {
        -1 => "最后一个".to_owned(),
        1.. => format!("第 {back} 个"),
        _ => format!("倒数第 {back} 个"),
    };
    let on = if calendar.is_empty() { String::new() } else { format!("{calendar} ") };
    format!("{on}每{period}{rank}{kind}").replace("个天", "天")
}

fn english_rank(n: u32) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

fn closed(policy: OnClosed, calendar: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("when {calendar} is closed: {}", policy.text(lang)),
        Lang::Zh => format!("{calendar} 休市时{}", policy.text(lang)),
    }
}

fn shifted(shift: &Shift, lang: Lang) -> String {
    let n = shift.n.unsigned_abs();
    let of = shift.of.as_ref().map(|of| format!(" {of}")).unwrap_or_default();
    let unit = match (shift.unit, lang) {
        (ShiftUnit::OpenDays, Lang::En) => format!("{n}{of} open day{}", if n == 1 { "" } else { "s" }),
        (ShiftUnit::Days, Lang::En) => format!("{n} day{}", if n == 1 { "" } else { "s" }),
        (ShiftUnit::OpenDays, Lang::Zh) => format!("{n} 个{of}开放日"),
        (ShiftUnit::Days, Lang::Zh) => format!("{n} 天"),
    };
    match (lang, shift.n < 0) {
        (Lang::En, true) => format!("{unit} earlier"),
        (Lang::En, false) => format!("{unit} later"),
        (Lang::Zh, true) => format!("提前 {unit}"),
        (Lang::Zh, false) => format!("推后 {unit}"),
    }
}
