//! Taking a node out of work and back: each shows its effect, asks for a reason, and says what came of it.

use cynic::MutationBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::client;
use crate::api::cluster::{
    ClusterNode, DrainNode, DrainNodeInput, DrainNodeStatus, DrainNodeVariables, ResumeNode, ResumeNodeInput,
    ResumeNodeStatus, ResumeNodeVariables,
};
use crate::api::failure::{Failure, refusal};
use crate::component::reason::ReasonDialog;
use crate::page::monitoring::held::Held;
use crate::page::monitoring::scheduler::NodeList;
use crate::state::{clock, toast};
use crate::t;
use crate::view::cluster::{is_last, is_there};

/// An act on a node, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Drain(String),
    Resume(String),
}

#[derive(Clone, Copy)]
pub(crate) struct Asked {
    nodes: NodeList,
    on_change: Callback<()>,
    act: RwSignal<Option<Act>>,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
}

pub(crate) fn provide_acts(nodes: NodeList, on_change: Callback<()>) -> Asked {
    let asked =
        Asked { nodes, on_change, act: RwSignal::new(None), busy: RwSignal::new(false), refusal: RwSignal::new(None) };
    provide_context(asked);
    asked
}

pub(crate) fn use_acts() -> Asked {
    expect_context()
}

impl Asked {
    pub(crate) fn ask(self, act: Act) {
        self.refusal.set(None);
        self.busy.set(false);
        self.act.set(Some(act));
    }

    fn node(self, name: &str) -> Option<ClusterNode> {
        self.nodes.with_untracked(|nodes| nodes.iter().find(|it| it.name == name).cloned())
    }

    fn drain(self, name: String, reason: String) {
        let Some(node) = self.node(&name) else { return };
        let input = DrainNodeInput { id: node.id, reason };
        self.send(async move {
            let payload = client::send(DrainNode::build(DrainNodeVariables { input })).await?.drain_node;
            Ok(match (payload.status, refusal(&payload.user_errors)) {
                (_, Some(refusal)) => Err(refusal),
                (Some(DrainNodeStatus::AlreadyDraining), None) => Ok(t!(cluster_drain_already, name)),
                (_, None) => Ok(t!(cluster_drain_started, name)),
            })
        });
    }

    fn resume(self, name: String, reason: String) {
        let Some(node) = self.node(&name) else { return };
        let input = ResumeNodeInput { id: node.id, reason };
        self.send(async move {
            let payload = client::send(ResumeNode::build(ResumeNodeVariables { input })).await?.resume_node;
            Ok(match (payload.status, refusal(&payload.user_errors)) {
                (_, Some(refusal)) => Err(refusal),
                (Some(ResumeNodeStatus::NotDraining), None) => Ok(t!(cluster_resume_already, name)),
                (_, None) => Ok(t!(cluster_resume_started, name)),
            })
        });
    }

    fn send(self, work: impl Future<Output = Result<Result<String, String>, Failure>> + 'static) {
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let outcome = work.await;
            let _ = self.busy.try_set(false);
            match outcome {
                Ok(Ok(done)) => {
                    toast::done(done);
                    let _ = self.act.try_set(None);
                    self.on_change.try_run(());
                }
                Ok(Err(text)) => drop(self.refusal.try_set(Some(text))),
                Err(failure) => drop(self.refusal.try_set(Some(failure.in_words()))),
            }
        });
    }
}

/// The dialog of the act that is asked about.
#[component]
pub(crate) fn Acts(acts: Asked) -> impl IntoView {
    let close = Callback::new(move |()| drop(acts.act.try_set(None)));
    move || {
        Some(match acts.act.get()? {
            Act::Drain(name) => view! { <Drain acts close name /> }.into_any(),
            Act::Resume(name) => view! { <Resume acts close name /> }.into_any(),
        })
    }
}

#[component]
fn Drain(acts: Asked, close: Callback<()>, name: String) -> impl IntoView {
    let holds = {
        let name = name.clone();
        Memo::new(move |_| acts.nodes.with(|nodes| nodes.iter().find(|it| it.name == name)?.held_count))
    };
    let there = {
        let name = name.clone();
        Memo::new(move |_| acts.nodes.with(|nodes| nodes.iter().any(|it| it.name == name && is_there(it))))
    };
    let last = {
        let name = name.clone();
        Memo::new(move |_| acts.nodes.with(|nodes| is_last(nodes, &name)))
    };
    let asked = {
        let name = name.clone();
        Memo::new(move |_| Some(name.clone()))
    };
    let effect = move || {
        view! {
            <p class="muted">{move || t!(cluster_drain_text)}</p>
            <p class="note">
                {move || match (there.get(), holds.get()) {
                    (false, _) => t!(cluster_drain_away).to_owned(),
                    (true, Some(0)) => t!(cluster_drain_holds_none).to_owned(),
                    (true, Some(count)) => t!(cluster_drain_holds, i64::from(count)),
                    (true, None) => t!(cluster_drain_heeded).to_owned(),
                }}
            </p>
            <Show when=move || holds.get().is_some_and(|count| count > 0)>
                <div class="clus__p">
                    <Held node=asked plain=true />
                </div>
            </Show>
            <Show when=move || last.get()>
                <p class="note note--risk">{move || t!(cluster_drain_last)}</p>
            </Show>
        }
    };
    let named = name.clone();
    view! {
        <ReasonDialog
            title=Signal::derive(move || t!(cluster_drain_title, &named))
            effect=effect
            confirm=Signal::derive(|| t!(cluster_drain_do).to_owned())
            wide=true
            busy=acts.busy
            refusal=acts.refusal
            on_close=close
            on_confirm=Callback::new(move |reason| acts.drain(name.clone(), reason))
        />
    }
}

#[component]
fn Resume(acts: Asked, close: Callback<()>, name: String) -> impl IntoView {
    let drain = acts.node(&name).and_then(|node| node.drain);
    let effect = move || {
        let drain = drain.clone();
        view! {
            {drain
                .map(|it| {
                    view! { <p class="note">{t!(cluster_resume_of, it.by, clock::at_moment(it.since.0), it.reason)}</p> }
                })}
            <p class="muted">{move || t!(cluster_resume_text)}</p>
        }
    };
    let named = name.clone();
    view! {
        <ReasonDialog
            title=Signal::derive(move || t!(cluster_resume_title, &named))
            effect=effect
            confirm=Signal::derive(|| t!(cluster_resume_do).to_owned())
            busy=acts.busy
            refusal=acts.refusal
            on_close=close
            on_confirm=Callback::new(move |reason| acts.resume(name.clone(), reason))
        />
    }
}
