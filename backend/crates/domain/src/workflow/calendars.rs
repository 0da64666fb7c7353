//! Which calendars a document names, apart from those inside templates: what decides when it runs and for which date,
//! and for which dates of others it waits.

use std::collections::BTreeSet;

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

#[cfg(test)]
mod tests {
    use crate::calendar::Calendars;

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
