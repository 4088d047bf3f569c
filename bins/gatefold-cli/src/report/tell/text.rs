//! The page for people.

use gatefold::core::record::event::Mode;

use crate::holdings;
use crate::human;
use crate::report::database::Beside;
use crate::report::judge::percent;
use crate::report::status::Status;
use crate::report::tell::Page;
use crate::table::{Side, Table};

/// Columns of a whole bar.
const BAR_COLUMNS: u64 = 40;
/// So many causes and refusals are told; the rest is counted.
const ROWS_MAX: usize = 12;

impl Page<'_> {
    pub(crate) fn text(&self) -> String {
        let (since, until) = (self.window.since, self.window.until);
        let mut text = format!(
            "report for {since} to {until} ({})\nlog {}, folded up to position {}\n",
            self.window.length(),
            self.dir,
            self.fold.position()
        );
        text.push_str(&self.verdict());
        text.push_str(&self.funnel_text());
        text.push_str(&self.refusals_text());
        text.push_str(&self.executions_text());
        text.push_str(&self.positions_text());
        text.push_str(&self.runs_text());
        text.push_str(&self.errors_text());
        text.push_str(&self.database_text());
        text
    }

    /// First what somebody must act on.
    fn verdict(&self) -> String {
        if self.crossed.is_empty() {
            return "\nOK      no threshold is crossed\n".to_owned();
        }
        let mut table = Table::plain(&[Side::Left, Side::Left, Side::Left]);
        for it in &self.crossed {
            let whose = it.account.map_or_else(String::new, |account| format!("{account}: "));
            let text = format!("{whose}{}; the limit is {}", it.observed, it.limit);
            table.row(["CROSSED".to_owned(), it.what.name().to_owned(), text]);
        }
        format!("\n{}", table.render(0))
    }

    fn funnel_text(&self) -> String {
        let mut table = Table::new(&[
            ("recommendations", Side::Left),
            ("count", Side::Right),
            ("share", Side::Right),
            ("", Side::Left),
        ]);
        for status in Status::ALL {
            let (count, ppm) = self.share(status);
            let number = human::grouped(&count.to_string());
            table.row([status.name().to_owned(), number, percent(ppm), bar(ppm)]);
        }
        let all = human::grouped(&self.total().to_string());
        table.row(["together".to_owned(), all, String::new(), String::new()]);
        let mut by = Table::new(&[
            ("account", Side::Left),
            ("EXECUTED", Side::Right),
            ("SIMULATED", Side::Right),
            ("SKIPPED", Side::Right),
            ("FAILED", Side::Right),
            ("EXPIRED", Side::Right),
            ("PENDING", Side::Right),
        ]);
        for (account, counts) in &self.funnel {
            let name = account.map_or_else(|| "(nobody's)".to_owned(), |it| it.to_string());
            let count = |status| human::grouped(&counts.get(&status).unwrap_or(&0).to_string());
            let [a, b, c, d, e, f] = Status::ALL.map(count);
            by.row([name, a, b, c, d, e, f]);
        }
        let by = if by.is_empty() { String::new() } else { format!("\n{}", by.render(0)) };
        format!("\n{}{by}", table.render(0))
    }

    fn refusals_text(&self) -> String {
        let mut table =
            Table::new(&[("refused by", Side::Left), ("code", Side::Left), ("count", Side::Right)]);
        let all = self.gathered.refusals(&self.window);
        for (gate, code, count) in all.iter().take(ROWS_MAX) {
            table.row([gate.clone(), (*code).to_owned(), human::grouped(&count.to_string())]);
        }
        listed(table, all.len(), "no gate refused anything that arrived")
    }

    fn executions_text(&self) -> String {
        let mut table = Table::new(&[
            ("executions", Side::Left),
            ("mode", Side::Left),
            ("count", Side::Right),
            ("bought", Side::Right),
            ("sold", Side::Right),
            ("notional", Side::Right),
            ("fees", Side::Right),
        ]);
        for (account, traded) in &self.gathered.executions {
            let mode = self.fold.engine.account(account).map(|it| it.mode());
            table.row([
                account.to_string(),
                mode.map_or("", Mode::name).to_owned(),
                human::grouped(&traded.count.to_string()),
                human::money(traded.bought),
                human::money(traded.sold),
                human::money(traded.notional()),
                human::money(traded.fees),
            ]);
        }
        listed(table, 0, "no executions")
    }

    fn positions_text(&self) -> String {
        let mut text = String::new();
        for account in self.fold.engine.accounts() {
            let (totals, limits) = (account.totals(), account.limits());
            text.push_str(&format!(
                "\nopen in {}: {} of {} positions, exposure {} of {}\n{}",
                account.id(),
                totals.counted,
                limits.max_positions,
                human::money(totals.gross),
                human::money(limits.max_exposure),
                holdings::positions(account)
            ));
        }
        text
    }

    fn runs_text(&self) -> String {
        let mut table = Table::new(&[
            ("run", Side::Left),
            ("day", Side::Left),
            ("first event", Side::Left),
            ("last event", Side::Left),
            ("received", Side::Right),
            ("approved", Side::Right),
            ("fills", Side::Right),
            ("notional", Side::Right),
        ]);
        for ((account, day), run) in &self.gathered.runs {
            let count = |count: u64| human::grouped(&count.to_string());
            table.row([
                account.to_string(),
                day.to_string(),
                run.first.to_string(),
                run.last.to_string(),
                count(run.received),
                count(run.approved),
                count(run.executions),
                human::money(run.notional),
            ]);
        }
        listed(table, 0, "no runs: nothing happened in any account")
    }

    fn errors_text(&self) -> String {
        let mut table = Table::new(&[
            ("errors", Side::Left),
            ("count", Side::Right),
            ("cause, and where it came first", Side::Left),
        ]);
        for cause in self.causes.iter().take(ROWS_MAX) {
            let places: Vec<&str> = cause.samples.iter().map(|(at, _)| at.as_str()).collect();
            let text = cause.samples.first().map_or(cause.text.as_str(), |(_, text)| text);
            let text = format!("{text} ({}; from {} on)", places.join(", "), cause.first);
            let count = human::grouped(&cause.count.to_string());
            table.row([cause.kind.to_owned(), count, text]);
        }
        listed(table, self.causes.len(), "no errors")
    }

    fn database_text(&self) -> String {
        let Some(Beside { schema, lag, waiting }) = &self.beside else {
            return "\nno database is configured\n".to_owned();
        };
        let mut table = Table::plain(&[Side::Left, Side::Left]);
        let mut row = |name: &str, text: String| table.row([name.to_owned(), text]);
        match schema {
            Ok(version) => row("schema", format!("as expected, at migration {version}")),
            Err(why) => why.lines().for_each(|line| row("schema", line.trim().to_owned())),
        }
        if let Some(lag) = lag {
            let level = lag.events == 0;
            let text = if level {
                "level".to_owned()
            } else {
                format!("{} events lack, the oldest for {}", lag.events, lag.behind)
            };
            row("read models", format!("at position {}, {text}", lag.position));
        }
        if let Some(waiting) = waiting {
            row("inbox", format!("{} rows wait", human::grouped(&waiting.to_string())));
        }
        format!("\ndatabase\n{}", table.render(2))
    }
}

/// A table, or the sentence that stands for an empty one.
fn listed(table: Table, all: usize, none: &str) -> String {
    if table.is_empty() {
        return format!("\n{none}\n");
    }
    let more = all.saturating_sub(ROWS_MAX);
    let more = if more > 0 { format!("and {more} more\n") } else { String::new() };
    format!("\n{}{more}", table.render(0))
}

fn bar(ppm: u64) -> String {
    let columns = (ppm * BAR_COLUMNS + 500_000) / 1_000_000;
    // What is there at all is seen.
    let columns = if ppm > 0 { columns.max(1) } else { 0 };
    "█".repeat(usize::try_from(columns).unwrap_or(0))
}
