//! The command of `qncc_spectra` on a user's own spectra: it runs and writes whole files, or it refuses and says why.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use user::{Scratch, ran, refused, report, run, text};

#[path = "../src/cases/test_data/mirror.rs"]
mod mirror;
mod user;

const CASE: &str = "qncc_spectra";

/// The mirror's folder, if it has this case.
fn mirror() -> Option<PathBuf> {
    mirror::root(CASE)
}

fn command(arguments: &[&str]) -> Command {
    user::command(CASE, arguments)
}

fn saigen(arguments: &[&str]) -> Output {
    run(command(arguments))
}

/// The headers of a spectrum in flux and of one in absorbance.
const FLUX: &str = "wavelength_um,flux_Jy,sigma_Jy";
const ABSORBANCE: &str = "wavelength_um,absorbance,sigma";

/// Two bands on a blackbody of 300 K, 5–15 µm; what the numbers are says the header.
fn bands(header: &str) -> String {
    let mut text = format!("{header}\n");
    for k in 0..300 {
        let x = 5.0 + f64::from(k) / 30.0;
        let drude = |centre: f64, width: f64, height: f64| {
            let g = width / centre;
            height * g * g / ((x / centre - centre / x).powi(2) + g * g)
        };
        // A ripple in place of noise, so that the test needs no generator.
        let ripple = 0.01 * (f64::from(k) * 12.9898).sin();
        let planck = 3.97289e13 / x.powi(3) / ((14387.752 / (x * 300.0)).exp() - 1.0);
        let y = drude(6.2, 0.2, 1.0) + drude(8.0, 0.9, 2.0) + 1e-9 * planck + ripple;
        text.push_str(&format!("{x:.5},{y:.6},0.01\n"));
    }
    text
}

const COMPONENTS: &str = "index,kind,name,center_um,fwhm_um,temperature_K\n0,blackbody,,,,300\n1,drude,six,6.2,0.2,\n\
                          2,drude,eight,8.0,0.9,\n3,line,absent,10.5,0.12,\n";

impl Scratch {
    /// `fit` of a file with this content, called `mine.csv`: the short list of components, no dust, results in `out`.
    fn fit(&self, spectrum: impl AsRef<[u8]>, out: &str, more: &[&str]) -> Command {
        self.fit_list(spectrum, COMPONENTS, out, more)
    }

    /// The same with another list of components.
    fn fit_list(&self, spectrum: impl AsRef<[u8]>, components: &str, out: &str, more: &[&str]) -> Command {
        let (file, list) = (self.write("mine.csv", spectrum), self.write("list.csv", components));
        let out = self.path(out);
        let fixed = ["fit", text(&file), "--components", text(&list), "--attenuation", "none", "--out", text(&out)];
        command(&[&fixed[..], more].concat())
    }

    /// `compare` of files with these contents, called `lab.csv` and `observed.csv`, without fetched data; results in `out`.
    fn compare(&self, lab: impl AsRef<[u8]>, observed: impl AsRef<[u8]>, out: &str, more: &[&str]) -> Command {
        let (lab, observed) = (self.write("lab.csv", lab), self.write("observed.csv", observed));
        let (out, cache) = (self.path(out), self.path("no cache"));
        let fixed = ["compare", text(&lab), text(&observed), "--out", text(&out), "--cache", text(&cache)];
        command(&[&fixed[..], more].concat())
    }

    /// The report in a folder of results.
    fn report(&self, out: &str) -> Value {
        report(&self.path(out))
    }
}

#[test]
fn the_reference_galaxy_has_its_reference_optimum() {
    let Some(mirror) = mirror() else { return };
    let scratch = Scratch::new();
    let file = mirror.join(CASE).join("m101_nucleus_spitzer_irs.ipac");
    let out = scratch.path("out");
    let printed = ran(&saigen(&[
        "fit",
        text(&file),
        "--mirror",
        text(&mirror),
        "--bootstrap",
        "20",
        "--out",
        text(&out),
        "--json",
    ]));
    let printed: Value = serde_json::from_str(&printed).expect("JSON on stdout");
    assert_eq!(printed, report(&out));
    let number = |key: &str| printed[key].as_f64().expect(key);
    assert!((number("chi2") - 1659.7217).abs() < 1e-4, "{}", number("chi2"));
    assert!(number("kkt") < 1e-8);
    assert!((printed["optical_depth"]["value"].as_f64().unwrap() - 0.3149).abs() < 1e-3);
    assert_eq!((printed["points"].as_u64(), printed["origin"].as_str()), (Some(294), Some("real")));
    let six = &printed["powers"][0];
    assert_eq!(six["complex"], "6.2");
    assert!((six["power"].as_f64().unwrap() / 7.556e-13 - 1.0).abs() < 1e-3);
    // The table: a coefficient above zero has an error and no limit, one at zero a limit and no error.
    let table = std::fs::read_to_string(out.join("fit.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().skip(2).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 52);
    let columns: Vec<&str> = table.lines().nth(1).unwrap().split(',').collect();
    let at = |name: &str| columns.iter().position(|column| *column == name).expect(name);
    for row in &rows {
        let positive = row[at("coefficient")].parse::<f64>().unwrap() > 0.0;
        for (column, filled) in [
            ("sigma_formal", positive),
            ("sigma_scaled", positive),
            ("sigma_bootstrap", positive),
            ("upper_limit_95_scaled", !positive),
        ] {
            assert_eq!(!row[at(column)].is_empty(), filled, "{column}: {row:?}");
        }
    }
    for name in ["powers.csv", "covariance.csv", "spectrum.csv"] {
        assert!(std::fs::read_to_string(out.join(name)).unwrap().contains("(real)"), "{name}");
    }
    assert!(std::fs::read_to_string(out.join("figure.svg")).unwrap().ends_with("</svg>\n"));
}

#[test]
fn a_spectrum_of_ones_own_needs_no_mirror() {
    let scratch = Scratch::new();
    let printed = ran(&run(scratch.fit(bands(FLUX), "out", &[])));
    assert!(printed.contains("mine.csv (real): 300 points"), "{printed}");
    let found = scratch.report("out");
    let coefficient = |j: usize| found["components"][j]["coefficient"]["value"].as_f64().unwrap();
    assert!((coefficient(1) - 1.0).abs() < 0.05 && (coefficient(2) - 2.0).abs() < 0.05, "{found}");
    // The same numbers in other units and the other way round are the same fit.
    let mut lines: Vec<String> = bands("").lines().skip(1).map(str::to_string).collect();
    lines.reverse();
    let reversed = format!("wavelength,flux,sigma\n{}\n", lines.join("\n"));
    ran(&run(scratch.fit(reversed, "reversed", &["--units", "um,Jy"])));
    assert_eq!(scratch.report("reversed")["chi2"], found["chi2"]);
    // A file that calls itself synthetic is watermarked.
    ran(&run(scratch.fit(format!("# SYNTHETIC\n{}", bands(FLUX)), "synthetic", &[])));
    assert_eq!(scratch.report("synthetic")["origin"], "synthetic");
    let figure = std::fs::read_to_string(scratch.path("synthetic").join("figure.svg")).unwrap();
    assert!(figure.contains("SYNTHETIC STAND-IN"));
}

#[test]
fn complexes_and_lines_at_zero_have_limits_of_their_power() {
    let scratch = Scratch::new();
    let file = scratch.write("mine.csv", bands("wavelength_um,flux_Jy,sigma_Jy"));
    // Bands at 12.62 and 12.68 µm dig into the spectrum: at zero, as the line at 10.5 µm may be.
    let hollow: String = (bands("wavelength_um,flux_Jy,sigma_Jy").lines())
        .map(|line| match line.split(',').map(|field| field.parse::<f64>()).collect::<Result<Vec<f64>, _>>() {
            Ok(row) if (12.3..13.0).contains(&row[0]) => format!("{},{},{}\n", row[0], row[1] - 0.1, row[2]),
            _ => format!("{line}\n"),
        })
        .collect();
    std::fs::write(&file, hollow).unwrap();
    let list = scratch.write("list.csv", format!("{COMPONENTS}4,drude,a,12.62,0.3,\n5,drude,b,12.68,0.3,\n"));
    let out = scratch.path("out");
    let fixed = ["fit", text(&file), "--components", text(&list), "--attenuation", "none", "--out", text(&out)];
    let printed = ran(&saigen(&[&fixed[..], &["--bootstrap", "20"]].concat()));
    assert!(printed.lines().any(|line| line.starts_with("12.6 ") && line.contains('<')), "{printed}");
    let found = report(&out);
    let limit = |of: &Value, which: &str| of["power_upper_limit_95"][which].as_f64();
    let (a, b) = (&found["components"][4], &found["components"][5]);
    let complex = found["powers"].as_array().unwrap().iter().find(|one| one["complex"] == "12.6").unwrap();
    for which in ["formal", "scaled"] {
        let single = [limit(a, which).unwrap(), limit(b, which).unwrap()];
        let both = complex["upper_limit_95"][which].as_f64().unwrap();
        assert!(single[0] > 0.0 && (both / (single[0] + single[1]) - 1.0).abs() < 1e-9, "{single:?} {both}");
    }
    assert!(complex["sigma"]["bootstrap"].is_null() && complex["sigma"]["formal"].is_null(), "{complex}");
    // The limit of the power is the power that the limit of the height has: π c b γ/(2 λ₀), 1 Jy = 10⁻²⁶ W m⁻² Hz⁻¹.
    let height = a["upper_limit_95"]["formal"].as_f64().unwrap();
    let power = 0.5 * std::f64::consts::PI * 2.997_924_58e14 / 12.62 * (0.3 / 12.62) * height * 1e-26;
    assert!((limit(a, "formal").unwrap() / power - 1.0).abs() < 1e-6, "{a}");
    let table = std::fs::read_to_string(out.join("powers.csv")).unwrap();
    let columns: Vec<&str> = table.lines().nth(1).unwrap().split(',').collect();
    let at = |name: &str| columns.iter().position(|column| *column == name).expect(name);
    for row in table.lines().skip(2).map(|line| line.split(',').collect::<Vec<_>>()) {
        let zero = row[at("power")].parse::<f64>().unwrap() == 0.0;
        assert_eq!(zero, row[0] == "12.6", "{row:?}");
        for (column, filled) in [
            ("sigma_formal", !zero),
            ("sigma_scaled", !zero),
            ("sigma_bootstrap", !zero),
            ("upper_limit_95_formal", zero),
            ("upper_limit_95_scaled", zero),
        ] {
            assert_eq!(!row[at(column)].is_empty(), filled, "{column}: {row:?}");
        }
    }
}

#[test]
fn wavelengths_in_air_are_brought_to_vacuum() {
    let scratch = Scratch::new();
    let file = scratch.write("mine.csv", bands("wavelength_um,flux_Jy,sigma_Jy"));
    let list = scratch.write("list.csv", COMPONENTS);
    let out = scratch.path("out");
    let fixed = ["fit", text(&file), "--components", text(&list), "--attenuation", "none", "--out", text(&out)];
    let six = |more: &[&str]| {
        let output = saigen(&[&fixed[..], &["--free-centres=bands"], more].concat());
        ran(&output);
        let found = report(&out);
        let centre = found["components"][1]["center_um"].as_f64().unwrap();
        (
            centre,
            found["wavelengths"].as_str().unwrap().to_string(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (vacuum, air) = (six(&[]), six(&["--wavelengths", "air"]));
    // The index of air is 1.000273 there; the blackbody's fit moves the band by far less.
    assert!((air.0 / vacuum.0 - 1.000_273).abs() < 2e-5, "{} {}", air.0, vacuum.0);
    assert!(vacuum.1 == "vacuum" && air.1.contains("air") && air.2.contains("converted from air to vacuum"), "{air:?}");
    let lab = scratch.write("lab.csv", bands("wavelength_um,absorbance,sigma"));
    let peaks = |more: &[&str]| {
        let none = scratch.path("none");
        let arguments = ["compare", text(&lab), text(&file), "--temperature", "600", "--replicates", "20", "--cache"];
        ran(&saigen(&[&arguments[..], &[text(&none), "--out", text(&out)], more].concat()));
        let centres = report(&out)["ranking"][0]["comparison"]["centers"].clone();
        (centres["model"].as_f64().unwrap(), centres["observed"].as_f64().unwrap())
    };
    let (plain, of_observed, of_lab) =
        (peaks(&[]), peaks(&["--wavelengths", "air"]), peaks(&["--lab-wavelengths", "air"]));
    assert!(of_observed.1 > plain.1 + 1e-3 && (of_observed.0 - plain.0).abs() < 5e-4, "{plain:?} {of_observed:?}");
    assert!(of_lab.0 > plain.0 + 1e-3 && (of_lab.1 - plain.1).abs() < 5e-4, "{plain:?} {of_lab:?}");
}

#[test]
fn free_centres_find_a_band_that_moved() {
    let scratch = Scratch::new();
    let moved = COMPONENTS.replace("8.0,0.9", "8.03,0.9");
    let fitted = |more: &[&str]| {
        ran(&run(scratch.fit_list(bands(FLUX), &moved, "out", more)));
        scratch.report("out")
    };
    let (fixed, free) = (fitted(&[]), fitted(&["--free-centres=bands"]));
    assert!(free["chi2"].as_f64() < fixed["chi2"].as_f64());
    assert!((free["components"][2]["center_um"].as_f64().unwrap() - 8.0).abs() < 0.01, "{free}");
}

#[test]
fn results_have_the_same_bytes_at_any_number_of_threads() {
    let scratch = Scratch::new();
    let with = |threads: &str| {
        let (fit, compare) = (format!("fit{threads}"), format!("compare{threads}"));
        let (fitting, comparing) = (
            scratch.fit(bands(FLUX), &fit, &["--free-centres=all", "--bootstrap", "30"]),
            scratch.compare(bands(ABSORBANCE), bands(FLUX), &compare, &["--temperature", "500", "--replicates", "50"]),
        );
        for mut command in [fitting, comparing] {
            command.env("RAYON_NUM_THREADS", threads);
            ran(&run(command));
        }
        let read = |folder: &str| -> Vec<Vec<u8>> {
            let entries = std::fs::read_dir(scratch.path(folder)).unwrap();
            let mut names: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
            names.sort();
            names.iter().map(|path| std::fs::read(path).unwrap()).collect()
        };
        (read(&fit), read(&compare))
    };
    let one = with("1");
    assert_eq!((one.0.len(), one.1.len()), (6, 5));
    assert!(one == with("2") && one == with("8"));
}

#[test]
fn a_comparison_stands_beside_null_models_and_says_which_are_missing() {
    let scratch = Scratch::new();
    let with = |lab: String, more: &[&str]| {
        run(scratch.compare(lab, bands(FLUX), "out", &[&["--temperature", "600"][..], more].concat()))
    };
    let bare = with(bands(ABSORBANCE), &[]);
    let printed = ran(&bare);
    assert!(printed.contains("null model") && printed.contains("featureless"), "{printed}");
    assert!(String::from_utf8_lossy(&bare.stderr).contains("amorphous carbon"), "{bare:?}");
    let ranking = scratch.report("out")["ranking"].as_array().unwrap().len();
    assert_eq!(ranking, 2);
    let Some(mirror) = mirror() else { return };
    ran(&with(bands(ABSORBANCE), &["--mirror", text(&mirror)]));
    let found = scratch.report("out");
    let kinds: Vec<&str> = found["ranking"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "null model").count(), 7, "{kinds:?}");
    assert!(!found["verdict"].as_str().unwrap().is_empty());
    assert_eq!(found["baselines"].as_array().unwrap().len(), 4);
    // ATR lowers the wavenumber of bands, so corrected to transmission they lie at shorter wavelengths.
    let film: String = (bands(ABSORBANCE).lines())
        .map(|line| match line.split(',').map(|field| field.parse::<f64>()).collect::<Result<Vec<f64>, _>>() {
            Ok(row) => format!("{},{}\n", row[0], 0.05 * row[1]),
            Err(_) => "wavelength_um,absorbance\n".to_string(),
        })
        .collect();
    let centre = |more: &[&str]| {
        ran(&with(film.clone(), more));
        scratch.report("out")["ranking"][0]["comparison"]["centers"]["model"].as_f64().expect("a band")
    };
    assert!(centre(&["--atr", "diamond"]) < centre(&[]) - 1e-3);
    // What is compared is no null model of itself.
    let m101 = std::fs::read(mirror.join(CASE).join("m101_nucleus_spitzer_irs.ipac")).unwrap();
    let hot = ["--temperature", "600", "--mirror", text(&mirror)];
    let output = run(scratch.compare(bands(ABSORBANCE), m101, "out", &hot));
    assert!(!ran(&output).contains("M101 nucleus"), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("one of the two files compared"));
}

/// A N K-edge with an imine's and an amide's peak.
fn edge() -> String {
    let mut text = "energy_eV,absorption,sigma\n".to_string();
    for k in 0..240 {
        let e = 392.0 + 0.1 * f64::from(k);
        let peak = |centre: f64, fwhm: f64, height: f64| {
            height * (-4.0 * std::f64::consts::LN_2 * ((e - centre) / fwhm).powi(2)).exp()
        };
        let step = 0.5 + (2.0 * (e - 405.5) / 1.8).atan() / std::f64::consts::PI;
        let ripple = 0.01 * (f64::from(k) * 12.9898).sin();
        let y = 0.05 + step + peak(398.8, 0.9, 0.6) + peak(401.4, 1.2, 0.5) + peak(409.8, 6.0, 0.5) + ripple;
        text.push_str(&format!("{e:.2},{y:.6},0.01\n"));
    }
    text
}

#[test]
fn an_edge_is_told_apart_and_amine_is_never_tried_alone() {
    let scratch = Scratch::new();
    let file = scratch.write("edge.csv", edge());
    let out = scratch.path("out");
    let arguments = ["xanes", text(&file), "--starts", "2", "--calibration", "0", "--out", text(&out), "--models"];
    ran(&saigen(&[&arguments[..], &["imine,nitrile,amide,amine"]].concat()));
    let found = report(&out);
    let gain = |k: usize| found["support"][k]["gain"].as_f64().unwrap();
    assert!(gain(0) > 6.0 && gain(2) > 6.0, "{found}");
    assert!(gain(1) < 6.0 && gain(3) < 6.0, "{found}");
    assert_eq!(found["models"].as_array().unwrap().len(), 16);
    assert_eq!((&found["some_model_fits"], &found["support"][0]["verdict"]), (&true.into(), &"needed".into()));
    // Errors that are far too small, and so no model that fits: no group is named, however large the gain.
    let tiny = scratch.write("tiny.csv", edge().replace(",0.01\n", ",0.002\n"));
    let mut no_fit = arguments;
    no_fit[1] = text(&tiny);
    let printed = ran(&saigen(&[&no_fit[..], &["imine,amide"]].concat()));
    assert!(printed.contains("no model fits") && !printed.contains("imine needed"), "{printed}");
    let unjudged = report(&out);
    assert_eq!(unjudged["some_model_fits"], false);
    for support in unjudged["support"].as_array().unwrap() {
        assert_eq!(support["verdict"], "no_model_fits", "{unjudged}");
        assert!(support["gain"].as_f64().unwrap() > 6.0, "{unjudged}");
    }
    // The same edge as a current over that of the beam's monitor, which rises; errors from the scatter.
    let mut scan = "energy_eV,drain (A),mesh (A)\n".to_string();
    for line in edge().lines().skip(1) {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        let beam = 1e-9 * (1.0 + 0.02 * (fields[0] - 392.0));
        scan.push_str(&format!("{},{:e},{beam:e}\n", fields[0], fields[1] * beam));
    }
    let scan = scratch.write("scan.csv", scan);
    let currents =
        ["--column", "drain", "--monitor", "mesh", "--starts", "2", "--calibration", "0", "--out", text(&out)];
    ran(&saigen(&[&["xanes", text(&scan), "--models", "imine,amide"], &currents[..]].concat()));
    let divided = report(&out);
    assert!(divided["errors"].as_str().unwrap().contains("scatter"), "{divided}");
    assert!((0..2).all(|k| divided["support"][k]["gain"].as_f64().unwrap() > 6.0), "{divided}");
    // A corrected axis has its verdict where it was corrected to.
    let moved = ["--offset", "0.1", "--calibration", "0.1", "--starts", "2", "--out", text(&out)];
    let printed = ran(&saigen(&[&["xanes", text(&file), "--models", "imine,amide"], &moved[..]].concat()));
    assert!(printed.contains("the groups needed stay the same for offsets from"), "{printed}");
    assert!(printed.contains("around +0.10 eV"), "{printed}");
    let alone = refused(&saigen(&[&arguments[..], &["imine,amine"]].concat()));
    assert!(alone.contains("add amide"), "{alone}");
    let unknown = saigen(&[&arguments[..], &["thiol"]].concat());
    assert!(refused(&unknown).contains("expected imine, nitrile, amide or amine"));
    let Some(mirror) = mirror() else { return };
    let carbon = mirror.join(CASE).join("dlc_film_c_kedge_nexafs.csv");
    let wrong = refused(&saigen(&["xanes", text(&carbon), "--models", "imine", "--out", text(&out)]));
    assert!(wrong.contains("the rows run from 270.7 to 320.7"), "{wrong}");
}

#[test]
fn bad_files_are_refused_with_place_and_mend_and_nothing_is_written() {
    let scratch = Scratch::new();
    let good = bands(FLUX);
    let with = |from: &str, to: &str| good.replacen(from, to, 1).into_bytes();
    let row = good.lines().nth(5).unwrap();
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("nothing", Vec::new(), &["found an empty file"]),
        ("header", b"wavelength_um,flux_Jy,sigma_Jy\n".to_vec(), &["no rows"]),
        ("gzip", b"\x1f\x8b\x08\x00".to_vec(), &["gzip", "unpack"]),
        ("cut", good.as_bytes()[..good.len() - 12].to_vec(), &["mine.csv:301", "cut off"]),
        ("NaN", with(row, "5.13333,NaN,0.01"), &["mine.csv:6", "column `flux`", "NaN"]),
        ("negative error", with(row, "5.13333,1,-0.01"), &["mine.csv:6", "column `sigma`", "-0.01"]),
        ("zero error", with(row, "5.13333,1,0"), &["mine.csv:6", "column `sigma`"]),
        ("unsorted", with(row, "4.0,1,0.01"), &["mine.csv:6", "4 comes after"]),
        ("duplicate", with(row, good.lines().nth(4).unwrap()), &["mine.csv:6", "--merge-duplicates"]),
        ("ragged", with(row, "5.13333,1"), &["mine.csv:6", "found 2 fields, expected 3"]),
        ("unit", with("flux_Jy", "flux [furlong]"), &["furlong", "known units", "--units"]),
        ("no unit", with("flux_Jy", "flux"), &["mine.csv:1", "gives no unit", "--units"]),
        ("wrong unit", with("wavelength_um", "wavenumber_um"), &["mine.csv:1", "no unit of wavenumber"]),
        ("column", with("flux_Jy", "colour"), &["mine.csv:1", "found no column for the flux", "--column"]),
        ("errors", with("sigma_Jy", "colour"), &["mine.csv:1", "found no column for one-σ errors", "--sigma"]),
        ("latin", with("# ", "x").into_iter().chain(*b"15.1,\xe9,1\n").collect(), &["not UTF-8"]),
    ];
    let out = scratch.path("out");
    for (what, bytes, parts) in cases {
        let message = refused(&run(scratch.fit(bytes, "out", &[])));
        // Lines are broken at hyphens too.
        let whole = message.replace("- ", "-");
        for part in parts {
            assert!(message.contains(part) || whole.contains(part), "{what}: expected `{part}` in: {message}");
        }
        assert!(message.contains("help:"), "{what}: {message}");
        assert!(!out.exists(), "{what} left a folder");
    }
    let bad = COMPONENTS.replace("drude,six,6.2", "drude,six,x");
    let message = refused(&run(scratch.fit_list(&good, &bad, "out", &[])));
    assert!(message.contains("list.csv") && message.contains("line 3"), "{message}");
    let file = scratch.path("mine.csv");
    let missing = scratch.path("nowhere.csv");
    let message = refused(&saigen(&["fit", text(&missing), "--out", text(&out)]));
    assert!(message.contains("cannot read") && message.contains("nowhere.csv"), "{message}");
    let absent = ["fit", text(&file), "--out", text(&out), "--cache"];
    let message = refused(&saigen(&[&absent[..], &[text(&scratch.path("none"))]].concat()));
    assert!(message.contains("is not fetched") && message.contains("saigen data fetch"), "{message}");
}

#[test]
fn a_fault_of_a_flux_per_wavelength_is_told_as_what_it_is() {
    let scratch = Scratch::new();
    let good = bands("wavelength_um,flux [W m-2 um-1],sigma [W m-2 um-1]");
    let fit = |spectrum: &str| run(scratch.fit(spectrum, "out", &[]));
    let whole = fit(&good);
    ran(&whole);
    assert!(String::from_utf8_lossy(&whole.stderr).contains("F_λ converted"), "{whole:?}");
    // Lines 6 and 7 change places.
    let mut lines: Vec<&str> = good.lines().collect();
    lines.swap(5, 6);
    let unsorted = lines.join("\n");
    let compared = run(scratch.compare(bands(ABSORBANCE), &unsorted, "out", &["--temperature", "600"]));
    for (output, place) in [(fit(&unsorted), "mine.csv:7"), (compared, "observed.csv:7")] {
        let message = refused(&output);
        assert!(message.contains(place) && message.contains("sort the rows"), "{message}");
        assert!(!message.contains("unit"), "{message}");
    }
    let negative = refused(&fit(&good.replacen(",0.01\n", ",-0.01\n", 1)));
    assert!(negative.contains("mine.csv:2") && negative.contains("expected a number above zero"), "{negative}");
}

#[test]
fn all_that_is_compared_is_brought_to_one_resolving_power() {
    let scratch = Scratch::new();
    // A line at 10.53 µm, in the middle of a bin, far narrower than any common resolving power.
    let sharp: String = (0..3000)
        .map(|k| {
            let x = 5.0 + f64::from(k) / 300.0;
            let line = 20.0 * (-0.5 * ((x - 10.53) / 0.01).powi(2)).exp();
            format!("{x:.5},{:.6},0.01\n", (-0.5 * ((x - 8.0) / 0.4).powi(2)).exp() + line)
        })
        .collect();
    let observed = scratch.write("observed.csv", format!("wavelength_um,flux_Jy,sigma_Jy\n{sharp}"));
    let lab = scratch.write("lab.csv", bands("wavelength_um,absorbance,sigma"));
    let (out, none) = (scratch.path("out"), scratch.path("none"));
    let arguments = ["compare", text(&lab), text(&observed), "--temperature", "600", "--replicates", "20", "--cache"];
    let run = |more: &[&str]| {
        let output = saigen(&[&arguments[..], &[text(&none), "--out", text(&out)], more].concat());
        let printed = ran(&output);
        let table = std::fs::read_to_string(out.join("spectra.csv")).unwrap();
        let rows = table.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
        let highest = rows.map(|row| row.split(',').nth(1).unwrap().parse::<f64>().unwrap()).fold(0.0, f64::max);
        (report(&out), highest, printed, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (as_it_is, plain, printed, notes) = run(&[]);
    assert!(as_it_is["observed_resolution"]["convolved_with"].is_null(), "{as_it_is}");
    assert!(notes.contains("resolving power isn't given") && notes.contains("densely enough"), "{notes}");
    assert!(printed.contains("at resolving power 100 (own: LAB taken as sharp, OBSERVED not given)"), "{printed}");
    // Given its own, the observation is convolved like all else: its line drops to the width of the kernel.
    let (known, seen, _, notes) = run(&["--observed-resolving-power", "2000"]);
    let kernel = known["observed_resolution"]["convolved_with"].as_f64().unwrap();
    assert!((kernel - (100.0_f64.powi(-2) - 2000.0_f64.powi(-2)).powf(-0.5)).abs() < 1e-9, "{kernel}");
    assert!(seen < 0.75 * plain, "{seen} of {plain}");
    assert!(!notes.contains("isn't given") && notes.contains("OBSERVED was convolved"), "{notes}");
    assert_eq!(known["ranking"][0]["resolution"]["compared_at"], 100.0);
    // The blunter one sets the common resolving power, and nothing can be sharpened.
    let (blunt, ..) = run(&["--observed-resolving-power", "60"]);
    assert_eq!((&blunt["resolving_power"], &blunt["observed_resolution"]["compared_at"]), (&60.0.into(), &60.0.into()));
    let more = ["--observed-resolving-power", "60", "--resolving-power", "100", "--out", text(&out)];
    let message = refused(&saigen(&[&arguments[..], &[text(&none)], &more[..]].concat()));
    assert!(message.contains("OBSERVED was taken at a resolving power of 60"), "{message}");
    // Where the kernel would reach beyond a file, the edge is left out, and said.
    let ends = |report: &Value| (report["range_um"][0].as_f64().unwrap(), report["range_um"][1].as_f64().unwrap());
    let (_, high) = ends(&run(&["--range", "5.2:15"]).0);
    let (narrowed, .., notes) =
        run(&["--range", "5.2:15", "--observed-resolving-power", "2000", "--resolving-power", "40"]);
    assert!(ends(&narrowed).1 < high - 0.1 && high < 14.97, "{:?} {high}", ends(&narrowed));
    assert!(notes.contains("the edge is left out"), "{notes}");
}

#[test]
fn a_gap_inside_the_compared_range_is_named() {
    let scratch = Scratch::new();
    let whole = bands(ABSORBANCE);
    let inside = |line: &&str| ["5.8", "5.9", "6."].iter().any(|start| line.starts_with(start));
    let lab: Vec<&str> = whole.lines().filter(|line| !inside(line)).collect();
    let few = ["--temperature", "600", "--replicates", "20"];
    let printed = ran(&run(scratch.compare(lab.join("\n"), bands(FLUX), "out", &few)));
    let found = scratch.report("out");
    let out = scratch.path("out");
    let remarks = found["remarks"].to_string();
    assert!(remarks.contains("lab.csv: no points between 5.77 and"), "{remarks}");
    assert!(!remarks.contains("observed.csv: no points"), "{remarks}");
    // And in every output: printed, in the table, in the report.
    let mine = found["ranking"].as_array().unwrap().iter().find(|one| one["kind"] == "laboratory").unwrap();
    let count = mine["points_in_gaps"].as_u64().unwrap();
    assert!(count > 10 && mine["gaps_um"].as_array().unwrap().len() == 1, "{mine}");
    assert!(printed.contains(&format!("({count}*)")) && printed.contains("straight lines are compared"), "{printed}");
    let table = std::fs::read_to_string(out.join("similarity.csv")).unwrap();
    assert!(table.lines().any(|line| line.starts_with("# ") && line.contains("no points between 5.77 and")), "{table}");
    assert!(table.contains(&format!("lab,laboratory,real,{},{count},", mine["points"])), "{table}");
    assert!(std::fs::read_to_string(out.join("figure.svg")).unwrap().contains("Straight lines across gaps"));
}

#[test]
fn settings_out_of_range_are_refused() {
    let scratch = Scratch::new();
    for (more, part) in [
        (&["--redshift", "-1"][..], "redshift"),
        (&["--redshift", "NaN"], "redshift"),
        (&["--reach", "0"], "--reach"),
        (&["--bootstrap", "1"], "--bootstrap"),
        (&["--range", "20:30"], "no row has numbers between 20 and 30"),
        (&["--range", "9:8"], "must be below"),
        (&["--units", "furlong"], "no known unit"),
        (&["--band", "3"], "no sub-band `3`"),
    ] {
        let message = refused(&run(scratch.fit(bands(FLUX), "out", more)));
        assert!(message.contains(part), "{more:?}: {message}");
    }
    for (more, part) in [
        (&["--temperature", "0"][..], "--temperature"),
        (&["--temperature=-5"], "--temperature is -5; it must be finite and above zero"),
        (&["--temperature", "600", "--resolving-power", "1"], "--resolving-power"),
        (&["--temperature", "600", "--range", "20:30"], "too little to compare"),
        (&["--temperature", "600", "--redshift", "9"], "too little to compare"),
        (&["--temperature", "600", "--material", "optical-constants"], "refractive index n"),
    ] {
        let output = run(scratch.compare(bands(ABSORBANCE), bands(FLUX), "out", more));
        assert!(refused(&output).contains(part), "{more:?}: {output:?}");
    }
}

#[test]
fn an_output_that_cannot_be_written_is_found_before_the_run() {
    let scratch = Scratch::new();
    let in_the_way = scratch.write("taken", "x");
    for place in ["taken", "taken/below"] {
        let message = refused(&run(scratch.fit(bands(FLUX), place, &["--bootstrap", "1000000"])));
        assert!(message.contains("is a file") || message.contains("cannot write into"), "{message}");
    }
    assert_eq!(std::fs::read(&in_the_way).unwrap(), b"x");
}

#[test]
fn a_killed_run_leaves_whole_files_and_no_report_of_another_run() {
    let scratch = Scratch::new();
    let out = scratch.path("out");
    let seeded = |seed: &str| scratch.fit(bands(FLUX), "out", &["--bootstrap", "40", "--seed", seed]);
    ran(&run(seeded("1")));
    // Another seed changes digits, not the number of lines.
    let lines = |path: &Path| std::fs::read_to_string(path).unwrap().lines().count();
    let expected: Vec<(PathBuf, usize)> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "csv"))
        .map(|path| (path.clone(), lines(&path)))
        .collect();
    assert_eq!(expected.len(), 4);
    for round in 0..12u64 {
        let seed = (round + 2).to_string();
        let mut child = seeded(&seed).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(4 + 5 * round));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        for entry in std::fs::read_dir(&out).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let content = std::fs::read_to_string(&path).unwrap();
            let whole = match name.rsplit('.').next() {
                Some("svg") => content.ends_with("</svg>\n"),
                Some("json") => serde_json::from_str::<Value>(&content).is_ok(),
                _ => content.ends_with('\n') && expected.contains(&(path.clone(), content.lines().count())),
            };
            assert!(whole, "{name} is cut off after {} bytes", content.len());
        }
    }
    ran(&run(seeded("1")));
    assert_eq!(report(&out)["version"], 1);
}
