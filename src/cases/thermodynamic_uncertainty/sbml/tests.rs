//! Files good and bad: every fault is a typed error that names element, line and column; nothing panics.

use proptest::prelude::*;

use super::*;
use crate::cases::thermodynamic_uncertainty::expression::mathml::MathError;
use crate::cases::thermodynamic_uncertainty::model::{ModelError, Quantity};
use crate::cases::thermodynamic_uncertainty::ode::OdeSystem;
use crate::cases::thermodynamic_uncertainty::test_data::{level_3, mirror, models, reversible};

fn parse(text: &str) -> Result<Model, SbmlError> {
    read(text.as_bytes(), Events::Refuse)
}

fn broken(from: &str, to: &str) -> SbmlError {
    let text = reversible();
    assert!(text.contains(from), "the model has no `{from}`");
    parse(&text.replacen(from, to, 1)).expect_err("the fault is seen")
}

#[test]
fn a_small_model_means_what_it_says() {
    let model = parse(&reversible()).expect("valid");
    assert_eq!(model.state_names(), ["A", "B"]);
    assert_eq!(model.initial_state(), [6.0, 1.0]);
    let system = model.system();
    let mut rate = [0.0; 2];
    system.rhs(0.0, &[6.0, 1.0], &mut rate);
    // v = c (kf A − kr B) with A = 6/2, B = 1/2, kf = 1/2, kr = 1/4
    assert_eq!(rate, [-2.75, 2.75]);
    let columns = [("A", Quantity::Concentration), ("A", Quantity::Amount), ("total", Quantity::Amount)];
    let outputs = model.outputs(&columns.map(|(id, q)| (id.to_owned(), q))).expect("known ids");
    assert_eq!(model.row(&outputs, 0.0, &[6.0, 1.0]), [3.0, 6.0, 3.5]);
}

#[test]
fn clamping_makes_a_chemostat() {
    let model = parse(&reversible()).expect("valid").clamped("B", 4.0).expect("free species");
    assert_eq!(model.state_names(), ["A"]);
    let mut rate = [0.0];
    model.system().rhs(0.0, &[6.0], &mut rate);
    assert_eq!(rate, [-1.0]);
    assert!(matches!(model.clamped("nobody", 1.0), Err(ModelError::NoSuchSymbol { .. })));
    assert!(matches!(model.clamped("A", f64::NAN), Err(ModelError::BadConcentration { .. })));
}

#[test]
fn faults_name_element_line_and_column() {
    let unknown = broken("speciesReference species='A'", "speciesReference species='Q'");
    assert!(matches!(&unknown, SbmlError::UnknownReference { id, element, .. } if id == "Q" && element.line == 12));
    let law = broken("<ci>kr</ci><ci>B</ci>", "<ci>kr</ci><ci>Q</ci>");
    let SbmlError::Math { element, source: MathError::UnknownIdentifier { id } } = &law else { panic!("{law}") };
    assert_eq!((element.kind.as_str(), element.id.as_str(), id.as_str()), ("reaction", "J", "Q"));
    assert_eq!((element.line, element.column), (14, 27));
    assert!(matches!(broken("id='B'", "id='A'"), SbmlError::Duplicate { first, .. } if first.id == "A"));
    assert!(
        matches!(broken("fast='false'", "fast='true'"), SbmlError::Unsupported { feature, .. } if feature.contains("fast"))
    );
    assert!(matches!(broken("level='3'", "level='1'"), SbmlError::Level { .. }));
    assert!(matches!(broken("size='2'", "size='two'"), SbmlError::BadAttribute { attribute: "size", .. }));
    assert!(matches!(broken("size='2'", "size='0'"), SbmlError::Model(ModelError::BadValue { .. })));
    assert!(matches!(broken("value='0.5'", "value='NaN'"), SbmlError::Model(ModelError::BadValue { .. })));
    assert!(matches!(broken(" value='0.5'", ""), SbmlError::Model(ModelError::Undefined { .. })));
    assert!(matches!(
        broken("<ci>f</ci><ci>kf</ci>", "<ci>f</ci>"),
        SbmlError::Math { source: MathError::Arity { .. }, .. }
    ));
    assert!(matches!(broken("<ci>A</ci><ci>B</ci></apply></math>", "<ci>A</ci><ci>total</ci></apply></math>"),
        SbmlError::Model(ModelError::Cycle { element }) if element.id == "total"));
    assert!(matches!(broken("assignmentRule", "rateRule").to_string().as_str(), text if text.contains("malformed")));
    assert!(matches!(parse(""), Err(SbmlError::Xml { .. })));
    assert!(matches!(read(&[0x3c, 0xff], Events::Refuse), Err(SbmlError::NotUtf8 { offset: 1 })));
    assert!(matches!(parse("<a/>"), Err(SbmlError::NotSbml { .. })));
}

#[test]
fn what_is_outside_the_subset_is_refused_by_name() {
    let with =
        |extra: &str| parse(&reversible().replace("</listOfReactions>\n", &format!("</listOfReactions>{extra}\n")));
    let event = "<listOfEvents><event id='E'/></listOfEvents>";
    let refused = with(event).expect_err("events are refused").to_string();
    assert!(refused.contains("event `E`") && refused.contains("line 14"), "{refused}");
    let text = reversible().replace("</listOfReactions>\n", &format!("</listOfReactions>{event}\n"));
    assert!(read(text.as_bytes(), Events::LeaveOut).is_ok());
    for (rule, name) in [("rateRule variable='total'", "rate rule"), ("algebraicRule", "algebraic rule")] {
        let tag = rule.split(' ').next().expect("a tag");
        let text = reversible().replace("</listOfRules>", &format!("<{rule}></{tag}></listOfRules>"));
        assert!(parse(&text).expect_err("refused").to_string().contains(name));
    }
    let package = "<sbml xmlns:p='http://www.sbml.org/sbml/level3/version1/comp/version1' p:required='true' ";
    assert!(parse(&reversible().replace("<sbml ", package)).expect_err("refused").to_string().contains("comp"));
}

#[test]
fn shadowing_parameters_and_boundary_species() {
    let model = parse(
        &reversible()
            .replace("localParameter id='g' value='1'", "localParameter id='kr' value='9'")
            .replace("<ci>g</ci>", ""),
    );
    let model = model.expect("local parameters shadow global ones");
    let mut rate = [0.0; 2];
    model.system().rhs(0.0, &[6.0, 1.0], &mut rate);
    assert_eq!(rate[1], 2.0 * (0.5 * 3.0 - 9.0 * 0.5));
}

#[test]
fn empty_and_large_models() {
    let empty = parse(&level_3("")).expect("a model without reactions is valid");
    assert_eq!(empty.system().dimension(), 0);
    let species =
        |i: usize| format!("<species id='S{i}' compartment='c' initialAmount='1' hasOnlySubstanceUnits='true'/>");
    let reaction = |i: usize| {
        format!(
            "<reaction id='J{i}'><listOfReactants><speciesReference species='S{i}' stoichiometry='1'/></listOfReactants>\
             <listOfProducts><speciesReference species='S{}' stoichiometry='1'/></listOfProducts><kineticLaw>\
             <math xmlns='http://www.w3.org/1998/Math/MathML'><ci>S{i}</ci></math></kineticLaw></reaction>",
            (i + 1) % 400
        )
    };
    let text = level_3(&format!(
        "<listOfCompartments><compartment id='c' size='1'/></listOfCompartments><listOfSpecies>{}</listOfSpecies>\
         <listOfReactions>{}</listOfReactions>",
        (0..400).map(species).collect::<String>(),
        (0..400).map(reaction).collect::<String>()
    ));
    let model = parse(&text).expect("valid");
    assert_eq!(model.system().dimension(), 400);
    assert_eq!(model.split().expect("first order").network.reactions().len(), 400);
}

#[test]
fn nesting_without_end_is_refused() {
    let deep = |n: usize| format!("{}<ci>A</ci>{}", "<apply><minus/>".repeat(n), "</apply>".repeat(n));
    let law = |formula: &str| parse(&reversible().replace("<ci>kr</ci><ci>B</ci>", &format!("<ci>kr</ci>{formula}")));
    assert!(law(&deep(100)).is_ok());
    assert!(matches!(law(&deep(20_000)), Err(SbmlError::Math { source: MathError::TooDeep { .. }, .. })));
    let blank = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(parse(&reversible().replace("<listOfRules>", &format!("<listOfRules>{blank}"))).is_err());
    let function = |i: usize| {
        let callee = if i == 0 {
            "<ci>x</ci>".into()
        } else {
            format!("<apply><ci>g{}</ci><apply><ci>g{}</ci><ci>x</ci></apply></apply>", i - 1, i - 1)
        };
        format!(
            "<functionDefinition id='g{i}'><math xmlns='http://www.w3.org/1998/Math/MathML'><lambda><bvar><ci>x</ci></bvar><apply><plus/>{callee}{callee}</apply></lambda></math></functionDefinition>"
        )
    };
    let explosive: String = (0..60).map(function).collect();
    let text =
        reversible().replace("</listOfFunctionDefinitions>", &format!("{explosive}</listOfFunctionDefinitions>"));
    assert!(matches!(
        parse(&text),
        Err(SbmlError::Math { source: MathError::TooLarge { .. } | MathError::TooDeep { .. }, .. })
    ));
    let recursive = reversible()
        .replace("<apply><times/><ci>k</ci>", "<apply><times/><apply><ci>f</ci><ci>k</ci><ci>s</ci></apply>");
    assert!(matches!(parse(&recursive), Err(SbmlError::RecursiveFunction { .. })));
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let text = reversible();
    let end = text.trim_end().len();
    for cut in 0..end {
        assert!(parse(&text[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn a_missing_attribute_is_an_error_or_a_default() {
    let text = reversible();
    let mut at = 0;
    while let Some(start) = text[at..].find("='").map(|i| at + i) {
        let name = text[..start].rfind(' ').expect("attributes follow a space");
        let end = start + 2 + text[start + 2..].find('\'').expect("closing quote") + 1;
        let without = format!("{}{}", &text[..name], &text[end..]);
        if let Err(error) = parse(&without) {
            assert!(error.to_string().contains("line "), "{error}");
        }
        at = end;
    }
}

proptest! {
    #[test]
    fn damaged_bytes_never_panic(edits in prop::collection::vec((any::<prop::sample::Index>(), 0x20_u8..0x7f), 1..6)) {
        let mut bytes = reversible().into_bytes();
        for (index, byte) in edits {
            let place = index.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(model) = read(&bytes, Events::LeaveOut) {
            let state = model.initial_state();
            model.system().jacobian(0.0, &state, &mut vec![0.0; state.len() * state.len()]);
            let _ = (model.split(), model.counting());
        }
    }
}

#[test]
fn every_model_of_the_mirror_loads_or_is_refused_with_its_place() {
    let Some(mirror) = mirror() else { return };
    let mut refused = Vec::new();
    for folder in ["semantic", "dsmts", "biomodels", "other"] {
        for path in models(&mirror, folder) {
            let bytes = std::fs::read(&path).expect("readable");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            if let Err(error) = read(&bytes, Events::Refuse) {
                let text = error.to_string();
                assert!(text.starts_with("line ") && text.contains("column "), "{name}: {text}");
                assert!(read(&bytes, Events::LeaveOut).is_ok(), "{name}: events are the only reason to refuse");
                refused.push(name);
            }
        }
    }
    assert_eq!(refused, ["00028-sbml-l3v1", "00032-sbml-l3v1", "00033-sbml-l3v1", "BIOMD0000000001"]);
}

/// Central differences of a rate with curvature lose about the cube root of the machine precision, squared.
const DIFFERENCE_TOLERANCE: f64 = 1e-5;

#[test]
fn analytic_jacobians_agree_with_differences_on_every_model_of_the_mirror() {
    let Some(mirror) = mirror() else { return };
    for folder in ["semantic", "dsmts", "biomodels", "other"] {
        for path in models(&mirror, folder) {
            let bytes = std::fs::read(&path).expect("readable");
            let model = read(&bytes, Events::LeaveOut).expect("loads without its events");
            check_jacobian(&model, &path.display().to_string());
        }
    }
}

fn check_jacobian(model: &Model, name: &str) {
    let system = model.system();
    let n = system.dimension();
    let scales = model.absolute_tolerances(1.0);
    // Away from the start, where many amounts are zero and some laws have kinks.
    let x: Vec<f64> = model
        .initial_state()
        .iter()
        .zip(&scales)
        .enumerate()
        .map(|(i, (x, s))| x + s * (0.1 + 0.01 * i as f64))
        .collect();
    let mut jacobian = vec![0.0; n * n];
    system.jacobian(0.3, &x, &mut jacobian);
    let (mut above, mut below) = (vec![0.0; n], vec![0.0; n]);
    for j in 0..n {
        let h = 1e-6 * scales[j];
        let mut shifted = x.clone();
        shifted[j] += h;
        system.rhs(0.3, &shifted, &mut above);
        shifted[j] = x[j] - h;
        system.rhs(0.3, &shifted, &mut below);
        let column = &jacobian[j * n..(j + 1) * n];
        let size = column.iter().fold(1e-300_f64, |m, v| m.max(v.abs()));
        // Rounding of the rates limits the differences.
        let noise = above.iter().fold(0.0_f64, |m, v| m.max(v.abs())) * 1e-15 / h;
        for i in 0..n {
            let numeric = (above[i] - below[i]) / (2.0 * h);
            let error = (numeric - column[i]).abs();
            assert!(
                error <= DIFFERENCE_TOLERANCE * size + 10.0 * noise,
                "{name}: row {i}, column {j}: {numeric} {}",
                column[i]
            );
        }
    }
}
