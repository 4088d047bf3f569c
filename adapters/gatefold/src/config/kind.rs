//! What may stand for an amount, a fraction, a span or a name in the file is decided here. Exact
//! numbers are written as text, because TOML's own numbers with a point are floats.

use std::fmt::Display;

use toml::de::DeValue;

use gatefold_core::vocabulary::{
    Date, Money, NumberError, Price, Quantity, Ratio, Span, Timestamp,
};

/// How TOML must write it.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// In quotes.
    Text,
    /// As a whole number.
    Whole,
    /// As true or false.
    Flag,
}

/// What a value must be.
pub(super) struct Kind<T> {
    pub(super) form: Form,
    /// What it is, in a few words.
    pub(super) what: &'static str,
    /// One as it is written in the file.
    pub(super) example: &'static str,
    /// What a bare number lacks to be one, besides its quotes.
    pub(super) unit: &'static str,
    pub(super) parse: fn(&str) -> Result<T, Fault>,
}

/// What is wrong with a value, and what to write instead.
pub(super) struct Fault {
    pub(super) why: String,
    pub(super) help: String,
}

fn fault(why: impl Into<String>, help: impl Into<String>) -> Fault {
    Fault { why: why.into(), help: help.into() }
}

impl Form {
    /// Why a value has not this form, and what to write instead (`KEY` stands for its key).
    pub(super) fn mismatch<T>(
        self,
        value: &DeValue<'_>,
        kind: &Kind<T>,
        words: &str,
    ) -> (String, String) {
        let asked = format!("write KEY = {}", kind.example);
        match (self, value) {
            (Self::Text, DeValue::Float(_)) => {
                let why = "is a float, which is never exact";
                (why.into(), format!("write it as text: KEY = \"{words}{}\"", kind.unit))
            }
            (Self::Text, DeValue::Integer(_)) => {
                let why = format!("is a bare number, not {}", kind.what);
                (why, format!("write it as text: KEY = \"{words}{}\"", kind.unit))
            }
            (Self::Whole, DeValue::String(text)) if text.parse::<u64>().is_ok() => {
                (String::from("is text, not a whole number"), format!("write KEY = {text}"))
            }
            (
                Self::Text | Self::Whole | Self::Flag,
                DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_)
                | DeValue::Table(_),
            ) => (format!("is not {}", kind.what), asked),
        }
    }
}

/// An amount of US dollars, 0 or more, in steps that a verdict can show.
pub(super) const MONEY: Kind<Money> = Kind {
    form: Form::Text,
    what: "an amount of US dollars",
    example: "\"10000\"",
    unit: "",
    parse: |text| {
        let money: Money = text.parse().map_err(|error| number(&error))?;
        if money.is_negative() {
            return Err(negative());
        }
        if money > Money::dollars(9_000_000_000_000) {
            return Err(fault("is too large", "write at most 9000000000000"));
        }
        if Money::from_micros(money.micros_away()) != money {
            return Err(fault("has more than 6 decimals", "round it to 6 decimals"));
        }
        Ok(money)
    },
};

/// US dollars per share.
pub(super) const PRICE: Kind<Price> = Kind {
    form: Form::Text,
    what: "a price in US dollars",
    example: "\"0.05\"",
    unit: "",
    parse: |text| text.parse().map_err(|error| number(&error)),
};

/// A number of shares or contracts.
pub(super) const QUANTITY: Kind<Quantity> = Kind {
    form: Form::Text,
    what: "a number of shares or contracts",
    example: "\"100\"",
    unit: "",
    parse: |text| text.parse().map_err(|error| number(&error)),
};

/// A ratio that may be above one.
pub(super) const RATIO: Kind<Ratio> = Kind {
    form: Form::Text,
    what: "a ratio, where \"1\" is the whole",
    example: "\"0.20\"",
    unit: "",
    parse: ratio,
};

/// A ratio up to one.
pub(super) const FRACTION: Kind<Ratio> = Kind {
    form: Form::Text,
    what: "a fraction from \"0\" to \"1\"",
    example: "\"0.02\"",
    unit: "",
    parse: |text| match ratio(text)? {
        above if above > Ratio::ONE => {
            Err(fault("is above 1", "write a fraction: 2 % is KEY = \"0.02\""))
        }
        fraction => Ok(fraction),
    },
};

/// A length of time, 0 or more.
pub(super) const SPAN: Kind<Span> = Kind {
    form: Form::Text,
    what: "a length of time with its unit",
    example: "\"120s\"",
    unit: "s",
    parse: |text| match text.parse::<Span>() {
        Ok(span) if span < Span::ZERO => Err(negative()),
        Ok(span) => Ok(span),
        Err(_) => Err(fault(
            "is no length of time",
            "write whole numbers with units d, h, m, s, ms, us, ns, as in KEY = \"1m30s\"",
        )),
    },
};

/// How old something may be: with no time at all even exits would be denied.
pub(super) const AGE: Kind<Span> = Kind {
    parse: |text| match (SPAN.parse)(text) {
        Ok(Span::ZERO) => Err(fault(
            "is no time: everything is older, exits too",
            "write how old it may be, as in KEY = \"120s\"; max_positions = 0 denies entries",
        )),
        other => other,
    },
    ..SPAN
};

/// A number of things.
pub(super) const COUNT: Kind<u32> =
    Kind { form: Form::Whole, what: "a whole number", example: "5", unit: "", parse: whole };

/// A seed of chance.
pub(super) const SEED: Kind<u64> =
    Kind { form: Form::Whole, what: "a whole number", example: "7", unit: "", parse: whole };

/// Yes or no.
pub(super) const FLAG: Kind<bool> = Kind {
    form: Form::Flag,
    what: "true or false",
    example: "true",
    unit: "",
    parse: |text| Ok(text == "true"),
};

/// The path of a file or a folder.
pub(super) const PATH: Kind<String> = Kind {
    form: Form::Text,
    what: "a path, relative to the configuration's folder",
    example: "\"data\"",
    unit: "",
    parse: |text| {
        if text.is_empty() {
            return Err(fault("is empty", "write a path, as in KEY = \"data\""));
        }
        Ok(text.to_owned())
    },
};

/// A day.
pub(super) const DATE: Kind<Date> = Kind {
    form: Form::Text,
    what: "a date in quotes",
    example: "\"2015-12-24\"",
    unit: "",
    parse: |text| text.parse().map_err(|_| fault("is no date", "write it as in \"2015-12-24\"")),
};

/// A moment.
pub(super) const MOMENT: Kind<Timestamp> = Kind {
    form: Form::Text,
    what: "a time in quotes with its offset",
    example: "\"2015-12-24T18:00:00Z\"",
    unit: "",
    parse: |text| {
        let help = "write it with its offset, as in KEY = \"2015-12-24T18:00:00Z\"";
        text.parse().map_err(|_| fault("is no time", help))
    },
};

/// One of a few words.
pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, Fault> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        fault("is not known here", format!("write KEY = {}", known.join(" or ")))
    })
}

/// A refusal with a reason of its own.
pub(super) fn refused<T>(why: &str, help: &str) -> Result<T, Fault> {
    Err(fault(why, help))
}

fn whole<T: std::str::FromStr>(text: &str) -> Result<T, Fault>
where
    T::Err: Display,
{
    if text.starts_with('-') {
        return Err(negative());
    }
    text.parse().map_err(|error| fault(format!("cannot be used: {error}"), "write a whole number"))
}

fn ratio(text: &str) -> Result<Ratio, Fault> {
    if let Some(percent) = text.strip_suffix('%') {
        let percent = percent.trim();
        let help = format!("write {percent} % as a fraction: 2 % is KEY = \"0.02\"");
        return Err(fault("is a percentage", help));
    }
    text.parse().map_err(|error| number(&error))
}

fn negative() -> Fault {
    fault("is negative", "write 0 or more; a limit of 0 denies everything")
}

fn number(error: &NumberError) -> Fault {
    match error {
        NumberError::Empty => fault("is empty", "write a number, as in KEY = \"12.50\""),
        NumberError::NotDecimal { .. } => {
            let help = "write digits and at most one point, as in KEY = \"12500.50\"";
            fault("is not plain decimal text", help)
        }
        NumberError::TooPrecise { decimals, .. } => fault(
            format!("has more than {decimals} decimals"),
            format!("round it to {decimals} decimals"),
        ),
        NumberError::OutOfRange { .. } => fault("is too large", "check its unit"),
        NumberError::Negative { .. } => negative(),
    }
}
