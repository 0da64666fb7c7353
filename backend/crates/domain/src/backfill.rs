//! Backfills: the runs of a workflow for a range of business dates, as one object.
//!
//! A backfill is a list of items in order: for each date of a calendar in the range, in the chosen direction, an item for
//! the workflow and, when asked for, one for each workflow that waits for it ([`downstream`]). What is to become of a date
//! that has a run already is decided before anything starts ([`planned`]). Then a window slides over the items
//! ([`window`]): whenever a run ends the next one starts, so that there are never more at work than allowed and never
//! fewer while some may start.

pub mod downstream;
pub mod window;

use serde::{Deserialize, Serialize};

use crate::bizdate::BizDate;
use crate::calendar::{self, Calendar, DayStatus};
use crate::error::Lang;
use crate::run::RunState;

/// Most natural days of a range: ten years and some.
pub const MOST_DAYS: i32 = 4_000;

/// Most items of a backfill.
pub const MOST_ITEMS: usize = 10_000;

/// Most runs of a backfill at work at once.
pub const MOST_PARALLEL: i32 = 100;

macro_rules! spelt {
    ($(#[$doc:meta])* $type:ident { $($(#[$item_doc:meta])* $item:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $type {
            $($(#[$item_doc])* $item,)+
        }

        impl $type {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$item),+];

            /// As it is stored.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$item => $name,)+
                }
            }

            /// The one that is stored so.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.as_str() == text)
            }
        }
    };
}

spelt! {
    /// In which direction the dates are gone through.
    Order {
        /// From the oldest to the newest.
        Forward = "forward",
        /// From the newest to the oldest.
        Backward = "backward",
    }
}

spelt! {
    /// Which version of a workflow a date is done with.
    VersionChoice {
        /// The version that is current when the backfill is started.
        Newest = "newest",
        /// That of the date's newest run; where there is none, as `Newest`.
        Original = "original",
    }
}

spelt! {
    /// What is to become of a date that has a run already.
    Choice {
        /// The date is left out.
        Skip = "skip",
        /// The date is done again.
        Rerun = "rerun",
    }
}

spelt! {
    /// What an item does.
    Action {
        /// It makes a run.
        Create = "create",
        /// It repeats the run that is there, or makes another one when that can't be repeated.
        Rerun = "rerun",
        /// It does nothing: the date is left out.
        Skip = "skip",
    }
}

spelt! {
    /// Where a backfill stands.
    State {
        /// Items start as the window allows.
        Running = "running",
        /// Nothing new starts; what runs goes on.
        Paused = "paused",
        /// Nothing new will start; it ends with its last run.
        Cancelling = "cancelling",
        /// All its items ended well or were left out.
        Succeeded = "succeeded",
        /// All its items ended, at least one badly.
        Failed = "failed",
        /// A person ended it.
        Cancelled = "cancelled",
    }
}

impl State {
    /// Whether it has ended. One that ended can go on only by doing again what failed.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

spelt! {
    /// Where an item stands.
    ItemState {
        /// Its turn has not come.
        Pending = "pending",
        /// Its run is on its way.
        Running = "running",
        /// Its run ended well.
        Succeeded = "succeeded",
        /// Its run did not end well, or could not be made.
        Failed = "failed",
        /// It was left out: chosen so, or because what it needs did not end well.
        Skipped = "skipped",
        /// The backfill was cancelled before its turn.
        Cancelled = "cancelled",
    }
}

impl ItemState {
    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// Why an item is where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ItemReason {
    /// The date had a run, and it was chosen to leave it out.
    LeftOut {
        /// The run.
        run: Option<i64>,
    },
    /// A run for the date was made by somebody else after the plan.
    Appeared {
        /// The run.
        run: i64,
    },
    /// A run that is to be repeated is still at work.
    WaitsForEnd {
        /// The run.
        run: i64,
    },
    /// Its run ended, but not well.
    RunEnded {
        /// The run.
        run: i64,
        /// In which state.
        state: String,
    },
    /// Its run is no longer there.
    RunGone {
        /// The run.
        run: i64,
    },
    /// Its run could not be made or repeated.
    NotStarted {
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
    },
    /// A workflow that it comes after did not end well for the date.
    UpstreamFailed {
        /// The workflow's name.
        workflow: String,
    },
}

impl ItemReason {
    /// The sentence for people.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::LeftOut { .. }, Lang::En) => "Left out as chosen: the date has a run.".into(),
            (Self::LeftOut { .. }, Lang::Zh) => "按选择跳过：该日期已有实例。".into(),
            (Self::Appeared { .. }, Lang::En) => "Left out: a run for the date was made in the meantime.".into(),
            (Self::Appeared { .. }, Lang::Zh) => "已跳过：其间已产生该日期的实例。".into(),
            (Self::WaitsForEnd { .. }, Lang::En) => "Waits until the run that is to be repeated has ended.".into(),
            (Self::WaitsForEnd { .. }, Lang::Zh) => "等待将被重跑的实例结束。".into(),
            (Self::RunEnded { state, .. }, Lang::En) => format!("The run has ended: {}.", named(state, lang)),
            (Self::RunEnded { state, .. }, Lang::Zh) => format!("实例已结束：{}。", named(state, lang)),
            (Self::RunGone { .. }, Lang::En) => "The run is no longer stored.".into(),
            (Self::RunGone { .. }, Lang::Zh) => "该实例已不再保存。".into(),
            (Self::NotStarted { en, .. }, Lang::En) => format!("The run could not be started: {en}"),
            (Self::NotStarted { zh, .. }, Lang::Zh) => format!("实例无法启动：{zh}"),
            (Self::UpstreamFailed { workflow }, Lang::En) => format!("“{workflow}” did not end well for this date."),
            (Self::UpstreamFailed { workflow }, Lang::Zh) => format!("“{workflow}”在该日期未成功。"),
        }
    }
}

fn named(state: &str, lang: Lang) -> String {
    RunState::parse(state).map_or_else(|| state.to_owned(), |state| state.text(lang).to_owned())
}

/// A day of the range that is no date of the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoDate {
    /// The day.
    pub date: BizDate,
    /// Why the calendar is closed; `None`: it does not know the day.
    pub closed: Option<calendar::day::Reason>,
}

impl NoDate {
    /// The sentence for people.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (&self.closed, lang) {
            (Some(reason), lang) => reason.text(lang),
            (None, Lang::En) => "not known by the calendar".into(),
            (None, Lang::Zh) => "日历尚无该日数据".into(),
        }
    }
}

/// The days of a range.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dates {
    /// The business dates, in the order asked for.
    pub dates: Vec<BizDate>,
    /// The other days, oldest first.
    pub without: Vec<NoDate>,
}

/// The business dates of a range, both ends included, and the days that are none.
#[must_use]
pub fn dates(calendar: &Calendar, from: BizDate, to: BizDate, order: Order) -> Dates {
    let mut found = Dates::default();
    let days = (from.number()..=to.number()).filter_map(BizDate::from_number);
    for date in days.take(MOST_DAYS.unsigned_abs() as usize) {
        match calendar.status(date) {
            DayStatus::Open(_) => found.dates.push(date),
            DayStatus::Closed(reason) => found.without.push(NoDate { date, closed: Some(reason) }),
            DayStatus::Unset => found.without.push(NoDate { date, closed: None }),
        }
    }
    if order == Order::Backward {
        found.dates.reverse();
    }
    found
}

/// What stands in a date's place already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InPlace {
    /// The newest run of the date.
    Run(RunState),
    /// An item of another backfill that has not ended.
    OtherBackfill,
}

impl InPlace {
    /// Whether something is at work there, so that nothing is done without a choice.
    #[must_use]
    pub fn is_active(self) -> bool {
        match self {
            Self::Run(state) => !state.is_final(),
            Self::OtherBackfill => true,
        }
    }
}

/// What was chosen for dates that have something in their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choices {
    /// For dates whose run has ended.
    pub ended: Choice,
    /// For dates with something at work; without it they are blocked.
    pub active: Option<Choice>,
}

/// What is to be done for a date; `None`: a person has to choose first. `own` is what was chosen for this very date.
#[must_use]
pub fn planned(found: Option<InPlace>, choices: Choices, own: Option<Choice>) -> Option<Action> {
    let Some(found) = found else { return Some(Action::Create) };
    let general = if found.is_active() { choices.active } else { Some(choices.ended) };
    Some(match own.or(general)? {
        Choice::Skip => Action::Skip,
        Choice::Rerun => Action::Rerun,
    })
}

#[cfg(test)]
mod tests;
