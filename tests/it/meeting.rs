//! The meeting: tables and properties.
