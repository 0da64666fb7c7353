//! What one node holds, as far as the viewer may see it.

use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::cluster::{ClusterHeldTask, Held as Query, HeldVariables, Holding};
use crate::api::{client, short_id};
use crate::component::pane::{Failed, SkeletonPane};
use crate::component::state::StateText;
use crate::page::monitoring::scheduler::POLL_MS;
use crate::state::clock;
use crate::state::load::{Load, first_failure, load, poll};
use crate::state::scope::use_scope;
use crate::t;
use crate::view::cluster::age;
use crate::view::state;

#[component]
pub(crate) fn Held(
    node: Memo<Option<String>>,
    /// Without a head, where what is around it says whose tasks they are.
    #[prop(optional)]
    plain: bool,
) -> impl IntoView {
    let loader = load(
        move || node.get(),
        |name| async move {
            let answer = client::send(Query::build(HeldVariables { name })).await?;
            Ok(answer.cluster.and_then(|cluster| cluster.nodes.into_iter().next()))
        },
    );
    let last = poll(loader, POLL_MS);
    // What another node held is not shown for this one while it is asked.
    let shown = Memo::new(move |_| match loader.state.get() {
        Load::Pending => None,
        _ => last.get().flatten(),
    });
    let failure = first_failure(loader, shown);
    let (there, pending) = (
        Memo::new(move |_| shown.with(Option::is_some)),
        Memo::new(move |_| loader.state.with(|state| matches!(state, Load::Pending))),
    );
    let body = move || match (failure.get(), there.get()) {
        (Some(failure), _) => view! {
            <Failed
                title=Signal::derive(|| t!(cluster_load_held).to_owned())
                failure
                on_retry=Callback::new(move |()| loader.reload())
            />
        }
        .into_any(),
        (None, true) => view! { <Holding shown /> }.into_any(),
        (None, false) if pending.get() => view! { <SkeletonPane /> }.into_any(),
        (None, false) => ().into_any(),
    };
    let title = move || t!(cluster_held_of, node.get().unwrap_or_default());
    view! {
        <section class="pane pane--l" aria-label=title>
            <Show when=move || !plain>
                <div class="pane__h">
                    <h2>
                        {title} " "
                        <span class="n">
                            {move || {
                                shown.with(|it| it.as_ref().map(|it| it.held_count.unwrap_or(it.held.len() as i32)))
                            }}
                        </span>
                    </h2>
                </div>
            </Show>
            <div class="scroll">{body}</div>
        </section>
    }
}

#[component]
fn Holding(shown: Memo<Option<Holding>>) -> impl IntoView {
    let tasks = Memo::new(move |_| shown.get().map(|it| it.held).unwrap_or_default());
    let count = Memo::new(move |_| shown.with(|it| it.as_ref().and_then(|it| it.held_count)));
    let hidden = move || count.get().map_or(0, |count| i64::from(count) - tasks.with(Vec::len) as i64).max(0);
    let none = Memo::new(move |_| tasks.with(Vec::is_empty));
    let words = move || match (count.get(), hidden()) {
        (Some(0), _) => t!(cluster_held_none).to_owned(),
        (Some(_), hidden @ 1..) => t!(cluster_held_all_hidden, hidden),
        _ => t!(cluster_held_none_visible).to_owned(),
    };
    view! {
        <Show when=move || !none.get() fallback=move || view! { <p class="sheet muted">{words}</p> }>
            <table class="tbl tbl--s">
                <thead>
                    <tr>
                        <th>{move || t!(cluster_state)}</th>
                        <th>{move || t!(cluster_task)}</th>
                        <th>{move || t!(cluster_workflow)}</th>
                        <th class="lo">{move || t!(run_tenant)}</th>
                        <th>{move || t!(cluster_business_date)}</th>
                        <th class="num">{move || t!(cluster_attempt)}</th>
                        <th>{move || t!(cluster_pool)}</th>
                        <th class="num">{move || t!(cluster_since)}</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || tasks.get() key=|it| it.task.id.inner().to_owned() let:first>
                        <Row tasks first />
                    </For>
                </tbody>
            </table>
            <Show when=move || { hidden() > 0 }>
                <p class="sheet muted">{move || t!(cluster_held_hidden, hidden())}</p>
            </Show>
        </Show>
    }
}

/// A row; only what changes of it is drawn again.
#[component]
fn Row(tasks: Memo<Vec<ClusterHeldTask>>, first: ClusterHeldTask) -> impl IntoView {
    let scope = use_scope();
    let ClusterHeldTask { run, task, .. } = first.clone();
    let (name, row) = (task.name.clone(), task.name);
    let href = format!("/runs/{}?task={}", short_id(&run.id), js_sys::encode_uri_component(&name));
    let held = Memo::new(move |_| {
        let now = tasks.with(|tasks| tasks.iter().find(|it| it.task.id == task.id).cloned());
        now.unwrap_or_else(|| first.clone())
    });
    let (stands, since) = (move || held.with(|it| it.task.state), move || held.with(|it| it.since));
    view! {
        <tr data-held=row>
            <td>{move || view! { <StateText look=state::task(stands()) /> }}</td>
            <td>
                <A href=move || scope.href(&href) attr:class="name mono">
                    {name}
                </A>
            </td>
            <td>{run.workflow.title.unwrap_or(run.workflow.name)}</td>
            <td class="lo">{run.tenant.title}</td>
            <td>{run.business_date.to_string()}</td>
            <td class="num">{move || held.with(|it| it.attempt)}</td>
            <td class="mono dim">{move || held.with(|it| it.pool.clone())}</td>
            <td class="num" title=move || since().map(|at| clock::at_full(at.0))>
                {move || since().map_or_else(|| "–".to_owned(), |at| age(clock::now(), at.0))}
            </td>
        </tr>
    }
}
