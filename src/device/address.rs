//! Where a PulseAudio server is, as `PULSE_SERVER` says it.

use std::path::{Path, PathBuf};

/// The port of PulseAudio's native protocol.
const PORT: u16 = 4713;

/// Where a PulseAudio server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// At a socket of this machine.
    Local(PathBuf),
    /// At a host, its name or its number without brackets.
    Tcp { host: String, port: u16 },
}

impl Address {
    /// All addresses of a `PULSE_SERVER` in order (`pulse-client.conf(5)`: set apart by spaces, each perhaps after the
    /// machine's id in braces). What is none is left out.
    pub(super) fn all(server: &str) -> Vec<Self> {
        server.split_whitespace().filter_map(Self::read).collect()
    }

    fn read(word: &str) -> Option<Self> {
        let word = match word.strip_prefix('{') {
            Some(rest) => rest.split_once('}')?.1,
            None => word,
        };
        if word.starts_with('/') || word.starts_with("unix:") {
            let path = Path::new(word.strip_prefix("unix:").unwrap_or(word));
            return path.is_absolute().then(|| Self::Local(path.to_owned()));
        }
        let place =
            ["tcp:", "tcp4:", "tcp6:"].iter().find_map(|kind| word.strip_prefix(kind)).unwrap_or(word);
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => rest.split_once(']').map(|(host, rest)| (host, rest.strip_prefix(':')))?,
            None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map_or(Some(PORT), |port| port.parse().ok())?;
        (!host.is_empty()).then(|| Self::Tcp { host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address() {
        let local =
            |server: &str| assert_eq!(Address::all(server), [Address::Local("/run/p".into())], "{server}");
        ["/run/p", "unix:/run/p", "{ab12}unix:/run/p", " /run/p ", "unix:p /run/p"]
            .into_iter()
            .for_each(local);
        let tcp = |server: &str, host: &str, port| {
            assert_eq!(Address::all(server), [Address::Tcp { host: host.into(), port }], "{server}");
        };
        tcp("tcp:laptop:4714", "laptop", 4714);
        tcp("tcp:127.0.0.1", "127.0.0.1", 4713);
        tcp("{ab12}tcp4:laptop", "laptop", 4713);
        tcp("tcp6:[::1]:4714", "::1", 4714);
        tcp("[::1]", "::1", 4713);
        tcp("laptop", "laptop", 4713);
        for server in ["", "{ab12", "tcp:", "tcp:laptop:loud", "[::1", "unix:p"] {
            assert_eq!(Address::all(server), [], "{server}");
        }
        let both = Address::all("tcp:laptop /run/p");
        assert!(matches!(&both[..], [Address::Tcp { .. }, Address::Local(_)]), "{both:?}");
    }
}
