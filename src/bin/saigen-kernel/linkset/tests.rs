//! A package like the library, with its name and parts but no crates beneath it, so that a build takes a second.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const MANIFEST: &str = r#"
[package]
name = "saigen"
version = "0.1.0"
edition = "2024"

[lib]
crate-type = ["rlib", "dylib"]

[features]
kernel = []

[profile.release]
opt-level = 0

[workspace]
"#;

const INSTANCES: &[(&str, &str)] = &[("lib.rs", "pub fn three() -> i32 { saigen::one() + 2 }")];

/// A repository of this test's own; removed at the end.
struct Fixture {
    place: Place,
}

impl Fixture {
    fn new(name: &str) -> Fixture {
        let root = std::env::temp_dir().join(format!("saigen-linkset-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let target = root.join("target");
        let generations = target.join("release/kernel");
        let fixture =
            Fixture { place: Place { sources: root.join("repository"), target, generations, instances: INSTANCES } };
        fixture.write("Cargo.toml", MANIFEST);
        fixture.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"saigen\"\nversion = \"0.1.0\"\n");
        fixture.write(".cargo/config.toml", "[build]\nrustflags = [\"-C\", \"prefer-dynamic\"]\n");
        fixture.write("data/table.csv", "1");
        fixture.write("src/lib.rs", "#[inline(never)]\npub fn one() -> i32 { 1 }\n");
        fixture.write("src/main.rs", "fn main() {}\n");
        fixture.write("src/command/mod.rs", "\n");
        fixture.write("src/bin/saigen-cell/main.rs", "fn main() { println!(\"{}\", saigen::one()); }\n");
        fixture.write("src/bin/saigen-kernel/main.rs", "fn main() {}\n");
        fixture
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.place.sources.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn key(&self) -> String {
        key::of(&self.place, &Compiler::find(&self.place.sources).unwrap()).unwrap()
    }

    fn warm(&self) -> LinkSet {
        warm_in(&self.place, &|_| {}).unwrap()
    }

    /// How many generations lie there, half-made ones included.
    fn folders(&self) -> usize {
        fs::read_dir(&self.place.generations).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir()).count()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.place.sources.parent().unwrap());
    }
}

#[test]
fn the_key_covers_what_decides_the_build_and_nothing_else() {
    let fixture = Fixture::new("key");
    let mut keys = vec![fixture.key()];
    for path in [
        "Cargo.toml",
        "Cargo.lock",
        ".cargo/config.toml",
        "data/table.csv",
        "src/lib.rs",
        "src/deeper/new.rs",
        "src/bin/saigen-cell/main.rs",
    ] {
        fixture.write(path, "# changed");
        keys.push(fixture.key());
    }
    // The same bytes in another file are another source.
    fs::rename(fixture.place.sources.join("src/deeper/new.rs"), fixture.place.sources.join("src/deeper/old.rs"))
        .unwrap();
    keys.push(fixture.key());
    let mut compiler = Compiler::find(&fixture.place.sources).unwrap();
    compiler.version.push('x');
    keys.push(key::of(&fixture.place, &compiler).unwrap());
    let mut place = fixture.place.clone();
    place.instances = &[("lib.rs", "")];
    keys.push(key::of(&place, &Compiler::find(&place.sources).unwrap()).unwrap());
    let count = keys.len();
    let now = fixture.key();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
    for path in ["src/main.rs", "src/command/mod.rs", "src/bin/saigen-kernel/main.rs", "src/.lib.rs.swp", "notes.md"] {
        fixture.write(path, "// changed");
        assert_eq!(fixture.key(), now, "{path}");
    }
}

#[test]
fn a_changed_source_is_stale_and_the_old_generation_goes_when_no_kernel_uses_it() {
    let fixture = Fixture::new("stale");
    assert!(matches!(find_in(&fixture.place), Err(LinkSetError::Stale)));
    let first = fixture.warm();
    assert_eq!(find_in(&fixture.place).unwrap().folder, first.folder);
    fixture.write("src/lib.rs", "#[inline(never)]\npub fn one() -> i32 { 10 }\n");
    assert!(matches!(find_in(&fixture.place), Err(LinkSetError::Stale)));
    let second = fixture.warm();
    // The first kernel still runs.
    assert!(first.cell_program.is_file() && second.folder != first.folder);
    assert_eq!(said(&first), "1\n");
    assert_eq!(said(&second), "10\n");
    let old = first.folder.clone();
    drop(first);
    fixture.write("src/lib.rs", "#[inline(never)]\npub fn one() -> i32 { 100 }\n");
    let third = fixture.warm();
    assert!(!old.exists() && second.folder.exists());
    assert_eq!(said(&third), "100\n");
    assert_eq!(fixture.folders(), 2);
}

/// What the cell program of a generation prints.
fn said(set: &LinkSet) -> String {
    let output = Command::new(&set.cell_program).env("LD_LIBRARY_PATH", &set.library_path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_torn_generation_is_not_used_and_made_anew() {
    let fixture = Fixture::new("torn");
    let folder = fixture.warm().folder;
    let tears: [&dyn Fn(); 4] = [
        &|| fs::write(folder.join("saigen-cell"), "half").unwrap(),
        &|| fs::remove_file(folder.join("deps").join(library_name())).unwrap(),
        &|| fs::write(folder.join("manifest.json"), "{\"kernel\":").unwrap(),
        &|| fs::remove_file(folder.join("in-use")).unwrap(),
    ];
    for tear in tears {
        tear();
        assert!(matches!(find_in(&fixture.place), Err(LinkSetError::Stale)));
        assert_eq!(said(&fixture.warm()), "1\n");
        assert_eq!(fixture.folders(), 1);
    }
    // What a killed build left goes with the next one.
    fs::create_dir(fixture.place.generations.join(".partial-1")).unwrap();
    fs::remove_file(folder.join("in-use")).unwrap();
    fixture.warm();
    assert_eq!(fixture.folders(), 1);
}

fn library_name() -> String {
    format!("{}saigen{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

#[test]
fn of_two_at_once_one_builds_and_the_other_waits() {
    let fixture = Fixture::new("two");
    let steps = Mutex::new(Vec::new());
    let folders: Vec<PathBuf> = std::thread::scope(|scope| {
        let run = || warm_in(&fixture.place, &|step| steps.lock().unwrap().push(step)).unwrap().folder;
        let kernels: Vec<_> = (0..2).map(|_| scope.spawn(run)).collect();
        kernels.into_iter().map(|kernel| kernel.join().unwrap()).collect()
    });
    assert_eq!(folders[0], folders[1]);
    let steps = steps.into_inner().unwrap();
    assert_eq!(steps.iter().filter(|step| **step == Progress::Prewarming).count(), 1, "{steps:?}");
    assert!(steps.contains(&Progress::Waiting), "{steps:?}");
}

#[test]
fn without_its_sources_the_newest_whole_generation_serves() {
    let fixture = Fixture::new("gone");
    let folder = fixture.warm().folder;
    fs::remove_dir_all(&fixture.place.sources).unwrap();
    assert_eq!(find_in(&fixture.place).unwrap().folder, folder);
    assert_eq!(fixture.warm().folder, folder);
    fs::remove_file(folder.join("manifest.json")).unwrap();
    assert!(matches!(find_in(&fixture.place), Err(LinkSetError::NoSources { .. })));
}

#[test]
fn a_library_that_does_not_build_is_an_error_that_shows_why() {
    let fixture = Fixture::new("broken");
    fixture.write("src/lib.rs", "pub fn one() -> i32 { \"one\" }\n");
    let built = AtomicUsize::new(0);
    let error = warm_in(&fixture.place, &|_| _ = built.fetch_add(1, Ordering::Relaxed)).unwrap_err();
    assert!(error.to_string().contains("mismatched types"), "{error}");
    assert!(matches!(find_in(&fixture.place), Err(LinkSetError::Stale)));
    fixture.write("src/lib.rs", "#[inline(never)]\npub fn one() -> i32 { 1 }\n");
    assert_eq!(said(&fixture.warm()), "1\n");
}

#[test]
fn a_cell_is_compiled_linked_and_loaded() {
    let fixture = Fixture::new("cell");
    let set = fixture.warm();
    let source = fixture.place.target.join("cell.rs");
    let code = r#"
#[unsafe(no_mangle)]
pub fn value() -> i32 {
    let unwound = std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(saigen::one())));
    saigen_warm::three() + unwound.unwrap_err().downcast_ref::<i32>().unwrap()
}
"#;
    fs::write(&source, code).unwrap();
    let (object, library) = (source.with_extension("o"), source.with_extension("so"));
    let mut warm = OsString::from("--extern=saigen_warm=");
    warm.push(&set.prewarm);
    let mut rustc = Command::new(&set.rustc);
    rustc.args(["--crate-type=cdylib", "--edition=2024", "--emit=obj"]).args(&set.arguments).arg(warm).arg(&source);
    assert!(rustc.arg("-o").arg(&object).status().unwrap().success());
    let linked = set.link(&[&object], &library).output().unwrap();
    assert!(linked.status.success(), "{}", String::from_utf8_lossy(&linked.stderr));
    // In the order in which one needs the other: this process has no search path for them.
    let needed = [set.folder.join("deps").join(library_name()), set.prewarm.clone(), library];
    // SAFETY: the libraries have no initialisers of their own, and `value` has the type it is called with.
    let value = unsafe {
        let loaded = needed.map(|path| libloading::Library::new(path).unwrap());
        let value = loaded[2].get::<fn() -> i32>(b"value").unwrap()();
        // Kernels never unload what they loaded.
        std::mem::forget(loaded);
        value
    };
    assert_eq!(value, 4);
}
