//! The firm's calendar service: days, dates and schedules without a workflow.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::{
    ask::{self, Answer, Question, ScheduleText},
    bizdate::Period,
    calendar::Roll,
    error::{ErrorCode, Lang},
    id::TenantId,
};
use service::error::{Error, FieldError, Text};

use crate::graphql::{
    context::Ask as _,
    id,
    scalar::{Date, Json},
};

/// Most questions of one request.
const MOST_QUESTIONS: usize = 200;

/// Most fires and dates without of one answer.
const MOST_FIRES: usize = ask::Limits::API.fires;

/// Most days of a list.
const MOST_DAYS: usize = ask::Limits::API.days;

/// Where a closed day moves to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Roll")]
pub(crate) enum RollConvention {
    /// It stays.
    Unadjusted,
    /// To the next open day.
    Following,
    /// To the next open day of the month, else to the one before.
    ModifiedFollowing,
    /// To the next open day of the half month, else to the one before.
    HalfMonthModifiedFollowing,
    /// To the open day before.
    Preceding,
    /// To the open day before in the month, else to the next.
    ModifiedPreceding,
    /// To whichever open day is nearer; the following one on a tie.
    Nearest,
}

/// A stretch of days in which days are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum CalendarPeriod {
    /// Monday to Sunday.
    Week,
    /// 旬: the days 1–10, 11–20, and 21 to the end of the month.
    TenDay,
    Month,
    Quarter,
    Half,
    Year,
    /// Twelve months from `fiscalYearStart`.
    FiscalYear,
}

/// Whether a day is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ask::Status")]
pub(crate) enum DayStatus {
    Open,
    Closed,
    /// Not published: neither open nor closed.
    Unset,
}

/// A day of a calendar.
#[derive(Debug, SimpleObject)]
pub(crate) struct CalendarDay {
    date: Date,
    status: DayStatus,
    /// Whether it is shorter than usual.
    half: bool,
    /// HH:MM on the calendar's own clock.
    opens_at: Option<String>,
    /// HH:MM on the calendar's own clock.
    closes_at: Option<String>,
    /// Why it is closed, or open against the week.
    reason: Option<String>,
}

impl CalendarDay {
    fn of(day: &ask::Day, lang: Lang) -> Self {
        Self {
            date: Date(day.date),
            status: day.status.into(),
            half: day.half,
            opens_at: day.opens.map(|time| time.to_string()),
            closes_at: day.closes.map(|time| time.to_string()),
            reason: day.reason.as_ref().map(|reason| reason.text(lang).to_owned()),
        }
    }
}

/// Open days in order.
#[derive(Debug, SimpleObject)]
pub(crate) struct OpenDays {
    days: Vec<Date>,
    /// Whether the limit has cut off more.
    more: bool,
}

/// The days of a calendar, or of an expression over calendars.
#[derive(Debug, Clone)]
pub(crate) struct CalendarDays {
    tenant: Option<TenantId>,
    expression: String,
}

impl CalendarDays {
    async fn ask(&self, ctx: &Context<'_>, question: impl FnOnce(String) -> Question) -> Result<Answer> {
        asked(ctx, self.tenant, question(self.expression.clone())).await
    }

    async fn date(&self, ctx: &Context<'_>, question: impl FnOnce(String) -> Question) -> Result<Option<Date>> {
        match self.ask(ctx, question).await? {
            Answer::Date { date } => Ok(date.map(Date)),
            other => Err(mismatch(ctx, &other)),
        }
    }
}

async fn asked(ctx: &Context<'_>, tenant: Option<TenantId>, question: Question) -> Result<Answer> {
    let answer = service::calendar::answer(ctx.services(), &ctx.op(), tenant, question).await;
    answer.map_err(|error| ctx.fail(error))
}

fn mismatch(ctx: &Context<'_>, answer: &Answer) -> async_graphql::Error {
    ctx.fail(Error::Internal(format!("an answer of another kind: {answer:?}")))
}

/// The days of a calendar, or of an expression over calendars. What depends on a day that is not published is an error
/// with the code BEYOND_HORIZON, never a guess.
#[Object]
impl CalendarDays {
    async fn expression(&self) -> &str {
        &self.expression
    }

    /// A day with its hours, or why it is closed.
    #[graphql(complexity = "20")]
    async fn day(&self, ctx: &Context<'_>, date: Date) -> Result<CalendarDay> {
        match self.ask(ctx, |calendar| Question::Day { calendar, date: date.0 }).await? {
            Answer::Day(day) => Ok(CalendarDay::of(&day, ctx.lang())),
            other => Err(mismatch(ctx, &other)),
        }
    }

    /// The open days from one day to another, both included; at most `first` (1,000 when absent, 4,000 at most), which
    /// the days between are at most, too.
    #[graphql(complexity = "100")]
    async fn open_days(&self, ctx: &Context<'_>, from: Date, to: Date, first: Option<i32>) -> Result<OpenDays> {
        let limit = limit(first, MOST_DAYS).map_err(|error| ctx.fail(error))?;
        match self.ask(ctx, |calendar| Question::Range { calendar, from: from.0, to: to.0, limit }).await? {
            Answer::Days { days, more } => Ok(OpenDays { days: days.into_iter().map(Date).collect(), more }),
            other => Err(mismatch(ctx, &other)),
        }
    }

    /// The first open day after a day.
    #[graphql(complexity = "20")]
    async fn next(&self, ctx: &Context<'_>, date: Date) -> Result<Option<Date>> {
        self.date(ctx, |calendar| Question::Next { calendar, date: date.0 }).await
    }

    /// The last open day before a day.
    #[graphql(complexity = "20")]
    async fn previous(&self, ctx: &Context<'_>, date: Date) -> Result<Option<Date>> {
        self.date(ctx, |calendar| Question::Previous { calendar, date: date.0 }).await
    }

    /// T+n: the n-th open day after a day, before it when negative; with 0 the day itself, or the next open one.
    #[graphql(complexity = "20")]
    async fn offset(&self, ctx: &Context<'_>, date: Date, n: i32) -> Result<Option<Date>> {
        self.date(ctx, |calendar| Question::Offset { calendar, date: date.0, n: n.into() }).await
    }

    /// Rolls the day first, and counts n open days from there.
    #[graphql(complexity = "20")]
    async fn roll_then_offset(
        &self,
        ctx: &Context<'_>,
        date: Date,
        convention: RollConvention,
        n: i32,
    ) -> Result<Option<Date>> {
        let roll = convention.into();
        self.date(ctx, |calendar| Question::RollThenOffset { calendar, date: date.0, roll, n: n.into() }).await
    }

    /// Where a closed day moves to; an open day stays.
    #[graphql(complexity = "20")]
    async fn roll(&self, ctx: &Context<'_>, date: Date, convention: RollConvention) -> Result<Option<Date>> {
        self.date(ctx, |calendar| Question::Roll { calendar, date: date.0, roll: convention.into() }).await
    }

    /// The n-th open day of the period around a day, from its end when negative; null when there are too few.
    #[graphql(complexity = "20")]
    async fn nth(
        &self,
        ctx: &Context<'_>,
        date: Date,
        period: CalendarPeriod,
        n: i32,
        fiscal_year_start: Option<i32>,
    ) -> Result<Option<Date>> {
        let period = period_of(period, fiscal_year_start).map_err(|error| ctx.fail(error))?;
        self.date(ctx, |calendar| Question::Nth { calendar, date: date.0, period, n: n.into() }).await
    }

    /// How many open days there are from one day to another, both included.
    #[graphql(complexity = "100")]
    async fn count(&self, ctx: &Context<'_>, from: Date, to: Date) -> Result<i32> {
        match self.ask(ctx, |calendar| Question::Count { calendar, from: from.0, to: to.0 }).await? {
            Answer::Count { count } => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
            other => Err(mismatch(ctx, &other)),
        }
    }
}

fn period_of(period: CalendarPeriod, fiscal_year_start: Option<i32>) -> Result<Period, Error> {
    Ok(match period {
        CalendarPeriod::Week => Period::Week,
        CalendarPeriod::TenDay => Period::TenDay,
        CalendarPeriod::Month => Period::Month,
        CalendarPeriod::Quarter => Period::Quarter,
        CalendarPeriod::Half => Period::Half,
        CalendarPeriod::Year => Period::Year,
        CalendarPeriod::FiscalYear => {
            let month = fiscal_year_start.unwrap_or(4);
            let month = u8::try_from(month).ok().filter(|month| (1..=12).contains(month));
            let wrong = || Text::new("A month is from 1 to 12.", "月份须为 1 到 12。");
            Period::FiscalYear(month.ok_or_else(|| Error::invalid("fiscalYearStart", wrong()))?)
        }
    })
}

/// A schedule to be looked at.
#[derive(Debug, InputObject)]
pub(crate) struct ScheduleFiresInput {
    /// Its text, its JSON, or an entry of a document's spec.schedules.
    schedule: Json,
    /// An instant such as 2026-01-01T00:00:00+08:00, or a date on the schedule's own clock.
    from: String,
    /// An instant (exclusive), or a date (as a whole).
    until: String,
    /// Most fires and dates without; 20 when absent, 1,000 at most.
    first: Option<i32>,
    /// Whose calendars may be named beside the firm's.
    tenant: Option<ID>,
}

/// A template to be rendered.
#[derive(Debug, InputObject)]
pub(crate) struct RenderTemplateInput {
    template: String,
    /// The business date, T.
    date: Date,
    /// The calendar in which T's days are counted where the template names none.
    calendar: Option<String>,
    /// The values of params, by name.
    params: Option<Json>,
    /// Whose calendars may be named beside the firm's.
    tenant: Option<ID>,
}

/// The answer to one question of a list, or why there is none.
#[derive(Debug, SimpleObject)]
pub(crate) struct CalendarAnswer {
    /// In the form that `almanac calendar ask` prints.
    answer: Option<Json>,
    /// The code of what is wrong.
    code: Option<String>,
    /// What is wrong, in a sentence.
    message: Option<String>,
}

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct CalendarService;

#[Object]
impl CalendarService {
    /// The days of a calendar or an expression such as `SSE & HKEX`. It may name the firm's calendars, and the tenant's
    /// when one is given.
    #[graphql(complexity = "20 + child_complexity")]
    async fn calendar_days(&self, ctx: &Context<'_>, expression: String, tenant: Option<ID>) -> Result<CalendarDays> {
        let tenant = of(ctx, tenant.as_ref())?;
        // An expression that can't be read is told at once, and not by each field.
        let date = domain::bizdate::BizDate::MIN;
        asked(ctx, tenant, Question::Day { calendar: expression.clone(), date }).await?;
        Ok(CalendarDays { tenant, expression })
    }

    /// What a schedule does between two instants, without a workflow that has it. The answer is that of
    /// `almanac calendar ask`.
    #[graphql(complexity = "500")]
    async fn schedule_fires(&self, ctx: &Context<'_>, input: ScheduleFiresInput) -> Result<Json> {
        let ScheduleFiresInput { schedule, from, until, first, tenant } = input;
        let limit = limit(first, MOST_FIRES).map_err(|error| ctx.fail(error))?;
        let schedule = schedule_text(ctx, schedule)?;
        let question = Question::Fires { schedule, timezone: None, from, until, limit };
        let answer = asked(ctx, of(ctx, tenant.as_ref())?, question).await?;
        Ok(Json(serde_json::to_value(&answer)?))
    }

    /// Why a schedule fires, moves, or doesn't on a date.
    #[graphql(complexity = "100")]
    async fn explain_schedule(
        &self,
        ctx: &Context<'_>,
        schedule: Json,
        date: Date,
        tenant: Option<ID>,
    ) -> Result<String> {
        let question = Question::Explain { schedule: schedule_text(ctx, schedule)?, timezone: None, date: date.0 };
        match asked(ctx, of(ctx, tenant.as_ref())?, question).await? {
            Answer::Explanation { text, .. } => Ok(text.text(ctx.lang()).to_owned()),
            other => Err(mismatch(ctx, &other)),
        }
    }

    /// A business-date expression such as `T-1@SSE` or `D.add(-1m).end(month)` for a T. Days are counted in the calendar
    /// where the expression names none; without one, natural days are.
    #[graphql(complexity = "100")]
    async fn business_date(
        &self,
        ctx: &Context<'_>,
        expression: String,
        date: Date,
        calendar: Option<String>,
        tenant: Option<ID>,
    ) -> Result<Option<Date>> {
        let question = Question::Date { expression, t: date.0, calendar };
        match asked(ctx, of(ctx, tenant.as_ref())?, question).await? {
            Answer::Date { date } => Ok(date.map(Date)),
            other => Err(mismatch(ctx, &other)),
        }
    }

    /// A template as in a document, rendered for a business date and parameters.
    #[graphql(complexity = "100")]
    async fn render_template(&self, ctx: &Context<'_>, input: RenderTemplateInput) -> Result<String> {
        let RenderTemplateInput { template, date, calendar, params, tenant } = input;
        let params = params.and_then(|params| params.0.as_object().cloned()).unwrap_or_default();
        let question = Question::Render { template, t: date.0, calendar, params };
        match asked(ctx, of(ctx, tenant.as_ref())?, question).await? {
            Answer::Text { text } => Ok(text),
            other => Err(mismatch(ctx, &other)),
        }
    }

    /// Many questions at once, at most 200, as `almanac calendar ask` takes them:
    /// {"ask": "next", "calendar": "SSE", "date": "2026-09-30"}.
    #[graphql(complexity = "questions.len().saturating_mul(20)")]
    async fn ask_calendars(
        &self,
        ctx: &Context<'_>,
        questions: Vec<Json>,
        tenant: Option<ID>,
    ) -> Result<Vec<CalendarAnswer>> {
        if questions.len() > MOST_QUESTIONS {
            let text = Text::new(
                format!("At most {MOST_QUESTIONS} questions at a time."),
                format!("一次最多 {MOST_QUESTIONS} 个问题。"),
            );
            return Err(ctx.fail(Error::Invalid(vec![FieldError::new("questions", ErrorCode::TooMany, text)])));
        }
        let questions: Vec<_> = questions.into_iter().map(|question| question.0).collect();
        let tenant = of(ctx, tenant.as_ref())?;
        let answers = service::calendar::answer_all(ctx.services(), &ctx.op(), tenant, questions).await;
        let told = |answer: Result<Answer, Error>| match answer {
            Ok(answer) => {
                CalendarAnswer { answer: serde_json::to_value(&answer).ok().map(Json), code: None, message: None }
            }
            Err(error) => CalendarAnswer {
                answer: None,
                code: Some(error.code().as_str().to_owned()),
                message: Some(error.message(ctx.lang())),
            },
        };
        Ok(answers.map_err(|error| ctx.fail(error))?.into_iter().map(told).collect())
    }
}

fn of(ctx: &Context<'_>, tenant: Option<&ID>) -> Result<Option<TenantId>> {
    tenant.map(|id| id::tenant(id, "tenant")).transpose().map_err(|error| ctx.fail(error))
}

fn schedule_text(ctx: &Context<'_>, schedule: Json) -> Result<ScheduleText> {
    serde_json::from_value(schedule.0).map_err(|_| {
        let text = Text::new("A schedule is a text or an object.", "定时规则须为文本或对象。");
        ctx.fail(Error::invalid("schedule", text))
    })
}

/// The size of a list, when one is given.
fn limit(first: Option<i32>, most: usize) -> Result<Option<usize>, Error> {
    let Some(first) = first else { return Ok(None) };
    let fits = usize::try_from(first).ok().filter(|first| (1..=most).contains(first));
    fits.map(Some).ok_or_else(|| {
        let en = format!("`first` must be from 1 to {most}, not {first}.");
        let zh = format!("first 须为 1 到 {most}，不能是 {first}。");
        Error::Invalid(vec![FieldError::new("first", ErrorCode::TooMany, Text::new(en, zh))])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_from_one_day_to_a_bound() {
        let check = |first: Option<i32>, expect: Option<Option<usize>>| {
            assert_eq!(limit(first, MOST_DAYS).ok(), expect, "{first:?}");
        };
        check(None, Some(None));
        check(Some(1), Some(Some(1)));
        check(Some(4_000), Some(Some(4_000)));
        for wrong in [0, -5, 4_001, i32::MIN] {
            check(Some(wrong), None);
        }
    }
}
