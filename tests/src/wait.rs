//! Waiting for a condition of another process: the one place where a test lets time pass, always with a deadline.

use std::future::Future;
use std::time::{Duration, Instant};

/// Longest that anything may take on a busy machine of two cores.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(25);

/// Looks until there is an answer.
///
/// # Panics
/// When there is none in time: `what` says what was waited for.
pub async fn until<T, F>(what: &str, look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    match until_or(PATIENCE, look).await {
        Some(answer) => answer,
        None => panic!("waited {PATIENCE:?} in vain: {what}"),
    }
}

/// Looks until there is an answer or the patience is over.
pub async fn until_or<T, F>(patience: Duration, mut look: impl FnMut() -> F) -> Option<T>
where
    F: Future<Output = Option<T>>,
{
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if let Some(answer) = look().await {
            return Some(answer);
        }
        tokio::time::sleep(INTERVAL).await;
    }
    None
}
