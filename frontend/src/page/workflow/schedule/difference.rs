//! What the draft changes of the fires to come.

use leptos::prelude::*;

use super::builder::Builder;
use crate::browser;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::t;
use crate::view::schedule::change::{self, Change, Changes, Kind};

/// The changes that are listed; the others are counted.
const LISTED: usize = 8;

#[component]
pub(crate) fn Differences(builder: Builder) -> impl IntoView {
    let changes = Memo::new(move |_| {
        let draft = builder.plan();
        builder.live.with_value(|live| {
            if *live == draft {
                return Changes::default();
            }
            change::changes(live, &draft, &builder.calendars(), browser::server_now_ms())
        })
    });
    let version = move || builder.draft.base.with(|(number, _)| *number);
    view! {
        <div class="sched__d" data-changes=move || changes.with(|changes| changes.changes.len().to_string())>
            <h3>{move || t!(schedule_compared, version())}</h3>
            {move || changes.with(summary)}
            <ul class="col">
                {move || {
                    let all = changes.get().changes;
                    all.into_iter().take(LISTED).map(|change| view! { <Line change /> }).collect_view()
                }}
            </ul>
            {move || {
                let more = changes.with(|changes| changes.changes.len().saturating_sub(LISTED));
                (more > 0).then(|| view! { <p class="small dim">{t!(schedule_changes_more, more)}</p> })
            }}
            {move || changes.with(|changes| changes.more).then(|| view! { <p class="small dim">{t!(schedule_changes_limit)}</p> })}
        </div>
    }
}

fn summary(changes: &Changes) -> impl IntoView + use<> {
    let count = |kind| changes.count(kind) as i64;
    let parts = [
        (Kind::Added, t!(schedule_added, count(Kind::Added))),
        (Kind::Removed, t!(schedule_removed, count(Kind::Removed))),
        (Kind::Moved, t!(schedule_moved_count, count(Kind::Moved))),
        (Kind::Redated, t!(schedule_redated, count(Kind::Redated))),
    ];
    let separator = if lang() == domain::error::Lang::En { ", " } else { "，" };
    let told: Vec<String> = parts.into_iter().filter(|(kind, _)| count(*kind) > 0).map(|(_, words)| words).collect();
    let (icon, class, words) = match told.as_slice() {
        [] => (Icon::StateOk, "si si-ok", t!(schedule_no_change, change::SPAN_DAYS)),
        told => (Icon::StateRisk, "si si-risk", t!(schedule_changes, told.join(separator), change::SPAN_DAYS)),
    };
    view! {
        <p class="row row--top small" role="status">
            <svg class=class aria-hidden="true">
                <use_ href=icon.href()></use_>
            </svg>
            <span>{words}</span>
        </p>
    }
}

#[component]
fn Line(change: Change) -> impl IntoView {
    let words = change.words(lang());
    let Change { kind, schedule, .. } = change;
    let (sign, class) = match kind {
        Kind::Added => ("+", "tone-ok"),
        Kind::Removed => ("−", "tone-fail"),
        Kind::Moved | Kind::Redated => ("→", "tone-hold"),
    };
    view! {
        <li class="row row--s small">
            <b class=class>{sign}</b>
            <span class="clip">{words}</span>
            <span class="push dim mono">{schedule}</span>
        </li>
    }
}
