//! Why a question has no answer.

use crate::{
    bizdate::{BizDate, SyntaxError, expr::EvalError},
    calendar::{CalendarError, ResolveError},
    error::{ErrorCode, Lang},
    param::TemplateError,
    schedule::{Hold, SpecError},
    workflow::Problem,
};

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AskError {
    /// It isn't a question.
    #[error("this is no question: {0}")]
    Form(String),
    /// The calendar has no answer.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A calendar can't be found, or its expression not be read.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// A business-date expression can't be read.
    #[error("business-date expression: {0}")]
    Expression(SyntaxError),
    /// A business-date expression has no value.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// A template can't be rendered.
    #[error("template, {0}")]
    Template(#[from] TemplateError),
    /// A schedule's text can't be read.
    #[error("schedule: {0}")]
    Schedule(SyntaxError),
    /// A schedule contradicts itself.
    #[error("schedule: {0}")]
    Spec(#[from] SpecError),
    /// A document's entry doesn't hold.
    #[error("schedule: {}", entry_text(.0, Lang::En))]
    Entry(Vec<Problem>),
    /// Not an instant.
    #[error("`{0}` is not an instant: write 2026-01-31T18:00:00+08:00, or a date")]
    Instant(String),
    /// The second date is before the first.
    #[error("{to} is before {from}")]
    Reversed {
        /// The first.
        from: BizDate,
        /// The second.
        to: BizDate,
    },
    /// A range of instants without any.
    #[error("the end, {until}, is not after the beginning, {from}")]
    Backwards {
        /// Where it begins.
        from: String,
        /// Where it ends.
        until: String,
    },
    /// A list without room.
    #[error("a list of 0 entries says nothing: give a `limit` of at least 1, or none")]
    NoRoom,
    /// An offset too far.
    #[error("an offset of {n} open days is beyond {most}", n = .0, most = super::MAX_OFFSET)]
    Offset(i64),
    /// More days than are looked at for one answer.
    #[error("{days} days are more than the {most} that one question may span: ask for less at a time")]
    TooLong {
        /// The days from the first to the last.
        days: usize,
        /// How many it may be.
        most: usize,
    },
}

fn entry_text(problems: &[Problem], lang: Lang) -> String {
    let texts: Vec<String> = problems.iter().map(|problem| problem.text(lang)).collect();
    texts.join(if lang == Lang::En { "; " } else { "；" })
}

impl AskError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Calendar(error) | Self::Eval(EvalError::Calendar(error)) => calendar_code(error),
            Self::Resolve(error) | Self::Eval(EvalError::Resolve(error)) => resolve_code(error),
            Self::Entry(problems) => problems.first().map_or(ErrorCode::InvalidInput, Problem::code),
            Self::Offset(_) | Self::TooLong { .. } => ErrorCode::TooMany,
            _ => ErrorCode::InvalidInput,
        }
    }

    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Calendar(error), _) => error.text(lang),
            (Self::Resolve(error), _) => error.text(lang),
            (Self::Eval(error), _) => error.text(lang),
            (_, Lang::En) => self.to_string(),
            (Self::Form(detail), Lang::Zh) => format!("无法识别的问题：{detail}"),
            (Self::Expression(error), Lang::Zh) => format!("业务日期表达式：{}", error.text(lang)),
            (Self::Template(error), Lang::Zh) => {
                format!("模板第 {} 行第 {} 列：{}", error.line, error.column, error.text(lang))
            }
            (Self::Schedule(error), Lang::Zh) => format!("定时规则：{}", error.text(lang)),
            (Self::Spec(error), Lang::Zh) => format!("定时规则：{}", error.text(lang)),
            (Self::Entry(problems), Lang::Zh) => format!("定时规则：{}", entry_text(problems, lang)),
            (Self::Instant(found), Lang::Zh) => {
                format!("`{found}` 不是时刻，请写成 2026-01-31T18:00:00+08:00，或只写日期")
            }
            (Self::Reversed { from, to }, Lang::Zh) => format!("{to} 早于 {from}"),
            (Self::Backwards { from, until }, Lang::Zh) => format!("结束 {until} 不晚于开始 {from}"),
            (Self::NoRoom, Lang::Zh) => "列表不能限制为 0 项：请将 `limit` 设为 1 以上，或不写".into(),
            (Self::Offset(n), Lang::Zh) => format!("偏移 {n} 个开放日超过上限 {}", super::MAX_OFFSET),
            (Self::TooLong { days, most }, Lang::Zh) => {
                format!("{days} 天超过一次提问的上限 {most} 天，请分段查询")
            }
        }
    }
}

impl From<Hold> for AskError {
    fn from(hold: Hold) -> Self {
        match hold {
            Hold::Calendar(error) => Self::Calendar(error),
            Hold::Resolve(error) => Self::Resolve(error),
            Hold::Spec(error) => Self::Spec(error),
        }
    }
}

fn calendar_code(error: &CalendarError) -> ErrorCode {
    match error {
        CalendarError::BeyondHorizon { .. } => ErrorCode::BeyondHorizon,
        CalendarError::NoOpenDay { .. } | CalendarError::OutOfRange => ErrorCode::InvalidInput,
    }
}

fn resolve_code(error: &ResolveError) -> ErrorCode {
    match error {
        ResolveError::Unknown(_) => ErrorCode::CalendarUnknown,
        ResolveError::TooLarge => ErrorCode::TooMany,
        ResolveError::Syntax(_) | ResolveError::Cycle(_) | ResolveError::Name(_) => ErrorCode::InvalidInput,
    }
}
