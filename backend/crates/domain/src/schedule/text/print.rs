//! Writes schedules as the text that reads back.

use std::fmt;

use chrono::Weekday;

use super::{
    super::{Beyond, CutSide, DayCut, DayKind, OnClosed, Rule, ScheduleSpec, Shift, ShiftUnit, When},
    words::{POLICIES, WEEKDAYS},
};

impl fmt::Display for ScheduleSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.when {
            When::Cron(cron) => write!(f, "cron({cron})")?,
            When::Rule(rule) => write!(f, "{rule}")?,
        }
        if let Some(calendar) = &self.calendar {
            write!(f, " on {calendar}")?;
        }
        if self.on_closed != OnClosed::Skip {
            let words = POLICIES.iter().find(|(_, policy)| *policy == self.on_closed).map_or("", |(words, _)| words);
            write!(f, " if closed {words}")?;
        }
        if let Some(shift) = &self.shift {
            write!(f, " {shift}")?;
        }
        for (index, time) in self.times.iter().enumerate() {
            write!(f, "{}{time}", if index == 0 { " at " } else { ", " })?;
        }
        write!(f, " tz {}", self.timezone)?;
        if let Some(from) = self.from {
            write!(f, " from {from}")?;
        }
        if let Some(until) = self.until {
            write!(f, " until {until}")?;
        }
        if let Some(cut) = self.day_cut {
            write!(f, " cut {cut}")?;
        }
        if self.beyond == Beyond::AssumeWeekMask { f.write_str(" beyond week mask") } else { Ok(()) }
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.unit == ShiftUnit::OpenDays { "open days" } else { "days" };
        write!(f, "{:+} {unit}", self.n)?;
        self.of.as_ref().map_or(Ok(()), |of| write!(f, " of {of}"))
    }
}

impl fmt::Display for DayCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.at, if self.side == CutSide::Next { " next" } else { "" })
    }
}

fn name(day: Weekday) -> &'static str {
    WEEKDAYS[day.num_days_from_monday() as usize].0
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EveryDay => f.write_str("every day"),
            Self::EveryOpenDay => f.write_str("every open day"),
            Self::EveryOpenDays(n) => write!(f, "every {n} open days"),
            Self::Weekdays(days) => {
                let names: Vec<&str> = days.iter().map(|day| name(*day)).collect();
                write!(f, "every {}", names.join(", "))
            }
            Self::Ordinal { n, of, period } => {
                match n {
                    1 => f.write_str("first ")?,
                    -1 => f.write_str("last ")?,
                    n => write!(f, "{n} ")?,
                }
                let of = match of {
                    DayKind::Day => "day",
                    DayKind::OpenDay => "open day",
                    DayKind::Weekday(day) => name(*day),
                };
                write!(f, "{of} of {period}")
            }
        }
    }
}
