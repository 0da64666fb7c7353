//! Making a calendar: one that lists its days, empty until a file is imported, or one derived by an expression.

use cynic::MutationBuilder;
use domain::calendar::base::{WeekMask, is_name};
use domain::calendar::{Definition, Session};
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::api::calendar::{CreateCalendar, CreateCalendarInput, CreateCalendarVariables};
use crate::api::session::Permission;
use crate::api::{client, short_id};
use crate::browser;
use crate::component::dialog::{Dialog, DialogButtons};
use crate::component::reason::Refusal;
use crate::page::calendar::send::Sending;
use crate::state::address::use_address;
use crate::state::scope::{Scope, use_scope};
use crate::state::{session, toast};
use crate::t;
use crate::view::calendar::derive;

/// The zone that is proposed for a calendar of days.
const ZONE: &str = "Asia/Shanghai";

/// What is being written.
#[derive(Clone, Copy)]
struct Form {
    name: RwSignal<String>,
    title: RwSignal<String>,
    /// A tenant's id; empty for the firm.
    owner: RwSignal<String>,
    zone: RwSignal<String>,
    weekdays: RwSignal<bool>,
}

impl Form {
    fn definition(self, derived: Option<&str>) -> Option<Value> {
        if let Some(expression) = derived {
            return Some(json!({ "expression": expression }));
        }
        let listed = Definition {
            name: self.name.get_untracked(),
            revision: 0,
            zone: self.zone.get_untracked().trim().parse().ok()?,
            week: if self.weekdays.get_untracked() { WeekMask::WEEKDAYS } else { WeekMask::DAILY },
            session: Session::default(),
            years: Some(std::collections::BTreeSet::new()),
            days: Vec::new(),
            overrides: Vec::new(),
        };
        serde_json::to_value(listed).ok()
    }

    /// What keeps the form from being sent.
    fn fault(self, derived: bool) -> Option<String> {
        let name = self.name.get();
        if !is_name(name.trim()) {
            return Some(t!(calendar_name_rule).to_owned());
        }
        let zone_is_known = self.zone.with(|zone| zone_of(zone).is_some());
        (!derived && !zone_is_known).then(|| t!(calendar_zone_rule).to_owned())
    }
}

fn zone_of(text: &str) -> Option<Value> {
    // The type of zones is the domain's; a definition with this zone reads it.
    let text = text.trim();
    let probe =
        json!({ "name": "PROBE", "zone": text, "week": [true, true, true, true, true, true, true], "years": null });
    serde_json::from_value::<Definition>(probe).ok().map(|_| json!(text))
}

#[component]
pub(crate) fn CreateDialog(
    /// The expression, for a derived calendar.
    derived: Option<String>,
    on_close: Callback<()>,
) -> impl IntoView {
    let (address, scope, sending) = (use_address(), use_scope(), Sending::new());
    let owners = untrack(|| owners(scope));
    let form = Form {
        name: RwSignal::new(String::new()),
        title: RwSignal::new(String::new()),
        owner: RwSignal::new(owners.first().map(|(id, _)| id.clone()).unwrap_or_default()),
        zone: RwSignal::new(ZONE.to_owned()),
        weekdays: RwSignal::new(true),
    };
    let tried = RwSignal::new(false);
    let expression = StoredValue::new(derived.clone());
    let is_derived = derived.is_some();
    let fault = Memo::new(move |_| form.fault(is_derived));
    let create = Callback::new(move |()| {
        tried.set(true);
        let definition = expression.with_value(|expression| form.definition(expression.as_deref()));
        let Some(definition) = definition.filter(|_| fault.get_untracked().is_none()) else { return };
        let text =
            |signal: RwSignal<String>| Some(signal.get_untracked().trim().to_owned()).filter(|it| !it.is_empty());
        let input = CreateCalendarInput {
            tenant: text(form.owner).map(cynic::Id::new),
            name: form.name.get_untracked().trim().to_owned(),
            title: text(form.title),
            definition,
            note: None,
        };
        let answer = async move {
            let answer = client::send(CreateCalendar::build(CreateCalendarVariables { input })).await?.create_calendar;
            Ok((answer.calendar, answer.user_errors))
        };
        sending.send(answer, move |calendar| {
            toast::done(t!(calendar_created, calendar.name));
            on_close.run(());
            address.go(&untrack(|| scope.href(&format!("/calendars/{}?tab=changes", short_id(&calendar.id)))));
        });
    });
    let title = move || if is_derived { t!(calendar_new_derived) } else { t!(calendar_new_title) };
    view! {
        <Dialog
            title=Signal::derive(move || title().to_owned())
            on_close
            on_confirm=create
            footer=move || {
                view! {
                    <DialogButtons confirm=Signal::derive(|| t!(calendar_create).to_owned()) busy=sending.busy on_close />
                }
            }
        >
            {derived.map(|expression| view! { <p class="mono">{derive::short(&expression)}</p> })}
            <div class="fgrid">
                <Text id="calendar-name" label=Signal::derive(|| t!(calendar_name)) value=form.name hint=Signal::derive(|| t!(calendar_name_hint)) />
                <Text id="calendar-title" label=Signal::derive(|| t!(calendar_title_field)) value=form.title hint=Signal::derive(|| t!(calendar_title_hint)) />
                <Owner owners owner=form.owner />
                {(!is_derived).then(|| view! {
                    <Text id="calendar-zone" label=Signal::derive(|| t!(calendar_zone)) value=form.zone hint=Signal::derive(|| t!(calendar_zone_hint)) />
                    <Week weekdays=form.weekdays />
                })}
            </div>
            {move || fault.get().filter(|_| tried.get()).map(|why| view! { <p class="hint hint--err" role="alert">{why}</p> })}
            <Refusal refusal=sending.refusal />
        </Dialog>
    }
}

/// Whom the viewer may make calendars for: tenants of the scope, and the firm.
fn owners(scope: Scope) -> Vec<(String, String)> {
    let firm = session::viewer().is_some_and(|viewer| viewer.platform_can.contains(&Permission::CalendarEdit));
    let tenants = scope.tenants().into_iter().filter(|tenant| {
        scope.slug().is_none_or(|slug| slug == tenant.slug) && tenant.viewer_can.contains(&Permission::CalendarEdit)
    });
    let firm = firm.then(|| (String::new(), t!(calendar_of_firm).to_owned()));
    tenants.map(|tenant| (tenant.id.into_inner(), tenant.title)).chain(firm).collect()
}

#[component]
pub(crate) fn Text(
    id: &'static str,
    label: Signal<&'static str>,
    value: RwSignal<String>,
    hint: Signal<&'static str>,
) -> impl IntoView {
    let described = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id>{move || label.get()}</label>
            <input
                id=id
                class="inp"
                maxlength="200"
                autocomplete="off"
                aria-describedby=described.clone()
                prop:value=move || value.get()
                on:input=move |event| value.set(browser::input_value(&event))
            />
            <span class="hint" id=described>{move || hint.get()}</span>
        </div>
    }
}

#[component]
fn Owner(owners: Vec<(String, String)>, owner: RwSignal<String>) -> impl IntoView {
    let option = |(id, title): (String, String)| view! { <option value=id>{title}</option> };
    view! {
        <div class="field">
            <label for="calendar-owner">{move || t!(calendar_owner)}</label>
            <select id="calendar-owner" class="inp" on:change=move |event| owner.set(event_target_value(&event))>
                {owners.into_iter().map(option).collect_view()}
            </select>
            <span class="hint">{move || t!(calendar_owner_hint)}</span>
        </div>
    }
}

#[component]
fn Week(weekdays: RwSignal<bool>) -> impl IntoView {
    let option = move |value: bool, words: fn(crate::i18n::Lang) -> &'static str| {
        view! {
            <label class="opt">
                <input
                    type="radio"
                    name="week"
                    prop:checked=move || weekdays.get() == value
                    on:change=move |_| weekdays.set(value)
                />
                <span>{move || words(crate::i18n::lang())}</span>
            </label>
        }
    };
    use crate::i18n::text;
    view! {
        <fieldset class="opts">
            <legend class="lbl">{move || t!(calendar_week)}</legend>
            {option(true, text::calendar_week_days)}
            {option(false, text::calendar_week_all)}
        </fieldset>
    }
}
