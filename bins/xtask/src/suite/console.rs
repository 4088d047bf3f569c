//! What a console session in a document promises is decided here: which commands it runs, and
//! when their output counts as the one that is written below them.

/// The fence that marks a session: lines with `$ ` are run, the lines below are their output.
const FENCE: &str = "```console";
/// A line of a session that stands for any number of lines, none included.
const ANY_LINES: &str = "...";
/// A part of a line that stands for any text, for what differs from run to run.
const ANY_TEXT: &str = "[..]";

/// One command of a session, and what it must print.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Line of the document, from 1.
    pub(crate) line: usize,
    pub(crate) command: String,
    /// Empty if only the exit matters.
    pub(crate) expected: Vec<String>,
}

/// The steps of all sessions of a Markdown text, in order.
pub(crate) fn steps(markdown: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut inside, mut fresh, mut continued) = (false, true, false);
    for (index, line) in markdown.lines().enumerate() {
        if !inside {
            inside = line.trim_end() == FENCE;
            (fresh, continued) = (true, false);
        } else if line.trim_end() == "```" {
            inside = false;
        } else if continued {
            let (text, more) = continues(line.trim_start());
            if let Some(step) = steps.last_mut() {
                step.command.push_str(text);
            }
            continued = more;
        } else if let Some(command) = line.strip_prefix("$ ") {
            let (text, more) = continues(command);
            steps.push(Step { line: index + 1, command: text.to_owned(), expected: Vec::new() });
            (fresh, continued) = (false, more);
        } else if !fresh && let Some(step) = steps.last_mut() {
            step.expected.push(line.trim_end().to_owned());
        }
    }
    for step in &mut steps {
        while step.expected.last().is_some_and(String::is_empty) {
            step.expected.pop();
        }
    }
    steps
}

/// The line without a `\` at its end, and whether it had one.
fn continues(line: &str) -> (&str, bool) {
    line.strip_suffix('\\').map_or((line.trim_end(), false), |text| (text, true))
}

/// What a program printed, as lines that can be compared: no colors, no blanks at line ends, no
/// empty lines around, and no path of this machine.
pub(crate) fn normalize(printed: &str, paths: &[&str]) -> Vec<String> {
    let mut text = plain(printed);
    for path in paths.iter().filter(|path| path.len() > 1) {
        text = text.replace(&format!("{path}/"), "").replace(path, ".");
    }
    let lines: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
    let start = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(start, |it| it + 1);
    lines[start..end].to_vec()
}

/// The text without escape sequences.
fn plain(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        left.push_str(before);
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';' || c == '?');
        rest = rest.get(1..).unwrap_or_default();
    }
    left.push_str(rest);
    left
}

/// Whether the output is what the session shows; else the first expected line that never came.
pub(crate) fn compare(expected: &[String], actual: &[String]) -> Result<(), String> {
    let (mut want, mut have) = (0, 0);
    // Where to go on after the latest wildcard: the pattern behind it, and the line to try next.
    let mut retry: Option<(usize, usize)> = None;
    let mut furthest = 0;
    loop {
        match (expected.get(want), actual.get(have)) {
            (Some(line), _) if line.trim() == ANY_LINES => {
                want += 1;
                retry = Some((want, have));
            }
            (Some(line), Some(printed)) if line_matches(line, printed) => {
                want += 1;
                have += 1;
            }
            (None, None) => return Ok(()),
            (_, printed) => {
                furthest = furthest.max(want);
                match retry {
                    Some((behind, next)) if printed.is_some() || next < actual.len() => {
                        (want, have) = (behind, next + 1);
                        retry = Some((behind, next + 1));
                    }
                    _ => return Err(missing(expected, furthest)),
                }
            }
        }
    }
}

fn missing(expected: &[String], at: usize) -> String {
    expected.get(at).map_or_else(
        || "more was printed than is shown".to_owned(),
        |line| format!("this line did not come where it is shown: {line}"),
    )
}

fn line_matches(expected: &str, printed: &str) -> bool {
    let mut parts = expected.split(ANY_TEXT);
    let Some(mut rest) = parts.next().and_then(|first| printed.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &str, actual: &str, matches: bool) {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let outcome = compare(&lines(expected), &lines(actual));
        assert_eq!(outcome.is_ok(), matches, "{outcome:?}");
    }

    #[test]
    fn a_session_is_commands_and_their_output() {
        let text = "```console\n$ one a \\\n    b\nsaid\n\n$ two\n```\n```sh\n$ never\n```\n\
                    ```console\nstray\n$ three\n...\n```\n";
        let steps = steps(text);
        let seen: Vec<_> =
            steps.iter().map(|it| (it.line, it.command.as_str(), it.expected.len())).collect();
        assert_eq!(seen, [(2, "one a b", 1), (6, "two", 0), (13, "three", 1)]);
    }

    #[test]
    fn equal_output_matches_and_other_does_not() {
        check("a\nb", "a\nb", true);
        check("a\nb", "a\nc", false);
        check("a\nb", "a", false);
        check("a", "a\nb", false);
    }

    #[test]
    fn dots_stand_for_any_number_of_lines() {
        check("a\n...\nd", "a\nb\nc\nd", true);
        check("a\n...\nd", "a\nd", true);
        check("...\nc\n...\ne", "a\nc\nx\nd\ne", true);
        check("...\nb\nc", "b\nx\nb\nc", true);
        check("a\n...", "a", true);
        check("a\n...\nd", "a\nb\nc", false);
        check("...\nb", "b\nc", false);
    }

    #[test]
    fn brackets_stand_for_any_part_of_a_line() {
        check("took [..] ms, [..] orders", "took 12 ms, 3 orders", true);
        check("took [..] ms", "took 12 s", false);
        check("[..]", "anything", true);
        check("a[..]a", "a", false);
    }

    #[test]
    fn output_is_freed_of_colors_blanks_and_paths() {
        let printed = "\n\u{1b}[1;32mlog\u{1b}[0m in /home/x/repo/data  \n\n";
        assert_eq!(normalize(printed, &["/home/x/repo"]), ["log in data"]);
    }

    #[test]
    fn the_missing_line_is_named() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let error = compare(&lines("a\n...\nz"), &lines("a\nb")).unwrap_err();
        assert!(error.ends_with(": z"), "{error}");
    }
}
