//! Where tests find the data mirror, and small models that tests share.

use std::path::{Path, PathBuf};

use crate::cases::test_data;
use crate::data::Library;

const CASE: &str = "thermodynamic_uncertainty";

/// The case's folder in the mirror; says so when there is none.
pub(crate) fn mirror() -> Option<PathBuf> {
    test_data::folder(CASE)
}

/// A library over the mirror.
pub(crate) fn library() -> Option<Library> {
    test_data::library(CASE)
}

/// All SBML files below a folder of the mirror, sorted.
pub(crate) fn models(mirror: &Path, folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![mirror.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the mirror's folders can be listed") {
            let path = entry.expect("readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "xml") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "the mirror has no models in {folder}");
    found
}

/// A Level 3 model around the given lists.
pub(crate) fn level_3(lists: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<sbml xmlns='http://www.sbml.org/sbml/level3/version1/core' \
         level='3' version='1'>\n<model id='m'>\n{lists}</model>\n</sbml>\n"
    )
}

/// `A ⇌ B` with volume 2 and a rule, a function, an initial assignment and a local parameter; laws in concentrations.
pub(crate) fn reversible() -> String {
    let m = "xmlns='http://www.w3.org/1998/Math/MathML'";
    level_3(&format!(
        "<listOfFunctionDefinitions><functionDefinition id='f'><math {m}><lambda><bvar><ci>k</ci></bvar><bvar><ci>s</ci>\
         </bvar><apply><times/><ci>k</ci><ci>s</ci></apply></lambda></math></functionDefinition></listOfFunctionDefinitions>\n\
         <listOfCompartments><compartment id='c' spatialDimensions='3' size='2' constant='true'/></listOfCompartments>\n\
         <listOfSpecies><species id='A' compartment='c' initialConcentration='3' hasOnlySubstanceUnits='false' \
         boundaryCondition='false' constant='false'/>\n<species id='B' compartment='c' initialAmount='1' \
         hasOnlySubstanceUnits='false' boundaryCondition='false' constant='false'/></listOfSpecies>\n\
         <listOfParameters><parameter id='kf' value='0.5' constant='true'/><parameter id='kr' constant='true'/>\
         <parameter id='total' constant='false'/></listOfParameters>\n\
         <listOfInitialAssignments><initialAssignment symbol='kr'><math {m}><apply><divide/><ci>kf</ci><cn>2</cn></apply>\
         </math></initialAssignment></listOfInitialAssignments>\n\
         <listOfRules><assignmentRule variable='total'><math {m}><apply><plus/><ci>A</ci><ci>B</ci></apply></math>\
         </assignmentRule></listOfRules>\n\
         <listOfReactions><reaction id='J' reversible='true' fast='false'>\n<listOfReactants><speciesReference species='A' \
         stoichiometry='1' constant='true'/></listOfReactants><listOfProducts><speciesReference species='B' \
         stoichiometry='1' constant='true'/></listOfProducts>\n<kineticLaw><math {m}><apply><times/><ci>c</ci><apply><minus/>\
         <apply><ci>f</ci><ci>kf</ci><ci>A</ci></apply>\n<apply><times/><ci>kr</ci><ci>B</ci><ci>g</ci></apply></apply></apply>\
         </math><listOfLocalParameters><localParameter id='g' value='1'/></listOfLocalParameters></kineticLaw></reaction>\
         </listOfReactions>\n"
    ))
}
