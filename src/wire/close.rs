//! Why a websocket is closed.

/// The close codes in use (RFC 6455 section 7.4); each comes with a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The seat's owner left, or a newer connection took the seat.
    Normal = 1000,
    /// The server is going away for good.
    GoingAway = 1001,
    /// The client may not do that: bad proof, name taken, not allowed. A `refused` message says which.
    Policy = 1008,
    /// A message was larger than [`MAX_CLIENT_MESSAGE`](super::MAX_CLIENT_MESSAGE).
    TooBig = 1009,
    /// The server failed; a log tells.
    Internal = 1011,
    /// The server restarts; come back at once.
    Restart = 1012,
    /// Too much at the moment: too many seats, or the client reads too slowly. Come back later.
    TryAgain = 1013,
}

impl CloseCode {
    /// Every code.
    pub const ALL: [Self; 7] = [
        Self::Normal,
        Self::GoingAway,
        Self::Policy,
        Self::TooBig,
        Self::Internal,
        Self::Restart,
        Self::TryAgain,
    ];

    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The code with this number.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.number() == number)
    }

    /// Whether a client should try again by itself.
    pub const fn invites_back(self) -> bool {
        matches!(self, Self::Internal | Self::Restart | Self::TryAgain)
    }
}
