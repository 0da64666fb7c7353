//! The template engine as Almanac uses it: its delimiters, limits, and the short list of what templates may call.

use std::{borrow::Cow, sync::LazyLock};

use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior, filters, functions,
    syntax::SyntaxConfig,
    tests,
    value::{Value, ValueKind},
};

use super::date;

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

/// The one environment of all templates.
pub(super) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

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
