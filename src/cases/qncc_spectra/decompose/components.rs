//! What a spectrum may be made of, and the list of it in CSV.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::cases::qncc_spectra::profiles;

/// The form of a component; lengths in µm and temperatures in K, in the rest frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Form {
    /// B_ν(T) in MJy/sr.
    Blackbody {
        /// K.
        temperature_k: f64,
    },
    /// B_ν(T)·(9.7/λ)² in MJy/sr.
    ModifiedBlackbody {
        /// K.
        temperature_k: f64,
    },
    /// An unresolved line: a Gaussian whose width is FWHM/2.355.
    Line(Place),
    /// A Drude band.
    Drude(Place),
    /// A Gaussian band.
    Gaussian(Place),
    /// A Lorentzian band.
    Lorentzian(Place),
}

/// Where a band or line lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// µm.
    pub centre_um: f64,
    /// µm.
    pub fwhm_um: f64,
}

/// One component; its coefficient is its height in units of the spectrum, or a continuum's factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Such as `[NeII]`; may be empty.
    pub name: String,
    /// Its form.
    pub form: Form,
}

impl Component {
    /// What to call it: its name, else its kind with its centre or temperature.
    pub fn label(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        match self.form {
            Form::Blackbody { temperature_k } => format!("blackbody {temperature_k} K"),
            Form::ModifiedBlackbody { temperature_k } => format!("dust {temperature_k} K"),
            Form::Line(place) => format!("line {} µm", place.centre_um),
            Form::Drude(place) | Form::Gaussian(place) | Form::Lorentzian(place) => format!("{} µm", place.centre_um),
        }
    }

    /// Its centre and width; `None` for a continuum.
    pub fn place(&self) -> Option<Place> {
        match self.form {
            Form::Line(place) | Form::Drude(place) | Form::Gaussian(place) | Form::Lorentzian(place) => Some(place),
            Form::Blackbody { .. } | Form::ModifiedBlackbody { .. } => None,
        }
    }

    /// Whether it is an unresolved line.
    pub fn is_line(&self) -> bool {
        matches!(self.form, Form::Line(_))
    }

    /// Its value at a rest wavelength in µm for coefficient one.
    pub fn value(&self, wavelength_um: f64) -> f64 {
        self.form.value(wavelength_um)
    }
}

impl Form {
    /// The same form elsewhere; a continuum stays.
    pub(super) fn moved(self, place: Place) -> Self {
        match self {
            Self::Line(_) => Self::Line(place),
            Self::Drude(_) => Self::Drude(place),
            Self::Gaussian(_) => Self::Gaussian(place),
            Self::Lorentzian(_) => Self::Lorentzian(place),
            continuum => continuum,
        }
    }

    pub(super) fn value(self, x: f64) -> f64 {
        match self {
            Self::Blackbody { temperature_k } => profiles::blackbody(x, temperature_k),
            Self::ModifiedBlackbody { temperature_k } => profiles::modified_blackbody(x, temperature_k),
            Self::Line(place) => profiles::line(x, place.centre_um, place.fwhm_um),
            Self::Drude(place) => profiles::drude(x, place.centre_um, place.fwhm_um),
            Self::Gaussian(place) => profiles::gaussian(x, place.centre_um, place.fwhm_um),
            Self::Lorentzian(place) => profiles::lorentzian(x, place.centre_um, place.fwhm_um),
        }
    }

    /// Value and derivatives in centre and width; a continuum has none of these.
    pub(super) fn slopes(self, x: f64) -> profiles::Slopes {
        match self {
            Self::Line(place) => profiles::line_slopes(x, place.centre_um, place.fwhm_um),
            Self::Drude(place) => profiles::drude_slopes(x, place.centre_um, place.fwhm_um),
            Self::Gaussian(place) => profiles::gaussian_slopes(x, place.centre_um, place.fwhm_um),
            Self::Lorentzian(place) => profiles::lorentzian_slopes(x, place.centre_um, place.fwhm_um),
            Self::Blackbody { .. } | Self::ModifiedBlackbody { .. } => {
                profiles::Slopes { value: self.value(x), by_centre: 0.0, by_width: 0.0 }
            }
        }
    }
}

/// What is wrong with a list of components; lines count from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ComponentError {
    /// No header, or no component after it.
    #[error(
        "the list has no {0}; it starts with `index,kind,name,center_um,fwhm_um,temperature_K`, then one line for each"
    )]
    Empty(&'static str),
    /// A column that is needed is missing from the header.
    #[error("line {line}: the column `{column}` is missing from the header `{header}`")]
    Column {
        /// Line of the header.
        line: usize,
        /// The missing column.
        column: &'static str,
        /// The header as it stands.
        header: String,
    },
    /// More or fewer fields than the header.
    #[error("line {line}: {found} fields, but the header has {expected}; put a name with commas in double quotes")]
    Fields {
        /// The line.
        line: usize,
        /// Its fields.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// An index that isn't a whole number or that came before.
    #[error("line {line}: the index `{found}` is not a whole number of its own; number the lines from 0")]
    Index {
        /// The line.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// A kind that isn't known.
    #[error(
        "line {line}: the kind `{found}` is not known; take blackbody, modified_blackbody, line, drude, gaussian or lorentzian"
    )]
    Kind {
        /// The line.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// A value that this kind needs is missing.
    #[error("line {line}: a {kind} needs a `{column}`; fill it in")]
    Missing {
        /// The line.
        line: usize,
        /// The kind of the component.
        kind: String,
        /// The empty column.
        column: &'static str,
    },
    /// A value that this kind has no use for.
    #[error("line {line}: a {kind} has no `{column}`, but `{found}` stands there; leave it empty or mend the kind")]
    Unused {
        /// The line.
        line: usize,
        /// The kind of the component.
        kind: String,
        /// The column.
        column: &'static str,
        /// What stands there.
        found: String,
    },
    /// A value that isn't a positive number.
    #[error("line {line}: `{column}` is `{found}`; it must be a positive number")]
    Number {
        /// The line.
        line: usize,
        /// The column.
        column: &'static str,
        /// What stands there.
        found: String,
    },
}

const COLUMNS: [&str; 6] = ["index", "kind", "name", "center_um", "fwhm_um", "temperature_K"];

/// Reads a list of components from CSV: `index,kind,name,center_um,fwhm_um,temperature_K` in any order, `#` for comments.
///
/// Lengths are in µm, temperatures in K, all in the rest frame. The components come in the order of the lines.
///
/// # Errors
/// [`ComponentError`], with the line.
pub fn parse(text: &str) -> Result<Vec<Component>, ComponentError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let mut lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let (line, header) = lines.next().ok_or(ComponentError::Empty("header"))?;
    let titles = fields(header);
    let place = |column: &'static str| {
        let found = titles.iter().position(|title| title == column);
        found.ok_or_else(|| ComponentError::Column { line, column, header: header.to_owned() })
    };
    let mut places = [0; 6];
    for (slot, column) in places.iter_mut().zip(COLUMNS) {
        *slot = place(column)?;
    }
    let mut known = BTreeSet::new();
    let mut components = Vec::new();
    for (line, text) in lines {
        let row = fields(text);
        if row.len() != titles.len() {
            return Err(ComponentError::Fields { line, found: row.len(), expected: titles.len() });
        }
        let [index, kind, name, centre, fwhm, temperature] = places.map(|place| row[place].as_str());
        if !index.parse::<usize>().is_ok_and(|index| known.insert(index)) {
            return Err(ComponentError::Index { line, found: index.to_owned() });
        }
        let row = Row { line, kind, centre, fwhm, temperature };
        components.push(Component { name: name.to_owned(), form: row.form()? });
    }
    if components.is_empty() { Err(ComponentError::Empty("components")) } else { Ok(components) }
}

/// One line of the list.
struct Row<'a> {
    line: usize,
    kind: &'a str,
    centre: &'a str,
    fwhm: &'a str,
    temperature: &'a str,
}

impl Row<'_> {
    fn form(&self) -> Result<Form, ComponentError> {
        match self.kind {
            "blackbody" => Ok(Form::Blackbody { temperature_k: self.temperature()? }),
            "modified_blackbody" => Ok(Form::ModifiedBlackbody { temperature_k: self.temperature()? }),
            "line" => Ok(Form::Line(self.place()?)),
            "drude" => Ok(Form::Drude(self.place()?)),
            "gaussian" => Ok(Form::Gaussian(self.place()?)),
            "lorentzian" => Ok(Form::Lorentzian(self.place()?)),
            found => Err(ComponentError::Kind { line: self.line, found: found.to_owned() }),
        }
    }

    fn temperature(&self) -> Result<f64, ComponentError> {
        self.unused("center_um", self.centre)?;
        self.unused("fwhm_um", self.fwhm)?;
        self.positive("temperature_K", self.temperature)
    }

    fn place(&self) -> Result<Place, ComponentError> {
        self.unused("temperature_K", self.temperature)?;
        let centre_um = self.positive("center_um", self.centre)?;
        Ok(Place { centre_um, fwhm_um: self.positive("fwhm_um", self.fwhm)? })
    }

    fn unused(&self, column: &'static str, found: &str) -> Result<(), ComponentError> {
        if found.is_empty() {
            return Ok(());
        }
        Err(ComponentError::Unused { line: self.line, kind: self.kind.to_owned(), column, found: found.to_owned() })
    }

    fn positive(&self, column: &'static str, found: &str) -> Result<f64, ComponentError> {
        if found.is_empty() {
            return Err(ComponentError::Missing { line: self.line, kind: self.kind.to_owned(), column });
        }
        let number = found.parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
        number.ok_or_else(|| ComponentError::Number { line: self.line, column, found: found.to_owned() })
    }
}

/// The fields of a line, trimmed; double quotes keep commas, two of them stand for one.
fn fields(line: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                found.last_mut().into_iter().for_each(|field| field.push('"'));
            }
            '"' => quoted = !quoted,
            ',' if !quoted => found.push(String::new()),
            letter => found.last_mut().into_iter().for_each(|field| field.push(letter)),
        }
    }
    found.into_iter().map(|field| field.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "index,kind,name,center_um,fwhm_um,temperature_K\n";

    fn error(rows: &str) -> ComponentError {
        parse(&format!("{HEADER}{rows}")).expect_err("refused")
    }

    #[test]
    fn a_list_of_every_kind() {
        let list = format!(
            "# comment\n{HEADER}\n0,blackbody,,,,5000\n1,modified_blackbody,,,,35\n2,line,\"H2 S(1), \"\"para\"\"\",17.03,0.17,\n\
             3,drude,,6.22,0.1866,\r\n7, gaussian ,a,8,1,\n8,lorentzian,,3.3,0.04,\n"
        );
        let components = parse(&list).expect("good");
        assert_eq!(components.len(), 6);
        assert_eq!(components[2].label(), "H2 S(1), \"para\"");
        assert_eq!(components[3].place(), Some(Place { centre_um: 6.22, fwhm_um: 0.1866 }));
        assert_eq!(components[1].label(), "dust 35 K");
        assert!(components[2].is_line() && !components[4].is_line());
        for component in components.iter().filter(|component| component.place().is_some()) {
            assert_eq!(component.value(component.place().expect("a band").centre_um), 1.0);
        }
    }

    #[test]
    fn columns_may_stand_in_any_order() {
        let list = "kind,temperature_K,index,fwhm_um,center_um,name,comment\ndrude,,0,0.2,6.2,PAH,broad\n";
        let place = Place { centre_um: 6.2, fwhm_um: 0.2 };
        assert_eq!(parse(list).expect("good"), [Component { name: "PAH".into(), form: Form::Drude(place) }]);
    }

    #[test]
    fn every_fault_is_named_with_its_line() {
        let list = parse("index,kind,name,center_um,temperature_K\n").expect_err("refused");
        assert!(matches!(list, ComponentError::Column { line: 1, column: "fwhm_um", .. }));
        assert_eq!(parse("# nothing\n"), Err(ComponentError::Empty("header")));
        assert_eq!(parse(HEADER), Err(ComponentError::Empty("components")));
        assert_eq!(error("0,drude,,6.2,0.2\n"), ComponentError::Fields { line: 2, found: 5, expected: 6 });
        assert_eq!(error("0,drude,,6.2,0.2,\n0,drude,,7,1,\n"), ComponentError::Index { line: 3, found: "0".into() });
        assert_eq!(error("\n-1,drude,,6.2,0.2,\n"), ComponentError::Index { line: 3, found: "-1".into() });
        assert_eq!(error("0,Drude,,6.2,0.2,\n"), ComponentError::Kind { line: 2, found: "Drude".into() });
        let missing = ComponentError::Missing { line: 2, kind: "blackbody".into(), column: "temperature_K" };
        assert_eq!(error("0,blackbody,,,,\n"), missing);
        assert_eq!(missing.to_string(), "line 2: a blackbody needs a `temperature_K`; fill it in");
        assert!(matches!(error("0,line,,6.2,0.2,300\n"), ComponentError::Unused { column: "temperature_K", .. }));
        assert!(matches!(error("0,blackbody,,6.2,,300\n"), ComponentError::Unused { column: "center_um", .. }));
        for bad in ["-0.2", "0", "NaN", "inf", "0,2", "wide"] {
            let found = error(&format!("0,drude,,6.2,\"{bad}\",\n"));
            assert_eq!(found, ComponentError::Number { line: 2, column: "fwhm_um", found: bad.into() });
        }
    }
}
