//! Answers as lines for people.

use super::{
    Answer, Day, Told,
    answer::{Fire, Status},
};
use crate::error::Lang;

impl Answer {
    /// The answer as one or more lines.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Calendars { calendars } => calendars.join("\n"),
            Self::Open { open } => status(if *open { Status::Open } else { Status::Closed }, lang).to_owned(),
            Self::Day(day) => day.text(lang),
            Self::Year(year) => year.text(lang),
            Self::Date { date: Some(date) } => date.to_string(),
            Self::Date { date: None } => pick(lang, "none", "无").to_owned(),
            Self::Count { count } => count.to_string(),
            Self::Days { days, more } => lines(days.iter().map(ToString::to_string), *more, None, lang),
            Self::Differences { differences, .. } if differences.is_empty() => {
                pick(lang, "no difference", "没有差异").to_owned()
            }
            Self::Differences { differences, more } => {
                let told = differences.iter().map(|change| {
                    format!("{}  {} | {}", head(&change.one, lang), change.one.state(lang), change.other.state(lang))
                });
                lines(told, *more, None, lang)
            }
            Self::Fires { events, more, hold } => {
                lines(events.iter().map(|event| event.text(lang)), *more, hold.as_ref(), lang)
            }
            Self::Explanation { text, .. } => text.text(lang).to_owned(),
            Self::Schedule { text, words, .. } => format!("{text}\n{}", words.text(lang)),
            Self::Text { text } => text.clone(),
        }
    }
}

fn pick(lang: Lang, en: &'static str, zh: &'static str) -> &'static str {
    if lang == Lang::En { en } else { zh }
}

/// Lines, with a last one for what is cut off or can't be told.
fn lines(lines: impl Iterator<Item = String>, more: bool, hold: Option<&Told>, lang: Lang) -> String {
    let last = more.then(|| pick(lang, "…  (more)", "…  （还有更多）").to_owned());
    let hold = hold.map(|hold| hold.text(lang).to_owned());
    let all: Vec<String> = lines.chain(last).chain(hold).collect();
    if all.is_empty() { pick(lang, "none", "无").to_owned() } else { all.join("\n") }
}

fn status(status: Status, lang: Lang) -> &'static str {
    match status {
        Status::Open => pick(lang, "open", "开放"),
        Status::Closed => pick(lang, "closed", "休市"),
        Status::Unset => pick(lang, "not published", "未公布"),
    }
}

fn head(day: &Day, lang: Lang) -> String {
    let number = day.date.weekday().num_days_from_monday() as usize;
    let zh = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"][number];
    format!("{} {}", day.date, if lang == Lang::En { &day.weekday } else { zh })
}

impl Day {
    /// The day with what there is to say of it.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        format!("{}  {}", head(self, lang), self.state(lang))
    }

    fn state(&self, lang: Lang) -> String {
        let mut text = status(self.status, lang).to_owned();
        if self.half {
            text.push_str(pick(lang, ", half day", "，半日"));
        }
        if let Some((opens, closes)) = self.opens.zip(self.closes) {
            text.push_str(&format!(" {opens}-{closes}"));
        }
        if let Some(reason) = &self.reason {
            text.push_str(&match lang {
                Lang::En => format!(" ({})", reason.en),
                Lang::Zh => format!("（{}）", reason.zh),
            });
        }
        text
    }
}

impl Fire {
    fn text(&self, lang: Lang) -> String {
        let note = self.note.as_ref().map_or("", |note| note.text(lang));
        let text = if self.fires {
            format!("{}  {} {}  {note}", self.at, pick(lang, "for", "对应"), self.day)
        } else {
            format!("{}  {}{note}", self.day, pick(lang, "no fire: ", "不触发："))
        };
        text.trim_end().to_owned()
    }
}
