//! Cutting output into lines that are safe to store and to show.

use std::io::BufRead;

/// Longest text of a record. With its prefix and cleaned up, a record always fits a chunk, so that chunks can begin
/// and end at records.
pub(super) const MAX_TEXT: usize = 32 * 1024;

/// Assembles the lines of one stream from pieces.
#[derive(Debug, Default)]
pub(super) struct Lines {
    partial: Vec<u8>,
}

impl Lines {
    /// Adds output and hands out the lines that it completes, without their ends. Returns the bytes that were not
    /// looked at because `emit` asked to stop.
    pub(super) fn push<'a>(&mut self, mut bytes: &'a [u8], mut emit: impl FnMut(&[u8]) -> bool) -> &'a [u8] {
        while let Some(end) = find_newline(bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            bytes = rest;
            let go_on = if self.partial.is_empty() {
                emit(line)
            } else {
                self.partial.extend_from_slice(line);
                let go_on = emit(&self.partial);
                self.partial.clear();
                go_on
            };
            if !go_on {
                return bytes;
            }
        }
        self.partial.extend_from_slice(bytes);
        while self.partial.len() > MAX_TEXT {
            let cut = char_boundary(&self.partial, MAX_TEXT);
            let go_on = emit(&self.partial[..cut]);
            self.partial.drain(..cut);
            if !go_on {
                break;
            }
        }
        &[]
    }

    /// Hands out what has no line end.
    pub(super) fn finish(&mut self, emit: impl FnOnce(&[u8])) {
        if !self.partial.is_empty() {
            emit(&self.partial);
            self.partial.clear();
        }
    }
}

fn find_newline(bytes: &[u8]) -> Option<usize> {
    // The standard library's search by words; an iterator's `position` looks at each byte.
    let read = (&mut &*bytes).skip_until(b'\n').ok()?;
    (read > 0 && bytes[read - 1] == b'\n').then(|| read - 1)
}

/// The last place at or before `at` that does not cut a UTF-8 character; `at` itself in bytes that are no UTF-8.
fn char_boundary(bytes: &[u8], at: usize) -> usize {
    let is_continuation = |index: &usize| bytes[*index] & 0b1100_0000 == 0b1000_0000;
    (at.saturating_sub(3)..=at).rev().find(|index| !is_continuation(index)).unwrap_or(at)
}

/// The texts of the records that a line becomes: valid UTF-8 without control characters, none longer than [`MAX_TEXT`].
///
/// Bytes that are no UTF-8 become U+FFFD. Of the control characters only tab and escape (colours) stay; the others
/// become their visible pictures, so that a NUL or a bell reaches neither a database nor a terminal. A carriage return
/// within a line (progress bars) begins a new record.
pub(super) fn texts(line: &[u8], mut emit: impl FnMut(&str)) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = String::from_utf8_lossy(line);
    for part in text.split('\r') {
        if part.contains(needs_picture) {
            split(&part.chars().map(picture).collect::<String>(), &mut emit);
        } else {
            split(part, &mut emit);
        }
    }
}

fn split(mut text: &str, emit: &mut impl FnMut(&str)) {
    while text.len() > MAX_TEXT {
        let (head, rest) = text.split_at(text.floor_char_boundary(MAX_TEXT));
        emit(head);
        text = rest;
    }
    emit(text);
}

fn needs_picture(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\u{1b}')
}

fn picture(c: char) -> char {
    match c {
        '\t' | '\u{1b}' => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        let mut emit = |line: &[u8]| {
            texts(line, |text| seen.push(text.to_owned()));
            true
        };
        for piece in pieces {
            assert_eq!(lines.push(piece, &mut emit), b"");
        }
        lines.finish(|line| {
            emit(line);
        });
        seen
    }

    #[test]
    fn lines_are_put_together_from_any_pieces() {
        let whole = "first\n\n二行\r\nlast".as_bytes();
        let expected = ["first", "", "二行", "last"];
        assert_eq!(lines(&[whole]), expected);
        for cut in 0..whole.len() {
            assert_eq!(lines(&[&whole[..cut], &whole[cut..]]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn what_is_no_text_becomes_visible() {
        assert_eq!(lines(&[b"a\xffb\xc3\n"]), ["a\u{fffd}b\u{fffd}"]);
        assert_eq!(lines(&[b"nul\0bell\x07del\x7f\ttab\x1b[31mred"]), ["nul␀bell␇del␡\ttab\u{1b}[31mred"]);
        assert_eq!(lines(&["c1\u{9b}x".as_bytes()]), ["c1\u{fffd}x"]);
        assert_eq!(lines(&[b"10%\r20%\r\n"]), ["10%", "20%"]);
    }

    #[test]
    fn long_lines_are_cut_at_characters() {
        let line = "字".repeat(MAX_TEXT);
        for pieces in [vec![line.as_bytes()], line.as_bytes().chunks(1000).collect()] {
            let seen = lines(&pieces);
            assert!(seen.iter().all(|text| text.len() <= MAX_TEXT));
            assert_eq!(seen.concat(), line);
        }
        let noise = lines(&[&vec![0xff; MAX_TEXT]]);
        assert!(noise.len() >= 3 && noise.iter().all(|text| text.len() <= MAX_TEXT));
    }
}
