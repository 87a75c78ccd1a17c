//! The terminal, for any byte sink: lifecycle, input decoding, drawing, pacing.
//!
//! ```text
//!  bytes ─► PatientDecoder ─► Input (events; answers to queries)
//!  sink ◄── channel of one frame ◄── Screen (ratatui on a Sheet, Pacer)
//! ```
//!
//! [`Guard`] is the local terminal: it takes it over, gives it back whatever happens, and owns the two threads that read
//! and write it. Everything else works the same over any other pair of byte streams.

mod aside;
mod backend;
mod caps;
mod decoder;
mod guard;
mod keyboard;
mod keys;
mod line;
mod modes;
mod notify;
mod pace;
mod patient;
mod pen;
mod printer;
mod screen;
mod sheet;
mod tty;

pub use aside::Aside;
use backend::AnsiBackend;
pub use backend::MAX_CELLS;
pub use caps::{Caps, Depth};
pub use decoder::{Decoder, ESCAPE_PATIENCE, Input, MAX_PASTE, Reply};
pub use guard::{Guard, GuardError, GuardSettings};
pub use keyboard::{CHUNKS, Keyboard};
pub use line::{LineMode, LinePainter, columns, stop};
pub use modes::{BELL, FENCE, KEYS_ASKED, KeyFlags, Modes, PROBE, SYNCHRONIZED};
pub use notify::Notify;
pub use pace::{FIRST_PATIENCE, LOCAL_INTERVAL, PATIENCE, Pacer, SLOWEST};
pub use patient::PatientDecoder;
pub use printer::{PIECES, Printer};
pub use screen::{FRAMES_IN_FLIGHT, HungUp, Screen};
pub use sheet::Sheet;
