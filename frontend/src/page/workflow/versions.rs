//! The versions of a workflow, newest first, and what each changed.

use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::client;
use crate::api::workflow::{VersionRow, Versions, VersionsVariables, WorkflowVersionConnection};
use crate::component::pane::{Failed, SkeletonPane};
use crate::state::address::use_address;
use crate::state::clock;
use crate::state::load::{Load, Loader, load};
use crate::state::toast;
use crate::t;
use crate::view::diff::{self, Line};

#[component]
pub(crate) fn VersionList(
    workflow: cynic::Id,
    current: i32,
    may_edit: bool,
    /// Opens the editor with the text of a version.
    on_edit: Callback<String>,
) -> impl IntoView {
    let address = use_address();
    let id = StoredValue::new(workflow);
    let loader = load(|| (), move |()| page(id.get_value(), None));
    let chosen =
        Signal::derive(move || address.get("version").and_then(|number| number.parse::<i32>().ok()).unwrap_or(current));
    move || match loader.state.get() {
        Load::Pending => view! { <SkeletonPane /> }.into_any(),
        Load::Failed(failure) => {
            let title = Signal::derive(|| t!(error_load_versions).to_owned());
            view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
        }
        Load::Ready(page) => {
            let (versions, more) = (page.nodes, page.page_info.has_next_page);
            let rows = StoredValue::new(versions.clone());
            view! {
                <div class="versions">
                    <div class="versions__l" role="list">
                        {versions.into_iter().map(|version| view! { <Row version current chosen /> }).collect_view()}
                        {more.then(|| view! { <More id loader /> })}
                    </div>
                    <div class="versions__d scroll">
                        {move || view! { <Shown rows chosen=chosen.get() current may_edit on_edit /> }}
                    </div>
                </div>
            }
            .into_any()
        }
    }
}

async fn page(id: cynic::Id, after: Option<String>) -> Result<WorkflowVersionConnection, crate::api::failure::Failure> {
    let answer = client::send(Versions::build(VersionsVariables { id, after })).await?;
    let none = || WorkflowVersionConnection { nodes: Vec::new(), page_info: crate::api::run::PageInfo::default() };
    Ok(answer.workflow.map_or_else(none, |workflow| workflow.versions))
}

#[component]
fn More(id: StoredValue<cynic::Id>, loader: Loader<WorkflowVersionConnection>) -> impl IntoView {
    let load_more = move |_| {
        let after = loader.state.with_untracked(|state| match state {
            Load::Ready(page) => page.page_info.end_cursor.clone(),
            _ => None,
        });
        spawn_local(async move {
            match page(id.get_value(), after).await {
                Ok(next) => loader.update(|page| {
                    page.nodes.extend(next.nodes);
                    page.page_info = next.page_info;
                }),
                Err(failure) => toast::failed(&failure),
            }
        });
    };
    view! {
        <button class="btn btn--s versions__m" type="button" on:click=load_more>
            {move || t!(app_load_more)}
        </button>
    }
}

#[component]
fn Row(version: VersionRow, current: i32, chosen: Signal<i32>) -> impl IntoView {
    let address = use_address();
    let VersionRow { number, note, created_at, created_by, .. } = version;
    let who = created_by.unwrap_or_else(|| "–".to_owned());
    let no_note = note.is_none();
    view! {
        <div role="listitem">
            <button
                class="ver"
                class:is-on=move || chosen.get() == number
                type="button"
                aria-current=move || (chosen.get() == number).then_some("true")
                on:click=move |_| address.set(&[("version", Some(number.to_string()))])
            >
                <span class="ver__n">{format!("v{number}")}</span>
                <span class="col grow">
                    <span class="clip" class:dim=no_note>{move || note.clone().unwrap_or_else(|| t!(workflow_no_note).to_owned())}</span>
                    <span class="small dim">{move || t!(workflow_version_by, &who, clock::at_moment(created_at.0))}</span>
                </span>
                {(number == current).then(|| view! { <span class="tag tag--accent">{move || t!(workflow_current)}</span> })}
            </button>
        </div>
    }
}

/// What the chosen version changed against the one before it.
#[component]
fn Shown(
    rows: StoredValue<Vec<VersionRow>>,
    chosen: i32,
    current: i32,
    may_edit: bool,
    on_edit: Callback<String>,
) -> impl IntoView {
    let (this, before) = rows.with_value(|rows| {
        let find = |number: i32| rows.iter().find(|row| row.number == number).map(|row| row.source.clone());
        (find(chosen), find(chosen - 1))
    });
    let is_first = before.is_none();
    let source = this.unwrap_or_default();
    let edit = source.clone();
    view! {
        <div class="fbar">
            <span class="dim small">
                {move || if is_first { t!(workflow_version_line, chosen) } else { t!(workflow_diff_to, chosen - 1) }}
            </span>
            <Show when=move || may_edit && chosen != current>
                <button class="btn btn--s push" type="button" on:click={
                    let edit = edit.clone();
                    move |_| on_edit.run(edit.clone())
                }>
                    {move || t!(workflow_restore)}
                </button>
            </Show>
        </div>
        {match before {
            Some(before) => view! { <Difference old=before new=source /> }.into_any(),
            None => view! { <pre class="code codebox">{source}</pre> }.into_any(),
        }}
    }
}

/// Two texts compared by lines.
#[component]
pub(crate) fn Difference(old: String, new: String) -> impl IntoView {
    let lines = diff::lines(&old, &new);
    let same = lines.iter().all(|line| matches!(line, Line::Same(..) | Line::Folded(_)));
    let row = |line: Line| {
        match line {
        Line::Same(number, text) => view! { <div><span>{number}</span><b></b><span>{text}</span></div> }.into_any(),
        Line::Gone(number, text) => {
            view! { <div class="del"><span>{number}</span><b>"−"</b><span>{text}</span></div> }.into_any()
        }
        Line::New(number, text) => {
            view! { <div class="add"><span>{number}</span><b>"+"</b><span>{text}</span></div> }.into_any()
        }
        Line::Folded(count) => {
            view! { <div class="skipd"><span>"⋯"</span><b></b><span>{move || t!(workflow_folded, count as i64)}</span></div> }.into_any()
        }
    }
    };
    match same {
        true => view! { <p class="muted sheet">{move || t!(workflow_no_difference)}</p> }.into_any(),
        false => view! { <div class="diff">{lines.into_iter().map(row).collect_view()}</div> }.into_any(),
    }
}
