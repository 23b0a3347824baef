//! What the bytes of an output stream say: characters, and values in evcxr's form.

use std::borrow::Cow;

use serde_json::Value;

use crate::engine::Bundle;

/// Turns bytes into text as they come. A character that is cut off waits for its rest; what is not UTF-8 becomes
/// U+FFFD.
#[derive(Default)]
pub struct Decoder {
    cut: Vec<u8>,
}

impl Decoder {
    /// Takes bytes and returns the text that they complete.
    pub fn push<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, str> {
        if self.cut.is_empty() {
            let whole = bytes.len() - unfinished(bytes);
            self.cut.extend_from_slice(&bytes[whole..]);
            return String::from_utf8_lossy(&bytes[..whole]);
        }
        let mut all = std::mem::take(&mut self.cut);
        all.extend_from_slice(bytes);
        self.cut = all.split_off(all.len() - unfinished(&all));
        Cow::Owned(String::from_utf8_lossy(&all).into_owned())
    }

    /// Gives up waiting.
    pub fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.cut)).into_owned()
    }
}

/// How many bytes at the end are the beginning of a character.
fn unfinished(bytes: &[u8]) -> usize {
    let last = &bytes[bytes.len().saturating_sub(3)..];
    for (index, byte) in last.iter().enumerate().rev() {
        let length = match byte {
            0x80..=0xBF => continue,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        let present = last.len() - index;
        return if present < length { present } else { 0 };
    }
    0
}

const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const END: &str = "EVCXR_END_CONTENT";

/// A MIME type is shorter; what follows the marker otherwise is text.
const MIME_BYTES: usize = 256;

/// A block that is longer is shown as the text that it is.
const BLOCK_BYTES: usize = 64 << 20;

/// A part of a stream.
#[derive(Debug, PartialEq)]
pub enum Piece<'a> {
    Text(&'a str),
    Value(Bundle),
}

/// Parts values from text: a line `EVCXR_BEGIN_CONTENT <mime>`, the content, a line `EVCXR_END_CONTENT`. Blocks that
/// follow each other directly are one value in several types.
#[derive(Default)]
pub struct Blocks {
    /// What may be a block when more comes; begins with [`BEGIN`] or with the beginning of it.
    held: String,
    /// How much of it holds no end.
    searched: usize,
    value: Bundle,
}

impl Blocks {
    /// Takes text and passes on what is complete.
    pub fn push(&mut self, text: &str, out: &mut dyn FnMut(Piece<'_>)) {
        if self.held.is_empty() {
            self.split(text, out);
        } else {
            let mut held = std::mem::take(&mut self.held);
            held.push_str(text);
            self.split(&held, out);
        }
    }

    /// Passes on what waits for more, but for a block that has begun.
    pub fn idle(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        self.send_value(out);
        if !self.held.starts_with(BEGIN) {
            let held = std::mem::take(&mut self.held);
            self.send_text(&held, out);
        }
    }

    /// Passes on all there is.
    pub fn finish(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        if self.held.starts_with(BEGIN) && self.held.ends_with(END) {
            self.push("\n", out);
        }
        self.send_value(out);
        self.searched = 0;
        let held = std::mem::take(&mut self.held);
        self.send_text(&held, out);
    }

    /// Whether something waits for more that is not a block that has begun.
    pub fn waits(&self) -> bool {
        !self.value.is_empty() || !(self.held.is_empty() || self.held.starts_with(BEGIN))
    }

    fn split(&mut self, text: &str, out: &mut dyn FnMut(Piece<'_>)) {
        let mut rest = text;
        while let Some(start) = rest.find(BEGIN) {
            self.send_text(&rest[..start], out);
            rest = &rest[start..];
            match block(rest, self.searched) {
                Block::Whole { mime, content, length } => {
                    self.searched = 0;
                    self.add(mime, content, out);
                    rest = &rest[length..];
                }
                Block::Open if rest.len() <= BLOCK_BYTES => {
                    self.searched = rest.len();
                    self.held.push_str(rest);
                    return;
                }
                Block::Open | Block::None => {
                    self.searched = 0;
                    self.send_text(&rest[..BEGIN.len()], out);
                    rest = &rest[BEGIN.len()..];
                }
            }
        }
        let beginning = (1..BEGIN.len()).rev().find(|&length| rest.ends_with(&BEGIN[..length])).unwrap_or(0);
        let (shown, held) = rest.split_at(rest.len() - beginning);
        self.send_text(shown, out);
        self.held.push_str(held);
    }

    fn add(&mut self, mime: &str, content: &str, out: &mut dyn FnMut(Piece<'_>)) {
        if self.value.contains_key(mime) {
            self.send_value(out);
        }
        let is_json = mime == "application/json" || mime.ends_with("+json");
        let json = if is_json { serde_json::from_str(content).ok() } else { None };
        self.value.insert(mime.to_owned(), json.unwrap_or_else(|| Value::String(content.to_owned())));
    }

    fn send_text(&mut self, text: &str, out: &mut dyn FnMut(Piece<'_>)) {
        if !text.is_empty() {
            self.send_value(out);
            out(Piece::Text(text));
        }
    }

    fn send_value(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        if !self.value.is_empty() {
            out(Piece::Value(std::mem::take(&mut self.value)));
        }
    }
}

enum Block<'a> {
    Whole {
        mime: &'a str,
        content: &'a str,
        length: usize,
    },
    /// More has to come.
    Open,
    /// Not a block.
    None,
}

/// Reads a block at the beginning of a text, of which a part is known to hold no end.
fn block(text: &str, searched: usize) -> Block<'_> {
    let header = &text[BEGIN.len()..];
    let Some(line_end) = header.find('\n') else {
        return if header.len() > MIME_BYTES { Block::None } else { Block::Open };
    };
    let mime = header[..line_end].trim_end();
    if !mime.contains('/') || mime.contains(' ') || mime.len() > MIME_BYTES {
        return Block::None;
    }
    // The line break before the end marker may be the header's.
    let content = BEGIN.len() + line_end + 1;
    let mut from = (content - 1).max(searched.saturating_sub(END.len() + 3));
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    while let Some(found) = text[from..].find(END) {
        let start = from + found;
        let after = &text[start + END.len()..];
        if after.is_empty() || after == "\r" {
            return Block::Open;
        }
        let line_end = if after.starts_with("\r\n") { 2 } else { usize::from(after.starts_with('\n')) };
        if text.as_bytes()[start - 1] == b'\n' && line_end > 0 {
            let length = start + END.len() + line_end;
            return Block::Whole { mime, content: text.get(content..start - 1).unwrap_or_default(), length };
        }
        from = start + END.len();
    }
    Block::Open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_whole_however_their_bytes_are_cut() {
        let text = "aé∞𝄞b";
        for size in 1..5 {
            let mut decoder = Decoder::default();
            let pieces: Vec<Cow<str>> = text.as_bytes().chunks(size).map(|chunk| decoder.push(chunk)).collect();
            assert_eq!(pieces.concat(), text);
            assert!(pieces.iter().all(|piece| !piece.contains('\u{fffd}')));
        }
    }

    #[test]
    fn what_is_not_utf_8_is_replaced() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.push(b"a\xffb\xc3"), "a\u{fffd}b");
        assert_eq!(decoder.push(b"x"), "\u{fffd}x");
        assert_eq!(decoder.push(b"\xf0\x9d"), "");
        assert_eq!(decoder.finish(), "\u{fffd}");
    }

    fn pieces(chunks: &[&str]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut take = |piece: Piece<'_>| match piece {
            Piece::Text(text) => match found.last_mut() {
                Some(last) if !last.starts_with('{') => last.push_str(text),
                _ => found.push(text.to_owned()),
            },
            Piece::Value(bundle) => found.push(serde_json::to_string(&bundle).unwrap()),
        };
        let mut blocks = Blocks::default();
        for chunk in chunks {
            blocks.push(chunk, &mut take);
        }
        blocks.finish(&mut take);
        found
    }

    const STREAM: &str = "a\nEVCXR_BEGIN_CONTENT text/html\n<b>é</b>\n<i/>\nEVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT \
                          application/json\n[1]\nEVCXR_END_CONTENT\nbEVCXR_BEGIN_CONTENT text/plain\nEVCXR_END_CONTENT\n";

    #[test]
    fn blocks_are_found_however_the_text_is_cut() {
        let whole = pieces(&[STREAM]);
        let expected =
            ["a\n", "{\"application/json\":[1],\"text/html\":\"<b>é</b>\\n<i/>\"}", "b", "{\"text/plain\":\"\"}"];
        assert_eq!(whole, expected);
        for size in [1, 2, 3, 7, 30] {
            let characters: Vec<char> = STREAM.chars().collect();
            let chunks: Vec<String> = characters.chunks(size).map(|chunk| chunk.iter().collect()).collect();
            assert_eq!(pieces(&chunks.iter().map(String::as_str).collect::<Vec<_>>()), expected, "cut to {size}");
        }
    }

    #[test]
    fn the_same_type_twice_is_two_values() {
        let block = "EVCXR_BEGIN_CONTENT text/html\n1\nEVCXR_END_CONTENT\n";
        assert_eq!(pieces(&[block, block]).len(), 2);
    }

    #[test]
    fn what_is_no_block_is_text() {
        for text in [
            "EVCXR_BEGIN",
            "EVCXR_BEGIN_CONTENT is a word\nx\nEVCXR_END_CONTENT\n",
            "EVCXR_BEGIN_CONTENT text/html\n<b>",
            "EVCXR_END_CONTENT\n",
        ] {
            assert_eq!(pieces(&[text]).concat(), text);
        }
        let no_line_break = pieces(&["EVCXR_BEGIN_CONTENT text/html\nx\nEVCXR_END_CONTENT"]);
        assert_eq!(no_line_break, ["{\"text/html\":\"x\"}"]);
    }

    #[test]
    fn an_idle_stream_shows_what_only_might_have_been_a_marker() {
        let mut shown = String::new();
        let mut blocks = Blocks::default();
        blocks.push("E", &mut |_| panic!("too early"));
        assert!(blocks.waits());
        blocks.idle(&mut |piece| shown.push_str(&format!("{piece:?}")));
        assert_eq!(shown, "Text(\"E\")");
        blocks.push("EVCXR_BEGIN_CONTENT text/html\n", &mut |_| panic!("too early"));
        blocks.idle(&mut |_| panic!("too early"));
    }
}
