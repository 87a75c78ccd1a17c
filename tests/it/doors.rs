//! Who comes in, and by which way: TLS, pins, doors.

mod door;
mod http;
mod shell;
mod tls;
