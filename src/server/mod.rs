//! The server: listener, rooms, seats, HTTP.
