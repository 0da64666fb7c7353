//! The firm's calendar service: questions about days, dates and schedules that need no workflow.

use domain::ask::{self, Answer, AskError, Question};
use domain::error::Lang;
use domain::id::TenantId;

use crate::Services;
use crate::ctx::OpCtx;
use crate::error::{Error, Result, Text};

/// Answers a question by the calendars that somebody who works in a tenant may name; without a tenant, by the firm's.
///
/// # Errors
/// [`Error::Refused`] with the question's own code and sentence; [`Error::NotFound`] when the actor may not know of the
/// tenant; [`Error::Unauthenticated`]; the database's.
pub async fn answer(services: &Services, ctx: &OpCtx, tenant: Option<TenantId>, question: &Question) -> Result<Answer> {
    let calendars = super::named_by(services, ctx, tenant).await?;
    ask::answer(question, &calendars).map_err(|error| refused(&error))
}

/// Answers questions as they are written in JSON, each by itself, in order.
///
/// # Errors
/// As [`answer`], but what is wrong with a single question is told in its place.
pub async fn answer_all(
    services: &Services,
    ctx: &OpCtx,
    tenant: Option<TenantId>,
    questions: &[serde_json::Value],
) -> Result<Vec<Result<Answer>>> {
    let calendars = super::named_by(services, ctx, tenant).await?;
    let read = |question: &serde_json::Value| Question::parse(&question.to_string());
    let answers = questions.iter().map(|question| ask::answer(&read(question)?, &calendars));
    Ok(answers.map(|answer| answer.map_err(|error| refused(&error))).collect())
}

fn refused(error: &AskError) -> Error {
    Error::refused(error.code(), Text::new(error.text(Lang::En), error.text(Lang::Zh)))
}
