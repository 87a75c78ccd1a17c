//! Speech from a virtual microphone to a virtual speaker.
