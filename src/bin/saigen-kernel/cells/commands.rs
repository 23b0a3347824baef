//! Commands and magics: lines at the top of a cell that aren't Rust.

/// A cell parted into its commands and its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parted {
    pub commands: Vec<Command>,
    /// The cell with its command lines blanked, so that every byte keeps its place.
    pub code: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `:dep name = "1"`: the entry of a manifest.
    Dependency(String),
    Variables,
    Clear,
    Help,
    Type(String),
    /// `:opt 2` for all later cells.
    Optimisation(String),
    /// `%%opt 2` for this cell.
    OptimiseCell(String),
    /// `:timing` for all later cells, on or off.
    Timing,
    /// `%%time` for this cell.
    TimeCell,
    Version,
    /// `:explain`: the last errors, at length.
    Explain,
    /// `%%bash`: a script for the rest of the cell.
    Bash(String),
    /// `%%writefile [-a] PATH`: the rest of the cell is the file.
    WriteFile {
        path: String,
        append: bool,
        content: String,
    },
    /// A setting of evcxr that has no meaning here.
    Ignored(String),
}

/// A line that looks like a command and isn't one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error("unknown command `{0}`; `:help` lists those there are")]
    Unknown(String),
    #[error("`{command}` needs {what}")]
    Incomplete { command: String, what: &'static str },
    #[error("an optimisation level is one of 0, 1, 2, 3, s and z, not `{0}`")]
    Optimisation(String),
}

/// What `:help` says.
pub const HELP: &str = "\
:dep NAME = \"VERSION\"   adds a crate; also :dep NAME = { path = \"…\" }
:vars                   lists the variables that are kept, with their types
:type EXPRESSION        tells the type of an expression without running it
:clear                  forgets all variables, items, imports and crates
:opt LEVEL              optimises later cells (0, 1, 2, 3, s or z)
:timing                 says after each cell how long it took, until it is called again
:explain                explains the errors of the last cell that did not compile
:version                versions of kernel and compiler
%%time                  says how long this cell took
%%opt LEVEL             optimises this cell
%%bash                  runs this cell with bash
%%writefile [-a] PATH   writes (or appends) this cell to a file
Interrupt (■) stops a cell and keeps the variables.";

/// Settings of evcxr, taken without a word so that its notebooks run.
const SETTINGS: [&str; 14] = [
    ":allow_static_linking",
    ":build_env",
    ":cache",
    ":color",
    ":doc",
    ":efmt",
    ":env",
    ":fmt",
    ":linker",
    ":load_config",
    ":offline",
    ":preserve_vars_on_panic",
    ":sccache",
    ":toolchain",
];

/// Where the commands that may open a cell end and its Rust code begins, in bytes.
pub fn code_start(code: &str) -> usize {
    let mut offset = 0;
    for line in code.split_inclusive('\n') {
        let start = line.trim_start();
        let command = (start.starts_with(':') && !start.starts_with("::")) || start.starts_with("%%");
        if !(command || start.starts_with("//") || start.is_empty()) {
            break;
        }
        offset += line.len();
        if is_whole_cell(start) {
            return code.len();
        }
    }
    offset
}

fn is_whole_cell(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    word == "%%bash" || word == "%%writefile"
}

/// Parts a cell into commands and code.
///
/// # Errors
/// A command is unknown or incomplete.
pub fn part(cell: &str) -> Result<Parted, CommandError> {
    let end = code_start(cell);
    let mut commands = Vec::new();
    let mut code = String::with_capacity(cell.len());
    let mut offset = 0;
    for line in cell[..end].split_inclusive('\n') {
        let text = line.trim();
        offset += line.len();
        if text.starts_with(':') || text.starts_with("%%") {
            commands.push(command(text, &cell[offset..])?);
            code.extend(line.chars().map(|c| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) }));
            if is_whole_cell(text) {
                return Ok(Parted { commands, code: String::new() });
            }
        } else {
            code.push_str(line);
        }
    }
    code.push_str(&cell[end..]);
    Ok(Parted { commands, code })
}

fn command(line: &str, rest: &str) -> Result<Command, CommandError> {
    let (word, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let argument = argument.trim();
    let needs = |what| {
        if argument.is_empty() { Err(CommandError::Incomplete { command: word.to_owned(), what }) } else { Ok(()) }
    };
    Ok(match word {
        ":dep" => {
            needs("a crate, as in `:dep rand = \"0.9\"`")?;
            Command::Dependency(argument.to_owned())
        }
        ":vars" => Command::Variables,
        ":clear" => Command::Clear,
        ":help" => Command::Help,
        ":type" | ":t" => {
            needs("an expression")?;
            Command::Type(argument.to_owned())
        }
        ":opt" | "%%opt" => {
            let level = if argument.is_empty() { "2" } else { argument };
            if !["0", "1", "2", "3", "s", "z"].contains(&level) {
                return Err(CommandError::Optimisation(level.to_owned()));
            }
            let level = level.to_owned();
            if word == ":opt" { Command::Optimisation(level) } else { Command::OptimiseCell(level) }
        }
        ":timing" => Command::Timing,
        "%%time" => Command::TimeCell,
        ":version" => Command::Version,
        ":explain" => Command::Explain,
        "%%bash" => Command::Bash(rest.to_owned()),
        "%%writefile" => {
            let (append, path) = match argument.strip_prefix("-a ") {
                Some(path) => (true, path.trim()),
                None => (false, argument),
            };
            needs("a path")?;
            Command::WriteFile { path: path.to_owned(), append, content: rest.to_owned() }
        }
        word if SETTINGS.contains(&word) => Command::Ignored(word.to_owned()),
        word => return Err(CommandError::Unknown(word.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_blanked_and_code_keeps_its_place() {
        let cell = ":dep é = \"1\"\n// note\n%%opt 3\nlet x = 1;";
        let parted = part(cell).unwrap();
        assert_eq!(parted.commands, [Command::Dependency("é = \"1\"".into()), Command::OptimiseCell("3".into())]);
        assert_eq!(parted.code.len(), cell.len());
        assert_eq!(parted.code.find("let"), cell.find("let"));
        assert_eq!(parted.code.lines().nth(1), Some("// note"));
    }

    #[test]
    fn whole_cell_magics_take_the_rest_as_it_is() {
        let parted = part("%%bash\necho 'a\n:b'").unwrap();
        assert_eq!(parted.commands, [Command::Bash("echo 'a\n:b'".into())]);
        let parted = part("%%writefile -a a b.txt\n%%time\n").unwrap();
        let expected = Command::WriteFile { path: "a b.txt".into(), append: true, content: "%%time\n".into() };
        assert_eq!(parted.commands, [expected]);
    }

    #[test]
    fn paths_and_unknown_words_are_told_from_commands() {
        assert_eq!(part("::std::process::id()").unwrap().commands, []);
        assert_eq!(part(":nonsense"), Err(CommandError::Unknown(":nonsense".into())));
        assert!(matches!(part(":dep"), Err(CommandError::Incomplete { .. })));
        assert!(matches!(part("%%writefile"), Err(CommandError::Incomplete { .. })));
        assert_eq!(part(":opt 9"), Err(CommandError::Optimisation("9".into())));
        assert_eq!(part(":cache 500").unwrap().commands, [Command::Ignored(":cache".into())]);
    }
}
