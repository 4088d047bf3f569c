//! The pages that are made of the program itself are decided here: docs/gates.md.

use std::fmt::Write;

use gatefold::core::decide::{Card, Code, Gates, Guards};

use crate::human;

const INTRO: &str = "\
# The gates

<!-- Printed by `gatefold docs gates`. To change it, change the gates, then run
     `cargo xtask test --only generated --bless`. -->

A gate is one pure rule over one account's folded state, the intended order, the quote of its own
instrument and the time. Every gate judges every order; none can be switched off. Each verdict is
recorded with what was observed, the limit and a stable code, so that `gatefold explain` can show
later why an order was sent or not.

The order of the list is the order of reasons: the first gate that refuses is the headline; where
none refuses, the first that defers. A verdict is one of:

| verdict | it means |
|---|---|
| Pass | Within the limit. |
| Refuse | Beyond the limit, or the information to tell is missing. |
| Defer | Not now, for a reason of the environment: judged again until the advice ends. |
| NotSet | The limit is not configured. Mandatory gates never say this. |
| Exempt | The gate guards entries and the order closes, or the other way round. |

";

/// The page about the gates, as Markdown. The same bytes for the same gates.
pub(crate) fn gates() -> String {
    page(&Gates::standard())
}

fn page(gates: &Gates) -> String {
    let mut page = INTRO.to_owned();
    page.push_str("| | gate | guards | in force | limits |\n|--:|---|---|---|---|\n");
    for (index, card) in gates.cards().enumerate() {
        // Writing to a string does not fail.
        let _ = writeln!(
            page,
            "| {} | [{}](#{}) | {} | {} | {} |",
            index + 1,
            card.name,
            card.name,
            guards(card.guards),
            force(card),
            keys(card)
        );
    }
    for card in gates.cards() {
        section(&mut page, card);
    }
    page
}

fn section(page: &mut String, card: &Card) {
    let _ = write!(
        page,
        "\n## {}\n\n{}\n\n{}\n\n\
         - **Guards:** {}\n- **Unit:** {}\n- **Limits:** {}\n- **In force:** {}\n",
        card.name,
        card.denies,
        card.test,
        guards(card.guards),
        human::unit(card.unit),
        keys(card),
        force(card)
    );
    let codes: Vec<&Code> = card.codes.iter().filter(|code| **code != Code::Ok).collect();
    if codes.is_empty() {
        return;
    }
    page.push_str("\n| code | number | meaning |\n|---|--:|---|\n");
    for code in codes {
        let meaning = code.meaning().replace('|', "\\|");
        let _ = writeln!(page, "| `{}` | {} | {meaning} |", code.text(), code.to_u16());
    }
}

fn guards(guards: Guards) -> &'static str {
    match guards {
        Guards::Entries => "entries",
        Guards::Exits => "exits",
        Guards::All => "entries and exits",
    }
}

fn force(card: &Card) -> &'static str {
    if card.mandatory { "always" } else { "when set" }
}

fn keys(card: &Card) -> String {
    if card.limits.is_empty() {
        return "none".to_owned();
    }
    card.limits.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    #[test]
    fn every_gate_has_a_line_and_a_section_with_its_codes() {
        let page = gates();
        let gates = Gates::standard();
        let sections: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let names: Vec<&str> = gates.cards().map(|card| card.name).collect();
        assert_eq!(sections, names);
        for card in gates.cards() {
            assert!(page.contains(&format!("[{0}](#{0})", card.name)), "{}", card.name);
            for code in card.codes.iter().filter(|code| **code != Code::Ok) {
                assert!(page.contains(&format!("`{}`", code.text())), "{}", code.text());
            }
        }
    }

    #[test]
    fn the_headings_are_the_gates_in_the_order_of_reasons() {
        let page = gates();
        let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
        expect_file!["../golden/gates_headings.txt"].assert_eq(&(headings.join("\n") + "\n"));
    }

    #[test]
    fn the_page_is_the_same_every_time() {
        assert_eq!(gates(), gates());
        assert!(gates().ends_with('\n'));
        assert!(gates().lines().all(|line| !line.ends_with(' ')));
    }
}
