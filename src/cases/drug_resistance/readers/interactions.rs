//! Pairs of genes that an outside reference links, such as protein interactions.

use super::error::{Fault, Position, ReadError};
use super::source::Source;
use super::table::Table;

/// Reads links between genes: the first two columns are symbols. Each pair is given once, in alphabetic order.
///
/// # Errors
/// [`ReadError`]: a file that can't be read, a row without two symbols, a gene linked with itself.
pub fn interactions(source: &Source) -> Result<Vec<(String, String)>, ReadError> {
    let mut table = Table::open(source)?;
    let place = table.place().to_string();
    let fault = |position: Position, fault| ReadError::at(&place, fault).position(position);
    let mut pairs = Vec::new();
    while let Some(record) = table.next()? {
        let symbol = |column| {
            let found = record.get(column);
            let empty = Fault::EmptyCell { wanted: "a gene's symbol" };
            if found.is_empty() { Err(fault(record.position, empty)) } else { Ok(found.to_string()) }
        };
        let (a, b) = (symbol(0)?, symbol(1)?);
        if a == b {
            return Err(fault(record.position, Fault::SelfInteraction { gene: a }));
        }
        pairs.push(if a < b { (a, b) } else { (b, a) });
    }
    if pairs.is_empty() {
        return Err(ReadError::at(&place, Fault::NoRows));
    }
    pairs.sort_unstable();
    pairs.dedup();
    Ok(pairs)
}
