//! What a check sees of the repository is decided here: paths and texts, nothing else, so that
//! a test can write a whole tree down.

use std::path::Path;

use anyhow::{Context, Result};

use crate::source;

/// Files larger than this are data and are not read.
const TEXT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The files of the repository.
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

/// One file.
pub(crate) struct File {
    /// Relative to the root, with forward slashes.
    pub(crate) path: String,
    /// Empty for what is not text.
    pub(crate) text: String,
    /// For Rust: the text without comments and literals. Else empty.
    pub(crate) code: String,
}

impl File {
    /// A file with its text.
    pub(crate) fn new(path: &str, text: &str) -> File {
        let code = if path.ends_with(".rs") { source::code(text) } else { String::new() };
        File { path: path.to_owned(), text: text.to_owned(), code }
    }

    /// The code outside of `#[cfg(test)]`.
    pub(crate) fn shipped(&self) -> String {
        source::without_tests(&self.code)
    }

    /// The folder it lies in, without a slash at the end; empty for the root.
    pub(crate) fn folder(&self) -> &str {
        parent(&self.path)
    }
}

/// All but the last part of a path.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `folder/name`, also in the root.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

impl Tree {
    /// What git tracks or would track below `root`.
    pub(crate) fn read(root: &Path) -> Result<Tree> {
        let mut files = Vec::new();
        for path in crate::workspace::files(root)? {
            let full = root.join(&path);
            let length = full.metadata().with_context(|| format!("{path} cannot be read"))?.len();
            let bytes = if length > TEXT_BYTES_MAX {
                Vec::new()
            } else {
                std::fs::read(&full).with_context(|| format!("{path} cannot be read"))?
            };
            files.push(File::new(&path, &String::from_utf8(bytes).unwrap_or_default()));
        }
        Ok(Tree { files })
    }

    /// The file at exactly this path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// All Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }
}
