//! Noise behind every head: an error or a spectrum that keeps its promises, never a panic.

use proptest::prelude::*;

use super::*;
use crate::cases::qncc_spectra::spectrum::{Absorbance, Absorption, Energy, Signal, Wavenumber};

/// Reads a file in every way; whatever comes out must be an error or a spectrum that keeps its promises.
fn never_panics(bytes: &[u8]) {
    let Ok(table) = open("t", bytes) else { return };
    for duplicates in [Duplicates::Refuse, Duplicates::Merge] {
        let selection = Selection { duplicates, ..default() };
        for reading in table.readings::<Wavelength, FluxDensityNu>(&selection).into_iter().flatten() {
            let spectrum = reading.spectrum;
            assert!(spectrum.x().windows(2).all(|pair| pair[0] < pair[1]));
            assert!(spectrum.y().iter().all(|y| y.is_finite()));
            assert!(spectrum.sigma().is_none_or(|sigma| sigma.iter().all(|s| *s > 0.0)));
        }
        let _ = table.spectrum::<Wavenumber, Absorbance>(&selection);
        let _ = table.spectrum::<Energy, Absorption>(&selection);
        let _ = table.spectrum::<Energy, Signal>(&selection);
        let _ = table.optical_constants(&selection);
    }
}

/// The heads of all formats, to put noise behind.
const HEADS: [&str; 8] = [
    "",
    "|wavelength|      flux|     sigma|\n|    double|    double|    double|\n|    micron|        Jy|        Jy|\n",
    "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: wavelength, unit: um}\n# - {name: flux, unit: Jy}\n",
    "# C\n2 1.8\n",
    "## mda2ascii\n# Column Descriptions:\n# 1 [1-D Positioner 1] A:E, energy, TABLE, eV\n# 2 [1-D Detector 1] A:I, d, A\n",
    "2 4 4\nd\nn\nWave, seg, flux T1, error T1\num, (1, 2), MJy/sr\n",
    ";~ WAVE OPACITY\n",
    "wavelength_um,flux_Jy,sigma_Jy\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_never_panic(head in 0..HEADS.len(), tail in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut bytes = HEADS[head].as_bytes().to_vec();
        bytes.extend(tail);
        never_panics(&bytes);
    }

    #[test]
    fn arbitrary_tables_never_panic(
        head in 0..HEADS.len(),
        tail in "([ ,;|\t\"#{}:~\\\\]|[0-9.eE+-]{1,6}|nan|inf|null|um|Jy|µ|\n){0,60}",
        cut in 0..400usize,
    ) {
        let text = format!("{}{tail}", HEADS[head]);
        never_panics(text.as_bytes());
        never_panics(&text.as_bytes()[..cut.min(text.len())]);
    }

    #[test]
    fn what_was_written_is_what_is_read(
        rows in prop::collection::vec((0.001..1.0f64, -1e3..1e3f64, 1e-6..1e3f64), 1..50), falling: bool
    ) {
        let mut x = 1.0;
        let mut rows: Vec<(f64, f64, f64)> = rows.into_iter().map(|(step, y, s)| { x += step; (x, y, s) }).collect();
        let (xs, ys): (Vec<f64>, Vec<f64>) = rows.iter().map(|(x, y, _)| (*x, *y)).unzip();
        if falling {
            rows.reverse();
        }
        let lines: String = rows.iter().map(|(x, y, s)| format!("{x:?},{y:?},{s:?}\n")).collect();
        let read = flux(&table(&format!("wavelength_um,flux_Jy,sigma_Jy\n{lines}")), &default()).unwrap();
        prop_assert_eq!(read.x(), &xs[..]);
        prop_assert_eq!(read.y(), &ys[..]);
    }
}
