//! What can go wrong with the log, and what to do about it.

use std::path::PathBuf;

use thiserror::Error;

/// The data directory cannot be used.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The directory cannot be made or written.
    #[error("the data directory {} cannot be written ({source}); choose another with --data", dir.display())]
    Directory {
        /// The directory.
        dir: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process has it.
    #[error("another palco uses the data directory {}; stop it or choose another with --data", dir.display())]
    InUse {
        /// The directory.
        dir: PathBuf,
    },
    /// No server wrote there yet.
    #[error("{} is not there; say with --data where the server keeps its meetings", file.display())]
    Nothing {
        /// The file.
        file: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a palco database; move it away or choose another directory with --data", file.display())]
    NotPalco {
        /// The file.
        file: PathBuf,
    },
    /// A newer palco wrote it.
    #[error("{} was written by a newer palco (schema {found}, this one knows {known}); update palco", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that this palco knows.
        known: i64,
    },
    /// SQLite refuses.
    #[error("the database {} cannot be opened ({source})", file.display())]
    Database {
        /// The file.
        file: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The writer's thread did not start.
    #[error("the thread that writes the log did not start ({0})")]
    Thread(std::io::Error),
}

/// Something was not kept, or cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The disk or the database file is full.
    #[error("the disk is full: free some space on the server")]
    Full,
    /// SQLite says no.
    #[error("the log cannot be written: {0}")]
    Database(String),
    /// An entry cannot be read back.
    #[error("the log holds an entry that cannot be read: {0}")]
    Entry(String),
    /// Somebody reads the log all the time.
    #[error("another program reads the database and does not stop; end it and try again")]
    Busy,
    /// What is to be deleted is held.
    #[error("{name} is held: nobody deletes it before `palco library hold {name} off`")]
    Held {
        /// The meeting: `monday#28`.
        name: String,
    },
    /// The store was closed.
    #[error("the log is closed: the server is stopping")]
    Closed,
}

impl From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            _ => Self::Database(e.to_string()),
        }
    }
}
