//! A link that loses packets and takes its time, through the kernel's own TCP.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Where this machine seems to be when it is reached over the link.
pub const FAR: &str = "10.77.0.2";

/// The link's own end.
const NEAR: &str = "10.77.0.1/24";

const NAME: &str = "palco0";

/// Makes one, in a network namespace of this process (`unshare -rn`), until the process ends. Whatever is sent to [`FAR`]
/// comes back to this machine as if from there, after `delay`, but for a share `loss` of the packets each way.
fn begin(loss: f64, delay: Duration) {
    let mut out = open();
    for args in [&["addr", "add", NEAR, "dev", NAME][..], &["link", "set", NAME, "up"]] {
        assert!(Command::new("ip").args(args).status().expect("ip, of iproute2").success());
    }
    let mut back = out.try_clone().unwrap();
    let (sent, arrives) = channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut packet = [0; 2_048];
        while let Ok(length) = out.read(&mut packet) {
            let is_ip4 = length >= 20 && packet[0] >> 4 == 4;
            if !is_ip4 || rand::random_bool(loss) {
                continue;
            }
            // From the far side to the near one: what the checksums add up to stays the same.
            let mut packet = packet[..length].to_vec();
            packet[12..20].rotate_left(4);
            if sent.send((Instant::now() + delay, packet)).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        while let Ok((due, packet)) = arrives.recv() {
            while let Some(left) = due.checked_duration_since(Instant::now()).filter(|d| !d.is_zero()) {
                std::thread::park_timeout(left);
            }
            back.write_all(&packet).unwrap();
        }
    });
}

/// Begins one that loses `PALCO_LOSS` percent each way and takes `PALCO_DELAY` ms each way, and tells both.
pub fn begin_as_told() -> (u32, Duration) {
    let number = |name: &str, else_: u32| {
        std::env::var(name).ok().map_or(else_, |n| n.parse().expect("a whole number"))
    };
    let (loss, delay) = (number("PALCO_LOSS", 5), Duration::from_millis(number("PALCO_DELAY", 30).into()));
    begin(f64::from(loss) / 100.0, delay);
    (loss, delay)
}

/// A device of the kernel's for whole IP packets.
fn open() -> File {
    /// From <linux/if_tun.h>: the request, and that packets come without a head of their own.
    const TUNSETIFF: u64 = 0x4004_54ca;
    const FLAGS: u16 = 0x0001 | 0x1000;
    let file = OpenOptions::new().read(true).write(true).open("/dev/net/tun");
    let file = file.expect("/dev/net/tun; run under `unshare -rn`");
    let mut request = [0_u8; 40];
    request[..NAME.len()].copy_from_slice(NAME.as_bytes());
    request[16..18].copy_from_slice(&FLAGS.to_ne_bytes());
    // SAFETY: `request` is as long as the kernel's `struct ifreq` and outlives the call.
    let made = unsafe { libc::ioctl(file.as_raw_fd(), TUNSETIFF as _, request.as_mut_ptr()) };
    assert_eq!(made, 0, "{}; run under `unshare -rn`", std::io::Error::last_os_error());
    file
}
