//! The protocol page: its examples, and a client written from it in another language.
