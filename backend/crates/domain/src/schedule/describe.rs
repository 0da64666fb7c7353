//! A schedule in words: `on the last open day of each month on SSE, at 18:00 (Asia/Shanghai)`.

use chrono::Weekday;

use super::{Beyond, CutSide, DayKind, OnClosed, Rule, ScheduleSpec, Shift, ShiftUnit, When};
use crate::{
    cron::describe::{english_rank, list},
    error::Lang,
};

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
            let times = list(&times, lang);
            parts.push(if lang == Lang::En { format!("at {times}") } else { times });
        }
        parts.extend(self.limits(lang));
        let separator = if lang == Lang::En { ", " } else { "，" };
        format!("{} ({})", parts.join(separator), self.timezone)
    }

    fn names_open_days(&self) -> bool {
        matches!(&self.when, When::Rule(rule) if rule.counts_open_days())
    }

    fn days(&self, lang: Lang) -> String {
        let on = self.calendar.as_ref().map(ToString::to_string).unwrap_or_default();
        match (&self.when, lang) {
            (When::Cron(cron), _) => cron.describe(lang),
            (When::Rule(Rule::EveryDay), Lang::En) => "every day".into(),
            (When::Rule(Rule::EveryDay), Lang::Zh) => "每天".into(),
            (When::Rule(Rule::EveryOpenDay | Rule::EveryOpenDays(1)), Lang::En) => format!("on every open day of {on}"),
            (When::Rule(Rule::EveryOpenDay | Rule::EveryOpenDays(1)), Lang::Zh) => format!("{on} 每个开放日"),
            (When::Rule(Rule::EveryOpenDays(n)), Lang::En) => format!("on every {} open day of {on}", english_rank(*n)),
            (When::Rule(Rule::EveryOpenDays(n)), Lang::Zh) => format!("{on} 每 {n} 个开放日"),
            (When::Rule(Rule::Weekdays(days)), _) => {
                let days: Vec<String> = days.iter().map(|day| weekday(*day, lang).to_owned()).collect();
                let days = list(&days, lang);
                if lang == Lang::En { format!("every {days}") } else { format!("每{days}") }
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
                pick(format!("times before {} counting as the day before", cut.at), format!("{} 之前归前一日", cut.at))
            }
            CutSide::Next => pick(
                format!("times from {} on counting as the next open day", cut.at),
                format!("{} 起归下一开放日", cut.at),
            ),
        }));
        if self.beyond == Beyond::AssumeWeekMask {
            parts
                .push(pick("past the last published day by the week mask".into(), "超出已公布范围按周模板推定".into()));
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
            (1, _) => "first".to_owned(),
            (1.., _) => english_rank(back),
            _ => format!("{} last", english_rank(back)),
        };
        return format!("on the {rank} {kind} of each {period}{on}");
    }
    let rank = match n {
        -1 => "最后一个".to_owned(),
        1.. => format!("第 {back} 个"),
        _ => format!("倒数第 {back} 个"),
    };
    let on = if calendar.is_empty() { String::new() } else { format!("{calendar} ") };
    format!("{on}每{period}{rank}{kind}").replace("个天", "天")
}

fn closed(policy: OnClosed, calendar: &str, lang: Lang) -> String {
    let en = match policy {
        OnClosed::Skip => "except",
        OnClosed::Run => "also",
        OnClosed::Following => "moved to the next open day",
        OnClosed::ModifiedFollowing => "moved to the next open day of the month, else to the one before,",
        OnClosed::HalfMonthModifiedFollowing => "moved to the next open day of the half month, else to the one before,",
        OnClosed::Preceding => "moved to the open day before",
        OnClosed::ModifiedPreceding => "moved to the open day before in the month, else to the next,",
        OnClosed::Nearest => "moved to the nearest open day",
    };
    let zh = match policy {
        OnClosed::Skip => "跳过".to_owned(),
        OnClosed::Run => "照常运行".to_owned(),
        OnClosed::Nearest => "就近调整".to_owned(),
        _ => policy.roll().map(|roll| roll.text(lang)).unwrap_or_default(),
    };
    match lang {
        Lang::En => format!("{en} when {calendar} is closed"),
        Lang::Zh => format!("遇 {calendar} 非开放日{zh}"),
    }
}

fn shifted(shift: &Shift, lang: Lang) -> String {
    let n = shift.n.unsigned_abs();
    let of = shift.of.as_ref().map(|of| format!(" {of}")).unwrap_or_default();
    let of_zh = if of.is_empty() { String::new() } else { format!("{of} ") };
    let unit = match (shift.unit, lang) {
        (ShiftUnit::OpenDays, Lang::En) => format!("{n}{of} open day{}", if n == 1 { "" } else { "s" }),
        (ShiftUnit::Days, Lang::En) => format!("{n} day{}", if n == 1 { "" } else { "s" }),
        (ShiftUnit::OpenDays, Lang::Zh) => format!("{n} 个{of_zh}开放日"),
        (ShiftUnit::Days, Lang::Zh) => format!("{n} 天"),
    };
    match (lang, shift.n < 0) {
        (Lang::En, true) => format!("{unit} earlier"),
        (Lang::En, false) => format!("{unit} later"),
        (Lang::Zh, true) => format!("提前 {unit}"),
        (Lang::Zh, false) => format!("推后 {unit}"),
    }
}
