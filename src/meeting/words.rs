//! The closed vocabularies of a meeting.

use serde::{Deserialize, Serialize};

macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word used on the wire, in commands and in `palco ctl`.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The value that `word` names.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.word() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    )*};
}

vocabulary! {
    /// What a participant may do.
    Role {
        /// Runs the meeting; may do everything.
        Host = "host",
        /// Runs the queue and the stage beside the host.
        Cohost = "cohost",
        /// May take the stage without being called.
        Speaker = "speaker",
        /// May raise a hand, and speaks when called.
        Attendee = "attendee",
        /// Only hears; shown by name like everybody.
        Listener = "listener",
    }

    /// How far a meeting has come.
    #[derive(Default)]
    Phase {
        /// Opened, not begun; the clock stands still.
        #[default]
        Scheduled = "scheduled",
        /// Host and speakers prepare among themselves; all others wait in the lobby.
        Backstage = "backstage",
        /// Under way; the clock runs.
        Live = "live",
        /// No new hands; last words.
        Closing = "closing",
        /// Over.
        Ended = "ended",
    }

    /// What a hand asks for.
    HandKind {
        /// A question or a contribution.
        Question = "question",
        /// An answer to what was just said.
        Reply = "reply",
        /// About how the meeting is run; goes before all others.
        PointOfOrder = "point-of-order",
    }

    /// The life of a hand. `OnDeck` is derived, see [`Meeting::hand_state`](super::Meeting::hand_state).
    HandState {
        /// In the queue.
        Waiting = "waiting",
        /// In the queue and among the next two.
        OnDeck = "on-deck",
        /// Has the turn.
        Called = "called",
        /// Had the turn.
        Done = "done",
        /// Lowered by its owner, or its owner left.
        Withdrawn = "withdrawn",
        /// Taken out by a host.
        Dropped = "dropped",
    }

    /// What a room expects of those who come.
    #[derive(Default)]
    Participation {
        /// Everybody is heard at some time: hosts are shown who was not yet.
        #[default]
        Expected = "expected",
        /// Who says nothing is welcome too, and is not pointed out.
        Open = "open",
    }

    /// Whether a recording runs.
    #[derive(Default)]
    RecordState {
        /// None runs.
        #[default]
        Off = "off",
        /// It runs.
        On = "on",
        /// It runs, and nothing is written until it is resumed.
        Paused = "paused",
    }

    /// Who begins a room's recordings.
    #[derive(Default)]
    RecordPolicy {
        /// A host, each time.
        #[default]
        ByHand = "by-hand",
        /// The start of the meeting.
        AtLive = "at-live",
        /// The start of the meeting, each voice on a track of its own too.
        TracksAtLive = "tracks-at-live",
    }

    /// Who may hear a room's recordings, beside its owner and hosts.
    #[derive(Default)]
    Audience {
        /// Everybody.
        Public = "public",
        /// Who was in a meeting there, is on the door's list, or shows its passcode or an invite: those whose voices are in them
        /// agreed to be recorded before people who could be seen.
        #[default]
        Members = "members",
        /// Nobody else.
        Hosts = "hosts",
    }

    /// Why a recording stopped.
    RecordStop {
        /// A host said so.
        Host = "host",
        /// The meeting landed.
        Landing = "landing",
        /// The hard limit landed it.
        Limit = "limit",
        /// A host ended the meeting at once.
        Ended = "ended",
        /// No host was here for a minute.
        NoHost = "no-host",
    }

    /// Why nothing is written although a recording runs.
    RecordHalt {
        /// The disk is full; it goes on by itself when there is room.
        DiskFull = "disk-full",
        /// The file cannot be written.
        NotWritten = "not-written",
        /// The server keeps nothing on disk.
        NoDisk = "no-disk",
    }

    /// How a recording is shown.
    #[derive(Default)]
    RecordSign {
        /// None runs.
        #[default]
        Off = "off",
        /// It runs.
        On = "on",
        /// It is paused.
        Paused = "paused",
        /// It runs, and everybody is off the record.
        OffRecord = "off-record",
        /// It runs, and nothing can be written.
        Halted = "halted",
    }

    /// How the queue is ordered. Points of order come first in all but `Manual`.
    #[derive(Default)]
    Order {
        /// Never heard in this meeting first, then least talk time, then arrival.
        #[default]
        Fair = "fair",
        /// First come, first called.
        Arrival = "arrival",
        /// Most supporters first, then arrival.
        Support = "support",
        /// As a host arranged it.
        Manual = "manual",
    }

    /// What a microphone is, as others see it. Derived from three facts that are kept apart.
    Mic {
        /// Off the stage.
        Closed = "closed",
        /// On the stage, muted by the person.
        Muted = "muted",
        /// On the stage, muted by a host.
        Held = "held",
        /// On the stage and open.
        Live = "live",
    }

    /// Whom a microphone reaches.
    #[derive(Default)]
    Reach {
        /// All who are in the meeting, and those who look on.
        #[default]
        Everybody = "everybody",
        /// Those on the stage.
        Stage = "stage",
        /// Hosts, cohosts and speakers.
        Backstage = "backstage",
    }

    /// What a seat is for.
    SeatKind {
        /// A dashboard or plain console.
        Console = "console",
        /// A script; leaves no trace while its owner is here by other means.
        Control = "control",
        /// Sound only.
        Audio = "audio",
    }

    /// Why a participant stands on the stage.
    StageReason {
        /// By role: hosts, cohosts and speakers may step on and off, and after the meeting everybody but listeners.
        Role = "role",
        /// Accepted an invitation.
        Invited = "invited",
        /// Was called from the queue; ends with the turn.
        Turn = "turn",
        /// Has their time in the round; ends with it.
        Round = "round",
    }

    /// How the list of a round is made.
    RoundOrder {
        /// First come, first to speak.
        Arrival = "arrival",
        /// By display name, letters' case aside.
        Name = "name",
        /// By chance, from a recorded seed.
        Random = "random",
        /// By arrival at first; a host arranges it, and says when it begins.
        Manual = "manual",
    }

    /// Why somebody's time in a round ended.
    RoundExit {
        /// They, or a host, said so.
        Done = "done",
        /// Their time was up.
        TimeUp = "time-up",
        /// They do not want to speak in this round.
        Passed = "passed",
        /// They come back at the end of the list.
        Later = "later",
        /// Their link was gone; they are at the end of the list.
        Away = "away",
    }

    /// Why a participant is no longer in the meeting.
    LeaveReason {
        /// Said so.
        Left = "left",
        /// The link died and did not come back in time.
        Gone = "gone",
        /// Was sent out.
        Removed = "removed",
    }
}
