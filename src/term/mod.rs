//! The terminal, for any byte sink: lifecycle, input decoding, drawing, pacing.

mod backend;
mod caps;
mod decoder;
mod keys;
mod pen;

pub use backend::{AnsiBackend, MAX_CELLS};
pub use caps::{Caps, Depth};
pub use decoder::{Decoder, ESCAPE_PATIENCE, Input, MAX_PASTE, Reply};
