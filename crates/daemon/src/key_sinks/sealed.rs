//! Encryption to people: what only the holders of age identities can read.

use std::fmt;
use std::io::{self, Read, Write};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::x25519::Recipient;
use age::{DecryptError, Decryptor, EncryptError, Encryptor, IdentityFile};
use zeroize::Zeroizing;

/// Those who can read what is encrypted: one at least.
#[derive(Clone)]
pub struct Recipients(Vec<Recipient>);

/// These are no recipients. It quotes none of them, since one may be an identity by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRecipients {
    /// There is none.
    #[error(
        "there is no age recipient: make an identity with `age-keygen`, and name its public key (age1…)"
    )]
    None,
    /// One of them is none.
    #[error(
        "age recipient {position} cannot be read ({reason}): name the public key that `age-keygen -y` \
         tells (age1…)"
    )]
    Unreadable {
        /// Which one; the first is 1.
        position: usize,
        /// Why not.
        reason: &'static str,
    },
}

/// How many there are; public keys are no secrets, but are long.
impl fmt::Debug for Recipients {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Recipients({})", self.0.len())
    }
}

impl Recipients {
    /// Parses public keys as `age-keygen` tells them.
    ///
    /// # Errors
    /// One cannot be read, or there is none.
    pub fn parse(texts: &[impl AsRef<str>]) -> Result<Self, InvalidRecipients> {
        if texts.is_empty() {
            return Err(InvalidRecipients::None);
        }
        let parse = |(index, text): (usize, &_)| {
            let unreadable = |reason| InvalidRecipients::Unreadable { position: index + 1, reason };
            AsRef::<str>::as_ref(text).trim().parse().map_err(unreadable)
        };
        texts.iter().enumerate().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// Encrypts a text, armored. The keys for it are drawn by age, from the operating system.
    pub(super) fn seal(&self, text: &[u8]) -> Result<Vec<u8>, EncryptError> {
        let recipients = self.0.iter().map(|recipient| recipient as &dyn age::Recipient);
        let encryptor = Encryptor::with_recipients(recipients)?;
        let armor = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor)?;
        let mut writer = encryptor.wrap_output(armor)?;
        writer.write_all(text)?;
        Ok(writer.finish()?.finish()?)
    }
}

/// Decrypts with an identity file as `age-keygen` writes it.
pub(super) fn unseal(
    sealed: &[u8],
    identities: IdentityFile<age::NoCallbacks>,
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let identities = identities.into_identities()?;
    let identities = identities.iter().map(|identity| &**identity as &dyn age::Identity);
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(sealed))?;
    let mut reader = decryptor.decrypt(identities)?;
    // It is shorter than what it was encrypted to: without room it would be moved, and leave copies.
    let mut text = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut text)?;
    Ok(text)
}

/// Reads an identity file.
pub(super) fn identities(file: &[u8]) -> io::Result<IdentityFile<age::NoCallbacks>> {
    IdentityFile::from_buffer(file)
}
