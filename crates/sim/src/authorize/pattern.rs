//! Wildcards and policy variables.

use super::Request;

/// A text in which `*` and `?` may stand for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Literal(char),
    AnyOne,
    AnyMany,
}

/// What has a meaning in a text beyond itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax {
    pub(super) wildcards: bool,
    pub(super) variables: bool,
}

impl Pattern {
    /// A pattern without variables.
    pub(super) fn wildcard(text: &str) -> Self {
        Self(text.chars().map(|character| piece(character, true)).collect())
    }

    /// The pattern with its policy variables filled in from the request; `None` where one has no
    /// value, or several, so that the pattern matches nothing. A value's `*` is only itself.
    pub(super) fn expand(text: &str, syntax: Syntax, request: &Request<'_>) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let variable = rest.strip_prefix("${").filter(|_| syntax.variables);
            if let Some((variable, after)) = variable.and_then(|inner| inner.split_once('}')) {
                pieces.extend(value_of(variable, request)?.chars().map(Piece::Literal));
                rest = after;
            } else {
                pieces.push(piece(character, syntax.wildcards));
                rest = &rest[character.len_utf8()..];
            }
        }
        Some(Self(pieces))
    }

    /// The pattern for texts in lower case.
    pub(super) fn lowercase(self) -> Self {
        let lower = |piece| match piece {
            Piece::Literal(character) => {
                character.to_lowercase().map(Piece::Literal).collect::<Vec<_>>()
            }
            wildcard => vec![wildcard],
        };
        Self(self.0.into_iter().flat_map(lower).collect())
    }

    /// Whether the whole of `text` fits.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.fits(text.chars())
    }

    /// Whether the whole of `text` fits, in whatever case it is; the pattern is in lower case.
    pub(super) fn matches_in_any_case(&self, text: &str) -> bool {
        self.fits(text.chars().map(|character| character.to_ascii_lowercase()))
    }

    fn fits<T: Iterator<Item = char> + Clone>(&self, text: T) -> bool {
        let (mut pieces, mut text) = (&self.0[..], text);
        // Where to go on when what follows the last `*` does not fit: it takes one more.
        let mut retry: Option<(&[Piece], T)> = None;
        loop {
            let mut after = text.clone();
            match (pieces.split_first(), after.next()) {
                (None, None) => return true,
                (Some((Piece::AnyMany, others)), _) => {
                    retry = Some((others, text.clone()));
                    pieces = others;
                }
                (Some((piece, others)), Some(character)) if piece.fits(character) => {
                    (pieces, text) = (others, after);
                }
                _ => {
                    let Some((others, taken)) = &mut retry else { return false };
                    if taken.next().is_none() {
                        return false;
                    }
                    (pieces, text) = (others, taken.clone());
                }
            }
        }
    }
}

impl Piece {
    fn fits(self, character: char) -> bool {
        match self {
            Self::Literal(literal) => literal == character,
            Self::AnyOne | Self::AnyMany => true,
        }
    }
}

const fn piece(character: char, wildcards: bool) -> Piece {
    match character {
        '*' if wildcards => Piece::AnyMany,
        '?' if wildcards => Piece::AnyOne,
        literal => Piece::Literal(literal),
    }
}

/// The value of what stands between `${` and `}`: a key, a key with a default after a comma, or one of
/// the characters that have a meaning themselves.
fn value_of(variable: &str, request: &Request<'_>) -> Option<String> {
    if let "*" | "?" | "$" = variable {
        return Some(variable.to_owned());
    }
    let (key, default) = match variable.split_once(',') {
        Some((key, default)) => (key, Some(default.trim().trim_matches('\'').to_owned())),
        None => (variable, None),
    };
    match &request.values(&key.trim().to_lowercase())[..] {
        [value] => Some(value.clone()),
        [] => default,
        _ => None,
    }
}
