//! The meeting: tables, rules and properties, and the client's mirror of it.

mod clock;
mod hall;
mod people;
mod queue;
mod refusals;
mod stage;
mod table;
