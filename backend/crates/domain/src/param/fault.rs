//! What can be wrong with a template: the faults, their place, and their texts in both languages.

use std::ops::Range;

use minijinja::{Error, ErrorKind};

use super::environment::MAX_OUTPUT;
use crate::{error::Lang, workflow::ForEach};

/// A template or expression that can't be used, with the place of the fault in it.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateError {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// A variable or field has no value.
    Undefined(String),
    /// There is no such filter; the second may be meant.
    UnknownFilter(String, Option<String>),
    /// There is no such test.
    UnknownTest(String, Option<String>),
    /// There is no such function.
    UnknownFunction(String, Option<String>),
    /// A statement that templates may not use.
    NotAllowed(String),
    /// `*` with something that may be a text.
    MultipliesText,
    /// An expression is written in braces.
    BracesInExpression,
    /// Too many terms in one tag, or too many statements.
    TooComplex,
    /// Too many steps.
    TooLong,
    /// Too much text.
    TooLarge,
    /// A condition that is neither true nor false.
    NotBoolean(String),
    /// A value that is no list where one belongs.
    NotList(String),
    /// A list of too many items.
    TooManyItems(usize),
    /// In words of both languages.
    Told {
        /// English.
        en: String,
        /// Chinese.
        zh: String,
    },
    /// In the words of the template engine.
    Other(String),
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.text(Lang::En))
    }
}

impl std::error::Error for TemplateError {}

impl TemplateError {
    /// What is wrong, in a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.fault.en(),
            Lang::Zh => self.fault.zh(),
        }
    }

    /// The fault of a part of a text, with its place in the whole.
    pub(super) fn behind(self, source: &str, before: usize) -> Self {
        let (line, column) = line_column(source, before);
        let column = if self.line == 1 { column + self.column - 1 } else { self.column };
        Self { line: line + self.line - 1, column, ..self }
    }
}

impl Fault {
    fn en(&self) -> String {
        let meant =
            |meant: &Option<String>| meant.as_ref().map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
        match self {
            Self::Undefined(name) => format!("`{name}` has no value"),
            Self::UnknownFilter(name, near) => format!("there is no filter `{name}`{}", meant(near)),
            Self::UnknownTest(name, near) => format!("there is no test `{name}`{}", meant(near)),
            Self::UnknownFunction(name, near) => format!("there is no function `{name}`{}", meant(near)),
            Self::NotAllowed(what) => format!("templates may not use `{what}`"),
            Self::MultipliesText => "only numbers can be multiplied; write `x | int` for a number in a text".into(),
            Self::BracesInExpression => "an expression is written without {{ }}".into(),
            Self::TooComplex => "too many terms or statements; compute this in a script".into(),
            Self::TooLong => "the template takes too many steps".into(),
            Self::TooLarge => format!("the template makes more than {MAX_OUTPUT} bytes"),
            Self::NotBoolean(found) => format!("expected true or false, found {found}; compare it with something"),
            Self::NotList(found) => format!("expected a list, found {found}"),
            Self::TooManyItems(count) => {
                format!("the list has {count} items; at most {} are accepted", ForEach::MAX_ITEMS)
            }
            Self::Told { en, .. } => en.clone(),
            Self::Other(detail) => detail.clone(),
        }
    }

    fn zh(&self) -> String {
        let meant =
            |meant: &Option<String>| meant.as_ref().map(|it| format!("，是否想写 `{it}`？")).unwrap_or_default();
        match self {
            Self::Undefined(name) => format!("`{name}` 没有值"),
            Self::UnknownFilter(name, near) => format!("没有过滤器 `{name}`{}", meant(near)),
            Self::UnknownTest(name, near) => format!("没有判断 `{name}`{}", meant(near)),
            Self::UnknownFunction(name, near) => format!("没有函数 `{name}`{}", meant(near)),
            Self::NotAllowed(what) => format!("模板不能使用 `{what}`"),
            Self::MultipliesText => "只有数字可以相乘；文本中的数字请写 `x | int`".into(),
            Self::BracesInExpression => "表达式不要写 {{ }}".into(),
            Self::TooComplex => "表达式或语句过多，请在脚本中计算".into(),
            Self::TooLong => "模板的执行步数过多".into(),
            Self::TooLarge => format!("模板生成的文本超过 {MAX_OUTPUT} 字节"),
            Self::NotBoolean(found) => format!("应为 true 或 false，实际为 {found}；请写比较式"),
            Self::NotList(found) => format!("应为列表，实际为 {found}"),
            Self::TooManyItems(count) => format!("列表有 {count} 项，上限为 {} 项", ForEach::MAX_ITEMS),
            Self::Told { zh, .. } => zh.clone(),
            Self::Other(detail) => detail.clone(),
        }
    }
}

/// The line and character, from 1, of a byte of a text.
pub(super) fn line_column(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}

/// The engine's error in our words.
pub(super) fn error(cause: &Error, source: &str) -> TemplateError {
    let range = cause.range().map(|range| whole_name(source, range));
    let (line, column) = match &range {
        Some(range) => line_column(source, range.start),
        None => (cause.line().unwrap_or(1), 1),
    };
    let own = std::error::Error::source(cause).and_then(|source| source.downcast_ref::<Told>());
    let fault = match cause.kind() {
        _ if own.is_some() => {
            own.map_or(Fault::TooLarge, |told| Fault::Told { en: told.en.clone(), zh: told.zh.clone() })
        }
        ErrorKind::UndefinedError => {
            Fault::Undefined(range.and_then(|range| source.get(range)).unwrap_or_default().trim().to_owned())
        }
        ErrorKind::OutOfFuel => Fault::TooLong,
        ErrorKind::WriteFailure => Fault::TooLarge,
        kind => Fault::Other(cause.detail().map_or_else(|| kind.to_string(), str::to_owned)),
    };
    TemplateError { line, column, fault }
}

/// The engine points at the field that has no value; the name before it belongs to the message.
fn whole_name(source: &str, range: Range<usize>) -> Range<usize> {
    let is_field = source.get(range.clone()).is_some_and(|text| text.starts_with(['.', '[']));
    let of_name = |c: char| c.is_alphanumeric() || "_.[]'".contains(c);
    let name = source.get(..range.start).map_or(0, |before| before.len() - before.trim_end_matches(of_name).len());
    if is_field { range.start - name..range.end } else { range }
}

/// An error of our own functions on its way through the engine.
#[derive(Debug, thiserror::Error)]
#[error("{en}")]
pub(super) struct Told {
    pub(super) en: String,
    pub(super) zh: String,
}

impl From<Told> for Error {
    fn from(told: Told) -> Self {
        Self::new(ErrorKind::InvalidOperation, told.en.clone()).with_source(told)
    }
}
