//! What plain cron would get wrong, and what a cron expression without a calendar gets wrong.

use chrono::Datelike;
use domain::schedule::{OnClosed, When, wall};
use leptos::prelude::*;

use super::builder::Builder;
use crate::browser;
use crate::component::icon::Ic;
use crate::icon::Icon;
use crate::t;
use crate::view::schedule::nearest;

#[component]
pub(crate) fn Hint(builder: Builder) -> impl IntoView {
    let spec = Memo::new(move |_| builder.spec());
    let year = move || {
        let zone = spec.with_untracked(|spec| spec.as_ref().map(|spec| spec.timezone)).unwrap_or_default();
        wall(zone, browser::server_now_ms()).year()
    };
    let of_rule = move || {
        let spec = spec.get()?;
        let cron = nearest::cron(&spec)?;
        let departure = nearest::departure(&spec, &cron, &builder.calendars(), year())?;
        let calendar = spec.calendar.map(|calendar| calendar.to_string()).unwrap_or_default();
        let nearest::Departure { year, extra, missed } = departure;
        let words = match missed {
            0 => t!(schedule_cron_extra, extra as i64, year, calendar),
            _ => t!(schedule_cron_departs, extra, missed, year),
        };
        Some((cron.to_string(), words))
    };
    let of_cron = move || {
        let spec = spec.get().filter(|spec| matches!(spec.when, When::Cron(_)))?;
        let expr = builder.usual_calendar();
        let calendar = builder.calendars().resolve(&expr).ok()?;
        let year = year();
        let count = nearest::closed_days(&spec, &calendar, &builder.calendars(), year);
        (count > 0).then(|| (expr.clone(), t!(schedule_cron_closed, count as i64, year, expr)))
    };
    view! {
        {move || {
            of_rule().map(|(cron, words)| {
                view! {
                    <p class="row row--s small dim sblk__x">
                        <Ic icon=Icon::Info size="ic--s" />
                        {t!(schedule_nearest_cron)}
                        <code>{cron}</code>
                        {words}
                    </p>
                }
            })
        }}
        {move || {
            of_cron().map(|(expr, words)| {
                let leave_out = move |_| {
                    let expr = expr.clone();
                    builder.update(|spec| {
                        spec.calendar = Some(expr);
                        spec.on_closed = OnClosed::Skip;
                    });
                };
                view! {
                    <p class="row row--s small dim sblk__x">
                        <Ic icon=Icon::Info size="ic--s" />
                        {words}
                        <button class="link" type="button" disabled=!builder.may_edit on:click=leave_out>
                            {t!(schedule_leave_out)}
                        </button>
                    </p>
                }
            })
        }}
    }
}
