//! Which calendars a document names: what decides when it runs and for which date, for which dates of others it waits,
//! and what its templates may ask.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Document, Schedule, TaskKind, task::AwaitedRun};
use crate::{bizdate::Expr, calendar::CalendarExpr};

impl Document {
    /// The calendar expressions of its business date: the calendar in which days are counted, and those of the rule.
    #[must_use]
    pub fn data_calendars(&self) -> Vec<CalendarExpr> {
        let Some(date) = &self.spec.business_date else { return Vec::new() };
        let rule = date.to_expr();
        let of_rule = rule.iter().flat_map(Expr::calendars).cloned();
        CalendarExpr::parse(&date.calendar).into_iter().chain(of_rule).collect()
    }

    /// The calendar expressions by which its tasks find the runs of other workflows.
    fn task_calendars(&self) -> Vec<CalendarExpr> {
        let of = |kind: &TaskKind| {
            let (expr, calendar) = match kind {
                TaskKind::WaitFor(wait) => {
                    let run = wait.run.as_ref();
                    (run.and_then(AwaitedRun::to_expr), run.and_then(|run| run.calendar.as_deref()))
                }
                TaskKind::SubWorkflow(sub) => (sub.to_expr(), None),
                _ => (None, None),
            };
            let named: Vec<CalendarExpr> = expr.iter().flat_map(Expr::calendars).cloned().collect();
            named.into_iter().chain(calendar.and_then(|text| CalendarExpr::parse(text).ok()))
        };
        self.spec.tasks.values().flat_map(|task| of(&task.kind)).collect()
    }

    /// The names of all calendars that decide when it runs, for which date, and for which dates of others it waits, in
    /// capitals.
    #[must_use]
    pub fn calendar_names(&self) -> BTreeSet<String> {
        let schedules = self.spec.schedules.iter().filter_map(Schedule::to_rule);
        let scheduling: Vec<CalendarExpr> =
            schedules.flat_map(|spec| spec.calendars().cloned().collect::<Vec<_>>()).collect();
        let all = self.data_calendars().into_iter().chain(scheduling).chain(self.task_calendars());
        all.flat_map(|expr| expr.names().map(str::to_uppercase).collect::<Vec<_>>()).collect()
    }
}

impl Document {
    /// The words, in capitals, that may name calendars anywhere in it: those of [`Self::calendar_names`], and every word
    /// that stands in quotes in a template or condition, or in the value of a parameter. Most are no calendar's name.
    #[must_use]
    pub fn calendar_words(&self) -> BTreeSet<String> {
        let mut words = self.calendar_names();
        // Its own form is made of texts and numbers, which JSON can hold.
        let spec = serde_json::to_value(&self.spec).unwrap_or_default();
        walk(&spec, Part::Text, &mut words);
        words
    }
}

/// The words, in capitals, of the texts of a value, such as a parameter, that may name calendars.
pub fn calendar_words_of(value: &Value, words: &mut BTreeSet<String>) {
    walk(value, Part::Value, words);
}

/// What the texts of a field are.
#[derive(Clone, Copy)]
enum Part {
    /// Text with templates in it.
    Text,
    /// An expression without braces.
    Expression,
    /// A parameter's value, which a template may pass on.
    Value,
}

/// Fields whose texts are expressions without braces.
const EXPRESSIONS: [&str; 4] = ["when", "for_each", "outputs", "where"];

fn walk(value: &Value, part: Part, words: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => match part {
            Part::Value => take(text, words),
            Part::Expression => take_quoted(text, words),
            Part::Text => between_braces(text).for_each(|code| take_quoted(code, words)),
        },
        Value::Array(items) => items.iter().for_each(|item| walk(item, part, words)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let part = match (part, name.as_str()) {
                    (Part::Text, "params" | "arguments" | "env") => Part::Value,
                    (Part::Text, name) if EXPRESSIONS.contains(&name) => Part::Expression,
                    (part, _) => part,
                };
                walk(value, part, words);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What stands in `{{ … }}` and `{% … %}` of a text.
fn between_braces(text: &str) -> impl Iterator<Item = &str> {
    let code = |rest: &'_ str, open: &str, close: &str| -> Option<(usize, usize)> {
        let from = rest.find(open)? + open.len();
        Some((from, rest[from..].find(close).map_or(rest.len(), |length| from + length)))
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let found = [code(rest, "{{", "}}"), code(rest, "{%", "%}")].into_iter().flatten().min();
        let (from, until) = found?;
        let inner = &rest[from..until];
        rest = &rest[until..];
        Some(inner)
    })
}

fn take_quoted(code: &str, words: &mut BTreeSet<String>) {
    for quote in ['"', '\''] {
        // Every second part stands between two quotes; a quote of the other kind in it only adds words.
        code.split(quote).skip(1).step_by(2).for_each(|quoted| take(quoted, words));
    }
}

fn take(text: &str, words: &mut BTreeSet<String>) {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let found = text.split(|c| !is_word(c)).filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    words.extend(found.filter(|word| word.len() <= 64).map(str::to_uppercase));
}

#[cfg(test)]
mod tests {
    use crate::calendar::Calendars;

    #[test]
    fn words_of_templates_conditions_and_parameters_are_found() {
        let text = "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  params: [{name: p, default: 'NYSE'}]\n  \
                    tasks:\n    a: {type: shell, script: \"echo 'HKEX' {{ T.offset(-1, 'SSE & own_days') }} {% if T.is_open('CNIB') %}x{% endif %}\"}\n    \
                    b: {type: shell, when: \"date('T-1@SZSE') == T\", script: 'true'}\n";
        let document = crate::workflow::parse(text, Calendars::builtin());
        let document = document.unwrap_or_else(|problems| panic!("{problems:#?}"));
        let words = document.calendar_words();
        for name in ["NYSE", "SSE", "OWN_DAYS", "CNIB", "SZSE"] {
            assert!(words.contains(name), "{name} in {words:?}");
        }
        assert!(!words.contains("HKEX"), "a text that no template reads");
    }

    #[test]
    fn calendars_of_schedules_and_of_the_business_date_are_found() {
        let text = "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  business_date: {calendar: SSE & HKEX, rule: T-1@nyse}\n  \
                    schedules: [{name: s, cron: '0 0 3 * * ?', timezone: UTC, calendar: CN_WORK - SSE}]\n  tasks: {a: {type: wait_for, run: {workflow: x, window: \
                    last_week, calendar: SZSE}}, b: {type: sub_workflow, workflow: x, business_date: T.next(CNIB)}}\n";
        let document = crate::workflow::parse(text, Calendars::builtin()).expect("a good document");
        let names: Vec<String> = document.calendar_names().into_iter().collect();
        assert_eq!(names, ["CNIB", "CN_WORK", "HKEX", "NYSE", "SSE", "SZSE"]);
    }
}
