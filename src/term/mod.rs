//! The terminal, for any byte sink: lifecycle, input decoding, drawing, pacing.
