//! Names, for searching whatever the case.

/// The text with its case folded, letter by letter: `ß` is `ss`, and every sigma the same.
pub(super) fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn names_should_be_found_whatever_their_case() {
        for (one, other) in [
            ("Zoë", "ZOË"),
            ("Straße", "STRASSE"),
            ("ΟΔΟΣ", "οδος"),
            ("οδοσ", "οδος"),
            ("Ǆ", "ǆ"),
            ("Ж", "ж"),
            ("İ", "i̇"),
            ("生产", "生产"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
    }
}
