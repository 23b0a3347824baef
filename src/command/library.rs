//! Where data files lie, as the command line and the environment say, and hints for when they don't.

use std::fmt;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, Report};
use saigen::data::{DataError, Library, Manifest, MirrorLocation};

/// Options that every command with data shares.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct LibraryArguments {
    /// Folder or http(s) address that holds data files as CASE/NAME [default: $SAIGEN_MIRROR]
    #[arg(long, value_name = "DIR|URL")]
    mirror: Option<MirrorLocation>,
    /// Folder that keeps fetched files [default: data/cache of the repository]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Another manifest than the compiled-in one.
    #[arg(long, value_name = "FILE", hide = true)]
    manifest: Option<PathBuf>,
}

impl LibraryArguments {
    /// Opens the library: `--mirror`, else `SAIGEN_MIRROR`, then the cache.
    ///
    /// # Errors
    /// With a hint, when the mirror is neither an address nor a folder that exists.
    pub fn open(&self) -> miette::Result<Library> {
        self.library().map_err(hinted)
    }

    fn library(&self) -> Result<Library, DataError> {
        let mirror = match (&self.mirror, std::env::var("SAIGEN_MIRROR")) {
            (Some(mirror), _) => Some(mirror.clone()),
            (None, Ok(text)) if !text.is_empty() => Some(text.parse::<MirrorLocation>()?),
            (None, _) => None,
        };
        if let Some(mirror) = &mirror {
            mirror.check()?;
        }
        let cache = self.cache.clone().unwrap_or_else(|| repository().join("data").join("cache"));
        Ok(match &self.manifest {
            Some(path) => Library::with_manifest(Manifest::read(path)?, mirror, Some(cache)),
            None => Library::new(mirror, cache),
        })
    }
}

/// The repository in or under which the command runs; else the one that it was built from, if it is still there.
pub fn repository() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let is_ours = |folder: &Path| folder.join("data").join("manifest.toml").is_file();
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR"));
    match here.ancestors().find(|folder| is_ours(folder)) {
        Some(folder) => folder.to_path_buf(),
        None if is_ours(built_from) => built_from.to_path_buf(),
        None => here,
    }
}

/// Turns a data error into a report with the hint that mends it.
pub fn hinted(error: DataError) -> Report {
    Report::new(Hinted(error))
}

#[derive(Debug)]
struct Hinted(DataError);

impl fmt::Display for Hinted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for Hinted {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl Diagnostic for Hinted {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        hint(&self.0).map(|text| Box::new(text) as Box<dyn fmt::Display>)
    }
}

/// What mends a data error; the command line is the only place that says so.
pub fn hint(error: &DataError) -> Option<String> {
    use std::io::ErrorKind;
    Some(match error {
        DataError::NotFetched { case, .. } => format!("run `saigen data fetch {case} --mirror DIR|URL`"),
        DataError::UnknownCase { .. } | DataError::UnknownFile { .. } => {
            "`saigen data list` shows all cases and files".into()
        }
        DataError::WrongHash { place, .. } | DataError::WrongLength { place, .. } if place.contains("://") => {
            "the mirror holds another version of this file: use another mirror, or tell its keeper".into()
        }
        DataError::WrongHash { .. } | DataError::WrongLength { .. } => {
            "if the file lies in the cache, `saigen data fetch` puts the right one in its place; if it lies in the \
             mirror, the mirror holds another version"
                .into()
        }
        DataError::NoMirrorFolder { .. } | DataError::BadMirror { .. } | DataError::NoMirror { .. } => {
            "name a folder or an address that holds files as CASE/NAME: --mirror DIR|URL, or SAIGEN_MIRROR".into()
        }
        DataError::NotInMirror { .. } | DataError::Status { .. } => {
            "a mirror lays files out as CASE/NAME; `saigen data list` shows the names".into()
        }
        DataError::Transfer { .. } => {
            "check address and network, then run the same command again: it goes on where it stopped".into()
        }
        DataError::Interrupted => "run the same command again: it goes on where it stopped".into(),
        DataError::Io { source, .. } => match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some disk space, then run it again".into(),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                "choose a folder that you may write: --cache DIR".into()
            }
            _ => return None,
        },
        _ => return None,
    })
}
