//! What is refused, with line, column and what was found.

use super::*;
use crate::cases::qncc_spectra::spectrum::{Energy, Opacity, Signal};

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
        ("wavelength_um,\n5,1\n", "t:1: column 2 has no name"),
        ("wavelength_um,flux_Jy,flux_Jy\n5,1,1\n", "t:1: the name `flux_Jy` stands over two columns"),
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
        ("", "t:3: found 0 rows, but the header announces 2"),
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
fn a_missing_column_is_missed_at_the_line_that_lists_the_columns() {
    for (text, line) in [
        ("\\object = 'x'\n|wavelength|colour|\n|    double|double|\n|    micron|     K|\n        5.0    1.0\n", 2),
        ("# %ECSV 1.0\n# ---\n# datatype:\n# - {name: wavelength, unit: um}\nwavelength\n5\n", 5),
        ("# C\n# D\n2 1.8\n1 1.5 0.1\n2 1.5 0.2\n", 3),
        (
            "## mda2ascii\n\n# Column Descriptions:\n# 1 [1-D Positioner 1] A:E, energy, TABLE, eV\n\
             # 2 [1-D Detector 1] A:I, drain, A\n270\t1e-9\n",
            3,
        ),
        ("1 3 4\ndate\nname\nWave, seg, colour\num, (1, 2), K\n1.0 1 5.0\n", 4),
        ("; remark\n;~ WAVE OPACITY\n1 2\n", 2),
        ("# mine\nwavelength_um,colour\n5,1\n", 2),
    ] {
        let error = flux(&table(text), &default()).expect_err(text);
        assert!(matches!(&error.fault, Fault::MissingColumn { .. }), "{text:?}: {error}");
        assert_eq!(error.line, Some(line), "{text:?}: {error}");
        // Named by hand it is missed at the same place.
        let by_hand = table(text).index("flux").expect_err(text);
        assert_eq!(by_hand.line, Some(line), "{text:?}: {by_hand}");
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
