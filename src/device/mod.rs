//! Sound cards, by cpal.

mod alsa;
