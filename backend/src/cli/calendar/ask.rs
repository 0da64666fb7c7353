//! `almanac calendar ask`: a line in, a line out, in order, for as long as lines come.
//!
//! Each answer is `{"ok": …}` or `{"error": {"code": …, "message": …}}`; a wrong line doesn't end the work. Lines that
//! are there already are answered in one go, and what is answered is written before the next line is waited for.

use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};

use domain::{
    ask::{Answer, AskError, Question, answer},
    calendar::Calendars,
    error::Lang,
};
use serde::Serialize;

/// What is read and written at once.
const CHUNK: usize = 1 << 16;

/// The longest question; the rest of a longer line is read and thrown away.
const MAX_LINE: u64 = 1 << 20;

/// A line of output.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Ok(Answer),
    Error { code: &'static str, message: String },
}

impl Line {
    pub(super) fn of(answer: Result<Answer, AskError>, lang: Lang) -> Self {
        match answer {
            Ok(answer) => Self::Ok(answer),
            Err(error) => Self::Error { code: error.code().as_str(), message: error.text(lang) },
        }
    }
}

pub(super) fn run(lang: Lang, calendars: &Calendars, input: impl Read, out: impl Write) -> io::Result<()> {
    let (mut input, mut out) = (BufReader::with_capacity(CHUNK, input), BufWriter::with_capacity(CHUNK, out));
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return out.flush();
        }
        let whole = line.ends_with(b"\n") || (line.len() as u64) < MAX_LINE;
        if !whole {
            skip_line(&mut input)?;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let told = match std::str::from_utf8(&line) {
            _ if !whole => Err(AskError::Form(format!("the line is longer than {MAX_LINE} bytes"))),
            Ok(text) => Question::parse(text).and_then(|question| answer(&question, calendars)),
            Err(error) => Err(AskError::Form(error.to_string())),
        };
        serde_json::to_writer(&mut out, &Line::of(told, lang))?;
        out.write_all(b"\n")?;
        // Whoever asks one question at a time waits for the answer before asking the next.
        if !input.buffer().contains(&b'\n') {
            out.flush()?;
        }
    }
}

fn skip_line(input: &mut BufReader<impl Read>) -> io::Result<()> {
    loop {
        let (found, used) = match input.fill_buf()? {
            [] => return Ok(()),
            buffer => match buffer.iter().position(|byte| *byte == b'\n') {
                Some(at) => (true, at + 1),
                None => (false, buffer.len()),
            },
        };
        input.consume(used);
        if found {
            return Ok(());
        }
    }
}
