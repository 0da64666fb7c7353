//! The same operation on many runs, each by itself: what one run refuses does not keep the others from it.

use domain::id::{RunId, TenantId};

use super::{Operated, Operation, operate, reason};
use crate::Services;
use crate::ctx::OpCtx;
use crate::error::{Error, Result, Text};
use crate::run::{Filter, list};

/// Most runs of one call: each is a transaction of its own, and the caller waits.
pub const MOST: u64 = 200;

/// Which runs an operation is for.
#[derive(Clone, Debug)]
pub enum Which {
    /// These.
    Ids(Vec<(TenantId, RunId)>),
    /// Those of a filter, newest first.
    Filter(Box<Filter>),
}

/// What became of one of the runs.
#[derive(Debug)]
pub struct Outcome {
    /// The run.
    pub run: (TenantId, RunId),
    /// How it went.
    pub result: Result<Operated>,
}

/// What became of all of them.
#[derive(Debug)]
pub struct Outcomes {
    /// Each run that was tried, in order.
    pub outcomes: Vec<Outcome>,
    /// Whether the filter has more runs than one call takes.
    pub more: bool,
}

/// Does something to many runs, at most [`MOST`].
///
/// # Errors
/// [`Error::Invalid`] without a reason or for too many runs; the database's. What a single run refuses is its outcome.
pub async fn operate_many(
    services: &Services,
    ctx: &OpCtx,
    which: &Which,
    operation: &Operation,
    why: &str,
) -> Result<Outcomes> {
    reason(why)?;
    let (runs, more) = chosen(services, ctx, which).await?;
    let mut outcomes = Vec::with_capacity(runs.len());
    for run in runs {
        let result = operate(services, ctx, run, operation, why).await;
        if result.as_ref().is_err_and(Error::is_fault) {
            // The database is at fault, not the run: what was done stays done and is told.
            outcomes.push(Outcome { run, result });
            return Ok(Outcomes { outcomes, more: true });
        }
        outcomes.push(Outcome { run, result });
    }
    Ok(Outcomes { outcomes, more })
}

async fn chosen(services: &Services, ctx: &OpCtx, which: &Which) -> Result<(Vec<(TenantId, RunId)>, bool)> {
    match which {
        Which::Ids(ids) if ids.len() as u64 > MOST => {
            let text = Text::new("At most 200 runs at once.", "一次最多 200 个实例。");
            Err(Error::invalid("ids", text))
        }
        Which::Ids(ids) => Ok((ids.clone(), false)),
        Which::Filter(filter) => {
            let page = list(services, ctx, filter, None, MOST).await?;
            let runs = page.items.iter().map(|row| (TenantId(row.tenant_id), RunId(row.id))).collect();
            Ok((runs, page.has_next))
        }
    }
}
