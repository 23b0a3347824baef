//! Units as they stand in files, and how they convert.

use super::SpectrumError;
use crate::cases::qncc_spectra::constants::{HC_EV_UM, JANSKY, SPEED_OF_LIGHT_UM_PER_S};

/// A unit of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisUnit {
    Micron,
    Nanometre,
    Angstrom,
    Metre,
    PerCentimetre,
    PerMetre,
    ElectronVolt,
    KiloElectronVolt,
    Gigahertz,
    Hertz,
}

impl AxisUnit {
    /// The names that [`AxisUnit::parse`] knows, for messages.
    pub const KNOWN: &'static str = "um, nm, Angstrom, m, cm-1, m-1, eV, keV, GHz, Hz";

    /// Reads a unit; surrounding space and the case of letters don't matter.
    pub fn parse(text: &str) -> Option<Self> {
        let compact: String = text.trim().chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
        Some(match compact.as_str() {
            // The micro sign and the Greek letter look alike.
            "um" | "\u{b5}m" | "\u{3bc}m" | "micron" | "microns" | "micrometer" | "micrometre" | "mic" => Self::Micron,
            "nm" | "nanometer" | "nanometre" => Self::Nanometre,
            "angstrom" | "angstroms" | "\u{e5}" | "aa" => Self::Angstrom,
            "m" | "meter" | "metre" => Self::Metre,
            "cm-1" | "cm^-1" | "cm**-1" | "1/cm" | "cm\u{207b}\u{b9}" | "kayser" | "cm1" => Self::PerCentimetre,
            "m-1" | "m^-1" | "m**-1" | "1/m" | "m\u{207b}\u{b9}" => Self::PerMetre,
            "ev" => Self::ElectronVolt,
            "kev" => Self::KiloElectronVolt,
            "ghz" => Self::Gigahertz,
            "hz" => Self::Hertz,
            _ => return None,
        })
    }

    /// How it is written in messages and tables.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Micron => "µm",
            Self::Nanometre => "nm",
            Self::Angstrom => "Å",
            Self::Metre => "m",
            Self::PerCentimetre => "cm⁻¹",
            Self::PerMetre => "m⁻¹",
            Self::ElectronVolt => "eV",
            Self::KiloElectronVolt => "keV",
            Self::Gigahertz => "GHz",
            Self::Hertz => "Hz",
        }
    }

    /// The vacuum wavelength in µm of a value in this unit.
    pub fn to_micron(self, value: f64) -> f64 {
        match self {
            Self::Micron => value,
            Self::Nanometre => value / 1e3,
            Self::Angstrom => value / 1e4,
            Self::Metre => value * 1e6,
            Self::PerCentimetre => 1e4 / value,
            Self::PerMetre => 1e6 / value,
            Self::ElectronVolt => HC_EV_UM / value,
            Self::KiloElectronVolt => HC_EV_UM / (1e3 * value),
            Self::Gigahertz => SPEED_OF_LIGHT_UM_PER_S / (1e9 * value),
            Self::Hertz => SPEED_OF_LIGHT_UM_PER_S / value,
        }
    }

    /// A value in this unit as a value of an axis; without rounding where the units are the same.
    pub fn to_axis<X: super::Axis>(self, value: f64) -> f64 {
        if self == X::UNIT { value } else { X::of_micron(self.to_micron(value)) }
    }
}

/// A unit of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Jansky,
    Millijansky,
    MegajanskyPerSteradian,
    WattPerM2Hertz,
    WattPerM2Micron,
    WattPerM2MicronSteradian,
    ErgPerSCm2Angstrom,
    ErgPerSCm2Micron,
    /// A pure number: absorbance, n, k, a transmitted fraction.
    One,
    Percent,
    Ampere,
    Counts,
    Cm2PerGram,
    /// Known up to one factor ("arbitrary units").
    Relative,
}

/// What can be converted into one another by a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    PerFrequency,
    PerFrequencySteradian,
    PerWavelength,
    PerWavelengthSteradian,
    Number,
    Current,
    Counts,
    MassOpacity,
    Relative,
}

impl Unit {
    /// The names that [`Unit::parse`] knows, for messages.
    pub const KNOWN: &'static str = "Jy, mJy, MJy/sr, W m-2 Hz-1, W m-2 um-1, W m-2 um-1 sr-1, erg s-1 cm-2 Angstrom-1, \
        erg s-1 cm-2 um-1, A, counts, percent, 1 (a number), relative";

    /// Reads a unit, written with `/` or negative powers.
    ///
    /// The case of letters doesn't matter, but in MJy and mJy, which are nine decades apart.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace("MJy", "megajy").replace("mJy", "millijy").to_lowercase();
        let text = text.replace("\u{b5}m", "um").replace("\u{3bc}m", "um").replace("micron", "um");
        let text = text.replace("angstrom", "aa").replace('\u{e5}', "aa").replace("\u{207b}\u{b2}", "-2");
        let text = text.replace("\u{207b}\u{b9}", "-1").replace('\u{b2}', "2");
        match text.as_str() {
            "" | "1" | "dimensionless" | "fraction" => return Some(Self::One),
            "%" | "percent" => return Some(Self::Percent),
            "relative" | "arb" | "arb." | "a.u." | "arbitrary" | "arb. units" => return Some(Self::Relative),
            "counts" | "count" | "ct" | "cts" => return Some(Self::Counts),
            _ => {}
        }
        let mut factors = factors(&text)?;
        factors.sort();
        let known: [(&[(&str, i8)], Self); 13] = [
            (&[("jy", 1)], Self::Jansky),
            (&[("millijy", 1)], Self::Millijansky),
            (&[("megajy", 1), ("sr", -1)], Self::MegajanskyPerSteradian),
            (&[("hz", -1), ("m", -2), ("w", 1)], Self::WattPerM2Hertz),
            (&[("m", -2), ("um", -1), ("w", 1)], Self::WattPerM2Micron),
            (&[("m", -2), ("sr", -1), ("um", -1), ("w", 1)], Self::WattPerM2MicronSteradian),
            (&[("aa", -1), ("cm", -2), ("erg", 1), ("s", -1)], Self::ErgPerSCm2Angstrom),
            (&[("cm", -2), ("erg", 1), ("s", -1), ("um", -1)], Self::ErgPerSCm2Micron),
            (&[("a", 1)], Self::Ampere),
            (&[("ampere", 1)], Self::Ampere),
            (&[("cps", 1)], Self::Counts),
            (&[("counts", 1), ("s", -1)], Self::Counts),
            (&[("cm", 2), ("g", -1)], Self::Cm2PerGram),
        ];
        let matches = |wanted: &[(&str, i8)]| {
            factors.len() == wanted.len()
                && factors.iter().zip(wanted).all(|((name, power), known)| (name.as_str(), *power) == *known)
        };
        known.iter().find(|(wanted, _)| matches(wanted)).map(|(_, unit)| *unit)
    }

    /// How it is written in messages and tables.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Jansky => "Jy",
            Self::Millijansky => "mJy",
            Self::MegajanskyPerSteradian => "MJy sr⁻¹",
            Self::WattPerM2Hertz => "W m⁻² Hz⁻¹",
            Self::WattPerM2Micron => "W m⁻² µm⁻¹",
            Self::WattPerM2MicronSteradian => "W m⁻² µm⁻¹ sr⁻¹",
            Self::ErgPerSCm2Angstrom => "erg s⁻¹ cm⁻² Å⁻¹",
            Self::ErgPerSCm2Micron => "erg s⁻¹ cm⁻² µm⁻¹",
            Self::One => "1",
            Self::Percent => "%",
            Self::Ampere => "A",
            Self::Counts => "counts",
            Self::Cm2PerGram => "cm² g⁻¹",
            Self::Relative => "relative",
        }
    }

    /// What it can be converted into by a factor.
    pub fn dimension(self) -> Dimension {
        match self {
            Self::Jansky | Self::Millijansky | Self::WattPerM2Hertz => Dimension::PerFrequency,
            Self::MegajanskyPerSteradian => Dimension::PerFrequencySteradian,
            Self::WattPerM2Micron | Self::ErgPerSCm2Angstrom | Self::ErgPerSCm2Micron => Dimension::PerWavelength,
            Self::WattPerM2MicronSteradian => Dimension::PerWavelengthSteradian,
            Self::One | Self::Percent => Dimension::Number,
            Self::Ampere => Dimension::Current,
            Self::Counts => Dimension::Counts,
            Self::Cm2PerGram => Dimension::MassOpacity,
            Self::Relative => Dimension::Relative,
        }
    }

    /// One of this unit, in the SI unit of its dimension (with µm in densities per wavelength).
    pub fn si(self) -> f64 {
        match self {
            Self::Jansky => JANSKY,
            Self::Millijansky => 1e-3 * JANSKY,
            Self::MegajanskyPerSteradian => 1e6 * JANSKY,
            Self::ErgPerSCm2Angstrom => 10.0,
            Self::ErgPerSCm2Micron => 1e-3,
            Self::Percent => 1e-2,
            Self::WattPerM2Hertz
            | Self::WattPerM2Micron
            | Self::WattPerM2MicronSteradian
            | Self::One
            | Self::Ampere
            | Self::Counts
            | Self::Cm2PerGram
            | Self::Relative => 1.0,
        }
    }

    /// What a value in this unit is multiplied by to be in another.
    ///
    /// # Errors
    /// [`SpectrumError::Units`] if the two differ by more than a factor, such as Jy and MJy sr⁻¹ (a solid angle).
    pub fn factor_to(self, other: Self) -> Result<f64, SpectrumError> {
        if self == other {
            return Ok(1.0);
        }
        if self.dimension() != other.dimension() {
            return Err(SpectrumError::Units { found: self, expected: other });
        }
        Ok(self.si() / other.si())
    }
}

/// Splits `w m-2 um-1` or `mjy / sr` into names and powers.
fn factors(text: &str) -> Option<Vec<(String, i8)>> {
    let text = text.replace("**", "^").replace('*', " ").replace('/', " / ").replace('.', " ");
    let mut found = Vec::new();
    let mut sign = 1;
    for word in text.split_whitespace() {
        let word = word.trim_matches(|c| c == '(' || c == ')');
        if word.is_empty() {
            continue;
        }
        if word == "/" {
            sign = -1;
            continue;
        }
        let at = word.find(|c: char| c == '^' || c == '-' || c.is_ascii_digit()).unwrap_or(word.len());
        let (name, power) = word.split_at(at);
        let power = power.trim_start_matches('^');
        let power: i8 = if power.is_empty() { 1 } else { power.parse().ok()? };
        if name.is_empty() || !(-4..=4).contains(&power) {
            return None;
        }
        found.push((name.to_string(), sign * power));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_in_the_ways_that_files_write_them() {
        for (text, unit) in [
            ("Jy", Unit::Jansky),
            ("mJy", Unit::Millijansky),
            ("MJy / sr", Unit::MegajanskyPerSteradian),
            ("MJy/sr", Unit::MegajanskyPerSteradian),
            ("MJy sr-1", Unit::MegajanskyPerSteradian),
            ("W/m^2/um", Unit::WattPerM2Micron),
            ("W m-2 micron-1", Unit::WattPerM2Micron),
            ("W / (m2 um)", Unit::WattPerM2Micron),
            ("W m⁻² µm⁻¹ sr⁻¹", Unit::WattPerM2MicronSteradian),
            ("erg / (Angstrom cm2 s)", Unit::ErgPerSCm2Angstrom),
            ("erg s-1 cm-2 AA-1", Unit::ErgPerSCm2Angstrom),
            ("W m-2 Hz-1", Unit::WattPerM2Hertz),
            ("A", Unit::Ampere),
            ("%", Unit::Percent),
            ("", Unit::One),
            ("a.u.", Unit::Relative),
            ("cm2/g", Unit::Cm2PerGram),
        ] {
            assert_eq!(Unit::parse(text), Some(unit), "{text}");
        }
        for text in ["furlong", "Jy/beam", "m2", "W", "Jy Jy", "MJy*sr", "MJY", "-2", "m-99"] {
            assert_eq!(Unit::parse(text), None, "{text}");
        }
    }

    #[test]
    fn axis_units_lead_to_the_same_wavelength() {
        for (text, value) in [
            ("um", 8.0),
            ("Micron", 8.0),
            ("µm", 8.0),
            ("nm", 8000.0),
            ("Angstrom", 8e4),
            ("cm-1", 1250.0),
            ("1/cm", 1250.0),
            ("m-1", 125_000.0),
            ("eV", 0.154_980_248_041_5),
            ("GHz", 37_474.057_25),
        ] {
            let unit = AxisUnit::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert!((unit.to_micron(value) - 8.0).abs() < 1e-9, "{text}: {}", unit.to_micron(value));
        }
        assert_eq!(AxisUnit::parse("furlong"), None);
    }

    #[test]
    fn factors_are_right_and_a_solid_angle_is_not_invented() {
        assert!((Unit::Jansky.factor_to(Unit::Millijansky).unwrap() / 1e3 - 1.0).abs() < 1e-15);
        // 1 erg/s/cm²/Å = 1e-7 W / 1e-4 m² / 1e-4 µm.
        assert_eq!(Unit::ErgPerSCm2Angstrom.factor_to(Unit::WattPerM2Micron), Ok(10.0));
        assert!(Unit::Jansky.factor_to(Unit::MegajanskyPerSteradian).is_err());
        assert!(Unit::Relative.factor_to(Unit::Jansky).is_err());
    }
}
