//! The console without a terminal: model, update, view. Pure.
