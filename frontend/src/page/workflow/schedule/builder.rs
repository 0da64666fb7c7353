//! What the parts of the page share: the plan that the draft's text says, and the ways to change it.

use std::sync::Arc;

use domain::bizdate::BizDate;
use domain::calendar::{CalendarExpr, Calendars};
use domain::schedule::{Rule, ScheduleSpec, When, wall};
use domain::workflow::spec::BusinessDate;
use domain::workflow::splice::SpliceError;
use leptos::prelude::*;
use leptos::reactive::graph::Observer;

use crate::api::workflow::{Schedule, Workflow};
use crate::browser;
use crate::i18n::{self, lang};
use crate::page::workflow::draft::Draft;
use crate::page::workflow::unread::Field;
use crate::state::address::{Address, use_address};
use crate::state::calendars::use_calendars;
use crate::view::schedule::date_rule::DateRule;
use crate::view::schedule::entry::{self, Entry, Plan};

/// The calendar that is taken when the workflow names none.
const USUAL_CALENDAR: &str = "SSE";

/// The zone of a first schedule.
const USUAL_ZONE: &str = "Asia/Shanghai";

/// Fields of a schedule that have a place of their own on the page for their problems.
const FIELDS: [&str; 12] =
    ["name", "cron", "rule", "at", "timezone", "calendar", "on_closed", "shift", "from", "until", "day_cut", "beyond"];

#[derive(Clone, Copy)]
pub(crate) struct Builder {
    pub(crate) draft: Draft,
    pub(crate) may_edit: bool,
    /// What the text says, or why it can't be read.
    pub(crate) plan: Memo<Result<Plan, String>>,
    /// What the version that stands says.
    pub(crate) live: StoredValue<Plan>,
    /// The schedules as the server has them, and whether the workflow is on.
    pub(crate) server: StoredValue<(Vec<Schedule>, bool)>,
    calendars: Signal<Arc<Calendars>>,
    /// Why the last change could not be made.
    pub(crate) fault: RwSignal<Option<String>>,
    address: Address,
}

impl Builder {
    pub(crate) fn of(workflow: &Workflow, draft: Draft, may_edit: bool) -> Self {
        let language = i18n::lang;
        let (book, tenant) = (use_calendars(), workflow.tenant.id.clone());
        Self {
            draft,
            may_edit,
            plan: Memo::new(move |_| {
                draft.source.with(|source| entry::read(source).map_err(|error| error.text(language())))
            }),
            live: StoredValue::new(entry::plan(&workflow.current_version.spec)),
            server: StoredValue::new((workflow.schedules.clone(), workflow.enabled)),
            calendars: Signal::derive(move || book.calendars(Some(&tenant))),
            fault: RwSignal::new(None),
            address: use_address(),
        }
    }

    /// What names of calendars mean; followed where something can follow it.
    pub(crate) fn calendars(self) -> Arc<Calendars> {
        if Observer::get().is_some() { self.calendars.get() } else { self.calendars.get_untracked() }
    }

    /// Reads the plan; followed where something can follow it.
    fn with_plan<T>(self, read: impl FnOnce(&Result<Plan, String>) -> T) -> T {
        if Observer::get().is_some() { self.plan.with(read) } else { self.plan.with_untracked(read) }
    }

    pub(crate) fn count(self) -> usize {
        self.with_plan(|plan| plan.as_ref().map_or(0, |plan| plan.entries.len()))
    }

    /// The number of the schedule that is shown: the one that the address names, else the first.
    pub(crate) fn index(self) -> usize {
        let name = self.address.get("schedule");
        self.with_plan(|plan| {
            let entries = plan.as_ref().map(|plan| plan.entries.as_slice()).unwrap_or_default();
            name.and_then(|name| entries.iter().position(|entry| entry.name == name)).unwrap_or(0)
        })
    }

    pub(crate) fn choose(self, name: String) {
        self.fault.set(None);
        self.address.set(&[("schedule", Some(name))]);
    }

    /// The plan; an empty one when the text can't be read.
    pub(crate) fn plan(self) -> Plan {
        self.with_plan(|plan| plan.clone().unwrap_or_default())
    }

    pub(crate) fn entry(self) -> Option<Entry> {
        let index = self.index();
        self.with_plan(|plan| plan.as_ref().ok()?.entries.get(index).cloned())
    }

    pub(crate) fn spec(self) -> Option<ScheduleSpec> {
        self.entry()?.spec
    }

    /// A part of the schedule that is shown, followed.
    pub(crate) fn part<T: Default + PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&ScheduleSpec) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.spec().as_ref().map(&part).unwrap_or_default())
    }

    /// The workflow's rule of business dates, ready to be asked.
    pub(crate) fn dates(self) -> Result<DateRule, String> {
        let business = self.with_plan(|plan| plan.as_ref().ok().and_then(|plan| plan.business.clone()));
        DateRule::of(business.as_ref(), &self.calendars(), lang())
    }

    /// The calendar that a new rule takes: that of the data, else the usual one.
    pub(crate) fn usual_calendar(self) -> CalendarExpr {
        let of_data = self.with_plan(|plan| {
            let business = plan.as_ref().ok()?.business.as_ref()?;
            CalendarExpr::parse(&business.calendar).ok()
        });
        of_data.unwrap_or_else(|| CalendarExpr::Name(USUAL_CALENDAR.to_owned()))
    }

    /// A rule to begin with.
    pub(crate) fn first_spec(self) -> ScheduleSpec {
        let zone = USUAL_ZONE.parse().expect("the zone exists");
        ScheduleSpec::new(When::Rule(Rule::EveryOpenDay), zone)
    }

    /// Changes the text, or says why it can't be changed.
    pub(crate) fn change(self, change: impl FnOnce(&str) -> Result<String, SpliceError>) {
        if !self.may_edit {
            return;
        }
        match self.draft.source.with_untracked(|source| change(source)) {
            Ok(source) => {
                self.fault.set(None);
                self.draft.propose(source);
            }
            Err(error) => self.fault.set(Some(error.text(lang()))),
        }
    }

    /// Takes another rule for the schedule that is shown. What the rule needs and isn't there is added.
    pub(crate) fn set(self, mut spec: ScheduleSpec) {
        let counts_open = matches!(
            spec.when,
            When::Rule(
                Rule::EveryOpenDay
                    | Rule::EveryOpenDays(_)
                    | Rule::Ordinal { of: domain::schedule::DayKind::OpenDay, .. }
            )
        );
        if counts_open && spec.calendar.is_none() {
            spec.calendar = Some(untrack(|| self.usual_calendar()));
        }
        if matches!(spec.when, When::Rule(Rule::EveryOpenDays(_))) && spec.from.is_none() {
            spec.from = BizDate::from_naive(wall(spec.timezone, browser::server_now_ms()).date());
        }
        if let Err(error) = spec.check() {
            self.fault.set(Some(error.text(lang())));
            return;
        }
        let index = untrack(|| self.index());
        self.change(|source| entry::set_spec(source, index, &spec));
    }

    /// Takes the rule that a field's text means. What doesn't hold is kept with the reason.
    pub(crate) fn enter(self, field: Field, text: String, meaning: Result<ScheduleSpec, String>) {
        let why = match meaning {
            Ok(spec) => {
                self.set(spec);
                self.fault.get_untracked()
            }
            Err(why) => Some(why),
        };
        self.draft.tell(untrack(|| self.index()), field, text, why);
    }

    /// The text that a field of the schedule that is shown has and that doesn't hold.
    pub(crate) fn unread(self, field: Field) -> Memo<Option<String>> {
        Memo::new(move |_| self.draft.unread.of(self.index(), field).map(|entered| entered.text))
    }

    /// Changes the rule of the schedule that is shown.
    pub(crate) fn update(self, update: impl FnOnce(&mut ScheduleSpec)) {
        if let Some(mut spec) = untrack(|| self.spec()) {
            update(&mut spec);
            self.set(spec);
        }
    }

    pub(crate) fn set_business(self, business: Option<&BusinessDate>) {
        self.change(|source| entry::set_business(source, business));
    }

    /// The messages of problems at a field of the schedule that is shown.
    pub(crate) fn problems_at(self, field: &str) -> Vec<String> {
        let path = format!("spec.schedules[{}].{field}", self.index());
        self.problems(|at| at == path || at.strip_prefix(&path).is_some_and(|rest| rest.starts_with('[')))
    }

    /// The messages of problems of the schedule as a whole.
    pub(crate) fn problems_of_entry(self) -> Vec<String> {
        let path = format!("spec.schedules[{}]", self.index());
        let is_field = |rest: &str| FIELDS.iter().any(|field| rest.starts_with(&format!(".{field}")));
        self.problems(|at| at.strip_prefix(&path).is_some_and(|rest| !is_field(rest)))
    }

    pub(crate) fn problems(self, is_here: impl Fn(&str) -> bool) -> Vec<String> {
        self.draft.check.problems.with(|problems| {
            problems.iter().filter(|problem| is_here(&problem.path)).map(|problem| problem.message.clone()).collect()
        })
    }

    /// Whether the page shows a problem beside its field.
    pub(crate) fn is_told(self, path: &str) -> bool {
        let of_schedule = format!("spec.schedules[{}]", self.index());
        let of_plan = ["spec.business_date", "spec.concurrency", "spec.catch_up"];
        path.starts_with(&of_schedule) || of_plan.iter().any(|field| path.starts_with(field))
    }
}

/// What is wrong with a field.
#[component]
pub(crate) fn FieldProblems(#[prop(into)] problems: Signal<Vec<String>>) -> impl IntoView {
    move || {
        problems
            .get()
            .into_iter()
            .map(|problem| view! { <p class="hint hint--err" role="alert">{problem}</p> })
            .collect_view()
    }
}
