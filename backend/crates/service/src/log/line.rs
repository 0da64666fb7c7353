//! Records of a log as lines.

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// The task, to stdout.
    Stdout,
    /// The task, to stderr.
    Stderr,
    /// Almanac.
    System,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Where it begins in the log.
    pub offset: i64,
    /// Where the next one begins.
    pub end_offset: i64,
    /// When it came, epoch milliseconds.
    pub at_ms: i64,
    /// Who wrote it.
    pub stream: Stream,
    /// What it says, without its end.
    pub text: String,
}

/// The lines of a piece of a log that begins at `first_offset`.
pub(super) fn parse(raw: &[u8], first_offset: i64) -> impl Iterator<Item = LogLine> {
    let mut offset = first_offset;
    raw.split_inclusive(|byte| *byte == b'\n').filter_map(move |record| {
        let begins = offset;
        offset += record.len() as i64;
        line(record, begins)
    })
}

fn line(record: &[u8], offset: i64) -> Option<LogLine> {
    let end_offset = offset + record.len() as i64;
    let text = std::str::from_utf8(record.strip_suffix(b"\n").unwrap_or(record)).ok()?;
    let mut fields = text.splitn(3, ' ');
    let at_ms = fields.next()?.parse().ok()?;
    let stream = match fields.next()? {
        "O" => Stream::Stdout,
        "E" => Stream::Stderr,
        "S" => Stream::System,
        _ => return None,
    };
    Some(LogLine { offset, end_offset, at_ms, stream, text: fields.next()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_become_lines_with_their_places() {
        let raw = "17 O first  line\n18 E \n19 S 注意\n".as_bytes();
        let lines: Vec<_> = parse(raw, 100).collect();
        let seen: Vec<_> =
            lines.iter().map(|line| (line.offset, line.at_ms, line.stream, line.text.as_str())).collect();
        let expected = [
            (100, 17, Stream::Stdout, "first  line"),
            (117, 18, Stream::Stderr, ""),
            (123, 19, Stream::System, "注意"),
        ];
        assert_eq!(seen, expected);
        assert_eq!(lines[2].end_offset, 100 + raw.len() as i64);
    }

    #[test]
    fn what_is_no_record_is_passed_over() {
        let lines: Vec<_> = parse(b"17 O a\nnonsense\n1 X b\n\xff\n18 O c\n", 0).collect();
        assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    }
}
