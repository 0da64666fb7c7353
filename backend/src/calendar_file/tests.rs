//! Real files, made here: workbooks with their XML, and text in the encodings of the trade.

use std::io::{Cursor, Write as _};

use domain::calendar::import::{Cell, Target, import, problem::Kind};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

/// A workbook with one sheet; `dates` says whether days are counted from 1904.
fn workbook(rows: &[String], from_1904: bool, visible: bool) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let state = if visible { "" } else { " state=\"hidden\"" };
    let parts = [
        ("[Content_Types].xml", r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#.to_owned()),
        ("_rels/.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned()),
        ("xl/workbook.xml", format!(r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="{from_1904}"/><sheets><sheet name="days" sheetId="1" r:id="r1"{state}/></sheets></workbook>"#)),
        ("xl/_rels/workbook.xml.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#.to_owned()),
        // Style 1 is a date (format 14), style 2 a time (format 20).
        ("xl/styles.xml", r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="20"/></cellXfs></styleSheet>"#.to_owned()),
        ("xl/worksheets/sheet1.xml", format!(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>"#, rows.concat())),
    ];
    for (name, content) in parts {
        archive.start_file(name, SimpleFileOptions::default()).expect("a part");
        archive.write_all(content.as_bytes()).expect("its content");
    }
    archive.finish().expect("an archive").into_inner()
}

/// A row of cells: `s` text, `d` a date's number, `t` a time's, `n` a number, `b` a truth.
fn row(number: usize, cells: &[(char, &str)]) -> String {
    let cells = cells.iter().enumerate().map(|(index, (kind, value))| {
        let place = format!("{}{number}", char::from(b'A' + u8::try_from(index).expect("few columns")));
        match kind {
            's' => format!(r#"<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>"#),
            'd' => format!(r#"<c r="{place}" s="1"><v>{value}</v></c>"#),
            't' => format!(r#"<c r="{place}" s="2"><v>{value}</v></c>"#),
            'b' => format!(r#"<c r="{place}" t="b"><v>{value}</v></c>"#),
            _ => format!(r#"<c r="{place}"><v>{value}</v></c>"#),
        }
    });
    format!(r#"<row r="{number}">{}</row>"#, cells.collect::<String>())
}

fn cells(bytes: &[u8]) -> Vec<Vec<Cell>> {
    match read(bytes, "x.xlsx").expect("a workbook").content {
        Content::Rows(rows) => rows,
        Content::Text(text) => panic!("a workbook has rows, not {text:.40}"),
    }
}

fn header() -> String {
    row(1, &[('s', "date"), ('s', "session"), ('s', "open"), ('s', "close")])
}

#[test]
fn the_cells_of_a_workbook_keep_their_types() {
    // 46380 is 2026-12-24 counted from 1900, 44918 the same day counted from 1904; 0.5 is noon.
    let sheet = [header(), row(3, &[('d', "46380"), ('s', "half"), ('t', "0.395833333333333"), ('t', "0.5")])];
    let rows = cells(&workbook(&sheet, false, true));
    assert_eq!((rows.len(), rows[1].len()), (3, 0), "an empty row keeps its number");
    assert_eq!(rows[2][0], Cell::Date("2026-12-24".parse().expect("a date")));
    assert_eq!(rows[2][2], Cell::Time("09:30".parse().expect("a time")));
    let rows = cells(&workbook(&[header(), row(2, &[('d', "44918"), ('b', "1"), ('n', "7")])], true, true));
    assert_eq!(rows[1], [Cell::Date("2026-12-24".parse().expect("a date")), Cell::Bool(true), Cell::Number(7.0)]);
}

#[test]
fn a_workbook_is_imported_and_a_day_number_in_it_refused() {
    let day = |number: usize, kind: char, serial: u32| {
        row(number, &[(kind, &serial.to_string()), ('s', "full"), ('t', "0.375"), ('t', "0.625")])
    };
    let target = Target::new("fund", "Asia/Shanghai".parse().expect("a zone"));
    let sheet = [header(), day(2, 'd', 46_380), day(3, 'd', 46_381)];
    let source = read(&workbook(&sheet, false, true), "fund.xlsx").expect("a workbook");
    let imported = import(&source, &target).expect("a calendar");
    assert_eq!((imported.years[0].year, imported.years[0].open), (2026, 2));
    assert_eq!(imported.definition.session.close.expect("hours").to_string(), "15:00");
    let sheet = [header(), day(2, 'd', 46_380), day(3, 'n', 46_381)];
    let source = read(&workbook(&sheet, false, true), "fund.xlsx").expect("a workbook");
    let problems = import(&source, &target).expect_err("a number is no date");
    assert_eq!((problems[0].line, problems[0].column), (Some(3), Some(1)));
    assert_eq!(*problems[0].kind, Kind::ExcelSerial("46381".into()));
}

#[test]
fn what_a_workbook_unpacks_to_is_bounded() {
    let bomb = format!("<!--{}-->", " ".repeat(usize::try_from(MAX_UNPACKED).expect("64 bits")));
    let bytes = workbook(&[bomb], false, true);
    assert!(bytes.len() < MAX_BYTES, "it is small while packed");
    assert_eq!(read(&bytes, "x.xlsx"), Err(FileError::Unpacked));
    // Two cells at the corners of the largest sheet: a grid of it would take the whole memory.
    let corner = [header(), r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#.to_owned()];
    assert_eq!(read(&workbook(&corner, false, true), "x.xlsx"), Err(FileError::TooManyRows(100_000)));
    let right = [header(), r#"<row r="2"><c r="XFD2"><v>1</v></c></row>"#.to_owned()];
    assert_eq!(cells(&workbook(&right, false, true)).len(), 1);
    assert_eq!(read(&vec![b' '; MAX_BYTES + 1], "x.csv"), Err(FileError::TooLarge(MAX_BYTES + 1)));
}

#[test]
fn what_is_no_workbook_is_refused_in_words() {
    assert_eq!(read(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1], "x.xls"), Err(FileError::OldWorkbook));
    assert!(matches!(read(b"PK\x03\x04 and so on", "x.xlsx"), Err(FileError::Workbook(_))));
    assert_eq!(read(&workbook(&[], false, false), "x.xlsx"), Err(FileError::NoSheet));
    let good = workbook(&[header(), row(2, &[('d', "46380"), ('s', "full")])], false, true);
    for (place, mask) in (0..good.len()).flat_map(|place| [(place, 0xff_u8), (place, 0x01)]) {
        let mut bytes = good.clone();
        bytes[place] ^= mask;
        // Whatever comes of it, nothing breaks.
        if let Err(error) = read(&bytes, "x.xlsx") {
            assert_ne!(error.text(Lang::En), error.text(Lang::Zh));
        }
    }
}

#[test]
fn text_is_read_in_its_encoding() {
    let text = "日期,类型,名称\n2026-01-01,0,元旦\n";
    let utf_16 = |little: bool, mark: bool| -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    };
    let (gb, _, lossy) = GB18030.encode(text);
    assert!(!lossy);
    let marked = [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat();
    for bytes in [text.as_bytes(), &marked, &gb, &utf_16(true, true), &utf_16(false, true)] {
        let source = read(bytes, "x.csv").expect("text");
        assert_eq!(source.content, Content::Text(text.to_owned()));
    }
    // Without a mark, UTF-16 is known by the zeros of its western beginning.
    let western: Vec<u8> = "date,type\n2026-01-01,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(read(&western, "x").expect("text").content, Content::Text(text) if text.starts_with("date,type")));
    assert_eq!(read(&[0x80, 0xff, 0xff], "x.csv"), Err(FileError::Encoding));
}
