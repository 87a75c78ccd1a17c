//! Sound cards, by cpal.
