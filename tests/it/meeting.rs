//! The meeting: tables, rules and properties, and the client's mirror of it.

mod acting;
mod arbitrary;
mod backstage;
mod chapters;
mod clock;
mod hall;
mod hands;
mod landing;
mod minutes;
mod mirror;
mod moderation;
mod monday;
mod people;
mod properties;
mod proposal;
mod queue;
mod recording;
mod refusals;
mod round;
mod stage;
mod table;
mod wire;
