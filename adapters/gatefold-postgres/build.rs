//! Lists the migrations for the build, or fails it.

#[path = "build/list.rs"]
mod list;

use std::path::PathBuf;

fn main() -> Result<(), String> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).ok_or(name.to_owned());
    let folder = variable("CARGO_MANIFEST_DIR")?.join("migrations");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build/list.rs");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(|error| error.to_string())? {
        let entry = entry.map_err(|error| error.to_string())?;
        println!("cargo::rerun-if-changed={}", entry.path().display());
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    let list = list::of(names).map_err(|error| format!("{}: {error}", folder.display()))?;
    let written = variable("OUT_DIR")?.join("migrations.rs");
    std::fs::write(&written, list::code(&list, &folder)).map_err(|error| error.to_string())
}
