//! The bytes of a published calendar, made into what `domain::calendar::import` reads: text in its encoding, or the
//! rows of a workbook's first sheet.
//!
//! Bounds: [`MAX_BYTES`] of file, [`MAX_UNPACKED`] of what a workbook unpacks to. A workbook is unpacked once only to
//! be measured, because the sizes that it declares may be lies.

mod sheet;

use domain::{
    calendar::import::{Content, Format, Source},
    error::{ErrorCode, Lang},
};
use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

/// The most bytes of a file.
pub const MAX_BYTES: usize = 5 << 20;

/// The most bytes that the parts of a workbook unpack to: a sheet of 100,000 rows takes some 20 MiB.
pub const MAX_UNPACKED: u64 = 64 << 20;

/// Why bytes are no file that could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Too many bytes.
    #[error("the file has {0} bytes; {MAX_BYTES} are the most")]
    TooLarge(usize),
    /// A workbook that unpacks to too much.
    #[error("the workbook unpacks to more than {MAX_UNPACKED} bytes")]
    Unpacked,
    /// Text in none of the encodings.
    #[error("the text is neither UTF-8, UTF-16 nor GB18030")]
    Encoding,
    /// A workbook in the old binary format.
    #[error("this is an old binary workbook (.xls): save it as .xlsx or CSV")]
    OldWorkbook,
    /// A workbook that can't be read.
    #[error("the workbook can't be read: {0}")]
    Workbook(String),
    /// A workbook without a sheet that people see.
    #[error("the workbook has no visible sheet")]
    NoSheet,
    /// A sheet with too many rows.
    #[error("the sheet has more rows than {0}")]
    TooManyRows(usize),
}

impl FileError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::TooLarge(_) | Self::Unpacked | Self::TooManyRows(_) => ErrorCode::TooLarge,
            _ => ErrorCode::InvalidInput,
        }
    }

    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (_, Lang::En) => self.to_string(),
            (Self::TooLarge(bytes), Lang::Zh) => format!("文件有 {bytes} 字节，上限为 {MAX_BYTES} 字节"),
            (Self::Unpacked, Lang::Zh) => format!("工作簿解压后超过 {MAX_UNPACKED} 字节"),
            (Self::Encoding, Lang::Zh) => "文本不是 UTF-8、UTF-16 或 GB18030 编码".into(),
            (Self::OldWorkbook, Lang::Zh) => "这是旧版二进制工作簿（.xls）：请另存为 .xlsx 或 CSV".into(),
            (Self::Workbook(detail), Lang::Zh) => format!("无法读取工作簿：{detail}"),
            (Self::NoSheet, Lang::Zh) => "工作簿没有可见的工作表".into(),
            (Self::TooManyRows(most), Lang::Zh) => format!("工作表超过 {most} 行"),
        }
    }
}

/// Decodes a file; its name goes on to the import, which may find the format and a year in it.
///
/// # Errors
/// When it is too large, or in no form that is understood.
pub fn read(bytes: &[u8], file_name: &str) -> Result<Source, FileError> {
    const ZIP: &[u8] = b"PK\x03\x04";
    const COMPOUND_FILE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0];
    if bytes.len() > MAX_BYTES {
        return Err(FileError::TooLarge(bytes.len()));
    }
    if bytes.starts_with(COMPOUND_FILE) {
        return Err(FileError::OldWorkbook);
    }
    let (format, content) = if bytes.starts_with(ZIP) {
        (Format::Table, Content::Rows(sheet::rows(bytes)?))
    } else {
        (Format::Auto, Content::Text(decode(bytes).ok_or(FileError::Encoding)?))
    };
    Ok(Source { name: file_name.to_owned(), format, content })
}

/// The text, by its byte order mark, as UTF-8 when it is, else as UTF-16 when every second byte of its beginning is
/// zero, else as GB18030, which Chinese spreadsheets write.
fn decode(bytes: &[u8]) -> Option<String> {
    const UTF_8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
    if let Ok(text) = std::str::from_utf8(bytes.strip_prefix(UTF_8_MARK).unwrap_or(bytes))
        && !text.contains('\0')
    {
        return Some(text.to_owned());
    }
    let zero = |first: usize| bytes.iter().take(200).skip(first).step_by(2).all(|byte| *byte == 0);
    let (encoding, rest) = match bytes {
        [0xff, 0xfe, rest @ ..] => (UTF_16LE, rest),
        [0xfe, 0xff, rest @ ..] => (UTF_16BE, rest),
        _ if zero(1) => (UTF_16LE, bytes),
        _ if zero(0) => (UTF_16BE, bytes),
        _ => (GB18030, bytes),
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(rest)?;
    (!text.contains('\0')).then(|| text.into_owned())
}

#[cfg(test)]
mod tests;
