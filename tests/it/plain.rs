//! The plain console: what it says, and the real binary behind pipes and terminals.

mod completing;
mod cost;
mod lines;
mod pipe;
mod terminal;
