//! What a schedule will do, as the API shows it.

use async_graphql::{Context, Enum, Object};
use domain::schedule::{Clock, Event};
use service::schedule::{Ahead, Foreseen};

use crate::graphql::{
    context::Ask as _,
    scalar::{Date, Instant},
};

/// What a schedule will do.
#[derive(Debug, Clone)]
pub(crate) struct ScheduleAhead(pub(crate) Ahead);

/// What a schedule will do.
#[Object]
impl ScheduleAhead {
    /// Fires and days without, in order.
    async fn events(&self) -> Vec<ScheduleEvent> {
        self.0.events.iter().cloned().map(ScheduleEvent).collect()
    }

    /// Why nothing more is known after them.
    async fn hold(&self, ctx: &Context<'_>) -> Option<String> {
        self.0.hold.as_ref().map(|reason| reason.text(ctx.lang()))
    }
}

/// What happens at a time that a schedule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum ScheduleEventKind {
    /// It fires.
    Fire,
    /// It would fire, and doesn't.
    Skip,
}

/// What a change of the clock does to a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Clock")]
pub(crate) enum ClockChange {
    /// Nothing.
    Steady,
    /// The time is skipped; the fire is at the end of the gap.
    Skipped,
    /// The time comes twice; this is the first.
    First,
    /// The time comes twice; this is the second, of a pattern that goes by elapsed time.
    Second,
}

/// A fire, or a date without.
#[derive(Debug, Clone)]
pub(crate) struct ScheduleEvent(Foreseen);

/// A fire, or a date without.
#[Object]
impl ScheduleEvent {
    async fn kind(&self) -> ScheduleEventKind {
        match self.0.event {
            Event::Fire(_) => ScheduleEventKind::Fire,
            Event::Skip(_) => ScheduleEventKind::Skip,
        }
    }

    async fn at(&self) -> Instant {
        Instant(self.0.event.instant_ms())
    }

    /// The time that was asked for, on the schedule's clock: 2026-11-20T18:30:00.
    async fn wall_time(&self) -> Option<String> {
        match &self.0.event {
            Event::Fire(fire) => Some(fire.wall.format("%Y-%m-%dT%H:%M:%S").to_string()),
            Event::Skip(_) => None,
        }
    }

    /// The date that the schedule's rule names.
    async fn nominal_date(&self) -> Date {
        match &self.0.event {
            Event::Fire(fire) => Date(fire.nominal_date),
            Event::Skip(skip) => Date(skip.nominal_date),
        }
    }

    /// All dates that met in this fire.
    async fn stands_for(&self) -> Vec<Date> {
        match &self.0.event {
            Event::Fire(fire) => fire.merged.iter().copied().map(Date).collect(),
            Event::Skip(_) => Vec::new(),
        }
    }

    /// The business date of the run that a fire makes.
    async fn business_date(&self) -> Option<Date> {
        self.0.business_date.as_ref()?.as_ref().ok().copied().map(Date)
    }

    /// Why there is no fire, or why its business date can't be told.
    async fn reason(&self, ctx: &Context<'_>) -> Option<String> {
        match (&self.0.event, &self.0.business_date) {
            (Event::Skip(skip), _) => Some(skip.reason.text(ctx.lang())),
            (Event::Fire(_), Some(Err(reason))) => Some(reason.text(ctx.lang())),
            (Event::Fire(_), _) => None,
        }
    }

    /// What a change of the clock does to it.
    async fn clock(&self) -> ClockChange {
        match &self.0.event {
            Event::Fire(fire) => fire.reason.clock.into(),
            Event::Skip(_) => ClockChange::Steady,
        }
    }

    /// Whether the calendar is not published so far and the week stands in for it.
    async fn provisional(&self) -> bool {
        matches!(&self.0.event, Event::Fire(fire) if fire.reason.assumed)
    }
}
