//! How many mutations come into one build is decided here: a function's body becomes a choice
//! between itself and its mutated copies, and a variable of the environment chooses at run time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use crate::campaign::list::Mutant;
use crate::source;

/// Chooses a mutation, by its number from 1; without it nothing is changed.
pub(super) const CHOSEN: &str = "GATEFOLD_MUTANT";
/// A file to which each function that is called adds its number, once per process.
pub(super) const REACHED: &str = "GATEFOLD_MUTANTS_REACHED";

/// A mutant and the number that chooses it.
pub(super) type Numbered = (usize, &'static Mutant);

/// A file in which mutations can be chosen.
pub(super) struct Switched {
    pub(super) text: String,
    pub(super) functions: Vec<Function>,
}

/// A function whose calls are noted, and that may hold mutations.
#[derive(Debug)]
pub(super) struct Function {
    /// The number that it notes.
    pub(super) number: usize,
    /// Where its body lies in the switched text.
    pub(super) body: Range<usize>,
    /// Where the mutated copies lie in it.
    pub(super) copies: Vec<(usize, Range<usize>)>,
    /// The mutations in it that cannot be switched.
    pub(super) alone: Vec<usize>,
}

/// Makes the mutations of a file switchable, but for those in `alone`. Functions are numbered from
/// `first`. A mutation outside of every function is in none of the answer's functions.
pub(super) fn switched(
    text: &str,
    mutants: &[Numbered],
    alone: &[usize],
    first: usize,
) -> Switched {
    let code = source::code(text);
    let bodies = bodies(&code);
    let mut held: BTreeMap<usize, (usize, Vec<Numbered>)> = BTreeMap::new();
    for (number, mutant) in mutants {
        let Some(at) = text.find(mutant.find) else { continue };
        let inside = |body: &&Range<usize>| body.start < at && at + mutant.find.len() <= body.end;
        if let Some(body) = bodies.iter().find(inside) {
            let place = held.entry(body.start).or_insert_with(|| (body.end, Vec::new()));
            place.1.push((*number, mutant));
        }
    }
    let mut switched = Switched { text: String::new(), functions: Vec::new() };
    let mut from = 0;
    for (index, (start, (end, mutants))) in held.into_iter().enumerate() {
        switched.text.push_str(&text[from..start]);
        switched.choice(text, start..end, &mutants, alone, first + index);
        from = end;
    }
    switched.text.push_str(&text[from..]);
    switched
}

impl Switched {
    fn choice(
        &mut self,
        text: &str,
        body: Range<usize>,
        mutants: &[Numbered],
        alone: &[usize],
        number: usize,
    ) {
        let begin = self.text.len();
        let mut function = Function { number, body: 0..0, copies: vec![], alone: vec![] };
        self.text.push_str("{\n");
        self.text.push_str(&note(number));
        self.text.push_str("match *GATEFOLD_MUTANT {\n");
        for (number, mutant) in mutants {
            let copy = mutated(&text[body.clone()], mutant);
            match copy.filter(|_| !alone.contains(number)) {
                Some(copy) => {
                    let at = self.text.len();
                    let _ = writeln!(self.text, "{number} => {copy}");
                    function.copies.push((*number, at..self.text.len()));
                }
                None => function.alone.push(*number),
            }
        }
        self.text.push_str("_ => ");
        self.text.push_str(&text[body]);
        self.text.push_str("\n}\n}");
        function.body = begin..self.text.len();
        self.functions.push(function);
    }
}

/// The body with the mutation in it, if it is still one body.
fn mutated(body: &str, mutant: &Mutant) -> Option<String> {
    let changed = body.replacen(mutant.find, mutant.replace, 1);
    let code = source::code(&changed);
    (source::closing(code.as_bytes(), 0) == Some(changed.len() - 1)).then_some(changed)
}

/// What notes the call, and reads which mutation is chosen.
fn note(number: usize) -> String {
    format!(
        "static GATEFOLD_MUTANT: std::sync::LazyLock<usize> = std::sync::LazyLock::new(|| {{\n\
         if let Ok(path) = std::env::var(\"{REACHED}\") {{\n\
         use std::io::Write as _;\n\
         let file = std::fs::OpenOptions::new().append(true).create(true).open(path);\n\
         let _ = file.and_then(|mut file| file.write_all(b\"{number}\\n\"));\n\
         }}\n\
         std::env::var(\"{CHOSEN}\").ok().and_then(|it| it.parse().ok()).unwrap_or(0)\n\
         }});\n"
    )
}

/// The bodies of the outermost functions, braces included; not of constant ones, which can read
/// no variable, nor of tests.
fn bodies(code: &str) -> Vec<Range<usize>> {
    let code = source::without_tests(code);
    let mut bodies: Vec<Range<usize>> = Vec::new();
    for at in source::words(&code, "fn") {
        let outer = bodies.last().is_some_and(|last| at < last.end);
        let constant = code[..at].trim_end().ends_with("const");
        if let Some(open) = opening(code.as_bytes(), at).filter(|_| !outer && !constant)
            && let Some(close) = source::closing(code.as_bytes(), open)
        {
            bodies.push(open..close + 1);
        }
    }
    bodies
}

/// The brace that opens the body of the function declared at `at`; none if it has no body.
fn opening(code: &[u8], at: usize) -> Option<usize> {
    let mut nesting = 0_usize;
    for (index, byte) in code.iter().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => nesting += 1,
            b')' | b']' => nesting = nesting.saturating_sub(1),
            b';' if nesting == 0 => return None,
            b'{' if nesting == 0 => return Some(index),
            _ => (),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "const fn one() -> u8 {\n    1\n}\n\
                        impl A {\n    fn two(&self) -> u8 {\n        2 + \"}\".len()\n    }\n}\n\
                        trait B {\n    fn three(&self, it: [u8; 3]) -> u8;\n}\n\
                        #[cfg(test)]\nmod tests {\n    fn four() {\n        4\n    }\n}\n";
    static ONE: Mutant = Mutant::new("one", "f", "    1\n", "    7\n");
    static TWO: Mutant = Mutant::new("two", "f", "2 +", "8 +");
    static END: Mutant = Mutant::new("end", "f", "len()\n    }", "len() + 1\n    }");
    static CUT: Mutant = Mutant::new("cut", "f", "len()\n    }", "len()\n");
    static FOUR: Mutant = Mutant::new("four", "f", "        4\n", "        9\n");

    #[test]
    fn each_mutation_becomes_a_copy_of_its_function() {
        let switched = switched(TEXT, &[(1, &TWO), (2, &END)], &[], 5);
        let [function] = &switched.functions[..] else { panic!("one function is changed") };
        let copies: Vec<&str> =
            function.copies.iter().map(|(_, at)| &switched.text[at.clone()]).collect();
        assert_eq!(copies[0], "1 => {\n        8 + \"}\".len()\n    }\n");
        assert_eq!(copies[1], "2 => {\n        2 + \"}\".len() + 1\n    }\n");
        assert!(switched.text[function.body.clone()].contains("_ => {\n        2 + "));
        assert!(switched.text.contains("b\"5\\n\""), "it notes its number");
        assert!(switched.text.starts_with("const fn one() -> u8 {\n    1\n}\n"), "the rest stays");
        assert!(switched.text.ends_with(&TEXT[TEXT.find("trait").unwrap()..]));
    }

    #[test]
    fn what_cannot_be_switched_is_told() {
        let numbered = [(1, &ONE), (2, &TWO), (3, &CUT), (4, &FOUR)];
        let switched = switched(TEXT, &numbered, &[2], 0);
        let [function] = &switched.functions[..] else { panic!("one function is noted") };
        assert!(function.copies.is_empty());
        assert_eq!(function.alone, [2, 3], "named by the caller; no whole body");
    }
}
