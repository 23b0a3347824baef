//! The case's files in the data mirror, as rows of numbers, for tests of numerics that shouldn't wait for the readers.

use crate::cases::test_data;

/// The text of one file: from `SAIGEN_MIRROR`, else `../shared/data`; says so when there is none.
pub(crate) fn text(name: &str) -> Option<String> {
    let folder = test_data::folder("qncc_spectra")?;
    Some(std::fs::read_to_string(folder.join(name)).expect("the mirror has the case's files"))
}

/// The rows that consist of numbers, of the greatest length that occurs: headers, units and remarks fall out.
pub(crate) fn numbers(name: &str) -> Option<Vec<Vec<f64>>> {
    let text = text(name)?;
    let row = |line: &str| -> Option<Vec<f64>> {
        line.split([',', ' ', '\t']).filter(|field| !field.is_empty()).map(|field| field.parse().ok()).collect()
    };
    let rows: Vec<Vec<f64>> = text.lines().filter_map(row).collect();
    let longest = rows.iter().map(Vec::len).max()?;
    Some(rows.into_iter().filter(|row| row.len() == longest).collect())
}

/// One column of [`numbers`].
pub(crate) fn column(rows: &[Vec<f64>], index: usize) -> Vec<f64> {
    rows.iter().map(|row| row[index]).collect()
}
