//! Sound without devices: codec, level, voice detection, jitter buffer, mixer. Pure.
