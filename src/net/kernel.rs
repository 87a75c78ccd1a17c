//! What the system tells of a TCP connection, which no safe interface has.

use std::os::fd::BorrowedFd;
use std::time::Duration;

/// What a connection has carried, in bytes since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Carried {
    /// Given to the system, sent or not.
    pub(super) written: u64,
    /// The other side has them.
    pub(super) acknowledged: u64,
}

/// How much went into a connection and how much of it has arrived; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub(super) fn carried(connection: BorrowedFd<'_>) -> Option<Carried> {
    use std::os::fd::AsRawFd as _;
    let acknowledged = info(connection)?.tcpi_bytes_acked;
    let mut waits: libc::c_int = 0;
    // SAFETY: the descriptor is open while it is borrowed, and the call writes one int there.
    let told = unsafe { libc::ioctl(connection.as_raw_fd(), libc::TIOCOUTQ, &raw mut waits) };
    let waits = u64::try_from(waits).ok().filter(|_| told == 0)?;
    Some(Carried { written: acknowledged + waits, acknowledged })
}

/// How long the way there and back takes at the moment; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub(super) fn round_trip(connection: BorrowedFd<'_>) -> Option<Duration> {
    Some(Duration::from_micros(info(connection)?.tcpi_rtt.into()))
}

#[cfg(target_os = "linux")]
fn info(connection: BorrowedFd<'_>) -> Option<libc::tcp_info> {
    use std::os::fd::AsRawFd as _;
    // SAFETY: `tcp_info` is plain numbers, for which all bits zero are good.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut size = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).ok()?;
    let out = (&raw mut info).cast();
    // SAFETY: the descriptor is open while it is borrowed, and the call writes at most `size` bytes to `info`.
    let told = unsafe {
        libc::getsockopt(connection.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, out, &raw mut size)
    };
    (told == 0).then_some(info)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn carried(_: BorrowedFd<'_>) -> Option<Carried> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(super) fn round_trip(_: BorrowedFd<'_>) -> Option<Duration> {
    None
}
