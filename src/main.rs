//! palco: a live meeting in a terminal.

fn main() {}
