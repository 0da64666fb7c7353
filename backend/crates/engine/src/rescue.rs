//! Finding attempts whose worker is gone.
//!
//! Every node looks; the one whose report is stored first decides, the others are told that the claim was over. What
//! becomes of a lost attempt is the task's `on_lost`: the run's state machine knows.

use std::collections::HashMap;
use std::sync::Arc;

use service::run::{News, Progress, Report};
use service::task::{self, Job};
use service::{Error, Services};

use crate::looper::Next;

/// Most attempts of one look.
const BATCH: u64 = 500;

/// Reports claims whose lease lapsed more than `margin_ms` ago.
///
/// # Errors
/// The database's.
pub async fn tick(services: &Services, progress: &Progress, margin_ms: i64) -> Result<Next, Error> {
    let jobs = task::lapsed(services, margin_ms, BATCH).await?;
    let full = jobs.len() as u64 == BATCH;
    report_lost(services, progress, jobs).await?;
    Ok(if full { Next::Now } else { Next::Period })
}

/// Reports that nobody holds these claims any more.
///
/// # Errors
/// The database's.
pub async fn report_lost(services: &Services, progress: &Progress, jobs: Vec<Job>) -> Result<(), Error> {
    if jobs.is_empty() {
        return Ok(());
    }
    let names: HashMap<i64, String> = service::node::names(services).await?.into_iter().collect();
    tracing::warn!(attempts = jobs.len(), "attempts whose worker is gone");
    let reports = jobs.into_iter().map(|job| {
        let name = job.node_id.and_then(|node| names.get(&node)).map_or("?", String::as_str);
        let report = Report { node_name: Arc::from(name), news: News::Lost, job: Arc::new(job) };
        progress.report(report)
    });
    futures_util::future::join_all(reports).await;
    Ok(())
}
