//! Why a server refuses or ends a seat.

use thiserror::Error;

use crate::meeting::{ParticipantId, Rejection, Timestamp};

use super::{BadProof, CloseCode, ServerMessage};

/// The last word before a close: a stable code for programs, a sentence for people, and a [`CloseCode`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A message can't be read, or comes at the wrong time.
    #[error("{why}")]
    BadMessage {
        /// What is wrong with it.
        why: String,
    },
    /// The client did not say hello in time.
    #[error("no hello came within {secs} s")]
    HelloLate {
        /// How long the server waited.
        secs: u64,
    },
    /// The key is not proven.
    #[error(transparent)]
    BadProof(#[from] BadProof),
    /// No room can have that name.
    #[error("a room's name is 1 to 32 of a-z, 0-9 and -, such as `monday`")]
    BadRoom,
    /// Nobody has opened that room yet.
    #[error("there is no room “{name}” here; check the name, or open it with `palco host`")]
    NoSuchRoom {
        /// The name.
        name: String,
    },
    /// This server lets only some people open rooms.
    #[error("this server lets only its listed keys open a room; ask who runs it")]
    MayNotOpen,
    /// Only the owner opens a meeting in a room that has one.
    #[error("the room belongs to somebody else; only its owner opens a meeting there")]
    NotOwner,
    /// The meeting refuses the opening or the joining.
    #[error(transparent)]
    Meeting(#[from] Rejection),
    /// The room wants a passcode.
    #[error("the room wants a passcode; ask a host for it")]
    NeedPasscode,
    /// The passcode is another one.
    #[error("that is not the room's passcode")]
    WrongPasscode,
    /// Too many passcodes were tried.
    #[error("too many passcodes were tried from your address; wait a minute")]
    TooManyTries,
    /// A new passcode is too short.
    #[error("a passcode has at least {least} characters")]
    ShortPasscode {
        /// How many.
        least: usize,
    },
    /// The room has a list of keys, without this one.
    #[error("your key is not on the room's list; tell a host your fingerprint, {who}")]
    NotOnList {
        /// Who asks.
        who: ParticipantId,
    },
    /// The room lets in nobody without an invite.
    #[error("the room lets in those who have an invite; ask a host for one")]
    NeedInvite,
    /// The invite does not let in.
    #[error("the invite {why}; ask a host for another")]
    BadInvite {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The invite that the seat came in by was taken back.
    #[error("a host took back the invite that you came in by")]
    InviteRevoked,
    /// No invite has that name.
    #[error("the room has no invite “{invite}” (any more); list them with `palco invite list`")]
    NoSuchInvite {
        /// The name.
        invite: String,
    },
    /// An invite can't be for so many or for so long.
    #[error("an invite is for 1 to {uses} people, at most {days} days, and the room has at most {invites}")]
    InviteBounds {
        /// The most people.
        uses: u32,
        /// The most days.
        days: u64,
        /// The most invites.
        invites: usize,
    },
    /// The recordings are not for everybody.
    #[error(
        "the recordings of this room are for those who were in it, or show its passcode or an invite; ask a host for one"
    )]
    MembersOnly,
    /// The recordings are for hosts.
    #[error("the recordings of this room are for its hosts")]
    HostsOnly,
    /// Only hosts manage the door.
    #[error("only the room's owner and its hosts manage its door")]
    NotYourDoor,
    /// The server or the address has as many seats as it may.
    #[error("the server has no free seat; try again in a minute")]
    NoSeat,
    /// A message is too large.
    #[error("a message is larger than {limit} bytes")]
    TooBig {
        /// The largest allowed.
        limit: usize,
    },
    /// The client sends more than it may.
    #[error("too many messages at once; slow down")]
    TooFast,
    /// The client reads more slowly than the meeting goes on.
    #[error("this link is too slow for the meeting; come back when it is better")]
    TooSlow,
    /// A newer connection took up the seat.
    #[error("a newer connection took this seat")]
    Replaced,
    /// The room's next meeting was opened.
    #[error("the next meeting of this room is open; come in again")]
    NextMeeting,
    /// The seat's owner left the meeting.
    #[error("you left the meeting")]
    Left,
    /// Somebody sent the seat's owner out of the meeting.
    #[error("{}", sent_out(&format!("{by} removed you from the meeting"), why.as_deref()))]
    Removed {
        /// Who did it.
        by: String,
        /// Why, as far as it was said.
        why: Option<String>,
    },
    /// Somebody banned the seat's owner.
    #[error("{}", sent_out(&banned(by, *until), why.as_deref()))]
    Banned {
        /// Who did it.
        by: String,
        /// When it ends; `None` is when a host lifts it.
        until: Option<Timestamp>,
        /// Why, as far as it was said.
        why: Option<String>,
    },
    /// A pairing code is not known.
    #[error("that code is wrong, was used, or is older than 10 minutes; ask the console for a new one")]
    BadPairing,
    /// Whose sound it is is not in the meeting.
    #[error("the console that this is the sound of is not in the meeting")]
    NotPaired,
    /// The server is going away.
    #[error("the server is going away")]
    GoingAway,
    /// The server restarts.
    #[error("the server restarts; come back at once")]
    Restart,
    /// The server failed.
    #[error("the server failed; its log says why")]
    Internal,
}

impl Refusal {
    /// The stable code, the same word as on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadMessage { .. } => "bad-message",
            Self::HelloLate { .. } => "hello-late",
            Self::BadProof(_) => "bad-proof",
            Self::BadRoom => "bad-room",
            Self::NoSuchRoom { .. } => "no-such-room",
            Self::MayNotOpen => "may-not-open",
            Self::NotOwner => "not-owner",
            Self::Meeting(rejection) => rejection.code(),
            Self::NeedPasscode => "need-passcode",
            Self::WrongPasscode => "wrong-passcode",
            Self::TooManyTries => "too-many-tries",
            Self::ShortPasscode { .. } => "short-passcode",
            Self::NotOnList { .. } => "not-on-list",
            Self::NeedInvite => "need-invite",
            Self::BadInvite { .. } => "bad-invite",
            Self::InviteRevoked => "invite-revoked",
            Self::NoSuchInvite { .. } => "no-such-invite",
            Self::InviteBounds { .. } => "invite-bounds",
            Self::MembersOnly => "members-only",
            Self::HostsOnly => "hosts-only",
            Self::NotYourDoor => "not-your-door",
            Self::NoSeat => "no-seat",
            Self::TooBig { .. } => "too-big",
            Self::TooFast => "too-fast",
            Self::TooSlow => "too-slow",
            Self::Replaced => "replaced",
            Self::NextMeeting => "next-meeting",
            Self::Left => "left",
            Self::Removed { .. } => "removed",
            Self::Banned { .. } => "banned",
            Self::BadPairing => "bad-pairing",
            Self::NotPaired => "not-paired",
            Self::GoingAway => "going-away",
            Self::Restart => "restart",
            Self::Internal => "internal",
        }
    }

    /// The code of the close that follows.
    pub fn close_code(&self) -> CloseCode {
        match self {
            Self::BadMessage { .. }
            | Self::HelloLate { .. }
            | Self::BadProof(_)
            | Self::BadRoom
            | Self::NoSuchRoom { .. }
            | Self::MayNotOpen
            | Self::NotOwner
            | Self::NeedPasscode
            | Self::WrongPasscode
            | Self::TooManyTries
            | Self::ShortPasscode { .. }
            | Self::NotOnList { .. }
            | Self::MembersOnly
            | Self::HostsOnly
            | Self::NeedInvite
            | Self::BadInvite { .. }
            | Self::InviteRevoked
            | Self::NoSuchInvite { .. }
            | Self::InviteBounds { .. }
            | Self::NotYourDoor
            | Self::BadPairing
            | Self::Removed { .. }
            | Self::Banned { .. } => CloseCode::Policy,
            Self::Meeting(Rejection::Full { .. }) => CloseCode::TryAgain,
            Self::Meeting(_) => CloseCode::Policy,
            Self::TooBig { .. } => CloseCode::TooBig,
            Self::NoSeat | Self::TooFast | Self::TooSlow | Self::NotPaired => CloseCode::TryAgain,
            Self::Replaced | Self::Left => CloseCode::Normal,
            Self::GoingAway => CloseCode::GoingAway,
            Self::Restart | Self::NextMeeting => CloseCode::Restart,
            Self::Internal => CloseCode::Internal,
        }
    }

    /// Whether a room's passcode would do.
    pub fn wants_passcode(&self) -> bool {
        matches!(self, Self::NeedPasscode | Self::WrongPasscode)
    }

    /// The `refused` message that says so.
    pub fn message(&self) -> ServerMessage {
        ServerMessage::Refused { code: self.code().into(), text: self.to_string() }
    }
}

fn sent_out(what: &str, why: Option<&str>) -> String {
    why.map_or_else(|| what.to_owned(), |why| format!("{what}: {why}"))
}

fn banned(by: &str, until: Option<Timestamp>) -> String {
    let end = until.map_or_else(String::new, |until| format!(" until {}", until.utc()));
    format!("{by} banned you from the room{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_meeting_invites_back_and_a_taken_name_does_not() {
        assert!(Refusal::from(Rejection::Full { limit: 3 }).close_code().invites_back());
        assert!(!Refusal::from(Rejection::NameTaken { name: "Ana".into() }).close_code().invites_back());
    }

    #[test]
    fn who_is_sent_out_reads_by_whom_why_and_until_when() {
        let removed = |why: Option<&str>| Refusal::Removed { by: "Ana".into(), why: why.map(str::to_owned) };
        assert_eq!(removed(None).to_string(), "Ana removed you from the meeting");
        assert_eq!(removed(Some("too loud")).to_string(), "Ana removed you from the meeting: too loud");
        let until = Some(Timestamp(1_763_398_800_000));
        let banned = Refusal::Banned { by: "Ana".into(), until, why: Some("spam".into()) };
        assert_eq!(banned.to_string(), "Ana banned you from the room until 2025-11-17 17:00 UTC: spam");
        assert!(!banned.close_code().invites_back() && !removed(None).close_code().invites_back());
    }

    #[test]
    fn its_message_has_the_code_and_the_sentence() {
        let said = Refusal::Meeting(Rejection::NameTaken { name: "Ana".into() }).message();
        let ServerMessage::Refused { code, text } = said else { panic!("{said:?}") };
        assert_eq!(code, "name-taken");
        assert!(text.contains("Ana"), "{text}");
    }
}
