//! The address of a room.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::net::{BadPin, Pin};
use crate::wire::{DEFAULT_PORT, Secret, is_room_name};

/// What a pin is called after the `#`.
const PIN: &str = "pin=";

/// What an invite's token is called after the `#`.
pub const INVITE: &str = "invite=";

/// Where a room is: `ws://host[:port]/room`, or `wss://host[:port]/room[#pin=sha256:…]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomUrl {
    server: ServerAddress,
    room: String,
    invite: Option<Secret>,
    passcode: Option<Secret>,
}

/// Where a server is, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ServerAddress {
    host: String,
    port: u16,
    tls: bool,
    pin: Option<Pin>,
    /// The pin is from an earlier visit and not from the address.
    known: bool,
}

/// A text is not a room's address. Each variant says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadRoomUrl {
    /// Another scheme than `ws` and `wss`.
    #[error("“{0}://” is not a scheme that palco speaks; write ws://HOST:PORT/ROOM or wss://HOST:PORT/ROOM")]
    Scheme(String),
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
    /// The pin can't be read.
    #[error("“{0}” is no pin: {BadPin}")]
    Pin(String),
    /// A pin is of no use without TLS.
    #[error("a pin is for encrypted links; write wss:// in place of ws://")]
    PinWithoutTls,
}

impl RoomUrl {
    /// A room at a server.
    ///
    /// # Errors
    /// The room's name has other letters than a-z, digits and inner hyphens.
    pub fn new(host: &str, port: u16, room: &str) -> Result<Self, BadRoomUrl> {
        let server = ServerAddress { host: host.to_owned(), port, tls: false, pin: None, known: false };
        Self::of(server, room)
    }

    fn of(server: ServerAddress, room: &str) -> Result<Self, BadRoomUrl> {
        let room = room.to_ascii_lowercase();
        if !is_room_name(&room) {
            return Err(BadRoomUrl::Room(room));
        }
        Ok(Self { server, room, invite: None, passcode: None })
    }

    /// The same server's other room, given a server's address with or without a room in it.
    ///
    /// # Errors
    /// What is wrong with the address or the name.
    pub fn at_server(server: &str, room: &str) -> Result<Self, BadRoomUrl> {
        let (server, _) = split(server)?;
        Self::of(server, room)
    }

    /// The same place over TLS, to be told by this pin, or by the authorities.
    #[must_use]
    pub fn with_tls(mut self, pin: Option<Pin>) -> Self {
        self.server = ServerAddress { tls: true, pin, known: false, ..self.server };
        self
    }

    /// The same place, whose server had this pin at an earlier visit.
    #[must_use]
    pub fn with_known(mut self, pin: Pin) -> Self {
        self.server = ServerAddress { pin: Some(pin), known: true, ..self.server };
        self
    }

    /// The same place with the token of an invite.
    #[must_use]
    pub fn with_invite(mut self, token: Secret) -> Self {
        self.invite = Some(token);
        self
    }

    /// The same place with its passcode.
    #[must_use]
    pub fn with_passcode(mut self, passcode: Secret) -> Self {
        self.passcode = Some(passcode);
        self
    }

    /// The token of an invite; shown nowhere.
    pub fn invite(&self) -> Option<&Secret> {
        self.invite.as_ref()
    }

    /// The passcode; shown nowhere.
    pub fn passcode(&self) -> Option<&Secret> {
        self.passcode.as_ref()
    }

    /// The host's name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.server.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// Whether the link is encrypted.
    pub fn is_tls(&self) -> bool {
        self.server.tls
    }

    /// The pin that the server has to have.
    pub fn pin(&self) -> Option<Pin> {
        self.server.pin
    }

    /// Whether the pin is from an earlier visit.
    pub fn is_known(&self) -> bool {
        self.server.known
    }

    /// The address with the pin, as others need it to join.
    pub fn to_share(&self) -> String {
        self.pin().map_or_else(|| self.to_string(), |pin| format!("{self}#{PIN}{pin}"))
    }

    /// The server alone, as others need it to find it: the way there, without a room.
    pub fn server_to_share(&self) -> String {
        let authority = self.authority();
        match (self.is_tls(), self.pin()) {
            (false, _) => authority,
            (true, None) => format!("wss://{authority}"),
            (true, Some(pin)) => format!("wss://{authority}/#{PIN}{pin}"),
        }
    }

    /// The room's name.
    pub fn room(&self) -> &str {
        &self.room
    }

    /// `host:port`, with brackets around an IPv6 address.
    pub fn authority(&self) -> String {
        let ServerAddress { host, port, .. } = &self.server;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

/// Without the pin and secrets: what is requested, remembered and shown.
impl fmt::Display for RoomUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls() { "wss" } else { "ws" };
        write!(f, "{scheme}://{}/{}", self.authority(), self.room)
    }
}

impl FromStr for RoomUrl {
    type Err = BadRoomUrl;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (server, room) = split(s)?;
        let url = Self::of(server, room.ok_or(BadRoomUrl::NoRoom)?)?;
        let (_, fragment) = s.split_once('#').unwrap_or_default();
        let token = fragment.split('&').find_map(|part| part.strip_prefix(INVITE));
        Ok(Self { invite: token.and_then(Secret::new), ..url })
    }
}

/// The server and the room of an address; the room is `None` where the path is empty.
fn split(s: &str) -> Result<(ServerAddress, Option<&str>), BadRoomUrl> {
    let (place, fragment) = s.trim().split_once('#').unwrap_or((s.trim(), ""));
    let (tls, rest) = match place.split_once("://") {
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            "ws" => (false, rest),
            "wss" => (true, rest),
            _ => return Err(BadRoomUrl::Scheme(scheme.to_owned())),
        },
        None => (false, place),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = split_authority(authority)?;
    let pin = fragment.split('&').find_map(|part| part.strip_prefix(PIN));
    let pin = pin.map(|pin| pin.parse().map_err(|_| BadRoomUrl::Pin(pin.to_owned()))).transpose()?;
    if pin.is_some() && !tls {
        return Err(BadRoomUrl::PinWithoutTls);
    }
    let room = path.trim_end_matches('/');
    Ok((ServerAddress { host, port, tls, pin, known: false }, (!room.is_empty()).then_some(room)))
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

    const SOME_PIN: &str = "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

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
    fn a_server_is_found_by_what_is_shared_of_it() {
        for address in ["ws://[::1]:9/r", "wss://h:9/r", &format!("wss://h/r#pin={SOME_PIN}")] {
            let url: RoomUrl = address.parse().unwrap();
            assert_eq!(RoomUrl::at_server(&url.server_to_share(), "r"), Ok(url), "{address}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(text("http://h/r"), Err(BadRoomUrl::Scheme("http".into())));
        assert_eq!(text("wss://h/r#pin=md5:12"), Err(BadRoomUrl::Pin("md5:12".into())));
        assert_eq!(text(&format!("ws://h/r#pin={SOME_PIN}")), Err(BadRoomUrl::PinWithoutTls));
        assert_eq!(text(&format!("h/r#pin={SOME_PIN}")), Err(BadRoomUrl::PinWithoutTls));
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
    fn a_pin_is_taken_along_and_not_requested() {
        let shared = format!("wss://h:7780/monday#pin={SOME_PIN}");
        for written in [shared.clone(), format!("WSS://h/Monday/#a=b&pin={SOME_PIN}")] {
            let url: RoomUrl = written.parse().unwrap();
            assert_eq!((url.to_share(), url.to_string()), (shared.clone(), "wss://h:7780/monday".into()));
            assert!(url.is_tls() && !url.is_known());
        }
        assert_eq!("wss://h/r".parse::<RoomUrl>().unwrap().pin(), None);
    }

    #[test]
    fn an_invite_is_taken_along_and_shown_nowhere() {
        let url: RoomUrl = format!("wss://h/monday#pin={SOME_PIN}&invite=aBcD").parse().unwrap();
        assert_eq!(url.invite().map(Secret::expose), Some("aBcD"));
        let url = url.with_passcode(Secret::new("correct horse").unwrap());
        let shown = format!("{url} {url:?} {}", url.to_share());
        assert!(!shown.contains("aBcD") && !shown.contains("horse"), "{shown}");
    }

    #[test]
    fn a_server_address_takes_a_room() {
        let at = RoomUrl::at_server("ws://h:81", "monday").map(|u| u.to_string());
        assert_eq!(at.as_deref(), Ok("ws://h:81/monday"));
        let at = RoomUrl::at_server(&format!("wss://h:81#pin={SOME_PIN}"), "monday").unwrap();
        assert_eq!(at.to_share(), format!("wss://h:81/monday#pin={SOME_PIN}"));
    }
}
