//! Where bytes come from, and what they are wrapped in: plain, gzip, Parquet; other containers are refused.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::error::{Fault, ReadError};
use crate::data::Library;

/// A file to read, on disk or in memory.
#[derive(Clone, Debug)]
pub struct Source {
    place: String,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Path(PathBuf),
    Bytes(Arc<[u8]>),
}

/// What a file begins with.
pub(super) enum Opened {
    Text(Box<dyn BufRead + Send>),
    /// A whole Parquet file.
    Parquet(Parquet),
}

/// Something that Parquet readers can look around in.
pub(super) enum Parquet {
    File(File),
    Bytes(Cursor<Arc<[u8]>>),
}

const GZIP: &[u8] = &[0x1f, 0x8b];
const PARQUET: &[u8] = b"PAR1";
/// Bytes that are read at once.
const CHUNK: usize = 1 << 18;

impl Source {
    /// A file on disk.
    pub fn path(path: &Path) -> Self {
        Self { place: path.display().to_string(), content: Content::Path(path.into()) }
    }

    /// Bytes in memory; `place` names them in errors, and its extension counts as that of a file.
    pub fn bytes(place: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { place: place.into(), content: Content::Bytes(bytes.into()) }
    }

    /// A data file of this case, checked against the manifest.
    ///
    /// # Errors
    /// [`Fault::Library`]: not fetched, or not the right bytes.
    pub fn of_library(library: &Library, name: &str) -> Result<Self, ReadError> {
        let place = format!("{}/{name}", super::CASE);
        let bytes = library.read(super::CASE, name).map_err(|error| ReadError::at(&place, Fault::Library(error)))?;
        Ok(Self::bytes(place, bytes))
    }

    /// The file, as errors name it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Looks at the first bytes and unwraps gzip.
    pub(super) fn open(&self) -> Result<Opened, ReadError> {
        let io = |error| ReadError::at(&self.place, Fault::Io(error));
        let mut head = Vec::new();
        let mut raw = self.reader().map_err(io)?;
        raw.by_ref().take(512).read_to_end(&mut head).map_err(io)?;
        if head.is_empty() {
            return Err(ReadError::at(&self.place, Fault::Empty));
        }
        if let Some(fault) = container(&head) {
            return Err(ReadError::at(&self.place, fault));
        }
        if head.starts_with(PARQUET) {
            return self.parquet().map(Opened::Parquet);
        }
        let name = self.place.to_lowercase();
        if [".parquet", ".pq"].iter().any(|end| name.ends_with(end)) {
            return Err(ReadError::at(&self.place, Fault::NotParquet));
        }
        let zipped = head.starts_with(GZIP);
        let whole = Cursor::new(head).chain(raw);
        Ok(Opened::Text(if zipped {
            let inner = MultiGzDecoder::new(BufReader::with_capacity(CHUNK, whole));
            let mut reader = BufReader::with_capacity(CHUNK, inner);
            let start = reader.fill_buf().map_err(|error| ReadError::at(&self.place, compressed(error)))?;
            if start.starts_with(PARQUET) {
                let (what, remedy) = ("Parquet inside gzip", "unpack it first: gunzip FILE");
                return Err(ReadError::at(&self.place, Fault::Container { what, remedy }));
            }
            if let Some(fault) = container(start) {
                return Err(ReadError::at(&self.place, fault));
            }
            Box::new(reader)
        } else {
            Box::new(BufReader::with_capacity(CHUNK, whole))
        }))
    }

    fn reader(&self) -> std::io::Result<Box<dyn Read + Send>> {
        Ok(match &self.content {
            Content::Path(path) => Box::new(File::open(path)?),
            Content::Bytes(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }

    fn parquet(&self) -> Result<Parquet, ReadError> {
        Ok(match &self.content {
            Content::Path(path) => {
                let file = File::open(path);
                Parquet::File(file.map_err(|error| ReadError::at(&self.place, Fault::Io(error)))?)
            }
            Content::Bytes(bytes) => Parquet::Bytes(Cursor::new(Arc::clone(bytes))),
        })
    }
}

/// What a failed read means: the decoder of gzip speaks through errors of the operating system.
pub(super) fn compressed(error: std::io::Error) -> Fault {
    match error.kind() {
        ErrorKind::UnexpectedEof => Fault::Cut,
        ErrorKind::InvalidInput | ErrorKind::InvalidData => Fault::Damaged { reason: error.to_string() },
        _ => Fault::Io(error),
    }
}

/// Containers and encodings that are known but not read.
fn container(head: &[u8]) -> Option<Fault> {
    let within = |text: &[u8]| head.windows(text.len()).any(|window| window == text);
    let (what, remedy) = match head {
        [b'P', b'K', 3, 4, ..] if within(b"[Content_Types].xml") || within(b"xl/") || within(b"docProps/") => {
            ("an Excel workbook (.xlsx)", "save the sheet as CSV (UTF-8) and give that file")
        }
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => ("a zip archive", "unzip it first and give the file inside"),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            ("an Excel workbook (.xls)", "save the sheet as CSV (UTF-8) and give that file")
        }
        [b'B', b'Z', b'h', ..] => ("bzip2-compressed data", "unpack it first: bunzip2 FILE"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => ("xz-compressed data", "unpack it first: unxz FILE"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ("zstd-compressed data", "unpack it first: unzstd FILE"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => ("UTF-16 text", "save the file as UTF-8 text"),
        [b'R', b'D', b'X', ..] => ("an R data file", "write the table as CSV and give that file"),
        [0x89, b'H', b'D', b'F', ..] => ("an HDF5 file", "write the table as CSV or Parquet and give that file"),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => ("an Arrow file", "write the table as Parquet and give that file"),
        _ if head.trim_ascii_start().starts_with(b"<") => {
            ("a web page", "the download may have ended at a page that asks something; fetch the file itself")
        }
        _ => return None,
    };
    Some(Fault::Container { what, remedy })
}
