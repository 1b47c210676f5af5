//! The data directory and the master key in it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crypto::MasterKey;

use crate::error::StartError;

/// Makes the directory if need be, for us alone. One that others may enter is closed to them.
///
/// # Errors
/// When it can't be made or used; the message names it.
pub(crate) fn prepare(directory: &Path) -> Result<(), StartError> {
    make_private(directory).map_err(|source| StartError::DataDir {
        path: directory.to_owned(),
        source,
    })
}

/// The key of development: made on the first start, kept in `keys/master.key`.
///
/// # Errors
/// When it can't be read or kept, or is no key.
pub(crate) fn own_master_key(directory: &Path) -> Result<MasterKey, StartError> {
    let keys = directory.join("keys");
    let path = keys.join("master.key");
    let failed = |source| StartError::DataDir {
        path: path.clone(),
        source,
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => MasterKey::parse(text.trim()).map_err(|source| StartError::MasterKey { path, source }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_private(&keys).map_err(failed)?;
            let key = MasterKey::generate();
            write_private(&path, key.to_text().expose()).map_err(failed)?;
            Ok(key)
        }
        Err(error) => Err(failed(error)),
    }
}

fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
        builder.mode(0o700).create(directory)?;
        let metadata = std::fs::metadata(directory)?;
        if metadata.permissions().mode() & 0o077 != 0 {
            std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))?;
        }
        Ok(())
    }
    #[cfg(not(unix))]
    builder.create(directory)
}

/// Under its name only when it is whole and on the disk, and never over another.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let part = PathBuf::from(format!("{}.part", path.display()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    if let Some(directory) = path.parent() {
        std::fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_key_is_made_once_and_is_ours_alone() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a/b");
        prepare(&data).unwrap();
        let first = own_master_key(&data).unwrap();
        let second = own_master_key(&data).unwrap();
        assert_eq!(first.to_text().expose(), second.to_text().expose());
        assert_eq!(mode(&data), 0o700);
        assert_eq!(mode(&data.join("keys")), 0o700);
        assert_eq!(mode(&data.join("keys/master.key")), 0o600);
    }

    #[test]
    fn a_directory_that_others_may_enter_is_closed_to_them() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        prepare(folder.path()).unwrap();
        assert_eq!(mode(folder.path()), 0o700);
    }

    #[test]
    fn a_broken_key_stops_the_start() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("keys")).unwrap();
        std::fs::write(folder.path().join("keys/master.key"), "secret").unwrap();
        let error = own_master_key(folder.path()).map(drop).unwrap_err().to_string();
        assert!(error.contains("master.key"), "{error}");
    }
}
