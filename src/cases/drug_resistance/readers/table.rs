//! Tables row by row: delimited text as it streams in, or a Parquet table; one row is held at a time.

use std::io::BufRead;

use super::error::{Fault, Position, ReadError};
use super::frame::Frame;
use super::source::{Opened, Source, compressed};

/// A table whose rows are read one after the other.
pub(super) struct Table {
    place: String,
    header: Vec<String>,
    /// Where the header stands.
    head: Option<Position>,
    rows: Rows,
    /// Where the fields of the current row lie in its text.
    fields: Vec<(usize, usize)>,
}

enum Rows {
    Text(Text),
    /// `only`: the columns that rows are made of; the others stay empty.
    Frame {
        frame: Frame,
        next: usize,
        text: String,
        only: Option<Vec<usize>>,
    },
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) position: Position,
    text: &'a str,
    fields: &'a [(usize, usize)],
}

impl Table {
    /// Reads the header.
    pub(super) fn open(source: &Source) -> Result<Self, ReadError> {
        match source.open()? {
            Opened::Text(reader) => Self::text(source.place(), reader),
            Opened::Parquet(parquet) => {
                let frame = Frame::read(source.place(), parquet)?;
                let rows = Rows::Frame { next: 0, text: String::new(), only: None, frame };
                let mut table =
                    Self { place: source.place().into(), header: Vec::new(), head: None, rows, fields: Vec::new() };
                if let Rows::Frame { frame, .. } = &table.rows {
                    table.header = frame.names();
                }
                Ok(table)
            }
        }
    }

    fn text(place: &str, reader: Box<dyn BufRead + Send>) -> Result<Self, ReadError> {
        let mut text = Text::new(place, reader);
        // Remarks before the header, as our own tables have them.
        let first = loop {
            if !text.advance()? {
                return Err(ReadError::at(place, Fault::Empty));
            }
            let line = text.current()?;
            if !line.starts_with('#') {
                break line.to_string();
            }
        };
        text.delimiter = delimiter(&first);
        let at = Position::Line(text.line);
        let mut table = Self {
            place: place.into(),
            header: Vec::new(),
            head: Some(at),
            rows: Rows::Text(text),
            fields: Vec::new(),
        };
        if let Rows::Text(text) = &mut table.rows {
            text.split(&mut table.fields).map_err(|fault| ReadError::at(place, fault).position(at))?;
            let record = Record { position: at, text: text.fields_text()?, fields: &table.fields };
            table.header = (0..record.len()).map(|index| record.get(index).to_string()).collect();
        }
        if table.header.len() < 2 {
            let found = shown(&first);
            return Err(ReadError::at(place, Fault::OneColumn { found }).position(at));
        }
        if table.header.iter().all(|name| name.parse::<f64>().is_ok()) {
            return Err(ReadError::at(place, Fault::NoHeader { found: shown(&first) }).position(at));
        }
        Ok(table)
    }

    /// The file, as the caller named it.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Names of columns, without surrounding space; they may be empty or repeated.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// The whole table, if it is a Parquet file.
    pub(super) fn frame(&self) -> Option<&Frame> {
        match &self.rows {
            Rows::Frame { frame, .. } => Some(frame),
            Rows::Text(_) => None,
        }
    }

    /// Rows of a Parquet table need only hold these columns; [`Table::frame`] has the others.
    pub(super) fn look_only_at(&mut self, columns: Vec<usize>) {
        if let Rows::Frame { only, .. } = &mut self.rows {
            *only = Some(columns);
        }
    }

    /// From the next row on, a double quote is a character like others.
    pub(super) fn take_quotes_literally(&mut self) {
        if let Rows::Text(text) = &mut self.rows {
            text.literal = true;
        }
    }

    /// The next row, if there is one; empty lines are passed over.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        match &mut self.rows {
            Rows::Text(text) => {
                if !text.advance()? {
                    return Ok(None);
                }
                let position = Position::Line(text.line);
                let fault = |fault| ReadError::at(&self.place, fault).position(position);
                text.split(&mut self.fields).map_err(fault)?;
                let (found, expected) = (self.fields.len(), self.header.len());
                if found != expected {
                    let last = !text.advance()?;
                    return Err(fault(Fault::Ragged { found, expected, last }));
                }
                Ok(Some(Record { position, text: text.fields_text()?, fields: &self.fields }))
            }
            Rows::Frame { frame, next, text, only } => {
                if *next == frame.height() {
                    return Ok(None);
                }
                frame.row(*next, only.as_deref(), text, &mut self.fields);
                *next += 1;
                Ok(Some(Record { position: Position::Row(*next), text, fields: &self.fields }))
            }
        }
    }

    /// A fault of the header.
    pub(super) fn head_fault(&self, fault: Fault) -> ReadError {
        let error = ReadError::at(&self.place, fault);
        match self.head {
            Some(position) => error.position(position),
            None => error,
        }
    }

    /// Whether a text was read to its end and didn't end in a line break, as one that was cut off does.
    pub(super) fn unfinished(&self) -> bool {
        matches!(&self.rows, Rows::Text(text) if text.unfinished)
    }
}

impl<'a> Record<'a> {
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field, without surrounding space.
    pub(super) fn get(&self, index: usize) -> &'a str {
        let (start, end) = self.fields[index];
        self.text[start..end].trim()
    }

    /// A field as text; `None` where the file has no value.
    pub(super) fn value(&self, index: usize) -> Option<&'a str> {
        Some(self.get(index)).filter(|text| !missing(text))
    }

    /// A field as a number; `None` where the file has no value.
    pub(super) fn number(&self, index: usize) -> Result<Option<f64>, Fault> {
        number(self.get(index))
    }
}

/// A number; `None` for an empty field, `NA`, `NaN` and the like.
pub(super) fn number(text: &str) -> Result<Option<f64>, Fault> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        _ if missing(text) => Ok(None),
        Ok(_) => Err(Fault::NotFinite { found: shown(text) }),
        Err(_) => Err(Fault::NotANumber { found: shown(text) }),
    }
}

/// Whether a field says that there is no value.
fn missing(text: &str) -> bool {
    text.is_empty() || ["na", "n/a", "nan", "#n/a", "null", "none"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The beginning of a text, for messages.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let text = text.trim();
    if text.chars().count() <= MOST {
        return text.into();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

/// The delimiter that occurs most often outside quotes.
fn delimiter(header: &str) -> u8 {
    let count = |mark: u8| {
        let mut quoted = false;
        let outside = |byte: &u8| {
            quoted ^= *byte == b'"';
            *byte == mark && !quoted
        };
        header.bytes().filter(outside).count()
    };
    // The first of the greatest ones: `max_by_key` takes the last.
    b"\t;,".iter().copied().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

/// Lines of a text; a quoted field may run over several.
struct Text {
    place: String,
    reader: Box<dyn BufRead + Send>,
    delimiter: u8,
    /// Line of the current row's beginning, from 1.
    line: usize,
    lines_read: usize,
    buffer: Vec<u8>,
    /// Fields without their quotes, where the row has any.
    unquoted: Option<String>,
    /// Whether quotes mean nothing.
    literal: bool,
    unfinished: bool,
}

/// A quoted field that runs on for longer than this isn't one.
const LONGEST_QUOTE: usize = 1 << 16;

impl Text {
    fn new(place: &str, reader: Box<dyn BufRead + Send>) -> Self {
        Self {
            place: place.into(),
            reader,
            delimiter: b',',
            line: 0,
            lines_read: 0,
            buffer: Vec::new(),
            unquoted: None,
            literal: false,
            unfinished: false,
        }
    }

    /// Reads the next row that isn't empty; `false` at the end.
    fn advance(&mut self) -> Result<bool, ReadError> {
        loop {
            self.buffer.clear();
            self.unquoted = None;
            if !self.read_line()? {
                return Ok(false);
            }
            self.line = self.lines_read;
            if self.line == 1 && self.buffer.starts_with("\u{feff}".as_bytes()) {
                self.buffer.drain(..3);
            }
            if self.buffer.trim_ascii().is_empty() {
                continue;
            }
            let mut open = self.open_quote(0);
            while open {
                let before = self.buffer.len();
                if before > LONGEST_QUOTE || !self.read_line()? {
                    return Err(ReadError::at(&self.place, Fault::OpenQuote).line(self.line));
                }
                open ^= self.open_quote(before);
            }
            return Ok(true);
        }
    }

    /// Appends a line to the buffer; `false` at the end.
    fn read_line(&mut self) -> Result<bool, ReadError> {
        let read = self.reader.read_until(b'\n', &mut self.buffer);
        let read = read.map_err(|error| {
            let error = ReadError::at(&self.place, compressed(error));
            if self.lines_read == 0 { error } else { error.line(self.lines_read + 1) }
        })?;
        if read > 0 {
            self.lines_read += 1;
            self.unfinished = self.buffer.last() != Some(&b'\n');
        }
        Ok(read > 0)
    }

    /// Whether the number of quotes from here on is odd.
    fn open_quote(&self, from: usize) -> bool {
        !self.literal && self.buffer[from..].iter().filter(|byte| **byte == b'"').count() % 2 == 1
    }

    fn current(&self) -> Result<&str, ReadError> {
        std::str::from_utf8(&self.buffer).map_err(|error| {
            let before = self.buffer[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            ReadError::at(&self.place, Fault::NotText).line(self.line + before)
        })
    }

    /// What the fields' places refer to.
    fn fields_text(&self) -> Result<&str, ReadError> {
        match &self.unquoted {
            Some(text) => Ok(text),
            None => self.current(),
        }
    }

    /// Finds the fields of the current row.
    fn split(&mut self, fields: &mut Vec<(usize, usize)>) -> Result<(), Fault> {
        fields.clear();
        while matches!(self.buffer.last(), Some(b'\n' | b'\r')) {
            self.buffer.pop();
        }
        if !self.literal && self.buffer.contains(&b'"') {
            let text = std::str::from_utf8(&self.buffer).map_err(|_| Fault::NotText)?;
            self.unquoted = Some(unquote(text, char::from(self.delimiter), fields)?);
            return Ok(());
        }
        let mut start = 0;
        for (index, byte) in self.buffer.iter().enumerate() {
            if *byte == self.delimiter {
                fields.push((start, index));
                start = index + 1;
            }
        }
        fields.push((start, self.buffer.len()));
        Ok(())
    }
}

/// Splits at delimiters outside quotes; `""` inside quotes stands for one quote (RFC 4180).
fn unquote(text: &str, delimiter: char, fields: &mut Vec<(usize, usize)>) -> Result<String, Fault> {
    let mut plain = String::with_capacity(text.len());
    let (mut start, mut quoted) = (0, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                plain.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if plain[start..].trim().is_empty() => quoted = true,
            c if c == delimiter && !quoted => {
                fields.push((start, plain.len()));
                start = plain.len();
            }
            other => plain.push(other),
        }
    }
    if quoted {
        return Err(Fault::OpenQuote);
    }
    fields.push((start, plain.len()));
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    type Rows = Vec<Vec<String>>;

    fn table(text: impl AsRef<[u8]>) -> Result<(Vec<String>, Rows), ReadError> {
        let mut table = Table::open(&Source::bytes("t.csv", text.as_ref().to_vec()))?;
        let mut rows = Vec::new();
        while let Some(record) = table.next()? {
            rows.push((0..record.len()).map(|index| record.get(index).to_string()).collect());
        }
        Ok((table.header().to_vec(), rows))
    }

    fn message(text: impl AsRef<[u8]>) -> String {
        table(text).unwrap_err().to_string()
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn delimiters_marks_line_ends_quotes_and_gzip_read_alike() {
        let plain = table("id,a b,c\nl1,1.5,-2\nl2,,x\n").unwrap();
        assert_eq!(plain.0, ["id", "a b", "c"]);
        assert_eq!(plain.1, [["l1", "1.5", "-2"], ["l2", "", "x"]]);
        for same in [
            "\u{feff}id,a b,c\nl1,1.5,-2\nl2,,x\n",
            "id;a b;c\r\nl1;1.5;-2\r\nl2;;x\r\n",
            "id\ta b\tc\nl1\t1.5\t-2\nl2\t\tx",
            "# made by saigen\n#again\nid, \"a b\" ,c\n\"l1\",\"1.5\",-2\n\n l2 ,\"\",x\n\n",
        ] {
            assert_eq!(table(same).unwrap(), plain, "{same:?}");
            assert_eq!(table(gzip(same)).unwrap(), plain, "{same:?}");
        }
        // Two members, as `cat a.gz b.gz` makes them.
        let members = [gzip("id,a b,c\nl1,1.5,-2\n"), gzip("l2,,x\n")].concat();
        assert_eq!(table(members).unwrap(), plain);
    }

    #[test]
    fn quotes_hold_delimiters_line_breaks_and_quotes() {
        let (_, rows) = table("id,note,n\nl1,\"a, \"\"b\"\"\nand more\",3\nl2,5' end,4\n").unwrap();
        assert_eq!(rows, [["l1", "a, \"b\"\nand more", "3"], ["l2", "5' end", "4"]]);
        // The line of a fault counts the breaks inside quotes.
        assert_eq!(message("id,note\nl1,\"a\nb\"\nl2\n"), "t.csv:4: found 1 fields, expected 2 as in the header");
    }

    #[test]
    fn faults_have_their_line() {
        assert_eq!(message(""), "t.csv: found an empty file, expected a table");
        assert_eq!(message("\n\n"), "t.csv: found an empty file, expected a table");
        assert!(message("a\nb\n").contains("t.csv:1: found one column only (`a`)"));
        assert!(message("1,2\n3,4\n").contains("t.csv:1: found `1,2`, expected a header"));
        assert!(message("a,b\n1,\"2\n3,4\n").contains("t.csv:2: a quote opens"));
        assert!(message(b"a,b\n1,2\n3,\xe9\n").contains("t.csv:3: not UTF-8"));
        let error = |text: &str| table(text).unwrap_err();
        assert!(matches!(*error("a,b\n1,2,3\n4,5\n").fault, Fault::Ragged { found: 3, last: false, .. }));
        assert!(matches!(*error("a,b\n1,2\n4\n\n").fault, Fault::Ragged { found: 1, last: true, .. }));
    }

    #[test]
    fn a_cut_or_damaged_gzip_is_told_as_such() {
        let rows: String = (0..20_000).map(|k| format!("l{k},{}\n", f64::from(k).sin())).collect();
        let whole = gzip(&format!("id,a\n{rows}"));
        assert_eq!(table(&whole).unwrap().1.len(), 20_000);
        for cut in [whole.len() - 1, whole.len() - 8, whole.len() / 2, 12] {
            let error = table(&whole[..cut]).unwrap_err();
            assert!(matches!(*error.fault, Fault::Cut), "{cut}: {error}");
        }
        let mut damaged = whole.clone();
        let end = damaged.len() - 6;
        damaged[end] ^= 0xff;
        assert!(matches!(*table(&damaged).unwrap_err().fault, Fault::Damaged { .. }));
    }

    #[test]
    fn other_containers_are_named() {
        let xlsx = [b"PK\x03\x04\x14\0\x06\0", &b"[Content_Types].xml"[..]].concat();
        for (bytes, word) in [
            (xlsx, "save the sheet as CSV"),
            (b"PK\x03\x04\x14\0\0\0Cell_line_RMA_proc_basalExp.txt".to_vec(), "unzip it first"),
            (b"\xff\xfei\0d\0".to_vec(), "UTF-8"),
            (b"<!DOCTYPE html><html>".to_vec(), "fetch the file itself"),
            (gzip("PAR1...."), "gunzip"),
        ] {
            assert!(table(&bytes).unwrap_err().mend().contains(word), "{word}");
        }
        let named = Source::bytes("t.parquet", b"id,a\nl1,2\n".to_vec());
        assert!(matches!(*Table::open(&named).err().unwrap().fault, Fault::NotParquet));
        let cut = Source::bytes("t.parquet", b"PAR1\x15\x04\x15".to_vec());
        assert!(matches!(*Table::open(&cut).err().unwrap().fault, Fault::Parquet { .. }));
    }

    #[test]
    fn numbers_missing_values_and_everything_else_are_told_apart() {
        assert!(matches!(number("1.5e-3"), Ok(Some(1.5e-3))));
        for text in ["", "NA", "NaN", "n/a", "null", "None"] {
            assert!(matches!(number(text), Ok(None)), "{text}");
        }
        for text in ["inf", "-Infinity", "1e999"] {
            assert!(matches!(number(text), Err(Fault::NotFinite { .. })), "{text}");
        }
        for text in ["1,5", "low", "1.2.3", "0x10"] {
            assert!(matches!(number(text), Err(Fault::NotANumber { .. })), "{text}");
        }
    }
}
