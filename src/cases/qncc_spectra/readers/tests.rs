//! Every format with its real file, then what must be refused.

use proptest::prelude::*;

use super::*;
use crate::cases::qncc_spectra::spectrum::{
    Absorbance, Absorption, AxisUnit, Energy, FluxDensityLambda, FluxDensityNu, Opacity, Quantity, Signal, Spectrum,
    SpectrumError, Transmittance, Unit, Wavelength, Wavenumber,
};
use crate::cases::test_data;

/// A file of the mirror, or nothing where there is no mirror.
fn real(name: &str) -> Option<Table> {
    let path = test_data::folder("qncc_spectra")?.join(name);
    let bytes = std::fs::read(path).expect("the mirror has the case's files");
    Some(open(name, &bytes).unwrap_or_else(|error| panic!("{error}")))
}

fn flux(table: &Table, selection: &Selection) -> Result<Spectrum<Wavelength, FluxDensityNu>, ReadError> {
    table.spectrum(selection)
}

fn table(text: &str) -> Table {
    open("t", text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

/// The selection that finds everything by names and units.
fn default() -> Selection {
    Selection::default()
}

#[test]
fn m101_is_an_ipac_table_of_294_rows() {
    let Some(table) = real("m101_nucleus_spitzer_irs.ipac") else { return };
    assert_eq!(table.format(), Format::Ipac);
    let m101 = flux(&table, &Selection { errors: Errors::Required, ..default() }).unwrap();
    assert_eq!((m101.len(), m101.unit()), (294, Unit::Jansky));
    assert_eq!((m101.x()[0], m101.y()[0], m101.sigma().unwrap()[0]), (5.257159, 6.736158, 0.8279804));
    // 38.299 µm ends the spectrum.
    assert!((m101.range().1 - 38.299).abs() < 1e-3);
    // The file says Jy; the user may know better.
    let relabelled = Selection { unit: Some(Unit::MegajanskyPerSteradian), ..default() };
    assert_eq!(flux(&table, &relabelled).unwrap().unit(), Unit::MegajanskyPerSteradian);
}

#[test]
fn sub_bands_of_orion_are_kept_apart() {
    for (name, rows, in_six) in [
        ("orion_bar_d2_iso_sws_merged.ipac", 5914, 535),
        ("orion_bar_brgamma_iso_sws_merged.ipac", 5916, 533),
        ("orion_bar_h2s1_iso_sws_merged.ipac", 17_742, 1621),
    ] {
        let Some(table) = real(name) else { return };
        assert_eq!(table.rows().len(), rows, "{name}");
        let error = flux(&table, &default()).unwrap_err();
        let Fault::SubBands { bands, column } = &error.fault else { panic!("{name}: {error}") };
        assert_eq!((bands.as_str(), column.as_str()), ("1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13", "line"));
        let merging = Selection { duplicates: Duplicates::Merge, ..default() };
        let bands = table.readings::<Wavelength, FluxDensityNu>(&merging).unwrap();
        assert_eq!(bands.len(), 12, "{name}");
        assert_eq!(bands.iter().map(|band| band.spectrum.len() + band.merged).sum::<usize>(), rows, "{name}");
        // A range within one sub-band is one spectrum.
        let six = flux(&table, &Selection { range: Some((6.05, 6.60)), ..merging.clone() }).unwrap();
        assert!(six.range().0 >= 6.05 && six.range().1 <= 6.60);
        let six = table.reading::<Wavelength, FluxDensityNu>(&Selection { band: Some("6".into()), ..merging }).unwrap();
        assert_eq!(six.spectrum.len() + six.merged, in_six, "{name}");
        let refused = flux(&table, &Selection { band: Some("6".into()), ..default() }).unwrap_err();
        assert!(matches!(refused.fault, Fault::Duplicate { .. }), "{name}: {refused}");
        let unknown = flux(&table, &Selection { band: Some("8".into()), ..default() }).unwrap_err();
        assert!(matches!(unknown.fault, Fault::UnknownBand { .. }), "{unknown}");
    }
}

#[test]
fn orders_of_miri_overlap_and_are_not_merged() {
    let Some(table) = real("vv114e_jwst_miri_mrs.tbl") else { return };
    let error = flux(&table, &default()).unwrap_err();
    assert_eq!(error.fault, Fault::SubBands { bands: "4, 5, 6".into(), column: "ORDER".into() });
    let order = |band: &str| flux(&table, &Selection { band: Some(band.into()), ..default() }).unwrap();
    let (four, five, six) = (order("4"), order("5"), order("6"));
    assert_eq!((four.len(), five.len(), six.len()), (2344, 2100, 1082));
    assert!(four.range().1 > five.range().0 && five.range().1 > six.range().0);
    assert_eq!(four.unit(), Unit::MegajanskyPerSteradian);
}

#[test]
fn the_1c_stack_is_an_ecsv() {
    let Some(table) = real("lai2020_1c_stack_akari_spitzer.ecsv") else { return };
    assert_eq!(table.format(), Format::Ecsv);
    let stack = flux(&table, &default()).unwrap();
    assert_eq!((stack.x()[0], stack.y()[0], stack.sigma().unwrap()[0]), (2.60, 0.068, 0.0068));
    for (y, sigma) in stack.y().iter().zip(stack.sigma().unwrap()) {
        assert!((sigma / y - 0.1).abs() < 0.02, "{y} {sigma}");
    }
}

#[test]
fn optical_constants_come_from_lnk_and_csv() {
    for (name, format, rows) in [
        ("amorphous_carbon_zubko1996.lnk", Format::Lnk, 2060),
        ("organics_chon_henning1996.lnk", Format::Lnk, 113),
        ("titan_tholins_cvd_nk.csv", Format::Csv, 385),
        ("titan_tholins_doose_nk.csv", Format::Csv, 400),
    ] {
        let Some(table) = real(name) else { return };
        assert_eq!((table.format(), table.rows().len()), (format, rows), "{name}");
        let constants = table.optical_constants(&default()).unwrap();
        assert_eq!(constants.n.len(), rows);
        assert_eq!(constants.opacity().unwrap().unit(), Unit::Relative);
    }
    let Some(table) = real("amorphous_carbon_zubko1996.lnk") else { return };
    assert!(table.keywords().contains(&("density".into(), "1.80".into())));
    assert_eq!(table.optical_constants(&default()).unwrap().k.y()[0], 0.34893);
}

#[test]
fn beamline_scans_have_their_columns_by_description_variable_and_unit() {
    for (name, drain) in
        [("c_kedge_sample_sxr129578.asc", 2.64481798e-10), ("c_kedge_photodiode_sxr129577.asc", 6.22080209e-12)]
    {
        let Some(table) = real(name) else { return };
        assert_eq!((table.format(), table.rows().len(), table.columns().len()), (Format::Scan, 601, 18));
        let select = |value: &str| Selection { value: Some(value.into()), ..default() };
        let current: Spectrum<Energy, Signal> = table.spectrum(&select("Sample Drain")).unwrap();
        assert_eq!((current.unit(), current.range()), (Unit::Ampere, (270.0, 330.0)));
        assert_eq!(current.y()[600], drain);
        // The energy that was reached has no unit in the file.
        let reached = Selection { axis: Some("calculated ph energy".into()), ..select("Photodiode") };
        let error = table.spectrum::<Energy, Signal>(&reached).unwrap_err();
        assert!(matches!(error.fault, Fault::MissingUnit { .. }), "{error}");
        let reached = Selection { axis_unit: Some(AxisUnit::ElectronVolt), ..reached };
        match table.spectrum::<Energy, Signal>(&reached) {
            Ok(current) => assert!((current.range().0 - 270.0).abs() < 0.01),
            // The monochromator of the reference scan went back once.
            Err(error) => assert_eq!((name, error.line), ("c_kedge_photodiode_sxr129577.asc", Some(748)), "{error}"),
        }
        // By process variable too; and without a name there are four currents to choose from.
        assert!(table.index("SR14ID01AMP09:CURR_MONITOR").is_ok());
        let error = table.spectrum::<Energy, Signal>(&default()).unwrap_err();
        assert!(matches!(&error.fault, Fault::Ambiguous { candidates, .. } if candidates.contains("I0 Chamber")));
    }
}

#[test]
fn template_spectra_leave_out_rows_without_data() {
    let Some(table) = real("pdrs4all_orion_bar_templates_nirspec_seg3.dat") else { return };
    assert_eq!((table.format(), table.rows().len(), table.columns().len()), (Format::Template, 3640, 12));
    let error = flux(&table, &default()).unwrap_err();
    assert!(matches!(&error.fault, Fault::Ambiguous { candidates, .. } if candidates.contains("flux T3")), "{error}");
    let reading =
        table.reading::<Wavelength, FluxDensityNu>(&Selection { value: Some("flux T2".into()), ..default() }).unwrap();
    assert_eq!(reading.sigma.as_deref(), Some("error T2"));
    assert_eq!(reading.left_out + reading.spectrum.len(), 3640);
    assert_eq!((reading.spectrum.x()[0], reading.spectrum.y()[0]), (2.8700916, 113.36543));
    assert_eq!(reading.spectrum.unit(), Unit::MegajanskyPerSteradian);
}

#[test]
fn cafe_opacities_are_relative_over_micron() {
    let Some(table) = real("hac_opacity_cafe.txt") else { return };
    assert_eq!(table.format(), Format::Cafe);
    let opacity: Spectrum<Wavelength, Opacity> = table.spectrum(&default()).unwrap();
    assert_eq!((opacity.x()[0], opacity.unit()), (1.0, Unit::Relative));
    // The stronger band is the one at 3.4 µm.
    let peak = (0..opacity.len()).max_by(|&a, &b| opacity.y()[a].total_cmp(&opacity.y()[b])).unwrap();
    assert!((opacity.x()[peak] - 3.4).abs() < 0.1, "{}", opacity.x()[peak]);
}

#[test]
fn laboratory_and_beamline_csv_carry_their_units_in_names() {
    let Some(table) = real("ftir_atr_polystyrene.csv") else { return };
    let absorbance: Spectrum<Wavenumber, Absorbance> = table.spectrum(&default()).unwrap();
    assert_eq!((absorbance.x()[0], absorbance.y()[0]), (650.4205, 0.047372));
    // The same rows by wavelength: reversed, values as they are.
    let by_wavelength: Spectrum<Wavelength, Absorbance> = table.spectrum(&default()).unwrap();
    assert_eq!(by_wavelength.y()[by_wavelength.len() - 1], 0.047372);
    let table = real("dlc_film_c_kedge_nexafs.csv").unwrap();
    let edge: Spectrum<Energy, Absorption> = table.spectrum(&default()).unwrap();
    assert_eq!((edge.x()[0], edge.len(), edge.unit()), (270.7, 251, Unit::Relative));
    let table = real("attenuation_smith2007_kvt.csv").unwrap();
    assert_eq!(table.spectrum::<Wavelength, Opacity>(&default()).unwrap().len(), 3751);
}

#[test]
fn lists_that_are_no_spectra_are_tables_too() {
    let Some(table) = real("SYNTHETIC_standin_bands.csv") else { return };
    assert_eq!(table.rows().len(), 14);
    assert_eq!(table.numbers("center_um").unwrap()[0], 3.29);
    assert!(matches!(table.numbers("fwhm_cm1").unwrap_err().fault, Fault::NotANumber { .. }));
    let table = real("components_classic_smith2007.csv").unwrap();
    assert_eq!(table.numbers("index").unwrap().len(), 52);
    let table = real("m101_idl_pahfit_result.csv").unwrap();
    assert_eq!(table.numbers("center_um").unwrap()[0], 5.27);
    assert_eq!(real("m101_reference_fit.csv").unwrap().rows().len(), 52);
}

const PLAIN: &str = "wavelength_um,flux_Jy,sigma_Jy\n5,1,0.1\n6,2,0.2\n7,3,0.3\n";

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

/// Content, and part of the message that refuses it.
fn refused(cases: &[(&str, &str)]) {
    for (text, part) in cases {
        let result = open("t", text.as_bytes()).and_then(|table| flux(&table, &default()));
        let error = result.expect_err(text);
        assert!(error.to_string().contains(part), "{text:?}: {error}");
        assert!(error.to_string().starts_with('t') && !error.mend().is_empty(), "{text:?}: {error}");
    }
}

#[test]
fn csv_faults_name_line_column_and_what_was_found() {
    refused(&[
        ("", "t: found an empty file"),
        (" \n\n", "t: found an empty file"),
        ("wavelength_um,flux_Jy\n", "t:1: found a header but no rows"),
        ("wavelength_um,flux_Jy\n5,NaN\n", "t:2: column `flux`: found NaN, expected a finite number"),
        ("wavelength_um,flux_Jy\n5,1e999\n", "t:2: column `flux`: found 1e999, expected a finite number"),
        ("wavelength_um,flux_Jy\n5,1\n6,-inf\n", "t:3: column `flux`: found -inf"),
        ("wavelength_um,flux_Jy\n5,one\n", "t:2: column `flux`: found `one`, expected a number"),
        ("wavelength_um;flux_Jy\n5,5;1\n", "t:2: column `wavelength`: found `5,5`, expected a number"),
        ("wavelength_um,flux_Jy,sigma_Jy\n5,1,0.1\n6,1,-0.1\n", "t:3: column `sigma`: found the error -0.1"),
        ("wavelength_um,flux_Jy,sigma_Jy\n5,1,0\n", "t:2: column `sigma`: found the error 0,"),
        (
            "wavelength_um,flux_Jy\n5,1\n7,1\n6,1\n",
            "t:4: column `wavelength`: 6 comes after 7, where the rows before grow",
        ),
        (
            "wavelength_um,flux_Jy\n7,1\n6,1\n6.5,1\n",
            "t:4: column `wavelength`: 6.5 comes after 6, where the rows before fall",
        ),
        ("wavelength_um,flux_Jy\n5,1\n5,2\n", "t:3: column `wavelength`: 5 stands in two rows"),
        ("wavelength_um,flux_Jy\n0,1\n", "t:2: column `wavelength`: found 0, expected a position above zero"),
        ("wavelength_um,flux_Jy\n-5,1\n", "found -5, expected a position above zero"),
        ("wavelength_um,flux_Jy\n5,1\n6\n7,1\n", "t:3: found 1 fields, expected 2"),
        ("wavelength_um,flux_Jy\n5,1\n6,1,\n", "t:3: found 3 fields, expected 2"),
        ("wavelength_um,flux_Jy\n5,\"1\n", "t:2: a quote opens"),
        ("wavelength_um,\n5,1\n", "column 2 has no name"),
        ("wavelength_um,flux_Jy,flux_Jy\n5,1,1\n", "the name `flux_Jy` stands over two columns"),
        (
            "wavelength_um,colour\n5,1\n",
            "found no column for the flux density per frequency; there are wavelength, colour",
        ),
        ("flux_Jy\n5\n", "t:1: found no column for the wavelength"),
        ("# mine\nwavelength,flux_Jy\n5,1\n", "t:2: column `wavelength`: the file gives no unit for wavelength"),
        ("wavelength_um,flux\n5,1\n", "column `flux`: the file gives no unit for flux density per frequency"),
        ("wavelength [furlong],flux_Jy\n5,1\n", "column `wavelength`: found the unit `furlong`, which is not known"),
        ("wavelength_um,flux [Jy/beam]\n5,1\n", "t:1: column `flux`: found the unit `Jy/beam`, which is not known"),
        ("wavelength_Jy,flux_Jy\n5,1\n", "column `wavelength`: found the unit `Jy`, which is no unit of wavelength"),
        ("wavenumber_um,flux_Jy\n5,1\n", "found the unit `um`, which is no unit of wavenumber"),
        ("wavelength_um,flux [W m-2 um-1]\n5,1\n", "which is no unit of flux density per frequency"),
        ("wavelength_um,flux_um\n5,1\n", "column `flux`: found the unit `um`, which is no unit of flux"),
        ("wavelength_um,flux_Jy,sigma [MJy/sr]\n5,1,1\n", "which is no unit of the values that the errors belong to"),
        ("wavelength_um,flux_Jy,order\n5,1,1\n6,1,1\n5.9,1,2\n", "t:1: found several sub-bands (1, 2)"),
        (
            "wavelength_um,flux a [Jy],flux b [Jy]\n5,1,1\n",
            "more than one column may be the flux density per frequency: flux a, flux b",
        ),
    ]);
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
fn ipac_faults() {
    let head =
        "|wavelength|      flux|     sigma|\n|    double|    double|    double|\n|    micron|        Jy|        Jy|\n";
    let with = |rows: &str| format!("{head}{rows}");
    let good =
        with("       5.0        1.0        0.1\n       6.0       null        0.1\n       7.0        3.0        0.3\n");
    let table = open("t", good.as_bytes()).unwrap();
    let reading = table.reading::<Wavelength, FluxDensityNu>(&default()).unwrap();
    assert_eq!((reading.spectrum.x(), reading.left_out), (&[5.0, 7.0][..], 1));
    refused(&[
        ("\\object = 'x'\n", "expected an IPAC header"),
        (head, "found a header but no rows"),
        (&with("       5.0        1.0\n"), "t:4: found 2 fields, expected 3"),
        (&with("       5.0        1.0        0.1        7\n"), "t:4: found 4 fields, expected 3"),
        (&with("       5.0        1.0123456789    0.1\n"), "t:4: `1.0123456789` runs across the bar"),
        (&with("       5.0        NaN        0.1\n"), "t:4: column `flux`: found NaN"),
        (&with("       5.0        1.0       -0.1\n"), "t:4: column `sigma`: found the error -0.1"),
        (
            &with(
                "       5.0        1.0        0.1\n       4.0        1.0        0.1\n       4.5        1.0        0.1\n",
            ),
            "t:6: column `wavelength`: 4.5 comes after 4",
        ),
        ("|wavelength|      flux|\n|    double|\n", "t:2: found 1 fields, expected 2"),
        (
            "|wavelength|      flux|\n|    double|    double|\n|   parsec|        Jy|\n        5.0       1.0\n",
            "found the unit `parsec`",
        ),
        ("|\n", "expected a bar before and after every column name"),
        ("|a|\n|b|\n|c|\n|d|\n|e|\n", "expected one to four"),
    ]);
}

#[test]
fn ecsv_faults() {
    let head = "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: wavelength, unit: um, datatype: float64}\n\
                # - {name: flux, unit: Jy, datatype: float64}\n";
    let with = |rows: &str| format!("{head}{rows}");
    let reading = table(&with("wavelength flux\n5 1\n6 \"\"\n7 3\n"));
    assert_eq!(reading.reading::<Wavelength, FluxDensityNu>(&default()).unwrap().left_out, 1);
    refused(&[
        (head, "no line of column names"),
        ("# %ECSV 1.0\nwavelength flux\n5 1\n", "no `datatype` list"),
        (&with("wavelength flux\n"), "found a header but no rows"),
        (
            &with("wavelength fluss\n5 1\n"),
            "t:6: found the names wavelength, fluss (the YAML header lists wavelength, flux)",
        ),
        (&with("wavelength flux\n5 1 2\n"), "t:7: found 3 fields, expected 2"),
        (&with("wavelength flux\n5 nan\n"), "t:7: column `flux`: found nan"),
        (&with("wavelength flux\n5 \"1\n"), "t:7: a quote opens"),
        ("# %ECSV 1.0\n# ---\n# delimiter: '|'\n# datatype:\n# - {name: a}\na\n1\n", "t:3: found `delimiter: '|'`"),
        ("# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a,\na\n1\n", "expected a closing brace"),
        ("# %ECSV 1.0\n# ---\n# datatype:\n# - {unit: a}\na\n1\n", "expected an entry with a name"),
    ]);
}

#[test]
fn faults_of_optical_constants_scans_templates_and_opacities() {
    let of = |text: &str| open("t", text.as_bytes()).and_then(|table| table.optical_constants(&default()).map(|_| ()));
    assert_eq!(of("# C\n2 1.8\n1 1.5 0.1\n2 1.5 0.2\n"), Ok(()));
    assert_eq!(of("# C\n2 1.8\n2 1.5 0.2\n1 1.5 0.1\n"), Ok(()));
    for (text, part) in [
        ("# C\n3 1.8\n1 1.5 0.1\n2 1.5 0.2\n", "t:2: found 2 rows, but the header announces 3"),
        ("# C\n2 1.8\n1 1.5 0.1\n2 1.5\n", "t:4: found 2 fields, expected 3"),
        ("# C\n2 1.8\n1 1.5 0.1\n2 1.5 inf\n", "t:4: column `k`: found inf"),
        ("# C\n3 1.8\n1 1.5 0.1\n3 1.5 0.1\n2 1.5 0.2\n", "t:5: column `wavelength`: 2 comes after 3"),
    ] {
        let error = of(text).unwrap_err();
        assert!(error.to_string().contains(part), "{text:?}: {error}");
    }
    let scan = "## mda2ascii 0.3.2 generated output\n\n# Points completed = 2 of 2\n\n# Column Descriptions:\n\
                #    1  [     Index      ]\n#    2  [1-D Positioner 1]  A:E, energy, TABLE, eV, A:E, energy, eV\n\
                #    3  [1-D Detector   1]  A:I, drain, A\n\n# 1-D Scan Values\n";
    let of = |rows: &str| {
        open("t", format!("{scan}{rows}").as_bytes()).and_then(|table| table.spectrum::<Energy, Signal>(&default()))
    };
    assert_eq!(of("1\t270\t1e-9\n2\t271\t2e-9\n").unwrap().y(), [1e-9, 2e-9]);
    for (rows, part) in [
        ("", "found 0 rows, but the header announces 2"),
        ("1\t270\t1e-9\n", "found 1 rows, but the header announces 2"),
        ("1\t270\t1e-9\n2\t271\n", "t:12: found 2 fields, expected 3"),
        ("1\t270\tNaN\n2\t271\t1\n", "t:11: column `drain`: found NaN"),
    ] {
        let error = of(rows).unwrap_err();
        assert!(error.to_string().contains(part), "{rows:?}: {error}");
    }
    let template = "2 4 4\ndate\nname\nWave, seg, flux T1, error T1\num, (1, 2), MJy/sr\n";
    let of = |rows: &str| open("t", format!("{template}{rows}").as_bytes()).and_then(|table| flux(&table, &default()));
    assert_eq!(of("1.0 1 0.0 0.0\n2.0 1 5.0 0.5\n").unwrap().y(), [5.0]);
    for (rows, part) in [
        ("1.0 1 1.0 0.1\n", "found 1 rows, but the header announces 2"),
        ("1.0 1 1.0 0.0\n2.0 1 5.0 0.5\n", "column `error T1`: found the error 0"),
        ("1.0 1 1.0\n2.0 1 5.0 0.5\n", "found 3 fields, expected 4"),
    ] {
        let error = of(rows).unwrap_err();
        assert!(error.to_string().contains(part), "{rows:?}: {error}");
    }
    for (text, part) in [
        ("; remark\n1 2\n", "no comment `;~`"),
        (";~ FLUX OPACITY\n1 2\n", "wavelengths first"),
        (";~ WAVE OPACITY\n1 2\n1 2 3\n", "t:3: found 3 fields, expected 2"),
        (";~ WAVE OPACITY\n1 x\n", "t:2: column `opacity`: found `x`"),
    ] {
        let result = open("t", text.as_bytes()).and_then(|table| table.spectrum::<Wavelength, Opacity>(&default()));
        let error = result.unwrap_err();
        assert!(error.to_string().contains(part), "{text:?}: {error}");
    }
}

#[test]
fn files_that_are_no_text_are_named_for_what_they_are() {
    for (bytes, part) in [
        (&b""[..], "found an empty file"),
        (b"\x1f\x8b\x08\x00rest", "found a gzip file"),
        (b"PK\x03\x04", "found a zip archive"),
        (b"SIMPLE  =                    T", "found a FITS file"),
        (b"\xff\xfew\0a\0", "found UTF-16 text"),
        (b"wavelength_um,flux_Jy\n5,1\n6,\xff\n", "t:3: not UTF-8 text, at byte 28"),
    ] {
        let error = open("t", bytes).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert!(!error.mend().is_empty());
    }
    let gzip = open("t", b"\x1f\x8b\x08").unwrap_err();
    assert!(gzip.mend().contains("not supported"), "{}", gzip.mend());
}

#[test]
fn a_file_that_was_cut_off_is_never_read_as_if_it_were_whole() {
    for cut in 1..PLAIN.len() {
        let Ok(table) = open("t", &PLAIN.as_bytes()[..cut]) else { continue };
        let Ok(spectrum) = flux(&table, &Selection { errors: Errors::Required, ..default() }) else { continue };
        // What is left are whole rows of the original, or its last number lost digits: text can't show that.
        assert!(spectrum.len() < 3 || cut + 3 >= PLAIN.len(), "{cut}");
        assert_eq!(spectrum.x(), &[5.0, 6.0, 7.0][..spectrum.len()]);
    }
    let error = open("t", b"wavelength_um,flux_Jy,sigma_Jy\n5,1,0.1\n6,2").unwrap_err();
    assert!(error.mend().contains("cut off"), "{error}");
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
