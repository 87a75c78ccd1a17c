//! Build script: what the linker has to know about sound.

fn main() {}
