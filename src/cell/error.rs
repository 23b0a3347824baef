//! What leaves a cell by `?`.

use std::error::Error;

/// Any error, with its sources. It is not an error itself, so that every error can become one.
pub struct CellError(Box<dyn Error>);

impl<E: Into<Box<dyn Error>>> From<E> for CellError {
    fn from(error: E) -> CellError {
        CellError(error.into())
    }
}

impl CellError {
    /// What the error says, and what its sources say, outermost first.
    pub fn describe(&self) -> (String, Vec<String>) {
        let mut sources = Vec::new();
        let mut next = self.0.source();
        while let Some(source) = next {
            sources.push(source.to_string());
            next = source.source();
        }
        (self.0.to_string(), sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the file is unreadable")]
    struct Outer(#[source] std::num::ParseIntError);

    #[test]
    fn errors_and_texts_become_one_and_keep_their_sources() {
        let fails = || -> Result<(), CellError> { Err(Outer("x".parse::<i32>().unwrap_err()))? };
        let (message, sources) = fails().unwrap_err().describe();
        assert_eq!(message, "the file is unreadable");
        assert_eq!(sources, ["invalid digit found in string"]);
        assert_eq!(CellError::from("no").describe(), ("no".to_owned(), vec![]));
        assert_eq!(CellError::from(format!("{}", 1)).describe().0, "1");
    }
}
