//! Starting a run: business date, parameters by their types, a reason if there is one to tell.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use cynic::MutationBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Map, Value};

use crate::api::failure::refusal;
use crate::api::operate::RunPriority;
use crate::api::run::{RunRow, StartRun, StartRunInput, StartRunVariables};
use crate::api::{client, run_number, short_id};
use crate::browser;
use crate::component::dialog::{Dialog, DialogButtons};
use crate::component::reason::Refusal;
use crate::i18n::{Word, lang};
use crate::page::run::act::RANKS;
use crate::preview::{self, ParamFault, ParamField, ParamKind};
use crate::state::address::use_address;
use crate::state::scope::use_scope;
use crate::state::toast;
use crate::t;

/// What can be started.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Startable {
    pub(crate) workflow: cynic::Id,
    pub(crate) title: String,
    /// The version's document, which declares the parameters.
    pub(crate) document: Value,
    /// A run whose date and parameters are proposed.
    pub(crate) of_run: Option<(RunRow, Value)>,
}

/// A field with what is entered.
#[derive(Clone)]
struct Entry {
    field: ParamField,
    value: RwSignal<String>,
    fault: RwSignal<Option<ParamFault>>,
}

/// Fields for the parameters that a document declares.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    entries: StoredValue<Vec<Entry>>,
}

impl Fields {
    /// With the values of a run, or else the defaults.
    pub(crate) fn of(document: &Value, params: Option<&Value>) -> Self {
        let proposed: BTreeMap<String, String> = params
            .and_then(Value::as_object)
            .map(|params| params.iter().map(|(name, value)| (name.clone(), preview::plain(value))).collect())
            .unwrap_or_default();
        let entry = |field: ParamField| Entry {
            value: RwSignal::new(proposed.get(&field.name).cloned().unwrap_or_else(|| field.default.clone())),
            fault: RwSignal::new(None),
            field,
        };
        Self { entries: StoredValue::new(preview::param_fields(document).into_iter().map(entry).collect()) }
    }

    /// The values that differ from the defaults, followed; nothing when none does or one is no value.
    pub(crate) fn given(self) -> Option<Map<String, Value>> {
        let defaults = self.entries.with_value(|entries| {
            let default = |entry: &Entry| (entry.field.name.clone(), Value::from(entry.field.default.clone()));
            entries.iter().map(default).collect::<Map<_, _>>()
        });
        self.changed(&Value::Object(defaults))
    }

    /// The values that differ from those of a run, followed; nothing when none does or one is no value.
    pub(crate) fn changed(self, params: &Value) -> Option<Map<String, Value>> {
        self.entries.with_value(|entries| {
            let mut changed = Map::new();
            for entry in entries {
                let text = entry.value.get();
                let before = params.get(&entry.field.name).map(preview::plain).unwrap_or_default();
                // Against no default: an entered default is a change when the run has something else.
                let bare = ParamField { default: String::new(), ..entry.field.clone() };
                if text != before
                    && let Some(value) = preview::param_value(&bare, &text).ok()?
                {
                    changed.insert(entry.field.name.clone(), value);
                }
            }
            (!changed.is_empty()).then_some(changed)
        })
    }
}

/// The values of the dialog and what becomes of them.
#[derive(Clone, Copy)]
struct Form {
    workflow: StoredValue<cynic::Id>,
    fields: Fields,
    priority: RwSignal<Option<RunPriority>>,
    dry_run: RwSignal<bool>,
    date: RwSignal<String>,
    reason: RwSignal<String>,
    /// One for the dialog: a second press or a repeated request starts nothing twice.
    key: StoredValue<String>,
    busy: RwSignal<bool>,
    refused: RwSignal<Option<String>>,
}

impl Form {
    fn of(startable: &Startable) -> Self {
        let date = startable.of_run.as_ref().map(|(run, _)| run.business_date.to_string()).unwrap_or_default();
        let chance = (browser::chance() * f64::from(u32::MAX)) as u32;
        Self {
            workflow: StoredValue::new(startable.workflow.clone()),
            fields: Fields::of(&startable.document, startable.of_run.as_ref().map(|(_, params)| params)),
            priority: RwSignal::new(None),
            dry_run: RwSignal::new(false),
            date: RwSignal::new(date),
            reason: RwSignal::new(String::new()),
            key: StoredValue::new(format!("ui-{}-{chance:08x}", browser::now_ms())),
            busy: RwSignal::new(false),
            refused: RwSignal::new(None),
        }
    }

    fn submit(self, started: Callback<RunRow>) {
        let Some(params) = entered(self.fields.entries) else { return };
        if self.busy.get_untracked() {
            return;
        }
        let input = StartRunInput {
            workflow: self.workflow.get_value(),
            business_date: self.date.get_untracked().parse::<NaiveDate>().ok(),
            params: Some(Value::Object(params)),
            idempotency_key: Some(self.key.get_value()),
            reason: Some(self.reason.get_untracked().trim().to_owned()).filter(|reason| !reason.is_empty()),
            priority: self.priority.get_untracked(),
            dry_run: self.dry_run.get_untracked().then_some(true),
        };
        self.busy.set(true);
        self.refused.set(None);
        spawn_local(async move {
            let answer = client::send(StartRun::build(StartRunVariables { input })).await;
            let _ = self.busy.try_set(false);
            match answer.map(|answer| (answer.start_run.run, refusal(&answer.start_run.user_errors))) {
                Ok((Some(run), None)) => started.run(run),
                Ok((_, text)) => drop(self.refused.try_set(Some(text.unwrap_or_default()))),
                Err(failure) => drop(self.refused.try_set(Some(failure.in_words()))),
            }
        });
    }
}

#[component]
pub(crate) fn StartDialog(startable: Startable, on_close: Callback<()>) -> impl IntoView {
    let (address, scope) = (use_address(), use_scope());
    let form = Form::of(&startable);
    let Startable { title, of_run, .. } = startable;
    let name = title.clone();
    let started = Callback::new(move |run: RunRow| {
        let href = untrack(|| scope.href(&format!("/runs/{}", short_id(&run.id))));
        toast::done(t!(run_started_toast, &name));
        on_close.run(());
        address.go(&href);
    });
    let from = of_run.map(|(run, _)| run_number(&run.id).to_owned());
    let Form { date, reason, busy, .. } = form;
    view! {
        <Dialog
            title=Signal::derive(move || t!(run_start_title, &title))
            on_close
            on_confirm=Callback::new(move |()| form.submit(started))
            footer=move || {
                view! { <DialogButtons confirm=Signal::derive(|| t!(run_start_do).to_owned()) busy on_close /> }
            }
        >
            {from.map(|number| view! { <p class="hint">{move || t!(run_start_from, &number)}</p> })}
            <div class="field">
                <label for="start-date">{move || t!(run_start_date)}</label>
                <input
                    id="start-date"
                    class="inp"
                    type="date"
                    autofocus
                    prop:value=move || date.get()
                    on:input=move |event| date.set(browser::input_value(&event))
                />
                <span class="hint">{move || t!(run_start_date_hint)}</span>
            </div>
            <FieldList fields=form.fields />
            <Manner form />
            <div class="field">
                <label for="start-reason">
                    {move || t!(run_start_reason)} <span class="dim">{move || t!(run_start_optional)}</span>
                </label>
                <input
                    id="start-reason"
                    class="inp"
                    maxlength="1000"
                    on:input=move |event| reason.set(browser::input_value(&event))
                />
            </div>
            <Refusal refusal=form.refused />
        </Dialog>
    }
}

/// The values of all fields, or nothing and each fault at its field.
fn entered(entries: StoredValue<Vec<Entry>>) -> Option<Map<String, Value>> {
    entries.with_value(|entries| {
        let mut params = Map::new();
        let mut sound = true;
        for entry in entries {
            match preview::param_value(&entry.field, &entry.value.get_untracked()) {
                Ok(value) => {
                    entry.fault.set(None);
                    if let Some(value) = value {
                        params.insert(entry.field.name.clone(), value);
                    }
                }
                Err(fault) => {
                    entry.fault.set(Some(fault));
                    sound = false;
                }
            }
        }
        sound.then_some(params)
    })
}

/// How it runs: its rank, and whether it only walks the graph.
#[component]
fn Manner(form: Form) -> impl IntoView {
    let rank = move |(priority, wire, label): (RunPriority, &'static str, Word)| {
        view! {
            <option value=wire selected=move || form.priority.get() == Some(priority)>
                {move || label(lang())}
            </option>
        }
    };
    let choose = move |event: leptos::ev::Event| {
        let wire = browser::input_value(&event);
        form.priority.set(RANKS.into_iter().find(|(_, name, _)| *name == wire).map(|(priority, ..)| priority));
    };
    view! {
        <div class="field">
            <label for="start-priority">{move || t!(run_priority)}</label>
            <select id="start-priority" class="inp" on:change=choose>
                <option value="">{move || t!(run_priority_own)}</option>
                {RANKS.into_iter().map(rank).collect_view()}
            </select>
        </div>
        <label class="opt">
            <input type="checkbox" id="start-dry" on:change=move |event| form.dry_run.set(event_target_checked(&event)) />
            <span>
                <b class="med">{move || t!(run_dry_run)}</b>
                <span class="hint block">{move || t!(run_dry_run_hint)}</span>
            </span>
        </label>
    }
}

#[component]
pub(crate) fn FieldList(fields: Fields) -> impl IntoView {
    let entries = fields.entries;
    let none = entries.with_value(Vec::is_empty);
    view! {
        {none.then(|| view! { <p class="hint">{move || t!(run_start_no_params)}</p> })}
        {entries.get_value().into_iter().map(|entry| view! { <Field entry /> }).collect_view()}
    }
}

#[component]
fn Field(entry: Entry) -> impl IntoView {
    let Entry { field, value, fault } = entry;
    let id = format!("param-{}", field.name);
    let hint = move || {
        fault.get().map(|fault| match fault {
            ParamFault::Missing => t!(run_param_missing),
            ParamFault::NotANumber => t!(run_param_number),
            ParamFault::NotADate => t!(run_param_date),
        })
    };
    let input = match field.kind {
        ParamKind::Boolean => view! {
            <label class="opt">
                <input
                    id=id.clone()
                    type="checkbox"
                    prop:checked=move || value.with(|value| value == "true")
                    on:change=move |event| value.set(event_target_checked(&event).to_string())
                />
                <span>{move || if value.with(|value| value == "true") { t!(run_param_on) } else { t!(run_param_off) }}</span>
            </label>
        }
        .into_any(),
        kind => view! {
            <input
                id=id.clone()
                class="inp inp--mono"
                class:inp--err=move || fault.get().is_some()
                type=if kind == ParamKind::Date { "date" } else { "text" }
                inputmode=if kind == ParamKind::Number { "decimal" } else { "text" }
                aria-invalid=move || fault.get().is_some().to_string()
                prop:value=move || value.get()
                on:input=move |event| {
                    value.set(browser::input_value(&event));
                    fault.set(None);
                }
            />
        }
        .into_any(),
    };
    view! {
        <div class="field">
            <label for=id>
                <span class="mono">{field.name.clone()}</span>
                {field.required.then(|| view! { <span class="req" aria-hidden="true">"*"</span> })}
            </label>
            {input}
            {field.description.clone().map(|text| view! { <span class="hint">{text}</span> })}
            {move || hint().map(|text| view! { <span class="hint hint--err" role="alert">{text}</span> })}
        </div>
    }
}
