//! Reading text messages, and telling a bad command from a bad message.

use thiserror::Error;

use super::{ClientMessage, CommandId, ServerMessage};

/// The longest [`CommandId`], in bytes: a random prefix and a counter fit many times.
pub const MAX_COMMAND_ID: usize = 64;

/// The longest name of a room, in bytes: it is spoken, typed and part of every link.
pub const MAX_ROOM_NAME: usize = 32;

/// A text message can't be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadMessage {
    /// It is no message at all. The server refuses the seat with `bad-message`.
    #[error("this is not a message of palco.v1: {why}")]
    Malformed {
        /// What the parser says.
        why: String,
    },
    /// It is a command with a good id that this server does not know, or whose arguments it can't read. The server
    /// answers with `rejected` and the code [`BAD_COMMAND`]; the seat stays.
    #[error("this server can't do that command: {why}")]
    Command {
        /// The client's name for it.
        id: CommandId,
        /// What the parser says.
        why: String,
    },
}

/// The code of a `rejected` for a command that could not be read.
pub const BAD_COMMAND: &str = "bad-command";

/// The code of a `rejected` for a command that was fine and could not be kept.
pub const NOT_STORED: &str = "not-stored";

/// The code of a rejection of what a seat asks that is only somebody's sound.
pub const SOUND_ONLY: &str = "sound-only";

impl CommandId {
    /// Whether it is 1 to 64 printable ASCII characters.
    pub fn is_valid(&self) -> bool {
        (1..=MAX_COMMAND_ID).contains(&self.0.len()) && self.0.bytes().all(|b| (b' '..=b'~').contains(&b))
    }
}

/// Whether `name` can name a room: 1 to 32 of `a-z`, `0-9` and `-`, first and last not `-`.
pub fn is_room_name(name: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=MAX_ROOM_NAME).contains(&name.len())
        && name.bytes().all(|b| word(b) || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Reads what a client says.
///
/// # Errors
/// Whether the message or only its command is bad, and why.
pub fn read_client(text: &str) -> Result<ClientMessage, BadMessage> {
    match serde_json::from_str(text) {
        Ok(ClientMessage::Command { id, .. } | ClientMessage::Door { id, .. }) if !id.is_valid() => {
            Err(BadMessage::Malformed { why: "a command's id is 1 to 64 printable ASCII characters".into() })
        }
        Ok(message) => Ok(message),
        Err(e) => Err(blame(text, &e)),
    }
}

/// Finds out whether the command alone is to blame.
fn blame(text: &str, error: &serde_json::Error) -> BadMessage {
    let why = error.to_string();
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
        return BadMessage::Malformed { why };
    };
    let id = value.get("id").and_then(|id| id.as_str()).map(|id| CommandId(id.into()));
    match id {
        Some(id) if value.get("type").is_some_and(|t| t == "command") && id.is_valid() => {
            BadMessage::Command { id, why }
        }
        _ => BadMessage::Malformed { why },
    }
}

/// Reads what a server says. A message or event of a newer palco comes out as `Unknown`.
///
/// # Errors
/// What the parser says.
pub fn read_server(text: &str) -> Result<ServerMessage, BadMessage> {
    serde_json::from_str(text).map_err(|e| BadMessage::Malformed { why: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::{Command, Event, HandKind, Seq};

    #[test]
    fn messages_of_a_newer_server_are_unknown() {
        for text in [
            r#"{"type":"confetti"}"#,
            r#"{"type":"confetti","colour":[1,{"a":null}],"n":-1.5}"#,
            r#"{"colour":"red","type":"confetti"}"#,
        ] {
            assert_eq!(read_server(text), Ok(ServerMessage::Unknown), "{text}");
        }
    }

    #[test]
    fn events_of_a_newer_server_are_unknown_and_keep_their_place() {
        let text = r#"{"type":"event","seq":7,"at":1,"mood":1,"event":{"type":"danced","with":{"x":[1]}}}"#;
        let Ok(ServerMessage::Event(recorded)) = read_server(text) else { panic!("not an event") };
        assert_eq!((recorded.seq, &recorded.event), (Seq(7), &Event::Unknown));
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let text = r#"{"type":"pong","sent":1,"now":2,"mood":"fine"}"#;
        assert!(matches!(read_server(text), Ok(ServerMessage::Pong { .. })));
        let text =
            r#"{"type":"command","id":"a","why":1,"command":{"type":"raise","topic":"x","loud":true}}"#;
        let Ok(ClientMessage::Command { command, .. }) = read_client(text) else { panic!("not a command") };
        assert_eq!(command, Command::Raise { topic: "x".into(), kind: HandKind::Question });
    }

    #[test]
    fn an_event_that_is_no_object_is_refused() {
        for text in
            [r#"{"type":"event","seq":7,"at":1}"#, r#"{"type":"event","seq":7,"at":1,"event":3}"#, "[]", ""]
        {
            assert!(read_server(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bad_command_is_told_from_a_bad_message() {
        let id = CommandId("a-1".into());
        for command in [r#"{"type":"dance"}"#, r#"{"type":"raise"}"#, r#"{"type":"call","hand":"x"}"#, "1"] {
            let text = format!(r#"{{"type":"command","id":"a-1","command":{command}}}"#);
            assert!(
                matches!(read_client(&text), Err(BadMessage::Command { id: i, .. }) if i == id),
                "{text}"
            );
        }
        let long = "x".repeat(65);
        for text in [
            "",
            "null",
            r#"{"type":"dance"}"#,
            r#"{"type":"command","command":{"type":"dance"}}"#,
            r#"{"type":"command","id":"","command":{"type":"leave"}}"#,
            r#"{"type":"command","id":"è","command":{"type":"leave"}}"#,
            &format!(r#"{{"type":"command","id":"{long}","command":{{"type":"leave"}}}}"#),
            &format!(r#"{{"type":"command","id":"{long}","command":{{"type":"dance"}}}}"#),
        ] {
            assert!(matches!(read_client(text), Err(BadMessage::Malformed { .. })), "{text}");
        }
    }

    #[test]
    fn commands_of_the_server_alone_cannot_be_sent() {
        for name in ["open", "join", "close-seat", "expire", "record-speech"] {
            let text = format!(r#"{{"type":"command","id":"a","command":{{"type":"{name}"}}}}"#);
            assert!(matches!(read_client(&text), Err(BadMessage::Command { .. })), "{name}");
        }
    }

    #[test]
    fn room_names() {
        for good in ["monday", "a", "7", "voip-2026", &"x".repeat(32)] {
            assert!(is_room_name(good), "{good}");
        }
        for bad in ["", "-a", "a-", "Monday", "a b", "a/b", "è", "a.b", &"x".repeat(33)] {
            assert!(!is_room_name(bad), "{bad}");
        }
    }
}
