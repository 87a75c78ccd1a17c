//! Who comes in, and by which way: TLS, pins, doors.

mod tls;
