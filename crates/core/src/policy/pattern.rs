//! Patterns with `*`, `?` and policy variables: which covers which, and which may overlap.

use super::canonical::Version;
use super::coverage::Extent;

/// One step of a pattern.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Char(char),
    /// `?`
    One,
    /// `*`
    Any,
    /// `${…}`: some text that the request decides.
    Variable(String),
}

/// The pattern of an action: its case is ignored.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ActionPattern(Vec<Token>);

/// The pattern of a resource ARN.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ResourcePattern(Vec<Token>);

impl ActionPattern {
    pub(super) fn new(folded: &str) -> Self {
        Self(folded.chars().map(wildcard).collect())
    }
}

impl Extent for ActionPattern {
    fn covers(&self, other: &Self) -> bool {
        covers(&self.0, &other.0)
    }

    fn overlaps(&self, other: &Self) -> bool {
        overlaps(&self.0, &other.0)
    }

    fn is_everything(&self) -> bool {
        self.0 == [Token::Any]
    }
}

impl ResourcePattern {
    pub(super) fn new(text: &str, version: Version) -> Self {
        Self(match version {
            Version::V2008 => text.chars().map(wildcard).collect(),
            Version::V2012 => with_variables(text),
        })
    }

    /// The five fields before the resource, and the resource; `None` for what is no ARN, or one
    /// whose fields a variable could shift.
    fn arn_fields(&self) -> Option<(Vec<&[Token]>, &[Token])> {
        let mut fields = Vec::new();
        let mut rest = self.0.as_slice();
        while fields.len() < 5 {
            let colon = rest.iter().position(|token| *token == Token::Char(':'))?;
            fields.push(&rest[..colon]);
            rest = &rest[colon + 1..];
        }
        let shifting = |token: &Token| matches!(token, Token::Variable(_));
        (!fields.iter().any(|field| field.iter().any(shifting))).then_some((fields, rest))
    }
}

impl Extent for ResourcePattern {
    /// Field by field, so that it holds whether or not a wildcard may reach past a colon.
    fn covers(&self, other: &Self) -> bool {
        if self == other || self.is_everything() {
            return true;
        }
        let (Some((fields, rest)), Some((other_fields, other_rest))) =
            (self.arn_fields(), other.arn_fields())
        else {
            return false;
        };
        fields.iter().zip(&other_fields).all(|(outer, inner)| covers(outer, inner))
            && covers(rest, other_rest)
    }

    fn overlaps(&self, other: &Self) -> bool {
        overlaps(&self.0, &other.0)
    }

    fn is_everything(&self) -> bool {
        self.0 == [Token::Any]
    }
}

fn wildcard(character: char) -> Token {
    match character {
        '*' => Token::Any,
        '?' => Token::One,
        other => Token::Char(other),
    }
}

/// Reads policy variables; `${*}`, `${?}` and `${$}` are those characters themselves (IAM User
/// Guide, "Policy variables").
fn with_variables(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        tokens.extend(before.chars().map(wildcard));
        // A variable that never ends is taken as one, so that nothing is concluded from it.
        let (name, following) = after.split_once('}').unwrap_or((after, ""));
        tokens.push(match name {
            "*" => Token::Char('*'),
            "?" => Token::Char('?'),
            "$" => Token::Char('$'),
            _ => Token::Variable(name.to_owned()),
        });
        rest = following;
    }
    tokens.extend(rest.chars().map(wildcard));
    tokens
}

/// Whether every text that `inner` matches is surely matched by `outer`.
fn covers(outer: &[Token], inner: &[Token]) -> bool {
    // Up to the first `*` step stands against step, which tells most patterns apart at once.
    let head = outer.iter().take_while(|token| **token != Token::Any).count();
    let (outer_head, outer) = outer.split_at(head);
    let Some((inner_head, inner)) = inner.split_at_checked(head) else { return false };
    if !outer_head.iter().zip(inner_head).all(|(outer, inner)| step_covers(outer, inner)) {
        return false;
    }
    if outer.is_empty() {
        return inner.is_empty();
    }
    // reached[n]: what was read of `outer` covers the first n steps of `inner`.
    let mut reached = vec![false; inner.len() + 1];
    reached[0] = true;
    for token in outer {
        if *token == Token::Any {
            for n in 1..reached.len() {
                reached[n] |= reached[n - 1];
            }
        } else {
            for n in (1..reached.len()).rev() {
                reached[n] = reached[n - 1] && step_covers(token, &inner[n - 1]);
            }
            reached[0] = false;
        }
    }
    reached[inner.len()]
}

fn step_covers(outer: &Token, inner: &Token) -> bool {
    match outer {
        Token::One => matches!(inner, Token::Char(_) | Token::One),
        _ => outer == inner,
    }
}

/// Whether some text may be matched by both.
fn overlaps(left: &[Token], right: &[Token]) -> bool {
    let stretches = |token: &Token| matches!(token, Token::Any | Token::Variable(_));
    // row[n]: some text is matched by what was read of `left` and the first n steps of `right`.
    let mut row = vec![true];
    for token in right {
        row.push(row[row.len() - 1] && stretches(token));
    }
    for ours in left {
        let mut next = vec![row[0] && stretches(ours)];
        for (n, theirs) in right.iter().enumerate() {
            next.push(if stretches(ours) || stretches(theirs) {
                row[n + 1] || next[n]
            } else {
                row[n] && (ours == theirs || *ours == Token::One || *theirs == Token::One)
            });
        }
        row = next;
    }
    row[right.len()]
}
