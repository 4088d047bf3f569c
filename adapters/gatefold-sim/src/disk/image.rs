//! What is on a simulated disk: what is durable, what a reader sees, and what lies between.

use std::collections::BTreeMap;

use gatefold_core::record::disk::DiskError;

/// Bytes that a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

/// All files and names.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    files: Vec<Content>,
    names: BTreeMap<String, Node>,
    durable_names: BTreeMap<String, Node>,
    pending_names: Vec<NameChange>,
}

/// One file.
#[derive(Clone, Debug, Default)]
struct Content {
    view: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    /// Within one sector.
    Write {
        offset: usize,
        bytes: Vec<u8>,
    },
    Length(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Directory,
    File(usize),
}

#[derive(Clone, Debug)]
struct NameChange {
    /// The name that the node loses.
    from: Option<String>,
    /// The name that it gets; none if it is removed.
    to: Option<String>,
    node: Node,
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Length(length) => set_length(bytes, *length),
            Self::Write { offset, bytes: written } => {
                let end = offset + written.len();
                if bytes.len() < end {
                    set_length(bytes, end);
                }
                bytes[*offset..end].copy_from_slice(written);
            }
        }
    }
}

/// As `Vec::resize`, which is slow where it is not optimized.
fn set_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.truncate(length);
    let missing = length - bytes.len();
    bytes.extend_from_slice(&vec![0; missing]);
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, Node>) {
        if let Some(from) = &self.from
            && names.get(from) == Some(&self.node)
        {
            names.remove(from);
        }
        if let Some(to) = &self.to {
            names.insert(to.clone(), self.node);
        }
    }

    /// The directory whose sync makes this durable.
    fn directory(&self) -> &str {
        self.to.as_deref().or(self.from.as_deref()).map_or("", parent)
    }
}

/// The directory that a path is in; `""` is the root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl Image {
    pub(super) fn exists(&self, path: &str) -> bool {
        path.is_empty() || self.names.contains_key(path)
    }

    pub(super) fn file_at(&self, path: &str) -> Option<usize> {
        match self.names.get(path) {
            Some(Node::File(number)) => Some(*number),
            Some(Node::Directory) | None => None,
        }
    }

    pub(super) fn view(&self, number: usize) -> &[u8] {
        &self.files[number].view
    }

    pub(super) fn paths(&self) -> Vec<String> {
        let files = self.names.iter().filter(|(_, node)| **node != Node::Directory);
        files.map(|(path, _)| path.clone()).collect()
    }

    pub(super) fn list(&self, path: &str) -> Result<Vec<String>, DiskError> {
        if !self.exists(path) {
            return Err(DiskError::NotFound { path: path.to_owned() });
        }
        let inside = self.names.keys().filter(|name| parent(name) == path);
        Ok(inside.filter_map(|name| name.rsplit('/').next()).map(str::to_owned).collect())
    }

    pub(super) fn create_file(&mut self, path: &str) -> Result<usize, DiskError> {
        if !self.exists(parent(path)) {
            return Err(DiskError::NotFound { path: path.to_owned() });
        }
        self.files.push(Content::default());
        let number = self.files.len() - 1;
        self.change_name(None, Some(path), Node::File(number));
        Ok(number)
    }

    pub(super) fn create_dir(&mut self, path: &str) {
        self.change_name(None, Some(path), Node::Directory);
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        let node = self.names.get(from).copied();
        let node = node.ok_or_else(|| DiskError::NotFound { path: from.to_owned() })?;
        self.change_name(Some(from), Some(to), node);
        Ok(())
    }

    pub(super) fn unlink(&mut self, path: &str) -> Result<(), DiskError> {
        let number = self.file_at(path);
        let number = number.ok_or_else(|| DiskError::NotFound { path: path.to_owned() })?;
        self.change_name(Some(path), None, Node::File(number));
        Ok(())
    }

    fn change_name(&mut self, from: Option<&str>, to: Option<&str>, node: Node) {
        let change = NameChange { from: from.map(str::to_owned), to: to.map(str::to_owned), node };
        change.apply(&mut self.names);
        self.pending_names.push(change);
    }

    pub(super) fn write(&mut self, number: usize, offset: usize, bytes: &[u8]) {
        let content = &mut self.files[number];
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let in_sector = SECTOR_BYTES - at % SECTOR_BYTES;
            let (sector, after) = rest.split_at(in_sector.min(rest.len()));
            let change = Change::Write { offset: at, bytes: sector.to_vec() };
            change.apply(&mut content.view);
            content.pending.push(change);
            at += sector.len();
            rest = after;
        }
    }

    pub(super) fn set_len(&mut self, number: usize, length: usize) {
        let content = &mut self.files[number];
        set_length(&mut content.view, length);
        content.pending.push(Change::Length(length));
    }

    pub(super) fn sync_file(&mut self, number: usize) {
        let Content { durable, pending, .. } = &mut self.files[number];
        for change in pending.drain(..) {
            change.apply(durable);
        }
    }

    /// A sync that failed: what was pending is shown as if it were there, and will be gone.
    pub(super) fn lose_file(&mut self, number: usize) {
        self.files[number].pending.clear();
    }

    pub(super) fn sync_dir(&mut self, path: &str) {
        let pending = std::mem::take(&mut self.pending_names);
        for change in pending {
            if change.directory() == path {
                change.apply(&mut self.durable_names);
            } else {
                self.pending_names.push(change);
            }
        }
    }

    pub(super) fn lose_power(&mut self, keep: &mut dyn FnMut() -> bool) {
        for content in &mut self.files {
            for change in content.pending.drain(..) {
                if keep() {
                    change.apply(&mut content.durable);
                }
            }
            content.view = content.durable.clone();
        }
        for change in std::mem::take(&mut self.pending_names) {
            if keep() {
                change.apply(&mut self.durable_names);
            }
        }
        let directories = self.durable_names.clone();
        self.durable_names.retain(|path, _| {
            let parent = parent(path);
            parent.is_empty() || directories.get(parent) == Some(&Node::Directory)
        });
        self.names = self.durable_names.clone();
    }

    pub(super) fn tamper(&mut self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let number = self.file_at(path).unwrap_or_else(|| {
            self.files.push(Content::default());
            let node = Node::File(self.files.len() - 1);
            self.names.insert(path.to_owned(), node);
            self.durable_names.insert(path.to_owned(), node);
            self.files.len() - 1
        });
        let content = &mut self.files[number];
        change(&mut content.view);
        content.durable = content.view.clone();
        content.pending.clear();
    }

    pub(super) fn remove(&mut self, path: &str) {
        self.names.remove(path);
        self.durable_names.remove(path);
    }
}
