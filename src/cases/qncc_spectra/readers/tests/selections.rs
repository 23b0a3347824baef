//! What reads alike, and which spectrum of a table is meant.

use super::*;
use crate::cases::qncc_spectra::spectrum::{
    Absorbance, AxisUnit, FluxDensityLambda, Quantity, SpectrumError, Transmittance, Unit, Wavenumber,
};

#[test]
fn delimiters_marks_headings_and_orders_read_alike() {
    let plain = flux(&table(PLAIN), &default()).unwrap();
    for same in [
        "\u{feff}wavelength_um,flux_Jy,sigma_Jy\r\n5,1,0.1\r\n6,2,0.2\r\n7,3,0.3",
        "# a remark\nwavelength (um);flux (Jy);sigma (Jy)\n5;1;0.1\n\n6;2;0.2\n7;3;0.3\n",
        "Wave/micron\tFlux/Jy\tErr/Jy\n5\t1\t0.1\n6\t2\t0.2\n7\t3\t0.3\n",
        "# wavelength_um flux_Jy sigma_Jy\n 5 1 1D-1\n 6 2 2d-1\n 7 3 0.3\n",
        "wavelength_um,flux_Jy,sigma_Jy\n7,3,0.3\n6,2,0.2\n5,1,0.1\n",
        "wavelength_nm,flux_mJy,sigma_mJy\n5000,1000,100\n6000,2000,200\n7000,3000,300\n",
        "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n# - {name: wavelength, unit: um, datatype: float64}\n\
         # - {name: flux, unit: Jy, datatype: float64}\n# - name: sigma\n#   unit: Jy\n#   datatype: float64\n\
         wavelength,flux,sigma\n5,1,0.1\n6,2,0.2\n7,3,0.3\n",
    ] {
        let read = flux(&table(same), &default()).unwrap_or_else(|error| panic!("{error}: {same:?}"));
        let read = read.in_unit(Unit::Jansky).unwrap();
        assert_eq!(read.x(), plain.x(), "{same:?}");
        for (a, b) in read.y().iter().zip(plain.y()).chain(read.sigma().unwrap().iter().zip(plain.sigma().unwrap())) {
            assert!((a / b - 1.0).abs() < 1e-14, "{same:?}");
        }
    }
}

#[test]
fn a_table_without_names_can_be_read_with_columns_and_units_given_by_hand() {
    let table = table("5 1 0.1\n6 2 0.2\n");
    assert!(flux(&table, &default()).is_err());
    let by_hand = Selection {
        axis: Some("column 1".into()),
        value: Some("column 2".into()),
        sigma: Some("column 3".into()),
        axis_unit: Some(AxisUnit::Micron),
        unit: Some(Unit::Jansky),
        ..default()
    };
    let spectrum = flux(&table, &by_hand).unwrap();
    assert_eq!((spectrum.x(), spectrum.sigma()), (&[5.0, 6.0][..], Some(&[0.1, 0.2][..])));
}

#[test]
fn a_spectrum_of_the_cassis_atlas_has_its_error_behind_its_flux() {
    let names = ["wavelength", "flux", "error (RMS+SYS)", "error (RMS)", "error (SYS)", "sky", "module"];
    let line = |words: &[&str], bar: &str| -> String {
        words.iter().zip(names).map(|(word, name)| format!("{bar}{word:>width$}", width = name.len())).collect()
    };
    let units = ["micron", "Jy", "Jy", "Jy", "Jy", "Jy", ""];
    let mut text = "\\character CASSIS_AORKEY = '3978240'\n".to_string();
    for words in [&names, &["double"; 7], &units] {
        text.push_str(&format!("{}|\n", line(words, "|")));
    }
    for x in ["5.2", "5.3"] {
        text.push_str(&format!("{}\n", line(&[x, "1.0", "0.1", "0.06", "0.08", "0.2", "0"], " ")));
    }
    let table = table(&text);
    assert_eq!(table.keywords()[0], ("character CASSIS_AORKEY".into(), "3978240".into()));
    let reading = table.reading::<Wavelength, FluxDensityNu>(&default()).unwrap();
    assert_eq!((reading.value.as_str(), reading.sigma.as_deref()), ("flux", Some("error (RMS+SYS)")));
    assert_eq!(reading.band.as_deref(), Some("0"));
}

#[test]
fn duplicates_are_merged_only_when_asked_and_by_their_weights() {
    let table = table("wavelength_um,flux_Jy,sigma_Jy\n5,1,0.1\n5,4,0.2\n6,2,0.2\n6,2,0.2\n");
    assert!(flux(&table, &default()).is_err());
    let merging = Selection { duplicates: Duplicates::Merge, ..default() };
    let reading = table.reading::<Wavelength, FluxDensityNu>(&merging).unwrap();
    assert_eq!((reading.merged, reading.spectrum.x()), (2, &[5.0, 6.0][..]));
    // (1/0.01 + 4/0.04)/(1/0.01 + 1/0.04) = 200/125; σ = 125^(−1/2). Equal rows are one measurement.
    assert!((reading.spectrum.y()[0] - 1.6).abs() < 1e-12);
    assert!((reading.spectrum.sigma().unwrap()[0] - 125f64.powf(-0.5)).abs() < 1e-12);
    assert_eq!((reading.spectrum.y()[1], reading.spectrum.sigma().unwrap()[1]), (2.0, 0.2));
}

#[test]
fn ranges_look_at_nothing_beyond_them() {
    let table = table("wavelength_um,flux_Jy\n5,1\n6,2\n7,NaN\n");
    let range = |low, high| flux(&table, &Selection { range: Some((low, high)), ..default() });
    assert_eq!(range(4.0, 6.0).unwrap().len(), 2);
    assert!(range(4.0, 7.0).is_err());
    let none = range(8.0, 9.0).unwrap_err();
    assert!(none.to_string().contains("the rows run from 5 to 7"), "{none}");
    // The range is on the axis asked for, not on the file's.
    let wavenumber =
        table.spectrum::<Wavenumber, FluxDensityNu>(&Selection { range: Some((1600.0, 2100.0)), ..default() });
    assert_eq!(wavenumber.unwrap().y(), [2.0, 1.0]);
}

#[test]
fn a_transmittance_never_passes_for_an_absorbance_nor_anything_for_n() {
    let table = table("wavenumber_cm-1,transmittance\n1000,0.5\n1001,0.6\n");
    let missing = |result: Result<Spectrum<Wavenumber, Absorbance>, ReadError>| {
        assert!(matches!(result.unwrap_err().fault, Fault::MissingColumn { .. }));
    };
    missing(table.spectrum(&default()));
    assert!(matches!(table.optical_constants(&default()).unwrap_err().fault, Fault::MissingColumn { .. }));
    // As what it is, it still wants to know whether it is percent.
    let error = table.spectrum::<Wavenumber, Transmittance>(&default()).unwrap_err();
    assert!(matches!(error.fault, Fault::MissingUnit { .. }), "{error}");
    let percent = Selection { unit: Some(Unit::Percent), ..default() };
    assert!(table.spectrum::<Wavenumber, Transmittance>(&percent).is_ok());
    missing(open("t", b"wavenumber_cm-1,%T\n1000,50\n").and_then(|table| table.spectrum(&default())));
}

#[test]
fn a_unit_given_by_hand_must_belong_to_the_quantity() {
    let table = table("wavelength_um,flux\n5,1\n");
    let by_hand = |unit| Selection { unit: Some(unit), ..default() };
    assert!(flux(&table, &by_hand(Unit::Jansky)).is_ok());
    assert!(matches!(flux(&table, &by_hand(Unit::Ampere)).unwrap_err().fault, Fault::WrongUnit { .. }));
    let lambda = table.spectrum::<Wavelength, FluxDensityLambda>(&by_hand(Unit::WattPerM2Micron));
    assert_eq!(lambda.unwrap().unit(), Unit::WattPerM2Micron);
    assert!(!FluxDensityNu::accepts(Unit::One));
    assert!(matches!(lambda_error(), SpectrumError::NotAUnitOf { .. }));
}

#[test]
fn errors_keep_their_own_unit_when_that_of_the_values_is_given_by_hand() {
    let sigma = |head: &str, unit: Unit| {
        let table = table(&format!("{head}\n5,1,20\n6,2,30\n"));
        let spectrum = flux(&table, &Selection { unit: Some(unit), ..default() });
        spectrum.map(|spectrum| spectrum.sigma().map(<[f64]>::to_vec))
    };
    let close = |found: Option<Vec<f64>>, expected: [f64; 2]| {
        let found = found.unwrap();
        assert!(found.iter().zip(expected).all(|(a, b)| (a / b - 1.0).abs() < 1e-12), "{found:?}: {expected:?}");
    };
    close(sigma("wavelength_um,flux,sigma_mJy", Unit::Jansky).unwrap(), [0.02, 0.03]);
    close(sigma("wavelength_um,flux,sigma_mJy", Unit::Millijansky).unwrap(), [20.0, 30.0]);
    close(sigma("wavelength_um,flux_Jy,sigma_mJy", Unit::Jansky).unwrap(), [0.02, 0.03]);
    // No unit of their own, or the label that was replaced.
    close(sigma("wavelength_um,flux,sigma", Unit::Jansky).unwrap(), [20.0, 30.0]);
    close(sigma("wavelength_um,flux_mJy,sigma_mJy", Unit::Jansky).unwrap(), [20.0, 30.0]);
    let error = sigma("wavelength_um,flux,sigma_mJy", Unit::MegajanskyPerSteradian).unwrap_err();
    assert!(matches!(error.fault, Fault::WrongUnit { .. }), "{error}");
}

fn lambda_error() -> SpectrumError {
    Spectrum::<Wavelength, FluxDensityLambda>::new(vec![1.0], vec![1.0], None, Unit::Jansky).unwrap_err()
}
