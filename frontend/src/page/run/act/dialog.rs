//! The dialog of an operation: what it would do as the server foretells it, and why it is done.

use cynic::QueryBuilder;
use leptos::prelude::*;

use super::{Act, Asked};
use crate::api::client;
use crate::api::failure::refusal;
use crate::api::operate::{OperationPreview, PreviewOperation, PreviewVariables, RunOperationInput};
use crate::api::run::RunState;
use crate::component::reason::ReasonDialog;
use crate::component::state::StateText;
use crate::i18n::{self, lang};
use crate::state::load::{Load, load};
use crate::t;
use crate::view::state;

/// Names shown of an effect before "and n more".
const NAMES_SHOWN: usize = 8;

#[component]
pub(super) fn Operate(acts: Asked, close: Callback<()>, act: Act) -> impl IntoView {
    let operation = act.operation();
    let (name, harm, meaning, confirm) = (acts.name(), act.is_harm(), act.meaning(), act.confirm());
    let (shown, asked) = (act.clone(), operation.clone());
    let effect = move || {
        let asked = asked.clone();
        view! {
            <p class="muted">{move || meaning(lang())}</p>
            {asked.map(|operation| view! { <Preview acts operation=Signal::stored(Some(operation)) /> })}
        }
    };
    let act = StoredValue::new(act);
    let send = move |reason| {
        if let Some(operation) = operation.clone() {
            act.with_value(|act| acts.operate(act, operation, reason));
        }
    };
    view! {
        <ReasonDialog
            title=Signal::derive(move || shown.title(&name))
            effect=effect
            confirm=Signal::derive(move || confirm(lang()).to_owned())
            danger=harm
            busy=acts.busy
            refusal=acts.refusal
            on_close=close
            on_confirm=Callback::new(send)
        />
    }
}

/// What an operation would do, asked of the server whenever the operation changes.
#[component]
pub(super) fn Preview(acts: Asked, #[prop(into)] operation: Signal<Option<RunOperationInput>>) -> impl IntoView {
    let run = acts.id();
    let question = Memo::new(move |_| operation.get());
    let loader = load(
        move || (question.get(), i18n::lang()),
        move |(operation, _)| {
            let run = run.clone();
            async move {
                let Some(operation) = operation else { return Ok(None) };
                let answer = client::send(PreviewOperation::build(PreviewVariables { run, operation })).await?;
                Ok(Some(answer.preview_operation))
            }
        },
    );
    move || match loader.state.get() {
        Load::Pending => view! {
            <p class="note" role="status">
                <span class="skel" style:--w="70%"></span>
            </p>
        }
        .into_any(),
        Load::Failed(failure) => view! { <Refused text=failure.in_words() /> }.into_any(),
        Load::Ready(None) => ().into_any(),
        Load::Ready(Some(payload)) => match (refusal(&payload.user_errors), payload.preview) {
            (Some(text), _) => view! { <Refused text /> }.into_any(),
            (None, Some(preview)) => view! { <Effect acts preview /> }.into_any(),
            (None, None) => ().into_any(),
        },
    }
}

#[component]
fn Refused(text: String) -> impl IntoView {
    view! {
        <p class="note note--fail" role="alert" data-preview="refused">
            {text}
        </p>
    }
}

/// The effect in words and numbers.
#[component]
fn Effect(acts: Asked, preview: OperationPreview) -> impl IntoView {
    let OperationPreview { runs, stops, drops, state: after } = preview;
    let nothing = runs.is_empty() && stops.is_empty() && drops.is_empty();
    let before = acts.run.row.with_untracked(|row| row.state);
    let line = |names: Vec<String>, words: fn(i64, String) -> String| {
        (!names.is_empty()).then(|| view! { <li>{move || words(names.len() as i64, listed(&names))}</li> })
    };
    view! {
        <div class="note note--risk preview" data-preview="effect">
            <ul>
                {line(runs, |count, names| t!(run_preview_runs, count, names))}
                {line(stops, |count, names| t!(run_preview_stops, count, names))}
                {line(drops, |count, names| t!(run_preview_drops, count, names))}
                {nothing.then(|| view! { <li>{move || t!(run_preview_nothing)}</li> })}
                {(after != before).then(|| view! { <After after /> })}
            </ul>
        </div>
    }
}

#[component]
fn After(after: RunState) -> impl IntoView {
    view! {
        <li class="row row--s">
            {move || t!(run_preview_after)}
            <StateText look=state::run(after) />
        </li>
    }
}

/// The first names, and how many more there are.
pub(crate) fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => shown,
        more => format!("{shown} {}", t!(run_rerun_more, more as i64)),
    }
}

/// All of it again as a new run of the newest version.
#[component]
pub(super) fn Newest(acts: Asked, close: Callback<()>) -> impl IntoView {
    let name = acts.name();
    let date = acts.run.row.with_untracked(|row| row.business_date.to_string());
    let effect = move || {
        let date = date.clone();
        view! {
            <p class="muted">{move || t!(run_rerun_newest_text)}</p>
            <p class="note note--risk">{move || t!(run_rerun_newest_effect, &date)}</p>
        }
    };
    view! {
        <ReasonDialog
            title=Signal::derive(move || t!(run_rerun_newest_title, &name))
            effect=effect
            confirm=Signal::derive(|| t!(run_rerun_do).to_owned())
            busy=acts.busy
            refusal=acts.refusal
            on_close=close
            on_confirm=Callback::new(move |reason| acts.rerun_newest(reason))
        />
    }
}
