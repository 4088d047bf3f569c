//! How the fields of one line are read, so that none is overlooked and every problem is told, is
//! decided here.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::nearest::nearest;

/// The most of a value that a message repeats.
const SHOWN_MAX: usize = 60;

/// The fields of one line, and what was found wrong with them so far.
pub(super) struct Fields<'a> {
    fields: Vec<(Cow<'a, str>, &'a RawValue)>,
    known: Vec<&'static str>,
    problems: Vec<String>,
}

/// A JSON object's fields in their order, doubled ones too.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Object<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    fields.push((Cow::Owned(name), value));
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'a> Fields<'a> {
    /// Reads a line.
    ///
    /// # Errors
    /// What keeps it from being a JSON object.
    pub(super) fn parse(line: &'a str) -> Result<Self, String> {
        let Object(fields) = serde_json::from_str(line).map_err(|error| {
            // The line's number in its file is told beside this; here every line is the first.
            let told = error.to_string();
            let what = told.split(" at line ").next().unwrap_or_default();
            match error.column() {
                0 => format!("not a JSON object: {what}"),
                column => format!("not a JSON object: {what} (column {column})"),
            }
        })?;
        let mut problems = Vec::new();
        for (at, (name, _)) in fields.iter().enumerate() {
            if fields.iter().take(at).any(|(other, _)| other == name) {
                problems.push(format!("`{}` is given twice: remove one", clip(name)));
            }
        }
        Ok(Self { fields, known: Vec::new(), problems })
    }

    /// Tells a problem.
    pub(super) fn refuse(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// The text of a field; of a number, its digits as they stand.
    pub(super) fn text(&mut self, name: &'static str) -> Option<Cow<'a, str>> {
        self.known.push(name);
        let (_, raw) = self.fields.iter().find(|(other, _)| other == name)?;
        let raw = raw.get();
        match raw.bytes().next() {
            Some(b'n') => None,
            Some(b'"') => match serde_json::from_str::<String>(raw) {
                Ok(text) => Some(Cow::Owned(text)),
                Err(error) => {
                    self.problems.push(format!("`{name}` is no text: {error}"));
                    None
                }
            },
            Some(b'-' | b'0'..=b'9') => Some(Cow::Borrowed(raw)),
            Some(_) | None => {
                let problem = format!("`{name}` is {}: write text or a number", clip(raw));
                self.problems.push(problem);
                None
            }
        }
    }

    /// A field that may be left out.
    pub(super) fn read<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let refuse = |error| self.problems.push(format!("`{name}`: {error}"));
        parse(&text).map_err(refuse).ok()
    }

    /// A field that must be there.
    pub(super) fn must<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        remedy: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let null = |(other, raw): &(Cow<'_, str>, &RawValue)| other == name && raw.get() != "null";
        if !self.fields.iter().any(null) {
            self.known.push(name);
            self.problems.push(format!("`{name}` is missing: {remedy}"));
            return None;
        }
        self.read(name, parse)
    }

    /// Everything that is wrong, unknown fields included; `None` if nothing is.
    pub(super) fn finish(mut self) -> Option<String> {
        for (name, _) in &self.fields {
            if self.known.contains(&name.as_ref()) {
                continue;
            }
            let remedy = match nearest(name, &self.known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => String::from("remove it"),
            };
            self.problems.push(format!("unknown field `{}`: {remedy}", clip(name)));
        }
        (!self.problems.is_empty()).then(|| self.problems.join("; "))
    }
}

pub(super) fn clip(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}
