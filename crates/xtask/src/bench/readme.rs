//! The part of README.md that a benchmark writes.

use anyhow::{Context, Result};

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// `readme` with `figures` in place of what stands between the markers.
///
/// # Errors
/// The markers are not there, once each and in order.
pub(crate) fn with_figures(readme: &str, figures: &str) -> Result<String> {
    let parts = readme.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let is_marked_once = |part: &str| !part.contains(BEGIN) && !part.contains(END);
    let (before, after) = parts
        .filter(|(before, after)| is_marked_once(before) && is_marked_once(after))
        .with_context(|| format!("README.md needs one {BEGIN}, and one {END} after it"))?;
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", figures.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_figures_should_replace_what_stands_between_the_markers_alone() {
        let readme = format!("# Performance\n\n{BEGIN}\nold\n{END}\n\nMore.\n");
        let wanted = format!("# Performance\n\n{BEGIN}\n\nnew\n\n{END}\n\nMore.\n");
        let written = with_figures(&readme, "new\n").unwrap();
        assert_eq!(written, wanted);
        assert_eq!(with_figures(&written, "new\n").unwrap(), wanted);
    }

    #[test]
    fn with_figures_should_refuse_a_readme_whose_markers_are_not_plain() {
        let cases = [
            "nothing".to_owned(),
            format!("{BEGIN} only"),
            format!("{END}{BEGIN}"),
            format!("{BEGIN}{END}{BEGIN}{END}"),
            format!("{BEGIN}{END}{END}"),
        ];
        for readme in cases {
            let error = with_figures(&readme, "new").unwrap_err();
            assert!(error.to_string().contains(BEGIN), "{error}");
        }
    }
}
