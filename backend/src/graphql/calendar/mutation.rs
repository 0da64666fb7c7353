//! Making calendars and revisions, putting them in force, and changing single days.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use domain::{
    calendar::{Session, TimeOfDay},
    id::{RunId, TenantId},
};
use service::{
    Error,
    calendar::{Activation, Calendar as Found, Draft, NewCalendar, RevisionRow, Settings},
    error::Text,
};

use crate::graphql::{
    calendar::{Calendar, CalendarRevision},
    context::Ask as _,
    error::UserError,
    id,
    scalar::{Date, Json},
};

/// A calendar to be made.
#[derive(Debug, InputObject)]
pub(crate) struct CreateCalendarInput {
    /// The department whose it is; absent for a calendar of the firm.
    tenant: Option<ID>,
    /// Its name in expressions: letters, digits and _.
    name: String,
    /// What people call it.
    title: Option<String>,
    /// Its days, or {"expression": "SSE & HKEX"}; a draft until it is put in force.
    definition: Json,
    /// Where the days come from.
    source: Option<String>,
    /// Why it is made.
    note: Option<String>,
}

/// A revision to be made.
#[derive(Debug, InputObject)]
pub(crate) struct SaveCalendarDraftInput {
    calendar: ID,
    /// Its days, or {"expression": "SSE & HKEX"}.
    definition: Json,
    /// The revision in force that the draft began from; refused when another was put in force since.
    based_on: Option<i32>,
    /// Where the days come from.
    source: Option<String>,
    /// Why it is made.
    note: Option<String>,
}

/// A draft to be given up.
#[derive(Debug, InputObject)]
pub(crate) struct DiscardCalendarDraftInput {
    revision: ID,
    /// Why; audited.
    reason: Option<String>,
}

/// A draft to be put in force.
#[derive(Debug, InputObject)]
pub(crate) struct ActivateCalendarRevisionInput {
    revision: ID,
    /// Why; audited.
    reason: String,
    /// Runs that have not begun and are to be stopped.
    cancel_runs: Option<Vec<ID>>,
}

/// A single day to be opened or closed at once.
#[derive(Debug, InputObject)]
pub(crate) struct OverrideCalendarDayInput {
    calendar: ID,
    date: Date,
    open: bool,
    /// Whether it is shorter than usual.
    half: Option<bool>,
    /// HH:MM on the calendar's own clock; the usual hours when absent.
    opens_at: Option<String>,
    /// HH:MM on the calendar's own clock; the usual hours when absent.
    closes_at: Option<String>,
    /// Why; audited, and shown where the day is explained.
    reason: String,
    /// Runs that have not begun and are to be stopped.
    cancel_runs: Option<Vec<ID>>,
}

/// A change of a single day to be taken back.
#[derive(Debug, InputObject)]
pub(crate) struct ClearCalendarDayInput {
    calendar: ID,
    date: Date,
    /// Why; audited.
    reason: String,
}

/// Settings of a calendar; what is absent stays.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateCalendarInput {
    id: ID,
    /// What people call it; null takes the title away.
    title: MaybeUndefined<String>,
    /// Whether somebody else than its author must put a revision in force.
    second_person: Option<bool>,
    /// Why; audited.
    reason: Option<String>,
}

/// A calendar to be ended.
#[derive(Debug, InputObject)]
pub(crate) struct ArchiveCalendarInput {
    id: ID,
    /// Why; audited.
    reason: String,
}

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $($revision:ident)? }),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, SimpleObject)]
        pub(crate) struct $name {
            calendar: Option<Calendar>,
            $($revision: Option<CalendarRevision>,)?
            user_errors: Vec<UserError>,
        }
    )+};
}

payloads! {
    /// The calendar, or what is wrong.
    CreateCalendarPayload {},
    /// The draft, or what is wrong.
    SaveCalendarDraftPayload { revision },
    /// The revision, or why nothing changed.
    DiscardCalendarDraftPayload { revision },
    /// The revision that is in force now, or why nothing changed. Runs that could not be stopped are told beside it.
    ActivateCalendarRevisionPayload { revision },
    /// The calendar, or why nothing changed. Runs that could not be stopped are told beside it.
    OverrideCalendarDayPayload {},
    /// The calendar, or why nothing changed.
    ClearCalendarDayPayload {},
    /// The calendar, or why nothing changed.
    UpdateCalendarPayload {},
    /// The calendar, or why it goes on.
    ArchiveCalendarPayload {},
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct CalendarMutation;

#[Object]
impl CalendarMutation {
    /// Makes a calendar with a first draft; it can be named once that is in force.
    async fn create_calendar(&self, ctx: &Context<'_>, input: CreateCalendarInput) -> Result<CreateCalendarPayload> {
        let made = async {
            let tenant = input.tenant.as_ref().map(|id| id::tenant(id, "tenant")).transpose()?;
            let draft = Draft { content: input.definition.0, source: input.source, note: input.note };
            let tenant = tenant.unwrap_or(TenantId::PLATFORM);
            let new = NewCalendar { tenant, name: input.name, title: input.title, draft };
            service::calendar::create(ctx.services(), &ctx.op(), new).await
        };
        let (calendar, user_errors) = ctx.settle(made.await)?;
        Ok(CreateCalendarPayload { calendar: calendar.map(Calendar), user_errors })
    }

    /// Makes a draft of a calendar's next revision.
    async fn save_calendar_draft(
        &self,
        ctx: &Context<'_>,
        input: SaveCalendarDraftInput,
    ) -> Result<SaveCalendarDraftPayload> {
        let saved = async {
            let (tenant, id) = id::calendar(&input.calendar, "calendar")?;
            let draft = Draft { content: input.definition.0, source: input.source, note: input.note };
            service::calendar::save_draft(ctx.services(), &ctx.op(), tenant, id, input.based_on, draft).await
        };
        let (saved, user_errors) = ctx.settle(saved.await)?;
        let (calendar, revision) = split(saved);
        Ok(SaveCalendarDraftPayload { calendar, revision, user_errors })
    }

    /// Gives a draft up; it stays among the revisions.
    async fn discard_calendar_draft(
        &self,
        ctx: &Context<'_>,
        input: DiscardCalendarDraftInput,
    ) -> Result<DiscardCalendarDraftPayload> {
        let discarded = async {
            let (tenant, id, number) = id::calendar_revision(&input.revision, "revision")?;
            service::calendar::discard(ctx.services(), &ctx.op(), tenant, id, number, input.reason).await
        };
        let (discarded, user_errors) = ctx.settle(discarded.await)?;
        let (calendar, revision) = split(discarded);
        Ok(DiscardCalendarDraftPayload { calendar, revision, user_errors })
    }

    /// Puts a draft in force. Schedules that rest on the calendar are planned anew right after, one by one.
    async fn activate_calendar_revision(
        &self,
        ctx: &Context<'_>,
        input: ActivateCalendarRevisionInput,
    ) -> Result<ActivateCalendarRevisionPayload> {
        let activated = async {
            let (tenant, id, number) = id::calendar_revision(&input.revision, "revision")?;
            let cancel = runs(input.cancel_runs.as_deref())?;
            let why = (input.reason, cancel.as_slice());
            service::calendar::activate(ctx.services(), &ctx.op(), tenant, id, number, why).await
        };
        let (activated, mut user_errors) = ctx.settle(activated.await)?;
        user_errors.extend(kept(ctx, activated.as_ref()));
        let (calendar, revision) = split(activated.map(|it| (it.calendar, it.revision)));
        Ok(ActivateCalendarRevisionPayload { calendar, revision, user_errors })
    }

    /// Opens or closes one day at once, as when an exchange closes in the morning; needs no second person.
    async fn override_calendar_day(
        &self,
        ctx: &Context<'_>,
        input: OverrideCalendarDayInput,
    ) -> Result<OverrideCalendarDayPayload> {
        let changed = async {
            let (tenant, id) = id::calendar(&input.calendar, "calendar")?;
            let cancel = runs(input.cancel_runs.as_deref())?;
            let hours = Session {
                half: input.half.unwrap_or(false),
                open: time(input.opens_at.as_deref(), "opensAt")?,
                close: time(input.closes_at.as_deref(), "closesAt")?,
            };
            let day = (input.date.0, service::calendar::day_status(input.open, hours)?);
            let why = (input.reason, cancel.as_slice());
            service::calendar::override_day(ctx.services(), &ctx.op(), tenant, id, day, why).await
        };
        let (changed, mut user_errors) = ctx.settle(changed.await)?;
        user_errors.extend(kept(ctx, changed.as_ref()));
        Ok(OverrideCalendarDayPayload { calendar: changed.map(|it| Calendar(it.calendar)), user_errors })
    }

    /// Takes the change of one day back: what is published holds again.
    async fn clear_calendar_day(
        &self,
        ctx: &Context<'_>,
        input: ClearCalendarDayInput,
    ) -> Result<ClearCalendarDayPayload> {
        let cleared = async {
            let (tenant, id) = id::calendar(&input.calendar, "calendar")?;
            let date = input.date.0;
            service::calendar::clear_day(ctx.services(), &ctx.op(), tenant, id, date, input.reason).await
        };
        let (cleared, user_errors) = ctx.settle(cleared.await)?;
        Ok(ClearCalendarDayPayload { calendar: cleared.map(|it| Calendar(it.calendar)), user_errors })
    }

    /// Changes a calendar's title, or whether it needs a second person.
    async fn update_calendar(&self, ctx: &Context<'_>, input: UpdateCalendarInput) -> Result<UpdateCalendarPayload> {
        let updated = async {
            let (tenant, id) = id::calendar(&input.id, "id")?;
            let title = match input.title {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(String::new()),
                MaybeUndefined::Value(title) => Some(title),
            };
            let settings = Settings { title, second_person: input.second_person, reason: input.reason };
            service::calendar::update(ctx.services(), &ctx.op(), tenant, id, settings).await
        };
        let (calendar, user_errors) = ctx.settle(updated.await)?;
        Ok(UpdateCalendarPayload { calendar: calendar.map(Calendar), user_errors })
    }

    /// Ends a calendar that nobody uses; its revisions stay readable.
    async fn archive_calendar(&self, ctx: &Context<'_>, input: ArchiveCalendarInput) -> Result<ArchiveCalendarPayload> {
        let archived = async {
            let (tenant, id) = id::calendar(&input.id, "id")?;
            service::calendar::archive(ctx.services(), &ctx.op(), tenant, id, input.reason).await
        };
        let (calendar, user_errors) = ctx.settle(archived.await)?;
        Ok(ArchiveCalendarPayload { calendar: calendar.map(Calendar), user_errors })
    }
}

fn split(found: Option<(Found, RevisionRow)>) -> (Option<Calendar>, Option<CalendarRevision>) {
    let revision =
        found.as_ref().map(|(calendar, row)| CalendarRevision { calendar: calendar.row.clone(), row: row.clone() });
    (found.map(|(calendar, _)| Calendar(calendar)), revision)
}

/// The runs that are to be stopped.
fn runs(ids: Option<&[ID]>) -> Result<Vec<(TenantId, RunId)>, Error> {
    ids.unwrap_or_default().iter().map(|id| id::run(id, "cancelRuns")).collect()
}

fn time(text: Option<&str>, field: &str) -> Result<Option<TimeOfDay>, Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = |_| Error::invalid(field, Text::new("Write a time as 09:30.", "时间请写作 09:30。"));
    text.parse().map(Some).map_err(wrong)
}

/// Runs that could not be stopped, as errors beside a change that was made.
fn kept(ctx: &Context<'_>, activation: Option<&Activation>) -> Vec<UserError> {
    let kept = activation.into_iter().flat_map(|it| &it.kept);
    kept.flat_map(|(tenant, run, text)| {
        let id = ID::from(id::GlobalId::Run(*tenant, *run));
        let said = Text::new(format!("{}: {}", id.as_str(), text.en), format!("{}：{}", id.as_str(), text.zh));
        Error::invalid("cancelRuns", said).field_errors().unwrap_or_default()
    })
    .map(|error| UserError::of(&error, ctx.lang()))
    .collect()
}
