//! Cleaning of text from people: once, here, for everybody.
