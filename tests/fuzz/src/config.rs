//! Any text as a configuration file.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use digitalex_rollout::config::{ConfigFlags, Settings, load};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, JSONReportHandler};
use tempfile::TempDir;

/// Stands for the tenant id. No input holds it, so that whatever shows it has it from there; and it is
/// not hidden for a word of its own.
const TENANT: &str = "4711ThisIsSecret";

/// How the tenant id stands in the file, rightly or wrongly.
const SPELLINGS: [&str; 14] = [
    "tenant_id = \"@\"",
    "tenant_id = '@'",
    "tenant_id = @",
    "tenant_id = \"@",
    "tenant_id = \"\"\"\n@\"\"\"",
    "tenant_id = '''\n@\n'''",
    "tenant_id = \"\"\"\n@\n",
    "tenant_id = [\n\"@\"\n]",
    "tennant-id = \"@\" \"",
    "\"tenant_id\" = { value = \"@\" }",
    "tenant_id = \"\"\"\n@\"\"\" x",
    "tenant_id = [\n\"@\" x\n]",
    "tenant_id = [\n'@\n]",
    "tenant_id =\n\"@\"",
];

/// Reading ends in settings or in an error, and neither shows the tenant id. The first byte says how the
/// tenant id is spelled; a NUL, where the file holds it.
pub fn config(bytes: &[u8]) {
    let Some((how, text)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    // Settings name files to read, and a device never ends.
    if text.contains(TENANT) || text.contains("dev") {
        return;
    }
    let spelling = SPELLINGS[usize::from(*how) % SPELLINGS.len()].replace('@', TENANT);
    let text = match text.split_once('\0') {
        Some((before, after)) => format!("{before}\n{spelling}\n{after}"),
        None => text.into_owned(),
    };
    let outcome = read(&text);
    let shown = match &outcome {
        Ok(settings) => format!("{settings:?} {}", settings.digest()),
        Err(error) => error.clone(),
    };
    assert!(!shown.contains(TENANT), "the tenant id is shown:\n{shown}\nof:\n{text}");
}

fn read(text: &str) -> Result<Settings, String> {
    let file = file();
    fs::write(&file, text).expect("the temporary file can be written");
    let settings = load(Some(&file), &ConfigFlags::default(), &|_| None);
    let settings = settings.map_err(|error| everything_shown(&error))?;
    settings.try_out().map_err(|error| everything_shown(&error))?;
    Ok(settings)
}

/// One for each thread: tests run at once.
fn file() -> PathBuf {
    static FOLDER: LazyLock<TempDir> =
        LazyLock::new(|| TempDir::new().expect("a temporary folder"));
    FOLDER.path().join(format!("{:?}.toml", std::thread::current().id()))
}

/// The error in all forms in which the program shows errors.
fn everything_shown(error: &(impl Diagnostic + 'static)) -> String {
    let mut shown = format!("{error} {error:?}\n");
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    handler.render_report(&mut shown, error).expect("an error can be shown");
    JSONReportHandler::new().render_report(&mut shown, error).expect("an error can be shown");
    shown
}
