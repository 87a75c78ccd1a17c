//! The terminal layer: bytes to events, events of drawing to bytes, pacing, and the way back.

mod decoder;
mod drawing;
mod lifecycle;
mod pacing;
