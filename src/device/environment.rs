//! Where the PulseAudio server is: `PULSE_SERVER` as everybody writes it, for a library that knows one form only.

use std::env;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::address::Address;
use super::bridge::Bridge;

const SERVER: &str = "PULSE_SERVER";

/// The way to a server that is not on this machine. `PULSE_SERVER` is one for the whole process, and so is this.
static BRIDGE: OnceLock<Bridge> = OnceLock::new();

/// Rewrites `PULSE_SERVER` into the form that the PulseAudio library reads: `unix:/path`.
///
/// A bare path gets the prefix; in place of a server over TCP stands a socket of our own that leads there. Call it first
/// in `main`: the environment can only be changed while there is one thread, and it stays as it is when there are more.
pub fn settle() {
    let Some(server) = env::var(SERVER).ok() else { return };
    let addresses = Address::all(&server);
    let path = match addresses.first() {
        None => return,
        Some(Address::Local(path)) => path.clone(),
        Some(Address::Tcp { .. }) => match Bridge::new(addresses) {
            Ok(bridge) => BRIDGE.get_or_init(|| bridge).path(),
            Err(error) => return tracing::warn!(%error, "PulseAudio cannot be reached over TCP"),
        },
    };
    let settled = format!("unix:{}", path.display());
    if settled != server && is_alone() {
        // SAFETY: this process has no other thread that could read the environment meanwhile.
        unsafe { env::set_var(SERVER, OsString::from(settled)) };
    }
}

/// Makes the way to the sound server, as far as it needs one.
pub(super) fn prepare() {
    ensure_cookie();
    if let Some(bridge) = BRIDGE.get() {
        bridge.begin();
    }
}

/// Bytes of a PulseAudio cookie; a server hangs up on a client that sends fewer, even if it asks for none.
const COOKIE_BYTES: usize = 256;

/// Makes the user's PulseAudio cookie where there is none, as every PulseAudio client does.
///
/// Without a file the library sends an empty one, and no server answers: so it is for whoever uses sound for the first
/// time. Does nothing on a machine without a sound server.
fn ensure_cookie() {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from);
    let socket = folder("XDG_RUNTIME_DIR").is_some_and(|dir| dir.join("pulse/native").exists());
    let Some(home) = folder("HOME").filter(|_| socket || env::var_os(SERVER).is_some()) else { return };
    let cookie = home.join(".config/pulse/cookie");
    let there = [folder("PULSE_COOKIE"), Some(cookie.clone()), Some(home.join(".pulse-cookie"))];
    if there.iter().flatten().any(|path| path.is_file()) {
        return;
    }
    if let Err(error) = write_cookie(&cookie) {
        tracing::info!(%error, "no PulseAudio cookie");
    }
}

fn write_cookie(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let bytes: [u8; COOKIE_BYTES] = std::array::from_fn(|_| rand::random());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&bytes)
}

/// Whether there is one thread only.
fn is_alone() -> bool {
    fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() == 1)
}

/// Whether the sound server is somewhere else: reached over TCP, or named by `PULSE_SERVER` inside an SSH session, so
/// forwarded.
pub(super) fn is_remote() -> bool {
    BRIDGE.get().is_some() || env::var_os(SERVER).is_some() && env::var_os("SSH_CONNECTION").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_whole_and_private_and_stays() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/cookie");
        write_cookie(&path).unwrap();
        let first = fs::read(&path).unwrap();
        assert_eq!(first.len(), COOKIE_BYTES);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(write_cookie(&path).is_err());
        assert_eq!(fs::read(&path).unwrap(), first);
    }
}
