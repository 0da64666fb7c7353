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
use crate::state::load::{Load, load, poll};
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
    let body = move || match (shown.get(), loader.state.get()) {
        (Some(holding), _) => view! { <Holding holding /> }.into_any(),
        (None, Load::Failed(failure)) => view! {
            <Failed
                title=Signal::derive(|| t!(cluster_load_held).to_owned())
                failure
                on_retry=Callback::new(move |()| loader.reload())
            />
        }
        .into_any(),
        (None, Load::Pending) => view! { <SkeletonPane /> }.into_any(),
        (None, Load::Ready(_)) => ().into_any(),
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
fn Holding(holding: Holding) -> impl IntoView {
    let scope = use_scope();
    let Holding { held_count, held } = holding;
    let hidden = held_count.map_or(0, |count| i64::from(count) - held.len() as i64).max(0);
    if held.is_empty() {
        let words = match (held_count, hidden) {
            (Some(0), _) => t!(cluster_held_none).to_owned(),
            (Some(_), 1..) => t!(cluster_held_all_hidden, hidden),
            _ => t!(cluster_held_none_visible).to_owned(),
        };
        return view! { <p class="sheet muted">{words}</p> }.into_any();
    }
    let row = move |it: ClusterHeldTask| {
        let task = js_sys::encode_uri_component(&it.task.name);
        let href = scope.href(&format!("/runs/{}?task={task}", short_id(&it.run.id)));
        let (since, name) = (it.since, it.task.name.clone());
        view! {
            <tr data-held=it.task.name.clone()>
                <td>
                    <StateText look=state::task(it.task.state) />
                </td>
                <td>
                    <A href=href attr:class="name mono">
                        {name}
                    </A>
                </td>
                <td>{it.run.workflow.title.clone().unwrap_or_else(|| it.run.workflow.name.clone())}</td>
                <td class="lo">{it.run.tenant.title.clone()}</td>
                <td>{it.run.business_date.to_string()}</td>
                <td class="num">{it.attempt}</td>
                <td class="mono dim">{it.pool.clone()}</td>
                <td class="num" title=move || since.map(|at| clock::at_full(at.0))>
                    {move || since.map_or_else(|| "–".to_owned(), |at| age(clock::now(), at.0))}
                </td>
            </tr>
        }
    };
    view! {
        <table class="tbl tbl--s">
            <thead>
                <tr>
                    <th>{t!(cluster_state)}</th>
                    <th>{t!(cluster_task)}</th>
                    <th>{t!(cluster_workflow)}</th>
                    <th class="lo">{t!(run_tenant)}</th>
                    <th>{t!(cluster_business_date)}</th>
                    <th class="num">{t!(cluster_attempt)}</th>
                    <th>{t!(cluster_pool)}</th>
                    <th class="num">{t!(cluster_since)}</th>
                </tr>
            </thead>
            <tbody>{held.into_iter().map(row).collect_view()}</tbody>
        </table>
        {(hidden > 0).then(|| view! { <p class="sheet muted">{t!(cluster_held_hidden, hidden)}</p> })}
    }
    .into_any()
}
