//! The specification has a chapter for every module that is part of the format, and its links lead somewhere.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use tracezip_tests::corpora::tests_dir;

fn root() -> &'static Path {
    tests_dir().parent().unwrap()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder and of those in it.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.fold(Vec::new(), |mut files, path| {
        match path.is_dir() {
            true => files.extend(self::files(&path, extension)),
            false if path.extension().is_some_and(|found| found == extension) => files.push(path),
            false => {}
        }
        files
    })
}

#[test]
fn every_module_has_a_chapter_or_is_named_as_no_part_of_the_format() {
    let readme = text(&root().join("spec/README.md"));
    let source = root().join("core/src");
    for module in ["frame", "wire", "coder", "model"].iter().flat_map(|folder| files(&source.join(folder), "rs")) {
        let name = module.strip_prefix(&source).unwrap().to_str().unwrap().replace('\\', "/");
        let file = module.file_name().unwrap().to_str().unwrap();
        // A folder is named as `model/text/`, and all that is in it with it.
        let folder =
            Path::new(&name).ancestors().skip(1).any(|folder| readme.contains(&format!("`{}/`", folder.display())));
        assert!(folder || readme.contains(file), "{name} is in no row of spec/README.md");
    }
}

/// The anchor of a heading, as on GitHub.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().chars();
    kept.filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn every_link_leads_somewhere() {
    for page in files(&root().join("spec"), "md") {
        let content = text(&page);
        for link in content.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if link.starts_with("http") {
                continue;
            }
            let (file, place) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link}", page.display());
            if !place.is_empty() {
                let found = text(&target).lines().any(|line| line.starts_with('#') && anchor(line) == place);
                assert!(found, "{}: {link}", page.display());
            }
        }
    }
}
