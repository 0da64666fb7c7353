//! One node: whether it is taken out of work, and how its loops are doing.

use leptos::prelude::*;

use crate::api::cluster::{ClusterNode, ClusterNodeLoop};
use crate::component::state::{Glyph, StateText};
use crate::i18n::lang;
use crate::state::clock;
use crate::t;
use crate::view::cluster::{Health, age, does, drained, is_there, node as look, span};

type Shown = Memo<Option<ClusterNode>>;

/// By whom and why a node was taken out of work, and how far that is.
#[component]
pub(crate) fn Drained(node: Shown) -> impl IntoView {
    move || {
        let node = node.get()?;
        let (words, drain) = (drained(&node, lang())?, node.drain?);
        Some(view! {
            <div class="banner banner--hold" role="status" data-drained=drain.heeded.to_string()>
                <Glyph look=look(crate::api::cluster::ClusterNodeState::Draining) large=true />
                <span class="clus__w">
                    {t!(cluster_drained_by, &drain.by, clock::at_moment(drain.since.0))} " " <b>{drain.reason.clone()}</b>
                </span>
                <span class="push">{words}</span>
            </div>
        })
    }
}

#[component]
pub(crate) fn Loops(node: Shown) -> impl IntoView {
    let name = Memo::new(move |_| node.with(|node| node.as_ref().map(|node| node.name.clone()).unwrap_or_default()));
    let facts = move || {
        let node = node.get()?;
        let machine = node.host.as_ref().zip(node.pid).map(|(host, pid)| t!(cluster_process, host, pid));
        let fact = |name: &'static str, value: Option<String>| {
            value.map(|value| view! { <span class="clip"><span class="dim">{name}</span>" "{value}</span> })
        };
        Some(view! {
            <span class="clus__x clip">{machine}</span>
            {fact(t!(cluster_clock), node.clock_offset_ms.map(|ms| format!("{ms:+} ms")))}
            {fact(t!(cluster_lease), node.lease_ms.map(span))}
        })
    };
    let body = move || {
        let node = node.get()?;
        let note = |text: String| view! { <p class="sheet muted">{text}</p> }.into_any();
        Some(match &node.loops {
            None => note(t!(cluster_loops_untold).to_owned()),
            Some(loops) => {
                let past = (!is_there(&node)).then(|| note(t!(cluster_loops_past, &node.name)));
                view! {
                    {past}
                    <table class="tbl tbl--s" class:is-past=!is_there(&node)>
                        <thead>
                            <tr>
                                <th>{t!(cluster_loop)}</th>
                                <th>{t!(cluster_state)}</th>
                                <th class="num">{t!(cluster_lag)}</th>
                                <th class="num">{t!(cluster_last_ok)}</th>
                                <th class="num">{t!(cluster_period)}</th>
                                <th class="num">{t!(cluster_took)}</th>
                                <th class="num">{t!(cluster_failures)}</th>
                            </tr>
                        </thead>
                        <tbody>{loops.iter().cloned().map(row).collect_view()}</tbody>
                    </table>
                }
                .into_any()
            }
        })
    };
    view! {
        <section class="pane" aria-label=move || t!(cluster_loops_of, name.get())>
            <div class="pane__h">
                <h2>{move || t!(cluster_loops_of, name.get())}</h2>
                <span class="row small muted push clus__f">{facts}</span>
            </div>
            <div class="scroll">{body}</div>
        </section>
    }
}

fn row(it: ClusterNodeLoop) -> impl IntoView {
    let health = Health::of(&it);
    let last_ok = it.last_ok_at;
    let error = it.last_error.clone().map(|error| {
        view! {
            <tr class="clus__e">
                <td colspan="7" class="wrap tone-fail">
                    {error}
                </td>
            </tr>
        }
    });
    view! {
        <tr data-loop=it.name.clone()>
            <td>
                <span class="mono" title=does(&it.name, lang())>
                    {it.name.clone()}
                </span>
                " "
                <span class="dim small clus__x">{does(&it.name, lang())}</span>
            </td>
            <td>
                <StateText look=health.look() />
            </td>
            <td class="num" class:tone-risk=health != Health::OnTime>
                {span(it.lag_ms)}
            </td>
            <td class="num dim" title=move || last_ok.map(|at| clock::at_full(at.0))>
                {move || match last_ok {
                    Some(at) => t!(cluster_ago, age(clock::now(), at.0)),
                    None => "–".to_owned(),
                }}
            </td>
            <td class="num dim">{span(it.period_ms)}</td>
            <td class="num dim">{span(it.duration_ms)}</td>
            <td class="num" class:tone-fail=it.failures != 0>
                {it.failures}
            </td>
        </tr>
        {error}
    }
}
