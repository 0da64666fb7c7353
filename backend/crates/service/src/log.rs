//! What attempts printed: storing it in pieces, and reading it in pages while it still grows.
//!
//! The log of an attempt is a stream of records `<epoch ms> <O|E|S> <text>\n`; a place in it is a byte offset, which
//! is also the cursor of readers: who resumes after an offset misses nothing and sees nothing twice. What an attempt
//! has stored never changes. Offsets may have gaps where output was lost; a line of the log says so.

mod line;
mod live;

use domain::access::Permission;
use domain::id::{AttemptKey, RunId, TenantId};
use domain::run::TaskState;
use store::log::Chunk;

pub use line::{LogLine, Stream};
pub use live::Live;

use crate::authz::Scope;
use crate::error::{Error, Result};
use crate::{OpCtx, Services, run};

/// Most lines of a page, and most bytes of the log that are looked at for it.
pub const MAX_LINES: usize = 2_000;
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// Chunks that are read at once.
const CHUNKS: u64 = 8;

/// Which part of a log is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The lines from an offset on, at most so many.
    After {
        /// Where the page before ended; 0 for the first.
        offset: i64,
        /// How many lines.
        lines: usize,
    },
    /// So many of the last lines.
    Last {
        /// How many lines.
        lines: usize,
    },
}

/// Lines of a log that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The attempt's number; 0 while the task has none.
    pub attempt: i32,
    /// The lines.
    pub lines: Vec<LogLine>,
    /// Where the next page begins.
    pub end_offset: i64,
    /// Whether the attempt is over and no line follows.
    pub complete: bool,
    /// Whether output was left out.
    pub truncated: bool,
    /// When the log was deleted by age.
    pub deleted_ms: Option<i64>,
}

/// A page of an attempt's log; of the newest attempt when none is named.
///
/// # Errors
/// [`Error::NotFound`] when the reader may not know of the run, or there is no such task or attempt;
/// [`Error::Denied`] when he may not read logs.
pub async fn page(
    services: &Services,
    ctx: &OpCtx,
    (tenant, run, ordinal): (TenantId, RunId, i32),
    attempt: Option<i32>,
    window: Window,
) -> Result<LogPage> {
    let row = run::find(services, ctx, tenant, run).await?;
    ctx.require(services, Permission::LogRead, Scope::project(tenant, row.project_id.into())).await?;
    let task = store::task_run::find(services.store().read(), tenant, run, ordinal).await?;
    let task = task.ok_or(Error::NotFound { kind: "task" })?;
    // The attempt is read before its chunks: when it is over, all of them are there.
    let mut attempts = store::attempt::of_task(services.store().read(), tenant, run, ordinal).await?;
    let row = match attempt {
        Some(number) => {
            attempts.into_iter().find(|row| row.number == number).ok_or(Error::NotFound { kind: "attempt" })?
        }
        None => match attempts.pop() {
            Some(row) => row,
            None => {
                let complete = TaskState::parse(&task.state).is_some_and(TaskState::is_final);
                let lines = Vec::new();
                return Ok(LogPage { attempt: 0, lines, end_offset: 0, complete, truncated: false, deleted_ms: None });
            }
        },
    };
    let key = AttemptKey { tenant, run, ordinal, number: row.number };
    let read = match window {
        Window::After { offset, lines } => read_after(services, key, offset.max(0), lines.clamp(1, MAX_LINES)).await?,
        Window::Last { lines } => read_last(services, key, lines.clamp(1, MAX_LINES)).await?,
    };
    Ok(LogPage {
        attempt: row.number,
        complete: row.finished_ms.is_some() && !read.more,
        lines: read.lines,
        end_offset: read.end_offset,
        truncated: row.log_truncated,
        deleted_ms: row.log_deleted_ms,
    })
}

/// Stores output of an attempt and wakes those who read along.
///
/// # Errors
/// The database's.
pub async fn append(services: &Services, key: AttemptKey, chunks: &[Chunk]) -> Result<()> {
    let written = services.store().write(|tx| Box::pin(store::log::insert(tx, key, chunks))).await;
    written.map_err(Error::Store)?;
    services.hints().logs.appended(key);
    Ok(())
}

struct Read {
    lines: Vec<LogLine>,
    end_offset: i64,
    /// Whether lines follow.
    more: bool,
}

async fn read_after(services: &Services, key: AttemptKey, offset: i64, most: usize) -> Result<Read> {
    let mut read = Read { lines: Vec::new(), end_offset: offset, more: false };
    let mut bytes = 0;
    loop {
        let chunks = store::log::list(services.store().read(), key, read.end_offset, CHUNKS).await?;
        if chunks.is_empty() {
            return Ok(read);
        }
        for chunk in chunks {
            let raw = chunk.decompress(key)?;
            for line in line::parse(&raw, chunk.first_offset).filter(|line| line.offset >= offset) {
                if read.lines.len() == most || bytes > MAX_BYTES {
                    read.more = true;
                    return Ok(read);
                }
                bytes += line.text.len();
                read.end_offset = line.end_offset;
                read.lines.push(line);
            }
            read.end_offset = read.end_offset.max(chunk.end_offset);
        }
    }
}

async fn read_last(services: &Services, key: AttemptKey, most: usize) -> Result<Read> {
    let mut chunks_of_lines: Vec<Vec<LogLine>> = Vec::new();
    let (mut count, mut bytes, mut before, mut end_offset) = (0, 0, i64::MAX, 0);
    while count < most && bytes < MAX_BYTES {
        let chunks = store::log::list_last(services.store().read(), key, before, CHUNKS).await?;
        let Some(first) = chunks.first() else { break };
        before = first.first_offset;
        for chunk in chunks.iter().rev() {
            let raw = chunk.decompress(key)?;
            let lines: Vec<LogLine> = line::parse(&raw, chunk.first_offset).collect();
            end_offset = end_offset.max(chunk.end_offset);
            count += lines.len();
            bytes += raw.len();
            chunks_of_lines.push(lines);
        }
    }
    let lines = chunks_of_lines.into_iter().rev().flatten().skip(count.saturating_sub(most)).collect();
    Ok(Read { lines, end_offset, more: false })
}
