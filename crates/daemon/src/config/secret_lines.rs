//! Which lines of a configuration file may hold the tenant id.

use std::iter::Peekable;
use std::str::CharIndices;

/// Whether the line that begins at `line_start` may hold the tenant id: its own key is like that of the
/// tenant id, or that of the value that goes on in it, over lines or without an end.
pub(super) fn may_hold_tenant(text: &str, line_start: usize) -> bool {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if start > line_start {
            return false;
        }
        let rest = text.get(start..).unwrap_or_default();
        let reaches = || end_of_value(rest).is_none_or(|end| start + end > line_start);
        if is_like_tenant(line) && (start == line_start || reaches()) {
            return true;
        }
        start += line.len();
    }
    false
}

/// What `tenant` and `external` begin with, misspelt or not.
const LIKE_TENANT: [&str; 4] = ["tena", "tene", "tenn", "extern"];

fn is_like_tenant(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    LIKE_TENANT.iter().any(|part| line.contains(part))
}

/// The end of the line that ends the value begun in the first line; none where it does not end. The
/// file need not be right: whoever leaves out a quote or a bracket has no end.
fn end_of_value(text: &str) -> Option<usize> {
    let mut characters = text.char_indices().peekable();
    let (mut depth, mut last) = (0_usize, ' ');
    while let Some((at, character)) = characters.next() {
        match character {
            '#' => while characters.next_if(|(_, next)| *next != '\n').is_some() {},
            '"' | '\'' => skip_string(text, at, character, &mut characters)?,
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            '\n' if depth == 0 && last != '=' => return Some(at),
            _ => {}
        }
        if !character.is_whitespace() && character != '#' {
            last = character;
        }
    }
    (depth == 0 && last != '=').then_some(text.len())
}

/// Goes on to behind the string that has begun at `start`; none where it has no end.
fn skip_string(
    text: &str,
    start: usize,
    quote: char,
    characters: &mut Peekable<CharIndices<'_>>,
) -> Option<()> {
    let triple: String = [quote; 3].iter().collect();
    let rest = text.get(start..).unwrap_or_default();
    let over_lines = rest.starts_with(&triple);
    let closing = if over_lines { triple } else { quote.to_string() };
    while characters.next_if(|(at, _)| *at < start + closing.len()).is_some() {}
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if quote == '"' => drop(characters.next()),
            '\n' if !over_lines => return None,
            _ if text.get(at..).is_some_and(|rest| rest.starts_with(&closing)) => {
                while characters.next_if(|(next, _)| *next < at + closing.len()).is_some() {}
                return Some(());
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers, from 1, of the lines that may hold the tenant id.
    fn lines(text: &str) -> Vec<usize> {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        let numbered = starts.zip(1..).filter(|(start, _)| may_hold_tenant(text, *start));
        numbered.map(|(_, number)| number).collect()
    }

    #[test]
    fn tenant_should_be_hidden_wherever_its_value_reaches() {
        let cases: [(&str, &[usize]); 13] = [
            ("a = 1\ntenant_id = \"x\"\nb = 2", &[2]),
            ("tenant_id = 'it' # it's one\nb = 2", &[1]),
            ("tenant_id = \"\"\"\nx\\\"\"\"\n\"\"\" y\nb = 2", &[1, 2, 3]),
            ("# \"\"\"\ntenant_id = '''\nx''' y\nb = 2", &[2, 3]),
            ("tenant_id = [ # [\n'x' y\n]\nb = 2", &[1, 2, 3]),
            ("tags = { tenant = \"x\" }\nb = 2", &[1]),
            ("tenant_id = # next\n\"x\"\nb = 2", &[1, 2]),
            ("tenant_id = \"\nx\"\nb = 2", &[1, 2, 3]),
            ("tenant_id = [\nx\nb = 2", &[1, 2, 3]),
            ("tenant_id = '''\nx", &[1, 2]),
            ("# tenant = [\nb = 2", &[1]),
            ("tennant-id = \"x\" y\nlisten = 2", &[1]),
            ("externalId = \"x\"\r\nb = 2", &[1]),
        ];
        for (text, expected) in cases {
            assert_eq!(lines(text), expected, "{text}");
        }
    }
}
