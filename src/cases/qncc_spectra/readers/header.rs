//! What several formats share: fields of a line, names with units in them.

use super::error::Fault;
use crate::cases::qncc_spectra::spectrum::{AxisUnit, Unit};

/// Splits a line at a delimiter outside double quotes; `""` inside quotes stands for one quote (RFC 4180). A space as the
/// delimiter stands for any run of white space.
pub(super) fn fields(line: &str, delimiter: char) -> Result<Vec<String>, Fault> {
    let (mut fields, mut field) = (Vec::new(), String::new());
    let (mut quoted, mut was_quoted) = (false, false);
    let spaces = delimiter == ' ';
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted || field.trim().is_empty() => {
                quoted = !quoted;
                was_quoted = true;
            }
            c if !quoted && spaces && c.is_whitespace() => {
                if !field.is_empty() || was_quoted {
                    fields.push(std::mem::take(&mut field));
                }
                was_quoted = false;
            }
            c if !quoted && c == delimiter => {
                fields.push(std::mem::take(&mut field).trim().to_string());
                was_quoted = false;
            }
            other => field.push(other),
        }
    }
    if quoted {
        return Err(Fault::OpenQuote);
    }
    if !spaces || !field.is_empty() || was_quoted {
        fields.push(field.trim().to_string());
    }
    Ok(fields)
}

/// `None` for an empty field.
pub(super) fn optional(field: String) -> Option<String> {
    if field.is_empty() { None } else { Some(field) }
}

/// Takes a unit out of a name: `wavelength_um`, `PE/eV`, `flux (Jy)`, `flux [furlong]`.
///
/// Square brackets always hold a unit; otherwise the name keeps what is not a known unit, as in `error (RMS)`.
pub(super) fn name_and_unit(text: &str) -> (String, Option<String>) {
    let text = text.trim();
    let known = |unit: &str| AxisUnit::parse(unit).is_some() || Unit::parse(unit).is_some();
    let split = |open: char, close: char| {
        let (name, unit) = text.strip_suffix(close)?.rsplit_once(open)?;
        (!name.trim().is_empty()).then(|| (name.trim().to_string(), unit.trim().to_string()))
    };
    if let Some((name, unit)) = split('[', ']') {
        return (name, Some(unit));
    }
    if let Some((name, unit)) = split('(', ')').filter(|(_, unit)| !unit.is_empty() && known(unit)) {
        return (name, Some(unit));
    }
    // A single letter or digit after `_` is more often a part of the name (`tau_1`, `F_a`).
    let long = |unit: &str| unit.chars().count() > 1 && unit.parse::<f64>().is_err();
    for mark in ['_', '/', ' '] {
        if let Some((name, unit)) = text.split_once('/').filter(|_| mark == '/').or_else(|| text.rsplit_once(mark))
            && !name.trim().is_empty()
            && long(unit)
            && known(unit)
        {
            return (name.trim().to_string(), Some(unit.trim().to_string()));
        }
    }
    (text.to_string(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_found_in_names() {
        for (text, name, unit) in [
            ("wavenumber_cm-1", "wavenumber", Some("cm-1")),
            ("wavelength_um", "wavelength", Some("um")),
            ("PE/eV", "PE", Some("eV")),
            ("flux (Jy)", "flux", Some("Jy")),
            ("flux_MJy/sr", "flux", Some("MJy/sr")),
            ("flux [furlong]", "flux", Some("furlong")),
            ("error (RMS)", "error (RMS)", None),
            ("absorbance", "absorbance", None),
            ("tau_lambda_over_tau_9p7", "tau_lambda_over_tau_9p7", None),
            ("AbNorm_161116_1251_Is", "AbNorm_161116_1251_Is", None),
            ("tau_1", "tau_1", None),
            ("n", "n", None),
            ("_um", "_um", None),
        ] {
            assert_eq!(name_and_unit(text), (name.to_string(), unit.map(str::to_string)), "{text}");
        }
    }

    #[test]
    fn quotes_hold_delimiters_and_open_quotes_are_refused() {
        assert_eq!(fields("1, \"a,b\" ,\"say \"\"c\"\"\",", ',').unwrap(), ["1", "a,b", "say \"c\"", ""]);
        assert_eq!(fields("  1   \"a b\" \"\" 3 ", ' ').unwrap(), ["1", "a b", "", "3"]);
        assert_eq!(fields("1,\"2", ','), Err(Fault::OpenQuote));
    }
}
