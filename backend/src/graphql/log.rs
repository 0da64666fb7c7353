//! What attempts printed: pages of lines, and the tail as it grows.

use async_graphql::{Context, Enum, ID, Result, SimpleObject, Subscription};
use domain::id::{AttemptKey, RunId, TenantId};
use futures_util::{Stream, stream};
use service::{
    Error,
    error::Text,
    log::{self, Window},
};

use super::{
    context::Ask as _,
    id, page,
    scalar::{Instant, Int64},
    watch::Watch,
};

/// Lines of a page when no number is asked for.
const DEFAULT_LINES: usize = 500;

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "service::log::Stream")]
pub(crate) enum LogStream {
    /// The task, to its standard output.
    Stdout,
    /// The task, to its standard error.
    Stderr,
    /// Almanac.
    System,
}

/// A line of a log.
#[derive(Debug, SimpleObject)]
pub(crate) struct LogLine {
    /// Byte offset of the line in the attempt's log.
    offset: Int64,
    at: Instant,
    stream: LogStream,
    text: String,
}

/// Some lines of an attempt's log.
#[derive(Debug, SimpleObject)]
pub(crate) struct LogPage {
    attempt: i32,
    lines: Vec<LogLine>,
    end_cursor: String,
    /// True when the attempt has ended and no line follows.
    complete: bool,
    /// Whether it printed more than is kept.
    truncated: bool,
    /// When the log was deleted because of its age.
    deleted_at: Option<Instant>,
}

impl From<log::LogPage> for LogPage {
    fn from(page: log::LogPage) -> Self {
        let line = |line: log::LogLine| LogLine {
            offset: Int64(line.offset),
            at: Instant(line.at_ms),
            stream: line.stream.into(),
            text: line.text,
        };
        Self {
            attempt: page.attempt,
            lines: page.lines.into_iter().map(line).collect(),
            end_cursor: page::encode(&page.end_offset),
            complete: page.complete,
            truncated: page.truncated,
            deleted_at: page.deleted_ms.map(Instant),
        }
    }
}

/// A task run: its tenant, run and ordinal.
pub(crate) type TaskKey = (TenantId, RunId, i32);

/// What is asked for of a log.
pub(crate) struct Part {
    pub(crate) attempt: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) first: Option<i32>,
    pub(crate) last: Option<i32>,
}

/// A page of an attempt's log.
pub(crate) async fn page(ctx: &Context<'_>, task: TaskKey, part: Part) -> Result<LogPage> {
    let read = async {
        let window = window(part.after.as_deref(), part.first, part.last)?;
        log::page(ctx.services(), &ctx.op(), task, part.attempt, window).await
    };
    Ok(read.await.map_err(|error| ctx.fail(error))?.into())
}

/// Where a page begins and how long it is.
fn window(after: Option<&str>, first: Option<i32>, last: Option<i32>) -> Result<Window, Error> {
    let offset = page::decode::<i64>(after)?;
    match (offset, first, last) {
        (None, None, Some(last)) => Ok(Window::Last { lines: lines(last, "last")? }),
        (offset, first, None) => Ok(Window::After {
            offset: offset.unwrap_or(0),
            lines: first.map_or(Ok(DEFAULT_LINES), |first| lines(first, "first"))?,
        }),
        _ => {
            let text = Text::new(
                "`last` gives the tail of the log; it goes with neither `after` nor `first`.",
                "last 用于读取日志末尾，不能与 after 或 first 同时使用。",
            );
            Err(Error::invalid("last", text))
        }
    }
}

fn lines(wanted: i32, field: &str) -> Result<usize, Error> {
    let most = log::MAX_LINES;
    usize::try_from(wanted).ok().filter(|wanted| (1..=most).contains(wanted)).ok_or_else(|| {
        let en = format!("`{field}` must be from 1 to {most}, not {wanted}.");
        let zh = format!("{field} 须为 1 到 {most}，不能是 {wanted}。");
        Error::invalid(field, Text::new(en, zh))
    })
}

/// Fields of the subscription root.
#[derive(Debug, Default)]
pub(crate) struct LogSubscription;

#[Subscription]
impl LogSubscription {
    /// Lines of an attempt's log from `after` on, until the attempt ends.
    async fn log_tail(
        &self,
        ctx: &Context<'_>,
        task_run: ID,
        attempt: Option<i32>,
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<LogPage>>> {
        let asked = async {
            let task = id::task_run(&task_run, "taskRun")?;
            let offset = page::decode::<i64>(after.as_deref())?.unwrap_or(0);
            service::run::find_task(ctx.services(), &ctx.op(), task.0, task.1, task.2).await?;
            Ok((task, offset))
        };
        let (task, offset) = asked.await.map_err(|error| ctx.fail(error))?;
        let watch = Watch::new(ctx, Some((task.0, task.1)));
        let tail = Tail { watch, task, attempt, offset, hint: None, started: false };
        Ok(stream::unfold(Some(tail), |tail| async { Tail::next(tail?).await }))
    }
}

/// The state of `logTail`.
struct Tail {
    watch: Watch,
    task: TaskKey,
    /// Unknown until the task's first attempt.
    attempt: Option<i32>,
    offset: i64,
    /// Wakes when the attempt prints; there is none before the attempt is known.
    hint: Option<tokio::sync::watch::Receiver<()>>,
    started: bool,
}

impl Tail {
    async fn next(mut self) -> Option<(Result<LogPage>, Option<Self>)> {
        loop {
            if std::mem::replace(&mut self.started, true) {
                self.wait().await;
            }
            match self.look().await {
                Ok(None) => {}
                Ok(Some(page)) => {
                    let more = (!page.complete).then_some(self);
                    return Some((Ok(page), more));
                }
                Err(failure) => {
                    if let Some(error) = self.watch.outcome(&failure) {
                        return Some((Err(error), None));
                    }
                }
            }
        }
    }

    async fn wait(&mut self) {
        let Some(hint) = &mut self.hint else { return self.watch.wait().await };
        tokio::select! {
            () = self.watch.wait() => {}
            // The sender lives as long as the services; an error would only mean to look by the clock.
            Ok(()) = hint.changed() => {}
        }
    }

    /// The next lines; `None` when there are none yet.
    async fn look(&mut self) -> Result<Option<LogPage>, Error> {
        let op = self.watch.operation.op();
        if let Some(number) = self.attempt
            && self.hint.is_none()
        {
            let (tenant, run, ordinal) = self.task;
            let key = AttemptKey { tenant, run, ordinal, number };
            self.hint = Some(self.watch.services().hints().logs.of(key));
        }
        let window = Window::After { offset: self.offset, lines: DEFAULT_LINES };
        let page = log::page(self.watch.services(), &op, self.task, self.attempt, window).await?;
        let news = page.end_offset > self.offset || page.complete;
        self.offset = page.end_offset;
        self.attempt = Some(page.attempt).filter(|number| *number > 0);
        // A full page has more behind it: no need to wait.
        self.started = page.lines.len() < DEFAULT_LINES;
        Ok(news.then(|| page.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_forward_from_a_cursor_or_back_from_the_end() {
        let cursor = page::encode(&40_i64);
        let forward = |offset, lines| Window::After { offset, lines };
        assert_eq!(window(None, None, None).expect("the head"), forward(0, DEFAULT_LINES));
        assert_eq!(window(Some(&cursor), Some(10), None).expect("a page"), forward(40, 10));
        assert_eq!(window(None, None, Some(100)).expect("the tail"), Window::Last { lines: 100 });
        assert!(window(Some(&cursor), None, Some(1)).is_err());
        assert!(window(None, Some(0), None).is_err());
        assert!(window(None, None, Some(2_001)).is_err());
    }
}
