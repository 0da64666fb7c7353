//! Dates in templates: the object `T` with its fields and methods, `date("T-1@SSE")` and the filter `fmt`.

use std::{cmp::Ordering, fmt, sync::Arc};

use minijinja::{
    Error, State,
    value::{DynObject, Object, ObjectRepr, Value, from_args},
};

use super::{
    Scope,
    fault::Told,
    flag::{self, Edge},
    pattern,
};
use crate::{
    bizdate::{BizDate, Expr, Period},
    calendar::{Calendar, CalendarError, Calendars, Roll, Tri},
    error::Lang,
};

/// A date with the calendars by which it can be moved.
#[derive(Debug, Clone)]
pub(super) struct Date {
    date: BizDate,
    context: Arc<Context>,
}

#[derive(Debug)]
struct Context {
    calendars: Arc<Calendars>,
    /// The calendar of methods that name none.
    calendar: Option<String>,
}

impl Context {
    fn of(scope: &Scope) -> Arc<Self> {
        Arc::new(Self { calendars: Arc::clone(&scope.calendars), calendar: scope.calendar.clone() })
    }

    fn calendar(&self, named: Option<&str>) -> Result<Calendar, Error> {
        let name = named.or(self.calendar.as_deref()).ok_or_else(|| Told {
            en: "name a calendar, as in T.offset(-1, 'SSE'); the workflow has none of its own".into(),
            zh: "请指定日历，例如 T.offset(-1, 'SSE')；工作流没有设置业务日历".into(),
        })?;
        self.calendars.resolve_text(name).map_err(|cause| told(&cause.text(Lang::En), &cause.text(Lang::Zh)))
    }
}

fn told(en: &str, zh: &str) -> Error {
    Told { en: en.to_owned(), zh: zh.to_owned() }.into()
}

fn out_of_range() -> Error {
    told("the date would lie outside 1900 to 2299", "日期超出 1900 至 2299 年")
}

impl Date {
    /// The date as a value of templates.
    pub(super) fn value(date: BizDate, scope: &Scope) -> Value {
        Value::from_object(Self { date, context: Context::of(scope) })
    }

    fn moved(&self, date: Option<BizDate>) -> Result<Value, Error> {
        let date = date.ok_or_else(out_of_range)?;
        Ok(Value::from_object(Self { date, context: Arc::clone(&self.context) }))
    }

    /// Asks a calendar and goes to the day that it answers.
    fn asked(
        &self,
        calendar: Option<&str>,
        ask: impl FnOnce(&Calendar) -> Result<BizDate, CalendarError>,
    ) -> Result<Value, Error> {
        let calendar = self.context.calendar(calendar)?;
        let date = ask(&calendar).map_err(|cause| told(&cause.text(Lang::En), &cause.text(Lang::Zh)))?;
        self.moved(Some(date))
    }

    /// The first or last open day of a period, or its first or last day when no calendar is named.
    fn edge(&self, (period, edge): (Period, Edge), calendar: Option<&str>) -> Result<Value, Error> {
        let day = if edge == Edge::End { self.date.end(period) } else { self.date.start(period) };
        let Some(calendar) = calendar else { return self.moved(Some(day)) };
        let inwards = if edge == Edge::End { Roll::Preceding } else { Roll::Following };
        self.asked(Some(calendar), |calendar| calendar.roll(day, inwards))
    }

    /// Whether it is the first or last open day of its period, on the workflow's calendar when none is named.
    fn is_edge(&self, (period, edge): (Period, Edge), named: Option<&str>) -> Result<Value, Error> {
        let has_calendar = named.is_some() || self.context.calendar.is_some();
        let calendar = has_calendar.then(|| self.context.calendar(named)).transpose()?;
        flag::is_edge(self.date, period, edge, calendar.as_ref())
            .map(Value::from)
            .map_err(|cause| told(&cause.text(Lang::En), &cause.text(Lang::Zh)))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.date, f)
    }
}

impl Object for Date {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "year" => self.date.year().into(),
            "month" => self.date.month().into(),
            "day" => self.date.day().into(),
            "weekday" => self.date.weekday().number_from_monday().into(),
            "quarter" => ((self.date.month() - 1) / 3 + 1).into(),
            _ => return None,
        })
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Self>().map(|other| self.date.cmp(&other.date))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.date, f)
    }

    fn call_method(self: &Arc<Self>, _: &State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let amount = || from_args::<(i64,)>(args).map(|(amount,)| amount);
        let amount_on = || from_args::<(i64, Option<&str>)>(args);
        let on = || from_args::<(Option<&str>,)>(args).map(|(calendar,)| calendar);
        if let Some(edge) = edge_named(method) {
            return self.edge(edge, on()?);
        }
        if let Some(edge) = method.strip_prefix("is_").and_then(edge_named) {
            return self.is_edge(edge, on()?);
        }
        match method {
            "offset" => amount_on().and_then(|(n, calendar)| self.asked(calendar, |it| it.offset(self.date, n))),
            "next" => on().and_then(|calendar| self.asked(calendar, |it| it.next(self.date))),
            "previous" => on().and_then(|calendar| self.asked(calendar, |it| it.previous(self.date))),
            "is_open" => {
                let calendar = self.context.calendar(on()?)?;
                match calendar.tri(self.date) {
                    Tri::Open => Ok(true.into()),
                    Tri::Closed => Ok(false.into()),
                    Tri::Unset => Err(told(
                        &format!("{} is not known on {}", calendar.name(), self.date),
                        &format!("{} 在 {} 是否开市尚未公布", calendar.name(), self.date),
                    )),
                }
            }
            "add_days" => self.moved(self.date.add_days(amount()?)),
            "add_months" => self.moved(self.date.add_months(amount()?)),
            "add_years" => self.moved(self.date.add_years(amount()?)),
            "fmt" => from_args::<(&str,)>(args).and_then(|(pattern,)| written(self.date, pattern)),
            _ => Err(told(&format!("a date has no method `{method}`"), &format!("日期没有方法 `{method}`"))),
        }
    }
}

/// `month_end`, `quarter_start` and so on.
fn edge_named(name: &str) -> Option<(Period, Edge)> {
    let (period, edge) = name.rsplit_once('_')?;
    let edge = match edge {
        "start" => Edge::Start,
        "end" => Edge::End,
        _ => return None,
    };
    Some((period.parse().ok()?, edge))
}

fn written(date: BizDate, pattern: &str) -> Result<Value, Error> {
    pattern::format(date, pattern).map(Value::from).map_err(|bad| told(&bad.text(Lang::En), &bad.text(Lang::Zh)))
}

/// The filter: a date, or a text that is one, in a pattern.
pub(super) fn fmt(value: &Value, pattern: &str) -> Result<Value, Error> {
    if let Some(date) = value.downcast_object_ref::<Date>() {
        return written(date.date, pattern);
    }
    let date = value.as_str().and_then(|text| text.parse().ok());
    let date = date.ok_or_else(|| told("`fmt` writes dates; this is none", "`fmt` 只能格式化日期"))?;
    written(date, pattern)
}

/// The function `date`: an expression over `T`, or a date that is written out.
pub(super) fn function(scope: &Scope) -> Value {
    let context = Context::of(scope);
    let today = scope.date;
    Value::from_function(move |text: &str| -> Result<Value, Error> {
        let expr = Expr::parse(text).map_err(|cause| told(&cause.text(Lang::En), &cause.text(Lang::Zh)))?;
        let bound = context.calendar.as_deref().map(|name| context.calendar(Some(name))).transpose()?;
        let date = expr
            .evaluate(today, bound.as_ref(), &context.calendars)
            .map_err(|cause| told(&cause.text(Lang::En), &cause.text(Lang::Zh)))?;
        Ok(Value::from_object(Date { date, context: Arc::clone(&context) }))
    })
}
