//! What made the program: captured by `src/build.rs`.

/// `rustc -V` of the compiler that built this program.
pub fn rustc() -> &'static str {
    env!("SAIGEN_RUSTC")
}

/// BLAKE3 (its first 128 bits) over the sources that decide a case's numbers: `src/cases/<case>`, `src/methods`
/// and `src/repro`. A name without a folder gets the hash of the shared rooms alone.
pub fn source_id(case: &str) -> &'static str {
    let sources = env!("SAIGEN_SOURCES").split(' ').filter_map(|entry| entry.split_once('='));
    let find = |name: &str| sources.clone().find(|(known, _)| *known == name).map(|(_, id)| id);
    find(case).or_else(|| find("*")).expect("the build script writes the entry `*`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_its_own_id() {
        let [known, unknown] = ["thermodynamic_uncertainty", "nowhere"].map(source_id);
        assert_ne!(known, unknown);
        for id in [known, unknown] {
            assert!(id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit()), "{id}");
        }
        assert!(rustc().starts_with("rustc 1."), "{}", rustc());
    }
}
