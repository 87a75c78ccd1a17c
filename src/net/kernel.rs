//! What the system tells of a TCP connection, which no safe interface has.

use std::os::fd::BorrowedFd;
use std::time::Duration;

/// Bytes that the other side has not acknowledged, sent or not; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub(super) fn unacknowledged(connection: BorrowedFd<'_>) -> Option<usize> {
    use std::os::fd::AsRawFd as _;
    let mut bytes: libc::c_int = 0;
    // SAFETY: the descriptor is open while it is borrowed, and the call writes one int there.
    let told = unsafe { libc::ioctl(connection.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
    usize::try_from(bytes).ok().filter(|_| told == 0)
}

/// How long the way there and back takes at the moment; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub(super) fn round_trip(connection: BorrowedFd<'_>) -> Option<Duration> {
    use std::os::fd::AsRawFd as _;
    // SAFETY: `tcp_info` is plain numbers, for which all bits zero are good.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut size = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).ok()?;
    let out = (&raw mut info).cast();
    // SAFETY: the descriptor is open while it is borrowed, and the call writes at most `size` bytes to `info`.
    let told = unsafe {
        libc::getsockopt(connection.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, out, &raw mut size)
    };
    (told == 0).then(|| Duration::from_micros(info.tcpi_rtt.into()))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn unacknowledged(_: BorrowedFd<'_>) -> Option<usize> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(super) fn round_trip(_: BorrowedFd<'_>) -> Option<Duration> {
    None
}
