//! The rooms of this server, to choose from.

use std::time::Duration;

use crate::console::{Answer, Asker};
use crate::server::Rooms;
use crate::tui::{Go, KnownRoom, RoomState};
use crate::wire::{Refusal, is_room_name};

/// How often the rooms are asked again while somebody looks: it costs a message in this process.
const AGAIN: Duration = Duration::from_secs(2);

/// Rooms that are shown at most: many more than fit on a screen.
const SHOWN: usize = 64;

/// The rooms of this server; a room's address is its name.
pub(super) struct Here {
    pub(super) rooms: Rooms,
    /// How long somebody may look without touching a key.
    pub(super) patience: Duration,
}

impl Asker for Here {
    fn ask(&self, address: &str) -> Answer {
        let (rooms, address) = (self.rooms.clone(), address.to_owned());
        Box::pin(async move { rooms.notice(&address).await.map_or(RoomState::Nothing, RoomState::Meeting) })
    }

    fn rooms(&self) -> Vec<KnownRoom> {
        let known = |name: String| KnownRoom {
            url: name.clone(),
            name,
            title: String::new(),
            own: false,
            state: RoomState::Asked,
        };
        self.rooms.names().into_iter().take(SHOWN).map(known).collect()
    }

    fn again(&self) -> Duration {
        AGAIN
    }

    fn patience(&self) -> Option<Duration> {
        Some(self.patience)
    }

    fn check(&self, go: &Go) -> Result<(), String> {
        match go {
            Go::Join(room) | Go::Host(room) if !is_room_name(&room.to_ascii_lowercase()) => {
                Err(Refusal::BadRoom.to_string())
            }
            _ => Ok(()),
        }
    }
}
