//! How a table of the file is read so that nothing in it is overlooked is decided here: every key
//! that was not asked for is refused when the section is finished.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::config::kind::{Form, Kind};
use crate::config::problem::Source;
use crate::nearest::nearest;

/// One table.
pub(super) struct Section<'a> {
    source: &'a Source<'a>,
    /// As in its header; empty for the file itself.
    path: String,
    place: Range<usize>,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
}

/// One key and its value.
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    pub(super) key_span: Range<usize>,
    pub(super) value: &'a DeValue<'a>,
    pub(super) span: Range<usize>,
}

impl<'a> Entry<'a> {
    fn of((key, value): (&'a Spanned<toml::de::DeString<'a>>, &'a Spanned<DeValue<'a>>)) -> Self {
        let (key_span, span) = (key.span(), value.span());
        Self { key: key.get_ref(), key_span, value: value.get_ref(), span }
    }

    /// A remedy in which `KEY = ` stands for what leads to the value; nothing does inside a list.
    fn addressed(&self, help: &str) -> String {
        match self.value {
            DeValue::Array(_) => help.replace("KEY = ", ""),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_) => help.replace("KEY", self.key),
        }
    }
}

impl<'a> Section<'a> {
    pub(super) fn root(source: &'a Source<'a>, table: &'a DeTable<'a>) -> Self {
        Self { source, path: String::new(), place: 0..0, table, known: Vec::new() }
    }

    pub(super) fn source(&self) -> &'a Source<'a> {
        self.source
    }

    /// Where it begins: its name in its header.
    pub(super) fn place(&self) -> Range<usize> {
        self.place.clone()
    }

    /// Its header.
    pub(super) fn header(&self) -> String {
        format!("[{}]", self.path)
    }

    /// The value of a key, if it is there. The key counts as known from here on.
    pub(super) fn entry(&mut self, key: &'static str) -> Option<Entry<'a>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.iter().map(Entry::of).find(|entry| entry.key == key)
    }

    /// Refuses a key that somebody may expect to mean something here.
    pub(super) fn forbid(&mut self, key: &'static str, message: &str, help: &str) {
        let found = self.table.iter().map(Entry::of).find(|entry| entry.key == key);
        if let Some(entry) = found {
            // Told already, with a better reason than that it is unknown.
            self.known.push(key);
            self.source.refuse(entry.key_span, message, help);
        }
    }

    /// A table inside this one.
    pub(super) fn section(&mut self, key: &'static str) -> Option<Section<'a>> {
        let entry = self.entry(key)?;
        self.inner(&entry)
    }

    /// A table inside this one that must be there.
    pub(super) fn must_section(&mut self, key: &'static str, help: &str) -> Option<Section<'a>> {
        let entry = self.entry(key);
        if entry.is_none() {
            self.missing(key, &format!("[{}]", self.joined(key)), help);
        }
        self.inner(&entry?)
    }

    /// All tables inside this one, whatever they are called, in the order of the file.
    pub(super) fn children(&self) -> Vec<(Entry<'a>, Section<'a>)> {
        let mut entries: Vec<_> = self.table.iter().map(Entry::of).collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        let inner = |entry: Entry<'a>| self.inner(&entry).map(|section| (entry, section));
        entries.into_iter().filter_map(inner).collect()
    }

    fn inner(&self, entry: &Entry<'a>) -> Option<Section<'a>> {
        let DeValue::Table(table) = entry.value else {
            let path = self.joined(entry.key);
            let words = self.source.words(entry.span.clone());
            let message = format!("{} = {words} is no section", entry.key);
            self.source.refuse(entry.span.clone(), message, format!("write it as [{path}]"));
            return None;
        };
        let place = entry.key_span.clone();
        let path = self.joined(entry.key);
        Some(Self { source: self.source, path, place, table, known: Vec::new() })
    }

    fn joined(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key, if it is there and is what it must be.
    pub(super) fn read<T>(&mut self, key: &'static str, kind: &Kind<T>) -> Option<T> {
        let entry = self.entry(key)?;
        self.convert(&entry, entry.value, entry.span.clone(), kind)
    }

    /// The value of a key that must be there.
    pub(super) fn must<T>(&mut self, key: &'static str, kind: &Kind<T>) -> Option<T> {
        let entry = self.entry(key);
        if entry.is_none() {
            let help = format!("write it, as in {key} = {} ({})", kind.example, kind.what);
            self.missing(key, key, &help);
        }
        let entry = entry?;
        self.convert(&entry, entry.value, entry.span.clone(), kind)
    }

    /// Every value of a list.
    pub(super) fn read_list<T>(&mut self, key: &'static str, kind: &Kind<T>) -> Option<Vec<T>> {
        let entry = self.entry(key)?;
        let DeValue::Array(values) = entry.value else {
            let words = self.source.words(entry.span.clone());
            let help = format!("write {key} = [{}]", kind.example);
            self.source.refuse(entry.span, format!("{key} = {words} is no list"), help);
            return None;
        };
        Some(self.each(&entry, values, kind))
    }

    fn each<T>(&self, entry: &Entry<'a>, values: &'a DeArray<'a>, kind: &Kind<T>) -> Vec<T> {
        let read = |value: &'a Spanned<DeValue<'a>>| {
            self.convert(entry, value.get_ref(), value.span(), kind)
        };
        values.iter().filter_map(read).collect()
    }

    /// Puts the value of a key into its place, if it is there.
    pub(super) fn set<T>(&mut self, place: &mut T, key: &'static str, kind: &Kind<T>) {
        if let Some(value) = self.read(key, kind) {
            *place = value;
        }
    }

    /// The same for what is otherwise not set.
    pub(super) fn set_some<T>(&mut self, place: &mut Option<T>, key: &'static str, kind: &Kind<T>) {
        if let Some(value) = self.read(key, kind) {
            *place = Some(value);
        }
    }

    fn missing(&self, key: &str, shown: &str, help: &str) {
        let inside =
            if self.path.is_empty() { String::new() } else { format!(" in {}", self.header()) };
        let others: Vec<_> = self.table.iter().map(|(other, _)| other.get_ref().as_ref()).collect();
        let meant = nearest(key, &others)
            .map_or(String::new(), |near| format!(" (is `{near}` meant to be it?)"));
        self.source.refuse(self.place(), format!("{shown} is missing{inside}{meant}"), help);
    }

    fn convert<T>(
        &self,
        entry: &Entry<'a>,
        value: &DeValue<'a>,
        span: Range<usize>,
        kind: &Kind<T>,
    ) -> Option<T> {
        let key = entry.key;
        let words = self.source.words(span.clone());
        let read = match (kind.form, value) {
            (Form::Text, DeValue::String(text)) => (kind.parse)(text),
            (Form::Whole, DeValue::Integer(whole)) => (kind.parse)(&whole.to_string()),
            (Form::Flag, DeValue::Boolean(flag)) => (kind.parse)(&flag.to_string()),
            (form, value) => {
                let (why, help) = form.mismatch(value, kind, &words);
                let help = entry.addressed(&help);
                self.source.refuse(span, format!("{key} = {words} {why}"), help);
                return None;
            }
        };
        match read {
            Ok(value) => Some(value),
            Err(fault) => {
                let help = entry.addressed(&fault.help);
                self.source.refuse(span, format!("{key} = {words} {}", fault.why), help);
                None
            }
        }
    }

    /// What the key of an entry names.
    pub(super) fn named<T, E: std::fmt::Display>(
        &self,
        entry: &Entry<'a>,
        parse: fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let refuse = |error| {
            let message = format!("[{}] has no usable name: {error}", self.path);
            self.source.refuse(entry.key_span.clone(), message, "rename it");
        };
        parse(entry.key).map_err(refuse).ok()
    }

    /// Refuses every key that nobody asked for.
    pub(super) fn finish(self) {
        for entry in self.table.iter().map(Entry::of) {
            if self.known.contains(&entry.key) {
                continue;
            }
            let inside =
                if self.path.is_empty() { String::from("the file") } else { self.header() };
            let help = match nearest(entry.key, &self.known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("remove it; known here: {}", self.known.join(", ")),
            };
            let message = format!("unknown key `{}` in {inside}", entry.key);
            self.source.refuse(entry.key_span, message, help);
        }
    }
}
