//! The firm's calendar service: questions about days, dates and schedules that need no workflow.
//!
//! An answer is work of the processor alone, some of it long. It is done on blocking threads, for few requests at once
//! and within limits, so that whoever asks holds up other questions at most, and no request of another kind.

use std::sync::Arc;

use domain::ask::{self, Answer, AskError, Limits, Question};
use domain::error::{ErrorCode, Lang};
use domain::id::TenantId;
use tokio::sync::Semaphore;

use crate::Services;
use crate::ctx::OpCtx;
use crate::error::{Error, Result, Text};

/// Of how many requests the questions are answered at once.
const PARALLEL: usize = 2;

/// How long the questions of one request may take together.
const BUDGET_MS: i64 = 5_000;

/// Whose turn it is to have questions answered. The turn is the work's and not the request's: one that is given up does
/// not make room while its work goes on.
#[derive(Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(PARALLEL)))
    }
}

impl Turns {
    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = self.0.clone().acquire_owned().await.map_err(|error| Error::Internal(error.to_string()))?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| Error::Internal(error.to_string()))
    }
}

/// Answers a question by the calendars that somebody who works in a tenant may name; without a tenant, by the firm's.
///
/// # Errors
/// [`Error::Refused`] with the question's own code and sentence; [`Error::NotFound`] when the actor may not know of the
/// tenant; [`Error::Unauthenticated`]; the database's.
pub async fn answer(services: &Services, ctx: &OpCtx, tenant: Option<TenantId>, question: Question) -> Result<Answer> {
    let calendars = super::named_by(services, ctx, tenant).await?;
    let work = move || ask::answer_within(&question, &calendars, Limits::API);
    services.question_turns().work(work).await?.map_err(|error| refused(&error))
}

/// Answers questions as they are written in JSON, each by itself, in order; those that are left when the time is up are
/// refused.
///
/// # Errors
/// As [`answer`], but what is wrong with a single question is told in its place.
pub async fn answer_all(
    services: &Services,
    ctx: &OpCtx,
    tenant: Option<TenantId>,
    questions: Vec<serde_json::Value>,
) -> Result<Vec<Result<Answer>>> {
    let calendars = super::named_by(services, ctx, tenant).await?;
    let clock = services.clock().clone();
    let work = move || {
        let until_ms = clock.now_ms().saturating_add(BUDGET_MS);
        let one = |question: &serde_json::Value| {
            if clock.now_ms() > until_ms {
                return Err(late());
            }
            let read = Question::parse(&question.to_string());
            read.and_then(|read| ask::answer_within(&read, &calendars, Limits::API)).map_err(|error| refused(&error))
        };
        questions.iter().map(one).collect()
    };
    services.question_turns().work(work).await
}

fn late() -> Error {
    let text = Text::new("It took too long; ask for less at a time.", "耗时过长，请减少每次提问的数量。");
    Error::refused(ErrorCode::Timeout, text)
}

fn refused(error: &AskError) -> Error {
    Error::refused(error.code(), Text::new(error.text(Lang::En), error.text(Lang::Zh)))
}
