//! What Slack's incoming webhooks take.
//!
//! Names of accounts and policies are whatever someone called them: they are escaped, so that they
//! make no mention and no link, and cut, so that Slack takes them (its reference of blocks: a header
//! holds 150 characters, a section 3,000, a message 50 blocks).

use serde_json::{Value, json};

use super::announcement::{Announcement, DriftLine};
use super::target::EventKind;

/// An escaped character is five at most, so that a section holds this many for sure.
const LINE_CHARACTERS_MAX: usize = 500;

/// The message.
pub(super) fn payload(announcement: &Announcement) -> Value {
    let title = match announcement.kind {
        EventKind::WideningDrift => "DigitalEx role: widening drift",
        EventKind::CorrectedDrift => "DigitalEx role: drift corrected",
        EventKind::PassIncomplete => "DigitalEx role: a pass left accounts undone",
        EventKind::PassLate => "DigitalEx role: passes are late",
    };
    let summary = format!("{} ({})", announcement.summary, announcement.organization);
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": title, "emoji": false}}),
        section(&escaped(&summary)),
    ];
    if let Some(drift) = &announcement.drift {
        blocks.extend(drift.first.iter().map(|line| section(&difference(line))));
        if drift.count > drift.first.len() {
            let more = drift.count - drift.first.len();
            blocks.push(section(&format!("and {more} more")));
        }
    }
    json!({"text": format!("{title}: {}", escaped(&summary)), "blocks": blocks})
}

fn difference(line: &DriftLine) -> String {
    let DriftLine { account, account_name, summary, .. } = line;
    let text = format!("{account} {account_name}: {summary}");
    format!("• {}", escaped(&text))
}

/// `verbatim`: Slack makes no links and mentions of its own.
fn section(mrkdwn: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn, "verbatim": true}})
}

/// Cut, in one line, and with the three characters escaped that mean something to Slack.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for (position, character) in text.chars().enumerate() {
        if position == LINE_CHARACTERS_MAX {
            out.push('…');
            break;
        }
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other if other.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_should_be_escaped_and_cut_so_that_slack_takes_it() {
        assert_eq!(escaped("<!channel> a&b\n"), "&lt;!channel&gt; a&amp;b ");
        let long = escaped(&"&".repeat(10_000));
        assert!(long.chars().count() < 3_000 && long.ends_with("&amp;…"));
    }
}
