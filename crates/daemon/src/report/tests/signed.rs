//! Signatures, with openssl as the other end.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::report::sign::{SigningKey, is_signed};

/// A folder with a key pair that openssl made; none where there is no openssl.
fn keys() -> Option<TempDir> {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let command = Command::new("openssl").args(arguments).current_dir(&folder).status();
        command.is_ok_and(|status| status.success())
    };
    let made = run(&["genpkey", "-algorithm", "ed25519", "-out", "key.pem"])
        && run(&["pkey", "-in", "key.pem", "-pubout", "-out", "key.pub.pem"]);
    made.then_some(folder)
}

#[test]
fn signature_should_hold_for_these_bytes_and_this_key_alone() {
    let (Some(folder), Some(other)) = (keys(), keys()) else { return };
    let bytes = b"{\"total\": 2000}".to_vec();
    let signature = SigningKey::read(&folder.path().join("key.pem")).unwrap().sign(&bytes);
    let public = folder.path().join("key.pub.pem");
    assert!(is_signed(&public, &bytes, &signature).unwrap());
    assert!(!is_signed(&other.path().join("key.pub.pem"), &bytes, &signature).unwrap());
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        assert!(!is_signed(&public, &changed, &signature).unwrap(), "byte {place}");
    }
    for place in 0..signature.len() {
        let mut changed = signature.clone();
        changed[place] ^= 1;
        assert!(!is_signed(&public, &bytes, &changed).unwrap(), "byte {place} of the signature");
    }
}

#[test]
fn peer_openssl_should_verify_the_signature() {
    let Some(folder) = keys() else { return };
    let key = SigningKey::read(&folder.path().join("key.pem")).unwrap();
    fs::write(folder.path().join("report"), "text").unwrap();
    fs::write(folder.path().join("report.sig"), key.sign(b"text")).unwrap();
    let arguments = ["pkeyutl", "-verify", "-pubin", "-inkey", "key.pub.pem", "-rawin"];
    let mut command = Command::new("openssl");
    command.args(arguments).args(["-in", "report", "-sigfile", "report.sig"]).current_dir(&folder);
    assert!(command.stdout(Stdio::null()).status().unwrap().success());
}

#[test]
fn key_of_another_kind_should_be_refused_with_the_command_that_makes_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    fs::write(&path, rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let refused =
        SigningKey::read(&path).err().map(|error| format!("{:?}", miette::Report::from(error)));
    assert!(refused.unwrap().contains("openssl genpkey -algorithm ed25519"));
}
