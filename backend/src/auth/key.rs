//! The key that signs access tokens: a file in the data directory, made at first start, readable by the server only.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rand::TryRngCore as _;
use sha2::{Digest as _, Sha256};

/// Length of a key: that of the hash it is used with.
const KEY_BYTES: usize = 32;

/// The key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file can't be read or made.
    #[error("the signing key {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others on the machine can read it, so tokens could be forged.
    #[error(
        "the signing key {} is readable by others (mode {mode:03o}); make it private with `chmod 600`, or remove it to have a new one (everybody then signs in again)",
        path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is not what this program writes.
    #[error("the signing key {} is damaged; remove it to have a new one (everybody then signs in again)", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// A secret key with the name that tokens carry.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    bytes: Vec<u8>,
    /// Tells tokens of a former key from forged ones.
    pub kid: String,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// The key of a file, which is made when it does not exist.
    ///
    /// # Errors
    /// When the file can't be read or made, is readable by others, or holds something else.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        let io = |source| KeyError::Io { path: path.to_owned(), source };
        match Self::create(path) {
            Ok(()) => tracing::info!(path = %path.display(), "made a new key for access tokens"),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io(error)),
        }
        let mode = fs::metadata(path).map_err(io)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed { path: path.to_owned(), mode });
        }
        let text = fs::read_to_string(path).map_err(io)?;
        let bytes = BASE64.decode(text.trim()).ok().filter(|bytes| bytes.len() == KEY_BYTES);
        bytes.map(Self::of_bytes).ok_or_else(|| KeyError::Damaged { path: path.to_owned() })
    }

    /// Writes the file under another name first: a crash in between leaves no half key.
    fn create(path: &Path) -> io::Result<()> {
        if path.exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let mut bytes = [0; KEY_BYTES];
        rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
        let fresh = path.with_extension(format!("new{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        let written = writeln!(file, "{}", BASE64.encode(bytes)).and_then(|()| file.sync_all());
        // Linking fails when another process was faster, and then its key counts.
        let made = written.and_then(|()| fs::hard_link(&fresh, path));
        fs::remove_file(&fresh)?;
        made
    }

    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Self {
        let digest = Sha256::new().chain_update(b"kid").chain_update(&bytes).finalize();
        let kid = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { bytes, kid }
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_private() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("jwt.key");
        let first = SigningKey::load_or_create(&path).expect("made");
        assert_eq!(SigningKey::load_or_create(&path).expect("read"), first);
        assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).expect("readable").count(), 1);
        assert!(!format!("{first:?}").contains(&BASE64.encode(first.expose())));
    }

    #[test]
    fn a_key_that_others_read_or_that_is_damaged_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("jwt.key");
        SigningKey::load_or_create(&path).expect("made");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
        assert!(matches!(SigningKey::load_or_create(&path), Err(KeyError::Exposed { mode: 0o640, .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        fs::write(&path, "c2hvcnQ=").expect("written");
        assert!(matches!(SigningKey::load_or_create(&path), Err(KeyError::Damaged { .. })));
    }
}
