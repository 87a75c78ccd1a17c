//! Logging in: by a key or as a guest, and with a room's passcode where the login name tells the room.

use russh::server::{Auth, Response};
use russh::{MethodKind, MethodSet};

use crate::wire::{Refusal, Secret, is_room_name};

use super::entry::knock;
use super::seat::{Guest, House};

/// Somebody who has not logged in yet.
pub(super) struct Caller {
    guest: Guest,
    /// The login name as it was said: who says another one begins anew.
    user: String,
    /// The room whose passcode is still to be said.
    door: Option<String>,
}

impl Caller {
    /// Somebody who says who they are; asks the room that they name what it wants of them.
    pub(super) async fn new(house: &House, guest: Guest) -> Self {
        let said = guest.user.clone();
        let (user, room) = named(&said);
        let guest = Guest { user: user.to_owned(), room, ..guest };
        let door = match &guest.room {
            // Whatever else keeps them out is told where it can be read.
            Some(room) if knock(house, &guest, room).await.is_err_and(|why| why.wants_passcode()) => {
                Some(room.clone())
            }
            _ => None,
        };
        Self { guest, user: said, door }
    }

    /// Whether the login name is still the one they began with.
    pub(super) fn is(&self, user: &str) -> bool {
        self.user == user
    }

    /// What they are asked.
    pub(super) fn question(&self) -> Auth {
        let prompt = self.door.as_ref().map(|room| (format!("Passcode of {room}: ").into(), false));
        Auth::Partial {
            name: "".into(),
            instructions: "".into(),
            prompts: prompt.into_iter().collect::<Vec<_>>().into(),
        }
    }

    /// Lets them in who need not be asked anything.
    pub(super) fn unasked(self) -> Called {
        match self.door {
            None => Called::In(self.guest),
            Some(_) => self.waits(true),
        }
    }

    /// Takes what they answer to the question.
    pub(super) async fn answered(mut self, house: &House, mut said: Response<'_>) -> Called {
        let Some(room) = self.door.clone() else {
            return Called::In(self.guest);
        };
        let passcode = said.next().and_then(|said| Secret::new(std::str::from_utf8(&said).ok()?));
        let Some(passcode) = passcode else {
            return self.waits(false);
        };
        self.guest.keys.told = Some((room.clone(), passcode));
        match knock(house, &self.guest, &room).await {
            Err(why) if why.wants_passcode() || why == Refusal::TooManyTries => {
                self.guest.keys.told = None;
                self.waits(false)
            }
            // Whatever else keeps them out is told where it can be read.
            Ok(()) | Err(_) => Called::In(self.guest),
        }
    }

    /// They still have to be asked; `partial_success` says that they came a step further.
    fn waits(self, partial_success: bool) -> Called {
        let proceed_with_methods = Some(MethodSet::from(&[MethodKind::KeyboardInteractive][..]));
        Called::Waits(self, Auth::Reject { proceed_with_methods, partial_success })
    }
}

/// What comes of a call.
pub(super) enum Called {
    /// Somebody has logged in.
    In(Guest),
    /// Somebody has not yet, and is answered so.
    Waits(Caller, Auth),
}

/// Somebody's name and, after a `+`, the room that they want.
fn named(user: &str) -> (&str, Option<String>) {
    let both = user.rsplit_once('+').map(|(name, room)| (name, room.to_ascii_lowercase()));
    match both {
        Some((name, room)) if !name.is_empty() && is_room_name(&room) => (name, Some(room)),
        _ => (user, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_name_may_tell_a_room() {
        let room = |name: &str| Some(name.to_owned());
        assert_eq!(named("ana"), ("ana", None));
        assert_eq!(named("ana+Monday"), ("ana", room("monday")));
        assert_eq!(named("ana+b+monday"), ("ana+b", room("monday")));
        assert_eq!(named("+monday"), ("+monday", None));
        assert_eq!(named("c++"), ("c++", None));
        assert_eq!(named("ana+a room"), ("ana+a room", None));
    }
}
