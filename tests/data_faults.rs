//! `saigen data` against servers, folders and caches that misbehave: whatever happens, no wrong file ever lies under
//! the right name, and what was received is not asked for twice.

mod server;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use saigen::data::{DataError, Library, Manifest, sha256_hex};
use server::{Answer, Server};

/// Long enough for several reads and for a cut that falls inside one.
const LENGTH: usize = 300_000;
const HALF: usize = 150_001;

/// A folder with a manifest of the files `toy/a/one.bin` and, if asked for, `toy/two.bin`, and a cache beside it.
struct Place {
    folder: tempfile::TempDir,
    content: Vec<u8>,
}

impl Place {
    fn new(names: &[&str]) -> Self {
        let content: Vec<u8> = (0..LENGTH as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut text = String::from(
            "version = 1\n[[source]]\ncase = \"toy\"\norigin = \"synthetic\"\nlicence = \"CC0-1.0\"\nfiles = [\n",
        );
        for name in names {
            let hash = sha256_hex(&content);
            text += &format!("{{ name = \"{name}\", bytes = {LENGTH}, sha256 = \"{hash}\" }},\n");
        }
        std::fs::write(folder.path().join("manifest.toml"), text + "]\n").unwrap();
        Self { folder, content }
    }

    fn one() -> Self {
        Self::new(&["a/one.bin"])
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn target(&self) -> PathBuf {
        self.cache().join("toy/a/one.bin")
    }

    fn part(&self) -> PathBuf {
        self.cache().join("toy/.partial").join(sha256_hex(&self.content))
    }

    fn data(&self, action: &str, mirror: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saigen"));
        command.args(["data", action, "toy", "--mirror", mirror]).args(more);
        command.arg("--cache").arg(self.cache()).arg("--manifest").arg(self.folder.path().join("manifest.toml"));
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "SAIGEN_MIRROR"] {
            command.env_remove(name);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn fetching(&self, mirror: &str, timeout: &str) -> Command {
        self.data("fetch", mirror, &["--timeout", timeout, "--attempts", "3", "--backoff", "0"])
    }

    fn fetch(&self, server: &Server) -> Output {
        self.fetching(&server.address, "20").output().unwrap()
    }

    fn assert_right(&self) {
        assert_eq!(std::fs::read(self.target()).unwrap(), self.content);
        assert!(!self.part().exists(), "a partial file was left behind");
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {}", said(output)))
}

/// What a command said, without the line breaks of a narrow terminal.
fn said(output: &Output) -> String {
    let text = String::from_utf8([&output.stdout[..], &output.stderr[..]].concat()).unwrap();
    assert!(!text.contains("panicked"), "{text}");
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

/// Runs a fetch against these answers, expects it to succeed, and returns the Range headers that the server saw.
fn recovers(answers: &[Answer], timeout: &str) -> Vec<Option<String>> {
    let place = Place::one();
    let server = Server::start(&place.content, answers);
    let output = place.fetching(&server.address, timeout).output().unwrap();
    assert_eq!(code(&output), 0, "{}", said(&output));
    place.assert_right();
    server.requests().into_iter().map(|request| request.range).collect()
}

/// Runs a fetch against these answers, expects it to fail, and returns what it said.
fn fails(answers: &[Answer], expected: i32) -> String {
    let place = Place::one();
    let server = Server::start(&place.content, answers);
    let output = place.fetch(&server);
    let text = said(&output);
    assert_eq!(code(&output), expected, "{text}");
    assert!(!place.target().exists(), "a file lies under the right name: {text}");
    // Whatever happened, a good server mends it.
    let server = Server::start(&place.content, &[Answer::Good]);
    assert_eq!(code(&place.fetch(&server)), 0);
    place.assert_right();
    text
}

fn from(offset: usize) -> Option<String> {
    Some(format!("bytes={offset}-"))
}

#[test]
fn a_good_server_is_asked_once() {
    let place = Place::new(&["a/one.bin", "two.bin"]);
    let server = Server::start(&place.content, &[Answer::Good]);
    assert_eq!(code(&place.fetch(&server)), 0);
    place.assert_right();
    assert_eq!(code(&place.fetch(&server)), 0);
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/toy/a/one.bin", "/toy/two.bin"]);
    let verified = place.data("verify", &server.address, &[]).output().unwrap();
    assert_eq!((code(&verified), said(&verified).as_str()), (0, "2 right, 0 missing, 0 wrong"));
}

#[test]
fn a_cut_is_resumed() {
    assert_eq!(recovers(&[Answer::Cut(HALF), Answer::Good], "20"), [None, from(HALF)]);
    assert_eq!(recovers(&[Answer::Cut(0), Answer::Good], "20"), [None, None]);
}

#[test]
fn cuts_that_bring_bytes_do_not_use_up_the_attempts() {
    assert_eq!(recovers(&[Answer::Cut(50_000)], "20").len(), LENGTH / 50_000);
}

#[test]
fn a_resumed_request_names_the_version_it_began_with() {
    let place = Place::one();
    let server = Server::start(&place.content, &[Answer::Cut(HALF), Answer::Good]);
    assert_eq!(code(&place.fetch(&server)), 0);
    assert_eq!(server.requests()[1].if_range.as_deref(), Some("\"version-1\""));
}

#[test]
fn a_stalled_body_is_given_up_and_resumed() {
    assert_eq!(recovers(&[Answer::Stall(HALF), Answer::Good], "1"), [None, from(HALF)]);
}

#[test]
fn a_silent_server_is_given_up_and_asked_again() {
    assert_eq!(recovers(&[Answer::Silence, Answer::Good], "1"), [None, None]);
}

#[test]
fn a_server_that_ignores_range_starts_over() {
    assert_eq!(recovers(&[Answer::Cut(HALF), Answer::IgnoreRange], "20"), [None, from(HALF)]);
}

#[test]
fn a_server_that_ignores_range_and_always_cuts_is_given_up() {
    let text = fails(&[Answer::IgnoreRangeAndCut(HALF)], 2);
    assert!(text.contains("after 3 attempts"), "{text}");
}

#[test]
fn a_wrong_byte_once_is_fetched_again_from_the_start() {
    assert_eq!(recovers(&[Answer::WrongByte, Answer::Good], "20"), [None, None]);
}

#[test]
fn a_wrong_byte_every_time_is_an_error_with_both_hashes() {
    let place = Place::one();
    let mut wrong = place.content.clone();
    wrong[LENGTH - 1] ^= 1;
    let text = fails(&[Answer::WrongByte], 1);
    assert!(text.contains(&sha256_hex(&place.content)) && text.contains(&sha256_hex(&wrong)), "{text}");
}

#[test]
fn a_file_that_changed_between_two_tries_is_not_mixed() {
    assert_eq!(recovers(&[Answer::OtherVersion(HALF), Answer::Good], "20"), [None, from(HALF)]);
    // Without a version to name, the mixture is found out by its hash.
    assert_eq!(recovers(&[Answer::OtherVersionUnmarked(HALF), Answer::Good], "20"), [None, from(HALF), None]);
}

#[test]
fn another_part_than_was_asked_for_is_dropped() {
    assert_eq!(recovers(&[Answer::Cut(HALF), Answer::WrongPart, Answer::Good], "20"), [None, from(HALF), None]);
}

#[test]
fn a_refused_range_starts_over() {
    assert_eq!(recovers(&[Answer::Cut(HALF), Answer::Status(416), Answer::Good], "20"), [None, from(HALF), None]);
}

#[test]
fn a_busy_server_is_asked_again() {
    assert_eq!(recovers(&[Answer::Status(503), Answer::Status(429), Answer::Good], "20"), [None, None, None]);
    assert!(fails(&[Answer::Status(500)], 2).contains("status 500"));
}

#[test]
fn a_missing_file_does_not_stop_the_others() {
    let place = Place::new(&["a/one.bin", "two.bin"]);
    let server = Server::start(&place.content, &[Answer::Status(404), Answer::Good]);
    let output = place.fetch(&server);
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("toy/a/one.bin: the mirror has no such file"), "{}", said(&output));
    assert!(!place.target().exists());
    assert_eq!(std::fs::read(place.cache().join("toy/two.bin")).unwrap(), place.content);
}

#[test]
fn a_refusal_is_not_repeated() {
    let place = Place::one();
    let server = Server::start(&place.content, &[Answer::Status(403)]);
    let output = place.fetch(&server);
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("status 403"));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn too_much_is_refused_without_reading_it_all() {
    let text = fails(&[Answer::TooMuch], 1);
    assert!(text.contains(&format!("expected {LENGTH}")), "{text}");
}

#[test]
fn a_wrong_content_length_is_refused() {
    for by in [-7, 7] {
        let text = fails(&[Answer::WrongLength(by)], 1);
        assert!(text.contains(&format!("found {} bytes", LENGTH as i64 + by)), "{text}");
    }
}

#[test]
fn an_unreachable_server_is_an_error_with_a_hint() {
    let place = Place::one();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = place.fetching(&format!("http://{closed}"), "20").output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("run the same command again"), "{}", said(&output));
}

/// Waits until the partial file holds half of the content; the server sends no more than that.
fn until_half_is_here(place: &Place) {
    while std::fs::metadata(place.part()).map_or(0, |part| part.len()) < HALF as u64 {
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_killed_fetch_goes_on_where_it_stopped() {
    let place = Place::one();
    let server = Server::start(&place.content, &[Answer::Stall(HALF), Answer::Good]);
    let mut child = place.fetching(&server.address, "600").spawn().unwrap();
    until_half_is_here(&place);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.target().exists());
    assert_eq!(code(&place.fetch(&server)), 0);
    place.assert_right();
    assert_eq!(server.requests()[1].range, from(HALF));
}

#[cfg(unix)]
#[test]
fn an_interrupted_fetch_goes_on_where_it_stopped() {
    let place = Place::one();
    let server = Server::start(&place.content, &[Answer::Stall(HALF), Answer::Good]);
    let child = place.fetching(&server.address, "600").spawn().unwrap();
    until_half_is_here(&place);
    let id = child.id().to_string();
    assert!(Command::new("sh").args(["-c", &format!("kill -INT {id}")]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130);
    assert!(said(&output).contains("goes on where it stopped"), "{}", said(&output));
    assert_eq!(code(&place.fetch(&server)), 0);
    place.assert_right();
    assert_eq!(server.requests()[1].range, from(HALF));
}

#[test]
fn two_processes_share_one_transfer() {
    let place = Place::one();
    let server = Server::start(&place.content, &[Answer::Cut(HALF), Answer::Good]);
    let children: Vec<_> = (0..2).map(|_| place.fetching(&server.address, "20").spawn().unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 0, "{}", said(&output));
    }
    place.assert_right();
    let ranges: Vec<_> = server.requests().into_iter().map(|request| request.range).collect();
    assert_eq!(ranges, [None, from(HALF)]);
}

/// A folder mirror beside the cache, with this content for the one file.
fn folder_mirror(place: &Place, content: &[u8]) -> String {
    let mirror = place.folder.path().join("mirror");
    std::fs::create_dir_all(mirror.join("toy/a")).unwrap();
    std::fs::write(mirror.join("toy/a/one.bin"), content).unwrap();
    mirror.to_str().unwrap().to_string()
}

#[test]
fn a_folder_is_copied() {
    let place = Place::one();
    let mirror = folder_mirror(&place, &place.content);
    assert_eq!(code(&place.fetching(&mirror, "20").output().unwrap()), 0);
    place.assert_right();
}

#[test]
fn wrong_files_in_a_folder_are_refused() {
    let place = Place::one();
    let mut wrong = place.content.clone();
    wrong[0] ^= 1;
    for content in [&wrong[..], &place.content[..HALF], &[&wrong[..], &wrong[..]].concat(), b""] {
        let output = place.fetching(&folder_mirror(&place, content), "20").output().unwrap();
        assert_eq!(code(&output), 1, "{}", said(&output));
        assert!(!place.target().exists());
    }
    let missing = place.folder.path().join("empty");
    std::fs::create_dir(&missing).unwrap();
    let output = place.fetching(missing.to_str().unwrap(), "20").output().unwrap();
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("the mirror has no such file"));
}

#[test]
fn a_damaged_cache_is_found_and_mended() {
    let place = Place::one();
    let server = Server::start(&place.content, &[Answer::Good]);
    assert_eq!(code(&place.fetch(&server)), 0);
    let mut damaged = place.content.clone();
    damaged[HALF] ^= 1;
    std::fs::write(place.target(), &damaged).unwrap();
    let verified = place.data("verify", &server.address, &[]).output().unwrap();
    assert_eq!(code(&verified), 1);
    assert!(said(&verified).contains(&sha256_hex(&damaged)), "{}", said(&verified));
    let path = place.data("path", &server.address, &["a/one.bin"]).output().unwrap();
    assert_eq!(code(&path), 2, "a wrong file's place is not handed out");
    assert_eq!(code(&place.fetch(&server)), 0);
    place.assert_right();
    let path = place.data("path", &server.address, &["a/one.bin"]).output().unwrap();
    assert_eq!((code(&path), PathBuf::from(said(&path))), (0, place.target()));
}

#[test]
fn a_damaged_partial_file_is_not_taken_for_the_file() {
    let place = Place::one();
    for leftover in [vec![7; LENGTH], vec![7; LENGTH + 5], vec![7; HALF]] {
        std::fs::create_dir_all(place.part().parent().unwrap()).unwrap();
        std::fs::write(place.part(), leftover).unwrap();
        let server = Server::start(&place.content, &[Answer::Good]);
        assert_eq!(code(&place.fetch(&server)), 0);
        place.assert_right();
        std::fs::remove_file(place.target()).unwrap();
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error() {
    let place = Place::one();
    std::fs::write(place.cache(), "a file where a folder should be").unwrap();
    let server = Server::start(&place.content, &[Answer::Good]);
    let output = place.fetch(&server);
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("cannot create"), "{}", said(&output));
    assert!(server.requests().is_empty());
}

#[test]
fn bad_arguments_are_errors_with_hints() {
    let place = Place::one();
    for (mirror, hint) in [("ftp://example.org", "http://"), ("no/such/folder", "--mirror DIR|URL")] {
        let output = place.fetching(mirror, "20").output().unwrap();
        assert_eq!(code(&output), 2);
        assert!(said(&output).contains(hint), "{}", said(&output));
    }
    let server = Server::start(&place.content, &[Answer::Good]);
    let output = place.fetching(&server.address, "-1").output().unwrap();
    assert_eq!(code(&output), 2);
    let unknown = place.data("path", &server.address, &["nothing.bin"]).output().unwrap();
    assert_eq!(code(&unknown), 2);
    assert!(said(&unknown).contains("saigen data list"), "{}", said(&unknown));
}

#[test]
fn every_answer_comes_as_json_too() {
    let place = Place::one();
    let server = Server::start(&place.content, &[Answer::Good]);
    let json = |action: &str| -> serde_json::Value {
        let output = place.data(action, &server.address, &["--json"]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(json("verify")["files"][0]["state"], "missing");
    assert_eq!(json("fetch")["cases"][0]["fetched"], 1);
    assert_eq!(json("verify")["files"][0]["state"], "right");
    assert_eq!(json("list")["files"][0]["sha256"], sha256_hex(&place.content).as_str());
    assert_eq!(json("path")["files"][0]["path"], place.target().to_str().unwrap());
}

fn library(place: &Place, server: &Server) -> Library {
    let manifest = Manifest::read(&place.folder.path().join("manifest.toml")).unwrap();
    Library::with_manifest(manifest, Some(server.address.parse().unwrap()), Some(place.cache()))
}

#[test]
fn reading_from_an_address_fetches_into_the_cache() {
    let place = Place::one();
    let server = Server::start(&place.content, &[Answer::Good]);
    let library = library(&place, &server);
    assert!(!library.available("toy"));
    for _ in 0..2 {
        assert_eq!(library.read("toy", "a/one.bin").unwrap(), place.content);
    }
    assert_eq!(server.requests().len(), 1);
    assert!(library.available("toy"));
    assert!(Path::new(&library.path("toy", "a/one.bin").unwrap()).starts_with(place.cache()));
}

#[test]
fn reading_what_an_address_lacks_is_not_fetched() {
    let place = Place::one();
    let server = Server::start(&place.content, &[Answer::Status(404)]);
    let error = library(&place, &server).read("toy", "a/one.bin").unwrap_err();
    assert!(matches!(error, DataError::NotFetched { .. }), "{error}");
}
