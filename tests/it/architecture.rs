//! The layers of the code, read from its `use` lines.
