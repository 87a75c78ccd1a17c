//! The terminal layer over any byte sink.
