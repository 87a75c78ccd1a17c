//! One schema, one loader, one default file.
