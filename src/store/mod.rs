//! The event log in SQLite: one writer, commits in groups.
