//! Fires of schedules as they are shown, on the clocks of their schedules, and those that a changed day touches.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;
use domain::bizdate::BizDate;
use domain::calendar::Base;
use leptos::prelude::*;

use crate::api::calendar::CalendarUse;
use crate::api::workflow::ScheduleState;
use crate::browser;
use crate::i18n::lang;
use crate::state::calendars::use_calendars;
use crate::state::load::Loader;
use crate::t;
use crate::view::calendar::fires::{self, Touched};

/// Fires that are listed, the next ones.
const LISTED: usize = 10;

/// An instant on the clock of a zone, which is named where the viewer's own clock shows another time.
pub(crate) fn on_clock(ms: i64, zone: Tz) -> String {
    fires::on_clock(ms, browser::server_now_ms(), (zone, browser::offset_min(ms)), lang())
}

/// What a changed day does to the schedules that are shared with the viewer.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    schedules: usize,
    touched: Vec<Touched>,
    /// Workflows that are not shared.
    elsewhere: i32,
}

/// The fires that vanish, move or appear when a calendar has another base, as items of a list.
#[component]
pub(crate) fn TouchedFires(
    after: Signal<Option<Base>>,
    day: BizDate,
    uses: Loader<Option<CalendarUse>>,
) -> impl IntoView {
    let calendars = use_calendars();
    let found = Memo::new(move |_| {
        let (Some(uses), Some(base)) = (uses.ready().flatten(), after.get()) else { return Found::default() };
        let (book, base, now) = (calendars.book(), Arc::new(base), browser::server_now_ms());
        let mut found = Found { elsewhere: uses.elsewhere, ..Found::default() };
        let mut sets = BTreeMap::new();
        for workflow in uses.workflows.iter().filter(|workflow| workflow.enabled) {
            let (old, new) = sets.entry(workflow.tenant.id.inner().to_owned()).or_insert_with_key(|tenant| {
                let old = book.calendars(Some(tenant));
                let mut new = (*old).clone();
                new.insert(Arc::clone(&base));
                (old, new)
            });
            let alive = |state| !matches!(state, ScheduleState::Paused | ScheduleState::Ended);
            for schedule in workflow.schedules.iter().filter(|schedule| alive(schedule.state)) {
                let Some(changes) = fires::around(&schedule.spec, (old, new), day, now) else { continue };
                found.schedules += 1;
                found.touched.extend(changes.into_iter().map(|(zone, change)| Touched {
                    workflow: workflow.title.clone().unwrap_or_else(|| workflow.name.clone()),
                    schedule: schedule.name.clone(),
                    zone,
                    change,
                }));
            }
        }
        found.touched.sort_by_key(|touched| touched.change.instant_ms());
        found
    });
    move || {
        let Found { schedules, touched, elsewhere } = found.get();
        let now = browser::server_now_ms();
        let quiet = (schedules > 0 && touched.is_empty()).then(|| t!(calendar_fires_none, schedules as i64));
        let rest = touched.len().saturating_sub(LISTED);
        let more = (rest > 0).then(|| t!(calendar_fires_more, rest as i64));
        let hidden = (elsewhere > 0).then(|| t!(calendar_fires_elsewhere, i64::from(elsewhere)));
        let lines = touched.iter().take(LISTED).map(|touched| touched.words(now, browser::offset_min, lang()));
        lines.chain(quiet).chain(more).chain(hidden).map(|words| view! { <li>{words}</li> }).collect_view()
    }
}
