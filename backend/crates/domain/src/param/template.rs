//! Renders templates and evaluates expressions: minijinja with a short list of filters and functions.
//!
//! Bounds: steps ([`FUEL`]), output ([`MAX_OUTPUT`]), and what [`super::inspect`] refuses beforehand. Undefined
//! variables are errors, so a misspelt parameter never becomes an empty text in a script.
//!
//! Comments are written `{%# … #%}`: the usual `{# … #}` would swallow `${#array[@]}` of a shell script.

use std::{borrow::Cow, io, ops::Range, sync::LazyLock};

use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior, filters, functions,
    syntax::SyntaxConfig,
    tests,
    value::{Value, ValueKind},
};

use super::{Scope, date, inspect};
use crate::error::Lang;

pub use inspect::{Name, expression_names, template_names};

/// Steps after which a template is given up.
const FUEL: u64 = 200_000;

/// The longest text that a template may make, and the longest that a filter hands on.
pub const MAX_OUTPUT: usize = 1 << 20;

/// The filters that templates may use.
pub(super) const FILTERS: &[&str] = &[
    "fmt",
    "default",
    "d",
    "upper",
    "lower",
    "title",
    "capitalize",
    "trim",
    "replace",
    "join",
    "split",
    "length",
    "first",
    "last",
    "abs",
    "round",
    "int",
    "float",
    "string",
    "bool",
    "tojson",
    "sort",
    "reverse",
    "unique",
    "min",
    "max",
    "sum",
    "list",
    "items",
];

/// The tests (`is …`) that templates may use.
pub(super) const TESTS: &[&str] = &[
    "defined",
    "undefined",
    "none",
    "number",
    "string",
    "sequence",
    "mapping",
    "boolean",
    "odd",
    "even",
    "divisibleby",
    "startingwith",
    "endingwith",
    "true",
    "false",
    "in",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
];

/// The functions that templates may call.
pub(super) const FUNCTIONS: &[&str] = &["date", "range"];

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
            Self::Told { zh, .. } => zh.clone(),
            Self::Other(detail) => detail.clone(),
        }
    }
}

/// Renders a template.
///
/// # Errors
/// The first fault with its place.
pub fn render(source: &str, scope: &Scope) -> Result<String, TemplateError> {
    if !source.contains("{{") && !source.contains("{%") {
        return Ok(source.to_owned());
    }
    template_names(source)?;
    let template = ENVIRONMENT.template_from_str(source).map_err(|cause| error(&cause, source))?;
    let mut output = Bounded(Vec::new());
    template.render_captured_to(variables(scope), &mut output).map_err(|cause| error(&cause, source))?;
    String::from_utf8(output.0).map_err(|_| TemplateError {
        line: 1,
        column: 1,
        fault: Fault::Other("not UTF-8".into()),
    })
}

/// Evaluates a condition.
///
/// # Errors
/// The first fault with its place; also a value that is neither true nor false.
pub fn evaluate(source: &str, scope: &Scope) -> Result<bool, TemplateError> {
    expression_names(source)?;
    let expression = ENVIRONMENT.compile_expression(source).map_err(|cause| error(&cause, source))?;
    let value = expression.eval(variables(scope)).map_err(|cause| error(&cause, source))?;
    bool::try_from(value.clone()).ok().filter(|_| value.kind() == ValueKind::Bool).ok_or_else(|| {
        let found = value.to_string().chars().take(40).collect();
        TemplateError { line: 1, column: 1, fault: Fault::NotBoolean(found) }
    })
}

/// What templates see.
fn variables(scope: &Scope) -> Value {
    let date = date::Date::value(scope.date, scope);
    Value::from_iter([
        ("T", date.clone()),
        ("bd", date),
        ("params", Value::from_serialize(&scope.params)),
        ("outputs", Value::from_serialize(&scope.outputs)),
        ("date", date::function(scope)),
    ])
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// The delimiters of templates.
pub(super) fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder().comment_delimiters("{%#", "#%}").build().expect("the delimiters differ")
}

fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_syntax(syntax());
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_keep_trailing_newline(true);
    env.set_fuel(Some(FUEL));
    env.set_formatter(|output, _, value| Ok(output.write_str(&written(value)?)?));
    // Places of faults at run time.
    env.set_debug(true);
    add_filters(&mut env);
    add_tests(&mut env);
    env.add_function("range", functions::range);
    env
}

fn add_filters(env: &mut Environment<'static>) {
    env.add_filter("fmt", date::fmt);
    env.add_filter("default", filters::default);
    env.add_filter("d", filters::default);
    env.add_filter("upper", filters::upper);
    env.add_filter("lower", filters::lower);
    env.add_filter("title", filters::title);
    env.add_filter("capitalize", filters::capitalize);
    env.add_filter("trim", filters::trim);
    env.add_filter("replace", replace);
    env.add_filter("join", join);
    env.add_filter("split", filters::split);
    env.add_filter("length", filters::length);
    env.add_filter("first", filters::first);
    env.add_filter("last", filters::last);
    env.add_filter("abs", filters::abs);
    env.add_filter("round", filters::round);
    env.add_filter("int", filters::int);
    env.add_filter("float", filters::float);
    env.add_filter("string", filters::string);
    env.add_filter("bool", filters::bool);
    env.add_filter("tojson", tojson);
    env.add_filter("sort", filters::sort);
    env.add_filter("reverse", filters::reverse);
    env.add_filter("unique", filters::unique);
    env.add_filter("min", filters::min);
    env.add_filter("max", filters::max);
    env.add_filter("sum", filters::sum);
    env.add_filter("list", filters::list);
    env.add_filter("items", filters::items);
}

fn add_tests(env: &mut Environment<'static>) {
    env.add_test("defined", tests::is_defined);
    env.add_test("undefined", tests::is_undefined);
    env.add_test("none", tests::is_none);
    env.add_test("number", tests::is_number);
    env.add_test("string", tests::is_string);
    env.add_test("sequence", tests::is_sequence);
    env.add_test("mapping", tests::is_mapping);
    env.add_test("boolean", tests::is_boolean);
    env.add_test("odd", tests::is_odd);
    env.add_test("even", tests::is_even);
    env.add_test("divisibleby", tests::is_divisibleby);
    env.add_test("startingwith", tests::is_startingwith);
    env.add_test("endingwith", tests::is_endingwith);
    env.add_test("true", tests::is_true);
    env.add_test("false", tests::is_false);
    env.add_test("in", tests::is_in);
    env.add_test("eq", tests::is_eq);
    env.add_test("ne", tests::is_ne);
    env.add_test("lt", tests::is_lt);
    env.add_test("le", tests::is_le);
    env.add_test("gt", tests::is_gt);
    env.add_test("ge", tests::is_ge);
}

fn too_large() -> Error {
    Error::from(ErrorKind::WriteFailure)
}

/// `replace`, whose result stays within bounds.
fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let times = text.matches(from).count();
    let bytes = times.checked_mul(to.len()).map(|added| added + text.len());
    if bytes.is_none_or(|bytes| bytes > MAX_OUTPUT) { Err(too_large()) } else { Ok(text.replace(from, to)) }
}

/// `join`, whose result stays within bounds.
fn join(items: &Value, separator: Option<&str>) -> Result<String, Error> {
    let mut joined = String::new();
    for (index, item) in items.try_iter()?.enumerate() {
        if index > 0 {
            joined.push_str(separator.unwrap_or_default());
        }
        joined.push_str(&written(&item)?);
        if joined.len() > MAX_OUTPUT {
            return Err(too_large());
        }
    }
    Ok(joined)
}

/// A value as text: like everything that is no text or date, lists and truth are written as in JSON.
fn written(value: &Value) -> Result<Cow<'_, str>, Error> {
    Ok(match value.kind() {
        ValueKind::Undefined => return Err(ErrorKind::UndefinedError.into()),
        ValueKind::Bool | ValueKind::None | ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => {
            Cow::Owned(tojson(value)?)
        }
        _ => value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed),
    })
}

/// `tojson`, as JSON and not as JSON for a web page.
fn tojson(value: &Value) -> Result<String, Error> {
    serde_json::to_string(value)
        .map_err(|cause| Error::new(ErrorKind::BadSerialization, "the value is no JSON").with_source(cause))
}

/// A sink that ends the rendering when it is full.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
