//! What rests on a calendar: workflows by their schedules or business dates, and derived calendars.

use chrono_tz::Tz;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::calendar::{CalendarUse, UsingWorkflow};
use crate::api::short_id;
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::i18n::lang;
use crate::page::calendar::fires::on_clock;
use crate::preview;
use crate::state::clock;
use crate::state::load::{Load, Loader};
use crate::state::scope::use_scope;
use crate::t;

#[component]
pub(crate) fn UsesTab(uses: Loader<Option<CalendarUse>>) -> impl IntoView {
    move || match uses.state.get() {
        Load::Pending => view! { <SkeletonPane /> }.into_any(),
        Load::Failed(failure) => {
            let title = Signal::derive(|| t!(error_load_uses).to_owned());
            view! { <Failed title failure on_retry=Callback::new(move |()| uses.reload()) /> }.into_any()
        }
        Load::Ready(Some(found)) if !is_unused(&found) => view! { <Used uses=found /> }.into_any(),
        Load::Ready(_) => view! {
            <Empty
                title=Signal::derive(|| t!(calendar_unused).to_owned())
                text=Signal::derive(|| t!(calendar_unused_text).to_owned())
            />
        }
        .into_any(),
    }
}

pub(crate) fn is_unused(uses: &CalendarUse) -> bool {
    uses.workflows.is_empty() && uses.elsewhere == 0 && uses.calendars.is_empty()
}

#[component]
fn Used(uses: CalendarUse) -> impl IntoView {
    let scope = use_scope();
    let CalendarUse { workflows, elsewhere, calendars } = uses;
    let (any, derived) = (!workflows.is_empty(), !calendars.is_empty());
    let chip = move |name: String| {
        let path = format!("/calendars/{}", js_sys::encode_uri_component(&name));
        view! { <A href=move || scope.href(&path) attr:class="chip">{name.clone()}</A> }
    };
    view! {
        <div class="scroll">
            {derived.then(|| view! {
                <section class="sheet">
                    <h2>{move || t!(calendar_used_derived)}</h2>
                    <div class="row row--wrap">{calendars.into_iter().map(chip).collect_view()}</div>
                </section>
            })}
            {any.then(|| view! {
                <table class="tbl caluse">
                    <thead>
                        <tr>
                            <th>{move || t!(workflow_name)}</th>
                            <th>{move || t!(workflow_project)}</th>
                            <th>{move || t!(workflow_runs_when)}</th>
                            <th>{move || t!(workflow_next_fire)}</th>
                        </tr>
                    </thead>
                    <tbody>{workflows.into_iter().map(|workflow| view! { <Row workflow /> }).collect_view()}</tbody>
                </table>
            })}
            {(elsewhere > 0).then(|| view! {
                <p class="sheet muted">{move || t!(calendar_used_elsewhere, i64::from(elsewhere))}</p>
            })}
        </div>
    }
}

#[component]
fn Row(workflow: UsingWorkflow) -> impl IntoView {
    let scope = use_scope();
    let UsingWorkflow { id, name, title, tenant, project, enabled, schedules } = workflow;
    let path = format!("/workflows/{}", short_id(&id));
    let shown = title.unwrap_or_else(|| name.clone());
    let next = schedules
        .iter()
        .filter_map(|it| Some((it.next_fire_at?.0, it.timezone.parse::<Tz>().ok())))
        .min_by_key(|it| it.0);
    let specs: Vec<serde_json::Value> = schedules.into_iter().map(|schedule| schedule.spec).collect();
    let words = move || match specs.as_slice() {
        [] => t!(workflow_not_scheduled).to_owned(),
        specs => {
            let all: Vec<String> = specs.iter().map(|spec| preview::schedule_words(spec, lang())).collect();
            all.join("; ")
        }
    };
    view! {
        <tr class:is-off=!enabled data-workflow=name.clone()>
            <td>
                <A href=move || scope.href(&path) attr:class="name">{shown}</A>
                " "
                <span class="slug">{name.clone()}</span>
            </td>
            <td class="muted">{format!("{} / {}", tenant.title, project.title)}</td>
            <td>{words}</td>
            <td>{move || match next {
                None => "–".to_owned(),
                Some((at, Some(zone))) => on_clock(at, zone),
                Some((at, None)) => clock::at_moment(at),
            }}</td>
        </tr>
    }
}
