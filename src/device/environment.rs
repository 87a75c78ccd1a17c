//! Where the PulseAudio server is: `PULSE_SERVER` as everybody writes it, for a library that knows one form only.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

const SERVER: &str = "PULSE_SERVER";

/// Rewrites `PULSE_SERVER` into the form that the PulseAudio library reads: `unix:/path`.
///
/// A bare path gets the prefix, and of a list the first local address is taken. Call it first in `main`: the
/// environment can only be changed while there is one thread, and it stays as it is when there are more.
pub fn settle() {
    let Some(server) = env::var(SERVER).ok() else { return };
    let Some(address) = local_address(&server) else { return };
    let settled = format!("unix:{address}");
    if settled != server && is_alone() {
        // SAFETY: this process has no other thread that could read the environment meanwhile.
        unsafe { env::set_var(SERVER, OsString::from(settled)) };
    }
}

/// Whether there is one thread only.
fn is_alone() -> bool {
    fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() == 1)
}

/// Whether the sound server is somewhere else: named by `PULSE_SERVER` inside an SSH session, so forwarded.
pub(super) fn is_remote() -> bool {
    env::var_os(SERVER).is_some() && env::var_os("SSH_CONNECTION").is_some()
}

/// The path of the first local socket in a `PULSE_SERVER` (`pulse-client.conf(5)`: addresses set apart by spaces, each
/// perhaps after the machine's id in braces).
fn local_address(server: &str) -> Option<&str> {
    server.split_whitespace().find_map(|address| {
        let address = match address.strip_prefix('{') {
            Some(rest) => rest.split_once('}')?.1,
            None => address,
        };
        let path = address.strip_prefix("unix:").unwrap_or(address);
        Path::new(path).is_absolute().then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_local_address() {
        for server in ["/run/p", "unix:/run/p", "{ab12}unix:/run/p", "tcp:host:4713 unix:/run/p", " /run/p "]
        {
            assert_eq!(local_address(server), Some("/run/p"), "{server}");
        }
        for server in ["tcp:host:4713", "host", "", "{ab12"] {
            assert_eq!(local_address(server), None, "{server}");
        }
    }
}
