//! Writing a new workflow, from an example that runs as it is.

use cynic::MutationBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::failure::refusal;
use crate::api::workflow::{CreateWorkflow, CreateWorkflowInput, CreateWorkflowVariables};
use crate::api::{client, short_id};
use crate::component::editor::{Caret, Editor};
use crate::component::icon::Ic;
use crate::component::pane::{Empty, SkeletonPane};
use crate::component::problem::Problems;
use crate::icon::Icon;
use crate::page::workflow::check::{Check, CheckFoot};
use crate::preview::document;
use crate::state::address::use_address;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::scope::use_scope;
use crate::state::toast;
use crate::t;

#[component]
pub(crate) fn NewWorkflow() -> impl IntoView {
    let scope = use_scope();
    set_crumbs(move || {
        vec![
            Crumb::area(t!(app_build)),
            Crumb::link(t!(workflow_title), scope.href("/workflows")),
            Crumb::here(t!(workflow_new_title)),
        ]
    });
    // Decided once, when the tenants are known: a later change of them must not throw the text away.
    let ready = Memo::new(move |_| scope.is_known().then(|| scope.editable_projects().is_empty()));
    move || match ready.get() {
        None => view! { <SkeletonPane /> }.into_any(),
        Some(true) => view! {
            <Empty
                title=Signal::derive(|| t!(workflow_new_title).to_owned())
                text=Signal::derive(|| t!(workflow_no_project).to_owned())
            />
        }
        .into_any(),
        Some(false) => view! { <Writing /> }.into_any(),
    }
}

#[component]
fn Writing() -> impl IntoView {
    let (address, scope) = (use_address(), use_scope());
    let projects = untrack(|| scope.editable_projects());
    let first = projects.first().map(|(_, project)| project.clone());
    let project = RwSignal::new(first.as_ref().map(|project| project.id.inner().to_owned()).unwrap_or_default());
    let source = RwSignal::new(document::starter(first.as_ref().map_or("demo", |project| &project.slug)));
    let owner = Signal::derive(move || {
        let project = project.get();
        let found = scope.editable_projects().into_iter().find(|(_, it)| it.id.inner() == project);
        found.map(|(tenant, _)| tenant.id)
    });
    let check = Check::of(source, owner);
    let busy = RwSignal::new(false);
    let slugs: Vec<(String, String)> =
        projects.iter().map(|(_, project)| (project.id.inner().to_owned(), project.slug.clone())).collect();
    let choose = move |chosen: String| {
        let slug = |id: &str| slugs.iter().find(|(known, _)| known == id).map(|(_, slug)| slug.clone());
        // The document names its project too; both must agree.
        if let (Some(old), Some(new)) = (slug(&project.get_untracked()), slug(&chosen)) {
            source.update(|text| *text = text.replacen(&format!("project: {old}\n"), &format!("project: {new}\n"), 1));
        }
        project.set(chosen);
    };
    let create = move |_| {
        let input = CreateWorkflowInput {
            project: cynic::Id::new(project.get_untracked()),
            source: source.get_untracked(),
            note: None,
        };
        busy.set(true);
        spawn_local(async move {
            let answer = client::send(CreateWorkflow::build(CreateWorkflowVariables { input })).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer.map(|answer| answer.create_workflow) {
                Ok(payload) => {
                    check.add(payload.problems);
                    if let Some(text) = refusal(&payload.user_errors) {
                        toast::refused(text);
                    }
                    if let Some(workflow) = payload.workflow {
                        let href = untrack(|| scope.href(&format!("/workflows/{}", short_id(&workflow.id))));
                        toast::done(t!(workflow_created, workflow.title.unwrap_or(workflow.name)));
                        address.go(&href);
                    }
                }
                Err(failure) => toast::failed(&failure),
            }
        });
    };
    let option = |(tenant, project): (crate::api::tenant::Tenant, crate::api::tenant::Project)| {
        view! { <option value=project.id.inner().to_owned()>{format!("{} / {}", tenant.title, project.title)}</option> }
    };
    let (caret, go_to) = (RwSignal::new(Caret::default()), RwSignal::new(None));
    let off = move || busy.get() || !check.is_sound();
    view! {
        <div class="phead phead--line">
            <h1>{move || t!(workflow_new_title)}</h1>
            <div class="phead__r">
                <label class="row">
                    <span class="dim small nowrap">{move || t!(workflow_into)}</span>
                    <select class="inp inp--fit" on:change=move |event| choose(event_target_value(&event))>
                        {projects.into_iter().map(option).collect_view()}
                    </select>
                </label>
                <button
                    class="btn btn--primary"
                    type="button"
                    data-act="create"
                    disabled=off
                    title=move || (!check.is_sound()).then(|| t!(editor_cannot_save))
                    on:click=create
                >
                    <Ic icon=Icon::Plus />
                    {move || t!(workflow_create)}
                </button>
            </div>
        </div>
        <div class="yedwrap">
            <Editor source read_only=Signal::stored(false) problems=check.problems caret go_to />
        </div>
        <Show when=move || !check.is_sound()>
            <Problems problems=check.problems on_go=Callback::new(move |line| go_to.set(Some(line))) />
        </Show>
        <CheckFoot check caret />
    }
}
