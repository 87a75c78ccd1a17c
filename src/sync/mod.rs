//! The client's mirror of a meeting: replica, outbox, backoff, clock offset. Pure.
