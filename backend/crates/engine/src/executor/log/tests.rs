//! The way of a log into a store that is well, slow, or broken. Time is paused: it passes when all wait.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::id::{AttemptKey, RunId, TenantId};
use store::{Clock, log::Chunk};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::{Log, LogEnd, LogLimits, LogStore, LogStoreError, Stream, open};

const KEY: AttemptKey = AttemptKey { tenant: TenantId(1), run: RunId(2), ordinal: 0, number: 1 };
const NOW_MS: i64 = 1_800_000_000_000;

/// A store that can be told to fail, and tells of each call.
#[derive(Default)]
struct Probe {
    chunks: Mutex<Vec<Chunk>>,
    broken: AtomicBool,
    called: Notify,
}

impl Probe {
    fn stored(&self) -> Vec<Chunk> {
        self.chunks.lock().expect("not poisoned").clone()
    }
}

#[async_trait]
impl LogStore for Probe {
    async fn append(&self, _: AttemptKey, chunks: &[Chunk]) -> Result<(), LogStoreError> {
        self.called.notify_one();
        if self.broken.load(Ordering::Relaxed) {
            return Err("the disk is full".into());
        }
        self.chunks.lock().expect("not poisoned").extend_from_slice(chunks);
        Ok(())
    }
}

/// A store that never answers.
struct Stuck;

#[async_trait]
impl LogStore for Stuck {
    async fn append(&self, _: AttemptKey, _: &[Chunk]) -> Result<(), LogStoreError> {
        std::future::pending().await
    }
}

/// Writes a log by `writes`; gives all lines, stored or to be stored at the end.
async fn log_of<F: Future<Output = ()>>(limits: LogLimits, writes: impl FnOnce(Log) -> F) -> (LogEnd, Vec<String>) {
    let probe = Arc::new(Probe::default());
    let (log, keeper) = open(KEY, probe.clone(), limits, Clock::new(|| NOW_MS));
    let write = async {
        writes(log.clone()).await;
        log.close();
    };
    let ((), end) = tokio::join!(write, keeper.keep());
    let lines = texts(probe.stored().iter().chain(&end.rest));
    (end, lines)
}

/// Stream and text of each record; checks that the chunks follow each other.
fn texts<'a>(chunks: impl IntoIterator<Item = &'a Chunk>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut offset = 0;
    for chunk in chunks {
        assert!(chunk.first_offset >= offset && chunk.end_offset > chunk.first_offset);
        offset = chunk.end_offset;
        let raw = String::from_utf8(chunk.decompress(KEY).expect("whole")).expect("UTF-8");
        assert!(raw.ends_with('\n'), "a chunk ends with a record");
        lines.extend(raw.lines().map(|line| line.strip_prefix("1800000000000 ").expect("the time").to_owned()));
    }
    lines
}

/// Text that does not compress: so a little of it fills what may wait.
fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).max(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        b'!' + (state % 90) as u8
    };
    (0..length).map(|_| next()).chain([b'\n']).collect()
}

#[tokio::test(start_paused = true)]
async fn a_line_is_stored_soon_while_the_attempt_runs() {
    let probe = Arc::new(Probe::default());
    let (log, keeper) = open(KEY, probe.clone(), LogLimits::default(), Clock::new(|| NOW_MS));
    let write = async {
        let began = Instant::now();
        log.write(Stream::Out, b"one\ntwo\nthr");
        probe.called.notified().await;
        assert!(began.elapsed() <= Duration::from_millis(250), "{:?}", began.elapsed());
        assert!(timeout(Duration::from_secs(60), probe.called.notified()).await.is_err(), "no empty writes");
        log.write(Stream::Out, b"ee\n");
        probe.called.notified().await;
        log.close();
    };
    let ((), end) = tokio::join!(write, keeper.keep());
    assert_eq!(texts(&probe.stored()), ["O one", "O two", "O three"]);
    assert!(end.rest.is_empty() && !end.truncated);
    assert_eq!(end.bytes, probe.stored()[1].end_offset);
}

#[tokio::test(start_paused = true)]
async fn a_short_log_goes_with_the_end_of_the_attempt() {
    let probe = Arc::new(Probe::default());
    let (log, keeper) = open(KEY, probe.clone(), LogLimits::default(), Clock::new(|| NOW_MS));
    log.write(Stream::Err, b"a short one");
    log.close();
    log.write(Stream::Out, b"too late\n");
    let end = keeper.keep().await;
    assert!(probe.stored().is_empty());
    assert_eq!(texts(&end.rest), ["E a short one"]);
}

#[tokio::test(start_paused = true)]
async fn streams_are_mixed_as_they_come() {
    let (_, lines) = log_of(LogLimits::default(), async |log| {
        log.write(Stream::Out, b"a\nb");
        log.write(Stream::Err, b"c\n");
        log.system("d");
        log.write(Stream::Out, b"e\n");
    })
    .await;
    assert_eq!(lines, ["O a", "E c", "S d", "O be"]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_recovers_gets_everything_once() {
    let probe = Arc::new(Probe::default());
    probe.broken.store(true, Ordering::Relaxed);
    let (log, keeper) = open(KEY, probe.clone(), LogLimits::default(), Clock::new(|| NOW_MS));
    let write = async {
        for number in 0..5 {
            log.write(Stream::Out, format!("{number}\n").as_bytes());
            probe.called.notified().await;
        }
        probe.broken.store(false, Ordering::Relaxed);
        probe.called.notified().await;
        log.write(Stream::Out, b"last\n");
        log.close();
    };
    let ((), end) = tokio::join!(write, keeper.keep());
    let stored = probe.stored();
    assert!(stored[0].may_be_stored, "it was offered before");
    assert_eq!(texts(stored.iter().chain(&end.rest)), ["O 0", "O 1", "O 2", "O 3", "O 4", "O last"]);
    assert!(!end.truncated);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_costs_lines_but_no_memory_and_little_time() {
    let limits = LogLimits { waiting_bytes: 300_000, ..LogLimits::default() };
    let (log, keeper) = open(KEY, Arc::new(Stuck), limits, Clock::new(|| NOW_MS));
    let began = Instant::now();
    let write = async {
        for seed in 1..200 {
            log.write(Stream::Out, &noise(seed, 10_000));
            tokio::task::yield_now().await;
        }
        log.close();
    };
    let ((), end) = tokio::join!(write, async { timeout(Duration::from_secs(120), keeper.keep()).await });
    let end = end.expect("it gives up");
    assert!(began.elapsed() < Duration::from_secs(60));
    assert!(end.truncated);
    let waiting: usize = end.rest.iter().map(Chunk::stored_bytes).sum();
    assert!((200_000..400_000).contains(&waiting), "{waiting}");
    let lines = texts(&end.rest);
    let lost = lines.iter().filter(|line| line.starts_with("S ") && line.contains("were lost here")).count();
    assert_eq!(lost, 1, "what was lost is told");
}

#[tokio::test(start_paused = true)]
async fn beyond_the_limit_head_and_tail_are_kept() {
    let limits = LogLimits { head_bytes: 1_000, tail_bytes: 1_000, ..LogLimits::default() };
    let (end, lines) = log_of(limits, async |log| {
        log.write(Stream::Err, b"torn ");
        for number in 0..1_000 {
            // Every write ends within a line.
            log.write(Stream::Out, format!("{number}\nbefore ").as_bytes());
        }
        log.write(Stream::Err, b"apart\n");
        log.system("over");
    })
    .await;
    assert!(end.truncated && end.bytes < 10_000);
    assert_eq!(lines[..2], ["O 0", "O before 1"]);
    let limit = lines.iter().position(|line| line.starts_with("S The output is longer")).expect("a note");
    let left_out = lines.iter().position(|line| line.ends_with("of output were left out here.")).expect("a note");
    assert!(limit < left_out);
    // A line that was cut where the tail begins is left out too: all others are whole.
    let is_whole = |line: &String| line.strip_prefix("O before ").is_some_and(|number| number.parse::<u32>().is_ok());
    assert!(lines[left_out + 1..lines.len() - 3].iter().all(is_whole), "{lines:?}");
    assert_eq!(lines[lines.len() - 4], "O before 999");
    // Nothing of stderr was forgotten, so its line is put together across the gap.
    assert_eq!(lines[lines.len() - 3..], ["E torn apart", "S over", "O before "]);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_tiny_writes_is_held_in_bounds() {
    let limits = LogLimits { head_bytes: 100, tail_bytes: 4_096, ..LogLimits::default() };
    let (end, lines) = log_of(limits, async |log| {
        for number in 0..20_000 {
            let stream = if number % 2 == 0 { Stream::Out } else { Stream::Err };
            log.write(stream, b"x\n");
        }
    })
    .await;
    assert!(end.truncated);
    assert!(lines.len() < 200, "{}", lines.len());
}
