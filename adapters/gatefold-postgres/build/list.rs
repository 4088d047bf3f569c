//! Which files of the folder are migrations, and in which order, is decided here: all of them, or
//! the build fails.

use std::path::Path;

/// One file: its number and its name without number and ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) version: i32,
    pub(crate) name: String,
    pub(crate) file: String,
}

/// The migrations that a folder's files are, in order.
///
/// # Errors
/// The first file that is none, a number that is there twice or left out.
pub(crate) fn of(files: Vec<String>) -> Result<Vec<Listed>, String> {
    let mut listed = Vec::new();
    for file in files {
        listed.push(parse(&file).ok_or_else(|| {
            format!("`{file}` is no migration: name it V7__what_it_does.sql or remove it")
        })?);
    }
    listed.sort_by_key(|it: &Listed| (it.version, it.file.clone()));
    for (expected, it) in (1..).zip(&listed) {
        if it.version < expected {
            return Err(format!("`{}` has a number that another file has: renumber it", it.file));
        }
        if it.version > expected {
            return Err(format!("no file has number {expected}, and `{}` comes next", it.file));
        }
    }
    Ok(listed)
}

fn parse(file: &str) -> Option<Listed> {
    let (number, name) = file.strip_prefix('V')?.strip_suffix(".sql")?.split_once("__")?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || !name.bytes().all(plain) || number.starts_with('0') {
        return None;
    }
    let version = number.parse().ok()?;
    Some(Listed { version, name: name.to_owned(), file: file.to_owned() })
}

/// The list as Rust.
#[cfg_attr(test, allow(dead_code, reason = "only the build writes it"))]
pub(crate) fn code(listed: &[Listed], folder: &Path) -> String {
    let entries = listed.iter().map(|Listed { version, name, file }| {
        let path = folder.join(file);
        format!("    ({version}, {name:?}, include_str!({path:?})),\n")
    });
    format!("&[\n{}]\n", entries.collect::<String>())
}
