//! The address of a room.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::wire::{DEFAULT_PORT, is_room_name};

/// Where a room is: `ws://host[:port]/room`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoomUrl {
    host: String,
    port: u16,
    room: String,
}

/// A text is not a room's address. Each variant says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadRoomUrl {
    /// Another scheme than `ws`.
    #[error("“{0}://” is not a scheme that palco speaks; write ws://HOST:PORT/ROOM")]
    Scheme(String),
    /// TLS is asked for.
    #[error(
        "wss:// (TLS) is not supported yet; write ws://HOST:PORT/ROOM, or tunnel it (ssh -L 7780:localhost:7780 HOST)"
    )]
    Tls,
    /// No host.
    #[error(
        "the address names no host; write ws://HOST:PORT/ROOM, for example ws://meet.example.org:7780/monday"
    )]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the port “{0}” is not a number from 1 to 65535; write ws://HOST:PORT/ROOM")]
    Port(String),
    /// No room.
    #[error("the address names no room; write it after the host: ws://HOST:PORT/ROOM")]
    NoRoom,
    /// The room's name has other letters.
    #[error("“{0}” cannot be a room's name; use 1 to 32 of a-z, 0-9 and -, for example monday")]
    Room(String),
}

impl RoomUrl {
    /// A room at a server.
    ///
    /// # Errors
    /// The room's name has other letters than a-z, digits and inner hyphens.
    pub fn new(host: &str, port: u16, room: &str) -> Result<Self, BadRoomUrl> {
        let room = room.to_ascii_lowercase();
        if !is_room_name(&room) {
            return Err(BadRoomUrl::Room(room));
        }
        Ok(Self { host: host.to_owned(), port, room })
    }

    /// The same server's other room, given a server's address with or without a room in it.
    ///
    /// # Errors
    /// What is wrong with the address or the name.
    pub fn at_server(server: &str, room: &str) -> Result<Self, BadRoomUrl> {
        let (host, port, _) = split(server)?;
        Self::new(&host, port, room)
    }

    /// The host's name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The room's name.
    pub fn room(&self) -> &str {
        &self.room
    }

    /// `host:port`, with brackets around an IPv6 address.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for RoomUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ws://{}/{}", self.authority(), self.room)
    }
}

impl FromStr for RoomUrl {
    type Err = BadRoomUrl;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (host, port, room) = split(s)?;
        Self::new(&host, port, room.ok_or(BadRoomUrl::NoRoom)?)
    }
}

/// Host, port and room of an address; the room is `None` where the path is empty.
fn split(s: &str) -> Result<(String, u16, Option<&str>), BadRoomUrl> {
    let rest = match s.trim().split_once("://") {
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            "ws" => rest,
            "wss" => return Err(BadRoomUrl::Tls),
            _ => return Err(BadRoomUrl::Scheme(scheme.to_owned())),
        },
        None => s.trim(),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = split_authority(authority)?;
    let room = path.trim_end_matches('/');
    Ok((host, port, (!room.is_empty()).then_some(room)))
}

fn split_authority(authority: &str) -> Result<(String, u16), BadRoomUrl> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(v6) => {
            let (host, after) = v6.split_once(']').ok_or(BadRoomUrl::Host)?;
            (host, after.strip_prefix(':'))
        }
        None => match authority.rsplit_once(':') {
            // More than one colon and no brackets: an IPv6 address without a port.
            Some((left, _)) if left.contains(':') => (authority, None),
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c == '@' || c.is_control()) {
        return Err(BadRoomUrl::Host);
    }
    let port = match port {
        None => DEFAULT_PORT,
        Some(text) => match text.parse() {
            Ok(0) | Err(_) => return Err(BadRoomUrl::Port(text.to_owned())),
            Ok(port) => port,
        },
    };
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(s: &str) -> Result<String, BadRoomUrl> {
        s.parse::<RoomUrl>().map(|u| u.to_string())
    }

    #[test]
    fn accepts_what_people_write() {
        let same = |s: &str, full: &str| assert_eq!(text(s).as_deref(), Ok(full), "{s}");
        same("ws://host:1234/monday", "ws://host:1234/monday");
        same("ws://host/Monday/", "ws://host:7780/monday");
        same("host/monday", "ws://host:7780/monday");
        same("WS://10.0.0.1:80/a-1", "ws://10.0.0.1:80/a-1");
        same("ws://[::1]:9/r", "ws://[::1]:9/r");
        same("[fe80::2]/r", "ws://[fe80::2]:7780/r");
        same("::1/r", "ws://[::1]:7780/r");
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(text("http://h/r"), Err(BadRoomUrl::Scheme("http".into())));
        assert_eq!(text("wss://h/r"), Err(BadRoomUrl::Tls));
        assert_eq!(text("ws://:80/r"), Err(BadRoomUrl::Host));
        assert_eq!(text("ws://a b/r"), Err(BadRoomUrl::Host));
        assert_eq!(text("ws://h:x/r"), Err(BadRoomUrl::Port("x".into())));
        assert_eq!(text("ws://h:0/r"), Err(BadRoomUrl::Port("0".into())));
        assert_eq!(text("ws://h:70000/r"), Err(BadRoomUrl::Port("70000".into())));
        assert_eq!(text("ws://h:80"), Err(BadRoomUrl::NoRoom));
        assert_eq!(text("ws://h/a b"), Err(BadRoomUrl::Room("a b".into())));
        assert_eq!(text("ws://h/-a"), Err(BadRoomUrl::Room("-a".into())));
        assert_eq!(text("ws://h/a/b"), Err(BadRoomUrl::Room("a/b".into())));
    }

    #[test]
    fn a_server_address_takes_a_room() {
        let at = RoomUrl::at_server("ws://h:81", "monday").map(|u| u.to_string());
        assert_eq!(at.as_deref(), Ok("ws://h:81/monday"));
    }
}
