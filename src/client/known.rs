//! The servers that one has been to, and their pins.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::net::Pin;

use super::RoomUrl;

/// The largest file that is read, in bytes: ten thousand servers.
const MAX_FILE: u64 = 1_000_000;

/// The file of known servers: a line each, `HOST:PORT PIN`. What begins with `#` is a remark; other lines that cannot be
/// read are left as they are.
#[derive(Clone, Debug)]
pub struct KnownServers {
    file: PathBuf,
}

impl KnownServers {
    /// Those in `file`, there or not.
    pub fn new(file: &Path) -> Self {
        Self { file: file.to_owned() }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The pin that the server of this address had; `None` for one that is not known.
    ///
    /// # Errors
    /// The file is there and cannot be read: then nobody knows whether a server is the one it was.
    pub fn pin(&self, url: &RoomUrl) -> io::Result<Option<Pin>> {
        let at = url.authority();
        Ok(self.text()?.lines().filter_map(read).find(|(server, _)| *server == at).map(|(_, pin)| pin))
    }

    /// Notes the pin of a server in place of the one before. The file is replaced whole, for its owner alone (0600).
    ///
    /// # Errors
    /// Why it was not kept.
    pub fn keep(&self, url: &RoomUrl, pin: Pin) -> io::Result<()> {
        let at = url.authority();
        let before = self.text()?;
        let mut text = String::new();
        for line in before.lines().filter(|line| read(line).is_none_or(|(server, _)| server != at)) {
            text.push_str(line);
            text.push('\n');
        }
        text.push_str(&format!("{at} {pin}\n"));
        if let Some(dir) = self.file.parent().filter(|dir| !dir.exists()) {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        }
        let beside = self.file.with_extension(format!("{}.new", std::process::id()));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        let written = file.write_all(text.as_bytes()).and_then(|()| fs::rename(&beside, &self.file));
        if written.is_err() {
            // The name beside it has no other use.
            let _ = fs::remove_file(&beside);
        }
        written
    }

    fn text(&self) -> io::Result<String> {
        match fs::metadata(&self.file) {
            Ok(about) if about.len() > MAX_FILE => Err(io::Error::other("it is far too large")),
            Ok(_) => fs::read_to_string(&self.file),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(String::new()),
            Err(e) => Err(e),
        }
    }
}

fn read(line: &str) -> Option<(&str, Pin)> {
    let (server, pin) = line.trim().split_once(char::is_whitespace)?;
    Some((server, pin.trim().parse().ok()?)).filter(|_| !server.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const TWO: &str = "sha256:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

    #[test]
    fn a_pin_is_kept_in_place_of_the_one_before_and_the_rest_stays() {
        let dir = tempfile::tempdir().unwrap();
        let known = KnownServers::new(&dir.path().join("new/known-servers"));
        let url = |s: &str| s.parse::<RoomUrl>().unwrap();
        let (monday, other) = (url("wss://h:1/monday"), url("wss://[::1]:2/monday"));
        assert_eq!(known.pin(&monday).unwrap(), None);
        known.keep(&other, TWO.parse().unwrap()).unwrap();
        fs::write(known.file(), format!("# mine\nodd line\n[::1]:2 {TWO}\n")).unwrap();
        known.keep(&monday, ONE.parse().unwrap()).unwrap();
        known.keep(&monday, TWO.parse().unwrap()).unwrap();
        assert_eq!(known.pin(&url("wss://h:1/tuesday")).unwrap(), Some(TWO.parse().unwrap()));
        assert_eq!(known.pin(&other).unwrap(), Some(TWO.parse().unwrap()));
        assert_eq!(known.pin(&url("wss://h:2/monday")).unwrap(), None);
        let text = fs::read_to_string(known.file()).unwrap();
        assert_eq!(text, format!("# mine\nodd line\n[::1]:2 {TWO}\nh:1 {TWO}\n"));
        fs::remove_file(known.file()).unwrap();
        fs::create_dir(known.file()).unwrap();
        assert!(known.pin(&monday).is_err(), "a file that cannot be read is no leave to trust anybody");
    }
}
