//! Why a schedule fires, moves, or doesn't on a date: the evaluator's own steps, told in a sentence.

use serde::{Deserialize, Serialize};

use super::{
    Clock, Fire, Hold, OnClosed, Schedule,
    days::Outcome,
    event::Event,
    fire::{Skip, SkipReason},
    recur::Slot,
};
use crate::{bizdate::BizDate, calendar::CalendarError, error::Lang};

/// What a schedule has to do with a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The date, on the wall of the schedule's zone.
    pub date: BizDate,
    /// What happens on it.
    pub verdict: Verdict,
    /// The next fire after the date, when it is known.
    pub next: Option<Fire>,
    /// The schedule's calendar with its revisions: `SSE r0`.
    pub calendar: Option<String>,
}

/// What happens on a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It fires: the first of so many times, and why any nominal date came here.
    Fires {
        /// The first fire of the date.
        first: Box<Fire>,
        /// How many fires the date has; at most 1,000 are counted.
        count: usize,
        /// Each nominal date that was closed and came here, with its reason.
        moved: Vec<(BizDate, SkipReason)>,
    },
    /// The rule names the date, but its fire is on another.
    Moved {
        /// That date.
        to: BizDate,
        /// Why the calendar is closed, when that is the cause.
        because: Option<SkipReason>,
    },
    /// The rule names the date, and there is no fire for it.
    Skipped(Skip),
    /// The rule doesn't name the date, nor does any fire come to it.
    NotNamed,
    /// The date doesn't exist in the zone: the clock went past it.
    NoSuchDate,
    /// It can't be told.
    Unknown(String, String),
}

/// More fires of one date than this are not counted.
const MAX_COUNT: usize = 1_000;

impl Schedule {
    /// Explains a date.
    #[must_use]
    pub fn explain(&self, date: BizDate) -> Explanation {
        let start = self.start_of(date.naive());
        // The day after the last date that there is still has a midnight.
        let end = date.naive().succ_opt().map_or(start, |next| self.start_of(next));
        let verdict = if start == end { Verdict::NoSuchDate } else { self.verdict(date, start, end) };
        Explanation {
            date,
            verdict,
            next: self.next_fire(end - 1).ok().flatten(),
            calendar: self.calendar.as_ref().map(|calendar| {
                let revisions = calendar.bases().map(|base| {
                    let definition = base.definition();
                    format!("{} r{}", definition.name, definition.revision)
                });
                revisions.collect::<Vec<_>>().join(", ")
            }),
        }
    }

    fn start_of(&self, date: chrono::NaiveDate) -> i64 {
        super::instant_of(self.zone, date.and_time(chrono::NaiveTime::MIN))
    }

    fn verdict(&self, date: BizDate, start: i64, end: i64) -> Verdict {
        let mut fires: Vec<Fire> = Vec::new();
        let mut skip = None;
        for event in self.events(start, end).take(MAX_COUNT) {
            match event {
                Ok(Event::Fire(fire)) => fires.push(fire),
                Ok(Event::Skip(found)) => skip = Some(found),
                Err(hold) if fires.is_empty() => return unknown(&hold),
                Err(_) => {}
            }
        }
        if !fires.is_empty() {
            let count = fires.len();
            let first = fires.swap_remove(0);
            let moved = first.merged.iter().filter_map(|day| Some((*day, self.closed_on(*day)?))).collect();
            return Verdict::Fires { first: Box::new(first), count, moved };
        }
        if let Some(skip) = skip {
            return Verdict::Skipped(skip);
        }
        self.elsewhere(date).unwrap_or_else(|hold| unknown(&hold))
    }

    /// A date without fires: whether the rule names it and its fire is on another.
    fn elsewhere(&self, date: BizDate) -> Result<Verdict, Hold> {
        for lane in &self.lanes {
            let nominal = date.add_days(-lane.lag).unwrap_or(date);
            let Some(slot) = self.recur.next(nominal, lane.lag)?.filter(|slot| slot.at == nominal) else { continue };
            if let Outcome::Day { date: to, .. } = self.outcome(&slot)? {
                let to = to.add_days(lane.lag).ok_or(CalendarError::OutOfRange)?;
                return Ok(Verdict::Moved { to, because: self.closed_on(nominal) });
            }
        }
        Ok(Verdict::NotNamed)
    }

    fn closed_on(&self, day: BizDate) -> Option<SkipReason> {
        self.skip_reason(&Slot::day(day))
    }
}

fn unknown(hold: &Hold) -> Verdict {
    Verdict::Unknown(hold.text(Lang::En), hold.text(Lang::Zh))
}

impl Explanation {
    /// The explanation as sentences.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let mut text = match lang {
            Lang::En => self.verdict.english(self.date),
            Lang::Zh => self.verdict.chinese(self.date),
        };
        if !matches!(self.verdict, Verdict::Fires { .. })
            && let Some(next) = &self.next
        {
            let at = next.wall.format("%Y-%m-%d %H:%M");
            text.push_str(&match lang {
                Lang::En => format!(" Next fire: {at}."),
                Lang::Zh => format!("下次触发：{at}。"),
            });
        }
        if let Some(calendar) = &self.calendar {
            text.push_str(&match lang {
                Lang::En => format!(" Calendar: {calendar}."),
                Lang::Zh => format!("日历：{calendar}。"),
            });
        }
        text
    }
}

impl Verdict {
    fn english(&self, date: BizDate) -> String {
        match self {
            Self::Fires { first, count, moved } => {
                let times = if *count > 1 { format!(", the first of {count} times") } else { String::new() };
                let mut text =
                    format!("Fires on {date} at {}{times}, for {}.", first.wall.format("%H:%M:%S"), first.day);
                for (day, reason) in moved {
                    text.push_str(&format!(" Stands for {day} too: {}.", reason.text(Lang::En)));
                }
                text + first.reason.clock_text(Lang::En) + first.reason.assumed_text(Lang::En)
            }
            Self::Moved { to, because: Some(reason) } => {
                format!("Doesn't fire on {date}: {}; it fires on {to} instead.", reason.text(Lang::En))
            }
            Self::Moved { to, because: None } => format!("Doesn't fire on {date}: its fire is shifted to {to}."),
            Self::Skipped(skip) => format!("Doesn't fire on {date}: {}.", skip.reason.text(Lang::En)),
            Self::NotNamed => format!("Doesn't fire on {date}: the rule doesn't name this date."),
            Self::NoSuchDate => format!("Doesn't fire on {date}: the time zone has no such date."),
            Self::Unknown(en, _) => format!("Not known for {date}: {en}."),
        }
    }

    fn chinese(&self, date: BizDate) -> String {
        match self {
            Self::Fires { first, count, moved } => {
                let times = if *count > 1 { format!("（当日共 {count} 次）") } else { String::new() };
                let mut text = format!("{date} {} 触发{times}，对应 {}。", first.wall.format("%H:%M:%S"), first.day);
                for (day, reason) in moved {
                    text.push_str(&format!("并入 {day}：{}。", reason.text(Lang::Zh)));
                }
                text + first.reason.clock_text(Lang::Zh) + first.reason.assumed_text(Lang::Zh)
            }
            Self::Moved { to, because: Some(reason) } => {
                format!("{date} 不触发：{}；改在 {to} 触发。", reason.text(Lang::Zh))
            }
            Self::Moved { to, because: None } => format!("{date} 不触发：按偏移改在 {to} 触发。"),
            Self::Skipped(skip) => format!("{date} 不触发：{}。", skip.reason.text(Lang::Zh)),
            Self::NotNamed => format!("{date} 不触发：规则不包含这一天。"),
            Self::NoSuchDate => format!("{date} 不触发：该时区没有这一天。"),
            Self::Unknown(_, zh) => format!("{date} 无法判断：{zh}。"),
        }
    }
}

impl super::FireReason {
    /// What the clocks did, as a sentence that may follow another; empty when nothing.
    #[must_use]
    pub fn clock_text(&self, lang: Lang) -> &'static str {
        match (self.clock, lang) {
            (Clock::Steady, _) => "",
            (Clock::Skipped, Lang::En) => " The clock skips this time: it fires as soon as the gap ends.",
            (Clock::Skipped, Lang::Zh) => "该时刻因调时不存在：在跳过后的第一刻触发。",
            (Clock::First, Lang::En) => " The clock shows this time twice: this is the first.",
            (Clock::First, Lang::Zh) => "该时刻因调时出现两次：此为第一次。",
            (Clock::Second, Lang::En) => " The clock shows this time twice: this is the second.",
            (Clock::Second, Lang::Zh) => "该时刻因调时出现两次：此为第二次。",
        }
    }

    /// That the calendar was assumed, as a sentence that may follow another; empty when it wasn't.
    #[must_use]
    pub fn assumed_text(&self, lang: Lang) -> &'static str {
        match (self.assumed, lang) {
            (false, _) => "",
            (true, Lang::En) => " The calendar isn't published so far: the week mask is assumed.",
            (true, Lang::Zh) => "日历尚未公布至此：按周模板推定。",
        }
    }
}

impl OnClosed {
    /// The policy as a phrase for "when the calendar is closed …".
    #[must_use]
    pub fn text(self, lang: Lang) -> String {
        match (self, self.roll(), lang) {
            (_, Some(roll), Lang::En) => format!("move ({})", roll.text(lang)),
            (_, Some(roll), Lang::Zh) => format!("调整：{}", roll.text(lang)),
            (Self::Run, None, Lang::En) => "run all the same".into(),
            (Self::Run, None, Lang::Zh) => "照常运行".into(),
            (_, None, Lang::En) => "skip".into(),
            (_, None, Lang::Zh) => "跳过".into(),
        }
    }
}
