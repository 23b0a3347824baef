//! Real files, with numbers that are known from them.

use super::*;
use crate::cases::qncc_spectra::spectrum::{
    Absorbance, Absorption, AxisUnit, Energy, Opacity, Signal, Unit, Wavenumber,
};
use crate::cases::test_data;

/// A file of the mirror, or nothing where there is no mirror.
fn real(name: &str) -> Option<Table> {
    let path = test_data::folder("qncc_spectra")?.join(name);
    let bytes = std::fs::read(path).expect("the mirror has the case's files");
    Some(open(name, &bytes).unwrap_or_else(|error| panic!("{error}")))
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
