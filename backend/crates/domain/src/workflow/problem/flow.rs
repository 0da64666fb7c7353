//! What can be wrong with the way of a run through its tasks: handlers, switches, lists, waits.

use super::super::DurationMs;
use crate::error::{ErrorCode, Lang};

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    /// A field that means nothing for tasks of a type.
    NotOfType {
        /// The field.
        field: String,
        /// The type.
        of: String,
        /// The field that says it for this type.
        instead: Option<&'static str>,
    },
    /// A field that means nothing without another.
    OnlyWith {
        /// The field.
        field: String,
        /// The other.
        with: &'static str,
    },
    /// None of some fields is given, and one must be.
    NoneOf {
        /// The fields.
        fields: &'static [&'static str],
    },
    /// Several of some fields are given, and only one may be.
    SeveralOf {
        /// The fields.
        fields: &'static [&'static str],
    },
    /// A length of time that is too short.
    TooShort {
        /// The least accepted.
        least: DurationMs,
    },
    /// An ordinary task needs a handler.
    NeedsHandler {
        /// The handler.
        need: String,
    },
    /// A handler needs an ordinary task.
    HandlerNeedsTask {
        /// The task.
        need: String,
    },
    /// There is no ordinary task.
    OnlyHandlers,
    /// A switch names a task that does not need it.
    BranchWithoutNeed {
        /// The task.
        task: String,
        /// The switch.
        switch: String,
    },
    /// A task stands in branches of two switches.
    BranchOfTwo {
        /// The task.
        task: String,
        /// The other switch.
        other: String,
    },
    /// A task of a branch could start before the switch has chosen.
    BranchRule {
        /// The rule of its needs.
        rule: String,
        /// The switch.
        switch: String,
    },
    /// The item of a list is named where there is none.
    ItemOutside {
        /// The name.
        name: String,
    },
    /// A text that is rendered before handlers have run reads the outputs of one.
    OutputOfHandler {
        /// The handler.
        task: String,
    },
    /// A workflow runs itself.
    StartsItself,
    /// A task waits for its own run.
    WaitsForItself,
    /// A calendar beside a window of hours.
    CalendarOfHours,
    /// A window that does not exist.
    UnknownWindow {
        /// Its name.
        name: String,
        /// The window that may be meant.
        meant: Option<String>,
    },
}

impl Flow {
    pub(super) const fn code(&self) -> ErrorCode {
        match self {
            Self::NotOfType { .. } => ErrorCode::SpecUnknownField,
            Self::OnlyWith { .. } | Self::NoneOf { .. } => ErrorCode::SpecMissing,
            Self::SeveralOf { .. } => ErrorCode::SpecDuplicate,
            Self::NeedsHandler { .. } | Self::WaitsForItself => ErrorCode::SpecUnreachable,
            Self::StartsItself => ErrorCode::SpecCycle,
            Self::TooShort { .. }
            | Self::HandlerNeedsTask { .. }
            | Self::OnlyHandlers
            | Self::BranchWithoutNeed { .. }
            | Self::BranchOfTwo { .. }
            | Self::BranchRule { .. }
            | Self::ItemOutside { .. }
            | Self::OutputOfHandler { .. }
            | Self::CalendarOfHours
            | Self::UnknownWindow { .. } => ErrorCode::SpecValue,
        }
    }

    pub(super) fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en(),
            Lang::Zh => self.zh(),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::NotOfType { field, of, instead } => {
                let instead = instead.map(|it| format!("; use `{it}`")).unwrap_or_default();
                format!("a task of type `{of}` has no `{field}`{instead}")
            }
            Self::OnlyWith { field, with } => {
                format!("`{field}` means nothing without `{with}`; give both, or leave it out")
            }
            Self::NoneOf { fields } => format!("none of {} is given; give one of them", quoted(fields, " and ")),
            Self::SeveralOf { fields } => format!("only one of {} can be given", quoted(fields, " and ")),
            Self::TooShort { least } => format!("expected at least {least}"),
            Self::NeedsHandler { need } => {
                format!("`{need}` is a handler and runs after all ordinary tasks; only handlers can need it")
            }
            Self::HandlerNeedsTask { need } => format!(
                "a handler runs after all ordinary tasks and can need only handlers; remove `{need}`, or make it a handler too"
            ),
            Self::OnlyHandlers => "all tasks are handlers; one must be an ordinary task".into(),
            Self::BranchWithoutNeed { task, switch } => {
                format!("`{task}` does not need this switch; add `{switch}` to its `needs`")
            }
            Self::BranchOfTwo { task, other } => {
                format!("`{task}` is chosen by the switch `{other}` already; a task can be in the branches of one switch")
            }
            Self::BranchRule { rule, switch } => format!(
                "with `{rule}` the task could start before the switch `{switch}` has chosen; use another rule, or let it need \
                 the switch alone"
            ),
            Self::ItemOutside { name } => {
                format!("there is no `{name}` here: items are known in the texts of a task with `for_each`, but for `when` and `for_each` itself")
            }
            Self::OutputOfHandler { task } => {
                format!("outputs of `{task}` are not there yet: it is a handler and runs after all ordinary tasks")
            }
            Self::StartsItself => "the workflow would start itself again and again".into(),
            Self::WaitsForItself => {
                "the task waits for the run that it is part of, which can't end before it; name an earlier business date, \
                 such as T-1"
                    .into()
            }
            Self::CalendarOfHours => "a calendar leaves out days; it means nothing beside a window of hours".into(),
            Self::UnknownWindow { name, meant } => {
                let meant = meant.as_ref().map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
                format!("there is no window `{name}`{meant}; known are {}", windows("to"))
            }
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::NotOfType { field, of, instead } => {
                let instead = instead.map(|it| format!("，请用 `{it}`")).unwrap_or_default();
                format!("`{of}` 类型的任务没有 `{field}`{instead}")
            }
            Self::OnlyWith { field, with } => format!("没有 `{with}` 时 `{field}` 没有意义，请同时给出或去掉它"),
            Self::NoneOf { fields } => format!("{} 都未给出，请给出其中之一", quoted(fields, " 和 ")),
            Self::SeveralOf { fields } => format!("{} 只能给出其中之一", quoted(fields, " 和 ")),
            Self::TooShort { least } => format!("至少为 {least}"),
            Self::NeedsHandler { need } => {
                format!("`{need}` 是收尾任务，在所有普通任务结束后才运行，只有收尾任务可以依赖它")
            }
            Self::HandlerNeedsTask { need } => {
                format!("收尾任务在所有普通任务结束后运行，只能依赖收尾任务；请去掉 `{need}`，或将其也设为收尾任务")
            }
            Self::OnlyHandlers => "所有任务都是收尾任务，至少要有一个普通任务".into(),
            Self::BranchWithoutNeed { task, switch } => {
                format!("`{task}` 没有依赖这个分支任务，请把 `{switch}` 加入它的 `needs`")
            }
            Self::BranchOfTwo { task, other } => {
                format!("`{task}` 已由分支任务 `{other}` 选择，一个任务只能属于一个分支任务")
            }
            Self::BranchRule { rule, switch } => {
                format!(
                    "用 `{rule}` 时，任务可能在分支任务 `{switch}` 选择之前开始；请换用其他规则，或只依赖该分支任务"
                )
            }
            Self::ItemOutside { name } => {
                format!("此处没有 `{name}`：只有带 `for_each` 的任务的文本知道当前项，`when` 和 `for_each` 本身除外")
            }
            Self::OutputOfHandler { task } => {
                format!("此处读不到 `{task}` 的输出：它是收尾任务，在所有普通任务结束后才运行")
            }
            Self::StartsItself => "工作流会不断启动自己".into(),
            Self::WaitsForItself => {
                "任务等待的是它所在的工作流实例，而该实例在任务结束前不会结束；请指定更早的业务日期，例如 T-1".into()
            }
            Self::CalendarOfHours => "日历用于排除某些日期，对按小时的窗口没有意义".into(),
            Self::UnknownWindow { name, meant } => {
                let meant = meant.as_ref().map(|it| format!("，是否想写 `{it}`？")).unwrap_or_default();
                format!("没有窗口 `{name}`{meant}；可用窗口：{}", windows("至"))
            }
        }
    }
}

fn windows(to: &str) -> String {
    format!(
        "current_hour, last_1_hour {to} last_23_hours, last_24_hours, today, last_1_day {to} last_366_days, this_week, \
         last_week, last_monday {to} last_sunday, this_month, this_month_begin, this_month_end, last_month, \
         last_month_begin, last_month_end"
    )
}

fn quoted(fields: &[&str], and: &str) -> String {
    fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(and)
}
