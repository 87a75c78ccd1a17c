//! Who comes in, and by which way: TLS, pins, doors.

mod door;
mod hook;
mod http;
mod recordings;
mod shell;
mod tls;
