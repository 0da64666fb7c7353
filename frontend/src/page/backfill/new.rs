//! A new backfill: the inputs at the left, and what they would do at the right; each change tells it anew.

use chrono::NaiveDate;
use cynic::{MutationBuilder, QueryBuilder};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use crate::api::backfill::plan::{
    BackfillDateChoice, BackfillPlan, PlanBackfill, PlanBackfillInput, PlanVariables, StartBackfill,
    StartBackfillInput, StartVariables,
};
use crate::api::backfill::{BackfillChoice, BackfillOrder, BackfillVersion};
use crate::api::failure::refusal;
use crate::api::workflow::{IdVariables, WorkflowById};
use crate::api::{client, global_id, short_id};
use crate::browser;
use crate::component::pane::{Failed, SkeletonPane};
use crate::component::reason::{ReasonDialog, Refusal};
use crate::i18n::{self, Word, lang, text};
use crate::page::backfill::plan::{Choices, PlanView, choice_of};
use crate::page::run::act::RANKS;
use crate::page::run::start::{FieldList, Fields};
use crate::state::address::use_address;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::load::{Load, debounced, load};
use crate::state::scope::use_scope;
use crate::state::toast;
use crate::t;

/// A pause in typing after which the plan is asked for.
const PLAN_MS: u32 = 400;

/// The inputs as they are entered.
#[derive(Clone, Copy)]
struct Form {
    from: RwSignal<String>,
    to: RwSignal<String>,
    calendar: RwSignal<String>,
    order: RwSignal<String>,
    parallelism: RwSignal<String>,
    version: RwSignal<String>,
    downstream: RwSignal<bool>,
    existing: RwSignal<String>,
    active: RwSignal<String>,
    priority: RwSignal<String>,
    /// What was chosen for single dates.
    choices: Choices,
    /// The parameters that the workflow declares, once it is there.
    fields: RwSignal<Option<Fields>>,
}

impl Form {
    fn new() -> Self {
        Self {
            from: RwSignal::default(),
            to: RwSignal::default(),
            calendar: RwSignal::default(),
            order: RwSignal::new("forward".to_owned()),
            parallelism: RwSignal::new("1".to_owned()),
            version: RwSignal::new("newest".to_owned()),
            downstream: RwSignal::new(false),
            existing: RwSignal::new("skip".to_owned()),
            active: RwSignal::default(),
            priority: RwSignal::default(),
            choices: RwSignal::default(),
            fields: RwSignal::default(),
        }
    }

    /// What is asked for, once it is whole.
    fn input(self, workflow: cynic::Id) -> Option<PlanBackfillInput> {
        let date = |text: RwSignal<String>| text.with(|text| text.parse::<NaiveDate>().ok());
        let order = if self.order.get() == "backward" { BackfillOrder::Backward } else { BackfillOrder::Forward };
        let version =
            if self.version.get() == "original" { BackfillVersion::Original } else { BackfillVersion::Newest };
        Some(PlanBackfillInput {
            workflow,
            from: date(self.from)?,
            to: date(self.to)?,
            calendar: Some(self.calendar.get().trim().to_owned()).filter(|it| !it.is_empty()),
            order: Some(order),
            parallelism: self.parallelism.with(|it| it.parse().ok()),
            version: Some(version),
            params: self.fields.get().and_then(Fields::given).map(Value::Object),
            downstream: Some(self.downstream.get()),
            priority: self.priority.with(|wire| RANKS.into_iter().find(|(_, name, _)| name == wire).map(|it| it.0)),
            existing: self.existing.with(|it| choice_of(it)),
            active: self.active.with(|it| choice_of(it)),
            choices: Some(self.chosen(date(self.from)?, date(self.to)?)).filter(|it| !it.is_empty()),
        })
    }
}

impl Form {
    /// What was chosen for dates of the range.
    fn chosen(self, from: NaiveDate, to: NaiveDate) -> Vec<BackfillDateChoice> {
        let within = |it: &(&(String, NaiveDate), &BackfillChoice)| (from..=to).contains(&it.0.1);
        let chosen = |((workflow, date), choice): (&(String, NaiveDate), &BackfillChoice)| BackfillDateChoice {
            date: *date,
            workflow: Some(cynic::Id::new(workflow)),
            choice: *choice,
        };
        self.choices.with(|choices| choices.iter().filter(within).map(chosen).collect())
    }
}

#[component]
pub(crate) fn NewBackfill() -> impl IntoView {
    let (address, scope) = (use_address(), use_scope());
    let workflow = Memo::new(move |_| address.get("workflow").unwrap_or_default());
    let found = load(
        move || workflow.get(),
        |id| async move {
            let answer = client::send(WorkflowById::build(IdVariables { id: global_id("workflow", &id) })).await;
            answer.map(|answer| answer.workflow.map(|it| (it.title.unwrap_or(it.name), it.current_version.spec)))
        },
    );
    let name = Signal::derive(move || found.ready().flatten().map_or_else(|| workflow.get(), |(name, _)| name));
    set_crumbs(move || {
        let list = Crumb::link(t!(backfill_title), scope.href("/backfills"));
        vec![Crumb::area(t!(app_build)), list, Crumb::here(t!(backfill_new))]
    });
    let form = Form::new();
    Effect::new(move |_| {
        let document = found.ready().flatten().map(|(_, document)| document);
        form.fields.set(document.map(|document| Fields::of(&document, None)));
    });
    let asked = RwSignal::new(None::<PlanBackfillInput>);
    let ask = debounced(PLAN_MS, move |input: Option<PlanBackfillInput>| drop(asked.try_set(input)));
    Effect::new(move |_| ask(form.input(global_id("workflow", &workflow.get()))));
    view! {
        <div class="phead phead--line">
            <h1>{move || t!(backfill_new)}</h1>
            <span class="phead__sub">{name}</span>
        </div>
        <div class="bf">
            <Inputs form />
            <Planned asked name choices=form.choices />
        </div>
    }
}

#[component]
fn Inputs(form: Form) -> impl IntoView {
    let field = |id: &'static str, label: Word, kind: &'static str, value: RwSignal<String>| {
        view! {
            <div class="field">
                <label for=id>{move || label(lang())}</label>
                <input
                    id=id
                    class="inp"
                    type=kind
                    prop:value=move || value.get()
                    on:input=move |event| value.set(browser::input_value(&event))
                />
            </div>
        }
    };
    view! {
        <form class="bf__l" on:submit=|event| event.prevent_default()>
            {field("bf-from", text::backfill_from, "date", form.from)}
            {field("bf-to", text::backfill_to, "date", form.to)}
            {field("bf-calendar", text::backfill_calendar, "text", form.calendar)}
            <span class="hint">{move || t!(backfill_calendar_hint)}</span>
            <label class="opt">
                <input
                    type="checkbox"
                    prop:checked=move || form.downstream.get()
                    on:change=move |event| form.downstream.set(event_target_checked(&event))
                />
                <span>{move || t!(backfill_downstream)}</span>
            </label>
            <Choose
                id="bf-order"
                label=text::backfill_order
                value=form.order
                options=vec![("forward", text::backfill_forward), ("backward", text::backfill_backward)]
            />
            {field("bf-parallelism", text::backfill_parallelism, "number", form.parallelism)}
            <Choose
                id="bf-version"
                label=text::backfill_version
                value=form.version
                options=vec![("newest", text::backfill_newest), ("original", text::backfill_original)]
            />
            <Choose
                id="bf-existing"
                label=text::backfill_existing
                value=form.existing
                options=vec![("skip", text::backfill_choice_skip), ("rerun", text::backfill_choice_rerun)]
            />
            <Choose
                id="bf-active"
                label=text::backfill_active
                value=form.active
                options=vec![
                    ("", text::backfill_choice_none),
                    ("skip", text::backfill_choice_skip),
                    ("rerun", text::backfill_choice_rerun),
                ]
            />
            <Choose id="bf-priority" label=text::run_priority value=form.priority options=ranks() />
            {move || {
                form.fields.get().map(|fields| {
                    view! {
                        <fieldset class="opts">
                            <legend class="lbl">{move || t!(run_params)}</legend>
                            <FieldList fields />
                        </fieldset>
                    }
                })
            }}
        </form>
    }
}

/// The ranks that its runs may have among waiting work; without one they come after everything else.
fn ranks() -> Vec<(&'static str, Word)> {
    let chosen = RANKS.into_iter().map(|(_, wire, label)| (wire, label));
    std::iter::once(("", text::backfill_priority_own as Word)).chain(chosen).collect()
}

#[component]
fn Choose(id: &'static str, label: Word, value: RwSignal<String>, options: Vec<(&'static str, Word)>) -> impl IntoView {
    let option = move |(key, label): (&'static str, Word)| {
        view! {
            <option value=key selected=move || value.with(|value| value == key)>
                {move || label(lang())}
            </option>
        }
    };
    view! {
        <div class="field">
            <label for=id>{move || label(lang())}</label>
            <select id=id class="inp" on:change=move |event| value.set(event_target_value(&event))>
                {options.into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}

#[component]
fn Planned(asked: RwSignal<Option<PlanBackfillInput>>, name: Signal<String>, choices: Choices) -> impl IntoView {
    let key = Memo::new(move |_| asked.get());
    let loader = load(
        move || (key.get(), i18n::lang()),
        |(input, _)| async move {
            let Some(input) = input else { return Ok(None) };
            let payload = client::send(PlanBackfill::build(PlanVariables { input })).await?.plan_backfill;
            Ok(Some((payload.plan, refusal(&payload.user_errors))))
        },
    );
    let starting = RwSignal::new(false);
    let on_start = Callback::new(move |()| starting.set(true));
    let plan = move || loader.ready().flatten().and_then(|(plan, _)| plan);
    view! {
        <div class="bf__r">
            {move || match loader.state.get() {
                Load::Ready(None) => view! { <p class="hint bf__none">{move || t!(backfill_nothing_started)}</p> }.into_any(),
                Load::Ready(Some((Some(plan), _))) => view! { <PlanView plan choices on_start /> }.into_any(),
                Load::Ready(Some((None, refused))) => view! { <Refusal refusal=Signal::stored(refused) /> }.into_any(),
                Load::Failed(failure) => {
                    let title = Signal::derive(|| t!(backfill_plan_failed).to_owned());
                    view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
                }
                Load::Pending => view! { <SkeletonPane /> }.into_any(),
            }}
        </div>
        {move || {
            let starts = starting.get();
            let (input, plan) = (key.get_untracked()?, untrack(plan)?);
            starts.then(|| view! { <Start input plan name on_close=Callback::new(move |()| starting.set(false)) /> })
        }}
    }
}

#[component]
fn Start(input: PlanBackfillInput, plan: BackfillPlan, name: Signal<String>, on_close: Callback<()>) -> impl IntoView {
    let (address, scope) = (use_address(), use_scope());
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let (runs, parallelism) = (plan.creates + plan.reruns, input.parallelism.unwrap_or(1));
    let input = StoredValue::new(input);
    let start = move |reason: String| {
        busy.set(true);
        refused.set(None);
        let name = name.get_untracked();
        spawn_local(async move {
            let input = StartBackfillInput::of(input.get_value(), reason);
            let answer = client::send(StartBackfill::build(StartVariables { input })).await;
            let _ = busy.try_set(false);
            match answer.map(|answer| (answer.start_backfill.backfill, refusal(&answer.start_backfill.user_errors))) {
                Ok((Some(backfill), None)) => {
                    toast::done(t!(backfill_started_toast, &name));
                    address.go(&untrack(|| scope.href(&format!("/backfills/{}", short_id(&backfill.id)))));
                }
                Ok((_, text)) => drop(refused.try_set(Some(text.unwrap_or_default()))),
                Err(failure) => drop(refused.try_set(Some(failure.in_words()))),
            }
        });
    };
    view! {
        <ReasonDialog
            title=Signal::derive(move || t!(backfill_start_title, name.get()))
            effect=move || view! { <p class="muted">{move || t!(backfill_start_effect, runs, parallelism)}</p> }
            confirm=Signal::derive(|| t!(backfill_new).to_owned())
            busy
            refusal=refused
            on_close
            on_confirm=Callback::new(start)
        />
    }
}
