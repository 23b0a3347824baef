//! `saigen figure`.

use std::path::PathBuf;

use miette::miette;
use saigen::repro::{self, Case, CaseError};

use super::reproduce::{Setting, case_error, find, prepare, stopped, unwritable};
use super::terminal::Terminal;
use super::{Outcome, Verdict};

/// Draws one figure of a case.
///
/// Writes figures/CASE/NAME.svg with its record and figures/CASE/NAME.csv with its series: the same bytes as a whole
/// run with the same tier, seed and data.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The figure, such as thermodynamic_uncertainty/01_bound; the case alone lists its figures.
    #[arg(value_name = "CASE/NAME")]
    figure: String,
    #[command(flatten)]
    setting: Setting,
    /// Folder to write figures/ to.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

pub fn run(arguments: Arguments) -> Outcome {
    let Some((case, name)) = arguments.figure.split_once('/') else {
        return list(find(&arguments.figure)?);
    };
    let case = find(case)?;
    if !case.figures().iter().any(|(known, _)| *known == name) {
        let known: Vec<_> = case.figures().iter().map(|(name, _)| *name).collect();
        return Err(miette!(help = format!("figures: {}", known.join(", ")), "{} has no figure `{name}`", case.name()));
    }
    let output = prepare(&arguments.out)?;
    let terminal = Terminal::start();
    let library = arguments.setting.library(&[case], &terminal)?;
    let drawn = arguments.setting.on_threads(|| {
        let bench = arguments.setting.bench(&library, &terminal, Some(output.store()));
        repro::draw_figure(case, name, &bench)
    })?;
    match drawn {
        Ok(drawn) => {
            for place in repro::write_figure(case.name(), &drawn, &output).map_err(unwritable)? {
                println!("{}", arguments.out.join(place).display());
            }
            Ok(Verdict::Done)
        }
        Err(CaseError::Interrupted) => Ok(stopped(&terminal, "finished outcomes are kept; go on with")),
        Err(error) => Err(case_error(error)),
    }
}

fn list(case: &dyn Case) -> Outcome {
    for (name, title) in case.figures() {
        println!("{}/{name}  {title}", case.name());
    }
    Ok(Verdict::Done)
}
