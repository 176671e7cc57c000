//! The report in files, in the format that each name asks for, and signed where that is wished.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use digitalex_core::AccountRecord;

use super::json::JsonReport;
use crate::exit::Failure;
use crate::report::sign::{SigningKey, beside};
use crate::report::{Format, Report};
use crate::run_report::{RecordSink, RunHead, RunReport};
use crate::whole_file::WholeFile;

/// Flags of the commands that report.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct ReportFlags {
    /// Write the report to this file too, as its name ends: .html, .md, .csv, .json, .xml (JUnit), .sarif;
    /// can be given several times
    #[arg(long = "report", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Sign each of these files with this Ed25519 key (PEM), into FILE.sig; `report verify` checks it
    #[arg(long, value_name = "KEY", requires = "files")]
    pub(crate) sign: Option<PathBuf>,
}

impl ReportFlags {
    /// Whether each file has a format and the key can be read: a mistake costs no pass.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.files.iter().try_for_each(|file| Format::of_file(file).map(drop))?;
        self.sign.as_deref().map_or(Ok(()), |key| SigningKey::read(key).map(drop))
    }
}

/// The files, which are opened before anything is read, so that a wrong path costs no pass.
pub(crate) struct ReportFiles {
    files: Vec<(PathBuf, Target)>,
    key: Option<SigningKey>,
    run: String,
}

enum Target {
    /// Written as the run goes on.
    Stream(JsonReport<Tee>),
    /// Rendered at the end.
    Rendered(Format, Tee),
}

/// A file, and a copy of what is written to it, where that will be signed.
struct Tee {
    file: WholeFile,
    copy: Option<Vec<u8>>,
}

impl ReportFiles {
    pub(crate) fn create(flags: &ReportFlags, head: &RunHead) -> Result<Self, Failure> {
        let key = flags.sign.as_deref().map(SigningKey::read).transpose()?;
        let open = |path: &PathBuf| {
            let format = Format::of_file(path)?;
            let file =
                WholeFile::create(path, &head.run).map_err(|error| unwritten(path, error))?;
            let tee = Tee { file, copy: key.as_ref().map(|_| Vec::new()) };
            let target = match format {
                Format::Json => Target::Stream(JsonReport::start(tee, head)),
                format => Target::Rendered(format, tee),
            };
            Ok((path.clone(), target))
        };
        let files = flags.files.iter().map(open).collect::<Result<_, Failure>>()?;
        Ok(Self { files, key, run: head.run.clone() })
    }

    /// Whether a format needs the whole report.
    pub(crate) fn want_whole(&self) -> bool {
        self.files.iter().any(|(_, target)| matches!(target, Target::Rendered(..)))
    }

    /// Writes what is known at the end only, and puts every file in its place, its signature first.
    pub(crate) fn end(self, run: &RunReport, whole: Option<&Report>) -> Result<(), Failure> {
        for (path, target) in self.files {
            let written = match target {
                Target::Stream(json) => json.end(run),
                Target::Rendered(format, mut tee) => match whole {
                    Some(report) => format.write(report, &mut tee).map(|()| tee),
                    None => Err(io::Error::other("the report was not collected")),
                },
            };
            let kept = written.and_then(|tee| keep(tee, &path, self.key.as_ref(), &self.run));
            kept.map_err(|error| unwritten(&path, error))?;
        }
        Ok(())
    }
}

impl RecordSink for ReportFiles {
    fn add(&mut self, record: &AccountRecord) {
        for (_, target) in &mut self.files {
            if let Target::Stream(json) = target {
                json.add(record);
            }
        }
    }
}

fn keep(tee: Tee, path: &Path, key: Option<&SigningKey>, run: &str) -> io::Result<()> {
    if let (Some(key), Some(bytes)) = (key, &tee.copy) {
        let mut signature = WholeFile::create(&beside(path), run)?;
        signature.write_all(&key.sign(bytes))?;
        signature.keep()?;
    }
    tee.file.keep()
}

fn unwritten(path: &Path, error: io::Error) -> Failure {
    let next_step = "name a file in a folder that you may write to, and see to the room there";
    Failure::caused(format!("the report {} cannot be written", path.display()), next_step, error)
}

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        if let Some(copy) = &mut self.copy {
            copy.extend_from_slice(&bytes[..count]);
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
