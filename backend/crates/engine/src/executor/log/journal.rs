//! The log of an attempt in memory: records, chunks, and what to do when there is too much of them.
//!
//! Up to `head_bytes` the output becomes records and chunks as it comes. From then on it is only held as raw blocks
//! of which the oldest are forgotten, so that a gigabyte costs little more than reading it; when the attempt ends,
//! the blocks that are left become records too. Compressed chunks wait for the store; when too many wait, new ones are
//! lost until there is room again.

use std::collections::VecDeque;

use store::log::{CHUNK_BYTES, Chunk};

use super::line::{self, Lines};
use super::{LogLimits, Stream};

/// Chunks that are worth a write of their own, without waiting for more.
const FULL: usize = 8;

/// Memory that a block of the tail takes beside its bytes, so that tiny blocks count honestly.
const BLOCK_OVERHEAD: usize = 64;

pub(super) struct Journal {
    limits: LogLimits,
    /// Incomplete lines of stdout, stderr and the system.
    lines: [Lines; 3],
    /// Records that are no chunk yet, and when the first of them came.
    records: Vec<u8>,
    records_at_ms: i64,
    /// Where `records` begin in the stream.
    offset: i64,
    waiting: VecDeque<Chunk>,
    waiting_bytes: usize,
    /// Bytes of the stream that the store was too slow for, not yet told.
    lost: usize,
    tail: Option<Tail>,
    truncated: bool,
    finished: bool,
}

impl Journal {
    pub(super) fn new(limits: LogLimits) -> Self {
        Self {
            limits,
            lines: Default::default(),
            records: Vec::new(),
            records_at_ms: 0,
            offset: 0,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            lost: 0,
            tail: None,
            truncated: false,
            finished: false,
        }
    }

    /// Adds output.
    pub(super) fn write(&mut self, stream: Stream, at_ms: i64, bytes: &[u8]) {
        if self.finished {
            return;
        }
        let rest = if self.tail.is_none() { self.write_head(stream, at_ms, bytes) } else { bytes };
        if let Some(tail) = &mut self.tail {
            tail.push(stream, at_ms, rest, self.limits.tail_bytes);
        }
    }

    /// Writes records up to the limit of the head; what remains belongs to the tail, which then exists.
    fn write_head<'a>(&mut self, stream: Stream, at_ms: i64, bytes: &'a [u8]) -> &'a [u8] {
        let limit = self.limits.head_bytes as i64;
        let mut lines = std::mem::take(&mut self.lines[stream as usize]);
        let rest = lines.push(bytes, |line| {
            self.line(stream, at_ms, line);
            self.end_offset() < limit
        });
        self.lines[stream as usize] = lines;
        if self.end_offset() >= limit {
            let (head, tail) = (size(self.limits.head_bytes), size(self.limits.tail_bytes));
            let text = format!("The output is longer than {head}: from here on only its last {tail} are kept.");
            self.line(Stream::System, at_ms, text.as_bytes());
            self.tail = Some(Tail::default());
        }
        rest
    }

    /// Ends the log: incomplete lines and the tail become records, all records chunks.
    pub(super) fn finish(&mut self, at_ms: i64) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        if let Some(tail) = self.tail.take() {
            self.write_tail(tail, at_ms);
        }
        for stream in Stream::ALL {
            self.finish_line(stream, at_ms);
        }
        self.seal();
    }

    fn write_tail(&mut self, mut tail: Tail, at_ms: i64) {
        if tail.forgotten > 0 {
            self.truncated = true;
            for stream in Stream::ALL {
                // What was incomplete at the end of the head has lost its other end.
                if tail.last_forgotten[stream as usize].is_some() {
                    self.finish_line(stream, at_ms);
                }
            }
            let text = format!("{} of output were left out here.", size(tail.forgotten));
            self.line(Stream::System, at_ms, text.as_bytes());
            tail.skip_torn_lines();
        }
        for Block { stream, at_ms, bytes } in tail.blocks {
            let mut lines = std::mem::take(&mut self.lines[stream as usize]);
            lines.push(&bytes, |line| {
                self.line(stream, at_ms, line);
                true
            });
            self.lines[stream as usize] = lines;
        }
    }

    /// Makes a record of what a stream has written since its last line end.
    fn finish_line(&mut self, stream: Stream, at_ms: i64) {
        let mut lines = std::mem::take(&mut self.lines[stream as usize]);
        lines.finish(|line| self.line(stream, at_ms, line));
    }

    fn line(&mut self, stream: Stream, at_ms: i64, line: &[u8]) {
        line::texts(line, |text| self.record(stream, at_ms, text));
    }

    fn record(&mut self, stream: Stream, at_ms: i64, text: &str) {
        let record = format!("{at_ms} {} {text}\n", stream.letter());
        if self.records.len() + record.len() > CHUNK_BYTES {
            self.seal();
        }
        if self.records.is_empty() {
            self.records_at_ms = at_ms;
        }
        self.records.extend_from_slice(record.as_bytes());
    }

    /// Makes a chunk of the records so far, if there is room for it.
    pub(super) fn seal(&mut self) {
        if self.records.is_empty() {
            return;
        }
        let records = std::mem::take(&mut self.records);
        if !self.has_room() {
            self.lost += records.len();
            self.truncated = true;
            self.offset += records.len() as i64;
            return;
        }
        let at_ms = self.records_at_ms;
        if self.lost > 0 {
            let lost = size(std::mem::take(&mut self.lost));
            let letter = Stream::System.letter();
            let text =
                format!("{at_ms} {letter} {lost} of output were lost here: the log could not be stored in time.\n");
            self.wait(at_ms, text.as_bytes());
        }
        self.wait(at_ms, &records);
        self.records = records;
        self.records.clear();
    }

    /// Whether one more chunk may wait. After a loss much must have been stored first, else every other chunk would be
    /// lost. The end of a log is small, and says most: it is kept in any case.
    fn has_room(&self) -> bool {
        let limit = if self.lost > 0 { self.limits.waiting_bytes / 2 } else { self.limits.waiting_bytes };
        self.finished || self.waiting_bytes < limit
    }

    fn wait(&mut self, at_ms: i64, records: &[u8]) {
        let chunk = Chunk::compress(self.offset, at_ms, records);
        self.offset = chunk.end_offset;
        self.waiting_bytes += chunk.stored_bytes();
        self.waiting.push_back(chunk);
    }

    /// Length of the stream so far.
    pub(super) fn end_offset(&self) -> i64 {
        self.offset + self.records.len() as i64
    }

    pub(super) fn truncated(&self) -> bool {
        self.truncated
    }

    /// Whether enough waits to be stored at once.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= FULL
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.records.is_empty()
    }

    /// Compressed bytes that wait for the store.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// The oldest waiting chunks, to be stored; they stay until [`Journal::stored`]. When they are offered again, they
    /// say so, because the store may have taken them without our learning it.
    pub(super) fn offer(&mut self, most: usize) -> Vec<Chunk> {
        let offer = |chunk: &mut Chunk| {
            let offered = chunk.clone();
            chunk.may_be_stored = true;
            offered
        };
        self.waiting.iter_mut().take(most).map(offer).collect()
    }

    /// Forgets the oldest chunks, which are stored now.
    pub(super) fn stored(&mut self, count: usize) {
        for chunk in self.waiting.drain(..count) {
            self.waiting_bytes -= chunk.stored_bytes();
        }
    }
}

struct Block {
    stream: Stream,
    at_ms: i64,
    bytes: Vec<u8>,
}

/// The newest output beyond the head, raw.
#[derive(Default)]
struct Tail {
    blocks: VecDeque<Block>,
    held: usize,
    forgotten: usize,
    /// The last byte that was forgotten of each stream.
    last_forgotten: [Option<u8>; 3],
}

impl Tail {
    fn push(&mut self, stream: Stream, at_ms: i64, bytes: &[u8], limit: usize) {
        if bytes.is_empty() {
            return;
        }
        match self.blocks.back_mut() {
            Some(last) if last.stream == stream && last.at_ms == at_ms && last.bytes.len() < limit / 8 => {
                last.bytes.extend_from_slice(bytes);
                self.held += bytes.len();
            }
            _ => {
                self.blocks.push_back(Block { stream, at_ms, bytes: bytes.to_vec() });
                self.held += bytes.len() + BLOCK_OVERHEAD;
            }
        }
        // One block may be larger than the limit alone; it is at most what one read gives.
        while self.held > limit && self.blocks.len() > 1 {
            if let Some(block) = self.blocks.pop_front() {
                self.held -= block.bytes.len() + BLOCK_OVERHEAD;
                self.forgotten += block.bytes.len();
                self.last_forgotten[block.stream as usize] = block.bytes.last().copied();
            }
        }
    }

    /// Drops the ends of lines whose beginnings are forgotten.
    fn skip_torn_lines(&mut self) {
        for stream in Stream::ALL {
            let torn = self.last_forgotten[stream as usize].is_some_and(|last| last != b'\n');
            let Some(first) = self.blocks.iter_mut().find(|block| torn && block.stream == stream) else { continue };
            // Without a line end it is a line longer than a block, and its end is all there is of it.
            if let Some(end) = first.bytes.iter().position(|byte| *byte == b'\n') {
                first.bytes.drain(..=end);
            }
        }
    }
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}
