//! SHA-256 of bytes and of files.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::DataError;

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of a file, and its length in bytes.
pub(super) fn sha256_file(path: &Path) -> Result<(String, u64), DataError> {
    let mut file = std::fs::File::open(path).map_err(DataError::io("open", path))?;
    let (mut hasher, mut length) = (Sha256::new(), 0);
    let mut block = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut block).map_err(DataError::io("read", path))?;
        if count == 0 {
            return Ok((hex(&hasher.finalize()), length));
        }
        hasher.update(&block[..count]);
        length += count as u64;
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::with_capacity(2 * digest.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string never fails");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-2, appendix B.1 and the empty message.
    #[test]
    fn known_digests() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
