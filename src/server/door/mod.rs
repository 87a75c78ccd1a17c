//! A room's door: who is let in, by whichever way they come.
//!
//! Websocket, SSH and HTTP come through one place, the registry's `attach`; there a passcode is tried ([`Locksmith`])
//! and the room decides ([`Door::admits`]). Owners, hosts and who takes up a kept seat again are let in before it is
//! asked.

mod hearing;
mod locksmith;
mod tries;

use std::collections::{HashMap, HashSet};

use sha2::{Digest as _, Sha256};

use crate::meeting::{Millis, ParticipantId, Role, Timestamp};
use crate::store::{DoorChange, Lock, StoredDoor, StoredInvite};
use crate::wire::{DoorKind, DoorState, InviteState, Refusal};
pub(super) use hearing::Standing;

pub(super) use locksmith::{Lockset, Locksmith};

/// Invites of a room at once; one more is refused.
pub(super) const MAX_INVITES: usize = 256;

/// People of one invite: a big meeting.
pub(super) const MAX_USES: u32 = 1_000;

/// How long an invite may hold, in days.
pub(super) const MAX_DAYS: u64 = 365;

/// People who came in that are remembered, while the room is in memory: more than fit in. When there are more, those
/// without a seat are forgotten and prove anew.
const REMEMBERED: usize = 4_096;

/// What somebody shows at the door, as far as it could be looked at without the room.
#[derive(Clone, Debug, Default)]
pub(super) struct Proof {
    /// What came of the passcode.
    pub(super) passcode: Passcode,
    /// SHA-256 of an invite's token.
    pub(super) invite: Option<[u8; 32]>,
    /// They have no key, and are somebody else tomorrow: they show it each time.
    pub(super) is_lent: bool,
}

impl Proof {
    /// Whether they may be anybody: they have no key, and no invite made a person of them.
    pub(super) fn is_anybody(&self) -> bool {
        self.is_lent && self.invite.is_none()
    }
}

/// What came of a passcode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Passcode {
    /// None was said, or none was wanted.
    #[default]
    None,
    /// It is another one.
    Wrong,
    /// It is that of the lock with this salt.
    Right([u8; 16]),
}

/// By which way somebody comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// They are past it already.
    Known,
    /// By what holds for everybody.
    Door,
    /// By what holds for everybody, without a key: they are not known by it.
    Lent,
    /// By an invite, for the first time or again.
    Invite { id: String, role: Role, is_new: bool },
}

/// The door of one room.
#[derive(Debug, Default)]
pub(super) struct Door {
    kept: StoredDoor,
    /// Who came in since the room is in memory, and by which invite.
    admitted: HashMap<ParticipantId, Option<String>>,
    /// Who came in without a key since the lock was last changed: no more than are lent at once.
    lent: HashSet<ParticipantId>,
    /// Who is turned out by a change that is not durable yet.
    leaving: HashSet<ParticipantId>,
}

impl Door {
    /// Takes over what is kept. What is not durable is undone.
    pub(super) fn restore(&mut self, kept: StoredDoor) {
        self.kept = kept;
        self.leaving.clear();
    }

    /// Whether somebody needs no proof: they have shown it, and nobody has taken it back.
    pub(super) fn knows(&self, who: ParticipantId) -> bool {
        self.admitted.contains_key(&who)
    }

    /// What a passcode is compared with; `None` where none is wanted.
    pub(super) fn lockset(&self) -> Option<Lockset> {
        match self.kept.lock {
            Lock::Passcode { salt, hash } => Some(Lockset { salt, hash }),
            _ => None,
        }
    }

    /// Decides whether somebody comes in, who is neither host nor owner nor known.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn admits(&self, who: ParticipantId, proof: &Proof, now: Timestamp) -> Result<Way, Refusal> {
        if let Some(hash) = proof.invite {
            return self.by_invite(who, hash, now);
        }
        let way = if proof.is_lent { Way::Lent } else { Way::Door };
        let is_in = match &self.kept.lock {
            Lock::Open => return Ok(way),
            Lock::Passcode { salt, .. } => match proof.passcode {
                Passcode::Right(right) if right == *salt => return Ok(way),
                Passcode::Right(_) | Passcode::Wrong => Err(Refusal::WrongPasscode),
                Passcode::None => Err(Refusal::NeedPasscode),
            },
            Lock::Keys(keys) if keys.contains(&who) => return Ok(Way::Door),
            Lock::Keys(_) => Err(Refusal::NotOnList { who }),
            Lock::Invite => Err(Refusal::NeedInvite),
        };
        // Who came in by an invite that holds shows it again by their key alone.
        let invite = self.kept.invites.iter().find(|i| i.used_by.contains(&who) && i.expires > now);
        invite.map(|i| Way::Invite { id: i.id.clone(), role: i.role, is_new: false }).ok_or(()).or(is_in)
    }

    fn by_invite(&self, who: ParticipantId, hash: [u8; 32], now: Timestamp) -> Result<Way, Refusal> {
        let found = self.kept.invites.iter().find(|i| i.hash == hash);
        let invite = found.ok_or(Refusal::BadInvite { why: "is none of this room, or was taken back" })?;
        let is_new = !invite.used_by.contains(&who);
        if invite.expires <= now {
            return Err(Refusal::BadInvite { why: "has expired" });
        }
        if is_new && invite.used_by.len() >= invite.uses as usize {
            return Err(Refusal::BadInvite { why: "is used up" });
        }
        Ok(Way::Invite { id: invite.id.clone(), role: invite.role, is_new })
    }

    /// Notes who came in; `has_seat` tells who is worth remembering when there are many. Answers with what is to be kept.
    pub(super) fn came_in(
        &mut self,
        who: ParticipantId,
        way: Way,
        has_seat: impl Fn(ParticipantId) -> bool,
    ) -> Option<DoorChange> {
        if self.admitted.len() >= REMEMBERED {
            self.admitted.retain(|who, _| has_seat(*who));
        }
        match way {
            Way::Known | Way::Door => {
                self.admitted.entry(who).or_default();
                None
            }
            Way::Lent => {
                self.lent.insert(who);
                None
            }
            Way::Invite { id, is_new, .. } => {
                self.admitted.insert(who, Some(id.clone()));
                is_new.then(|| self.change(DoorChange::Used { invite: id, participant: who }))
            }
        }
    }

    /// Changes the door; answers with the change, to be kept.
    pub(super) fn change(&mut self, change: DoorChange) -> DoorChange {
        match &change {
            DoorChange::Lock(lock) => {
                self.kept.lock = lock.clone();
            }
            DoorChange::Recordings(audience) => self.kept.recordings = *audience,
            DoorChange::Invited(invite) => self.kept.invites.push(invite.clone()),
            DoorChange::Used { invite, participant } => {
                for used in self.kept.invites.iter_mut().filter(|i| i.id == *invite) {
                    used.used_by.insert(*participant);
                }
            }
            DoorChange::Revoked { invite } => self.kept.invites.retain(|i| i.id != *invite),
        }
        change
    }

    /// Who came in by an invite, and what it made of them; `None` when there is no such invite.
    pub(super) fn guests(&self, invite: &str) -> Option<(Vec<ParticipantId>, Role)> {
        let found = self.kept.invites.iter().find(|i| i.id == invite)?;
        Some((found.used_by.iter().copied().collect(), found.role))
    }

    /// Those without a key who came in before the lock was changed, and why they would not now.
    pub(super) fn locked_out(&mut self, now: Timestamp) -> Vec<(ParticipantId, Refusal)> {
        let nothing = Proof { is_lent: true, ..Proof::default() };
        let lent = std::mem::take(&mut self.lent);
        lent.into_iter().filter_map(|who| Some((who, self.admits(who, &nothing, now).err()?))).collect()
    }

    /// Notes whom a change turns out that is not durable yet: from now on they prove anew.
    pub(super) fn turn_out(&mut self, guests: &[ParticipantId]) {
        self.leaving.extend(guests);
    }

    /// Whether somebody is about to be turned out.
    pub(super) fn is_leaving(&self, who: ParticipantId) -> bool {
        self.leaving.contains(&who)
    }

    /// Forgets that somebody came in.
    pub(super) fn forget(&mut self, who: ParticipantId) {
        self.admitted.remove(&who);
        self.leaving.remove(&who);
    }

    /// A new invite; `None` when its bounds are beyond what is allowed, or the room has too many.
    pub(super) fn invite(
        &self,
        (id, token): (String, &str),
        role: Role,
        uses: u32,
        length: Millis,
        now: Timestamp,
    ) -> Option<StoredInvite> {
        let longest = Millis::from_mins(MAX_DAYS * 24 * 60);
        let fits = (1..=MAX_USES).contains(&uses) && length > Millis::ZERO && length <= longest;
        let expires = now.plus(length);
        (fits && self.kept.invites.len() < MAX_INVITES).then(|| StoredInvite {
            id,
            hash: hash(token),
            role,
            uses,
            expires,
            used_by: Default::default(),
        })
    }

    /// The door as its hosts see it.
    pub(super) fn state(&self) -> DoorState {
        let (kind, keys) = match &self.kept.lock {
            Lock::Open => (DoorKind::Open, Vec::new()),
            Lock::Passcode { .. } => (DoorKind::Passcode, Vec::new()),
            Lock::Keys(keys) => (DoorKind::Keys, keys.iter().copied().collect()),
            Lock::Invite => (DoorKind::Invite, Vec::new()),
        };
        let invites = self.kept.invites.iter().map(|i| InviteState {
            invite: i.id.clone(),
            role: i.role,
            uses: i.uses,
            used: u32::try_from(i.used_by.len()).unwrap_or(u32::MAX),
            expires_at: i.expires,
        });
        DoorState { kind, keys, invites: invites.collect(), recordings: self.kept.recordings }
    }
}

/// What is kept of an invite's token: as it has 256 random bits, a plain hash is as good as a slow one.
pub(super) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: ParticipantId = ParticipantId([1; 32]);
    const BRUNO: ParticipantId = ParticipantId([2; 32]);
    const NOW: Timestamp = Timestamp(1_000);

    fn locked(lock: Lock) -> Door {
        let mut door = Door::default();
        door.change(DoorChange::Lock(lock));
        door
    }

    fn code(outcome: Result<Way, Refusal>) -> &'static str {
        outcome.map_or_else(|why| why.code(), |_| "in")
    }

    #[test]
    fn each_door_lets_in_whom_it_should() {
        let none = Proof::default();
        let with = |passcode| Proof { passcode, ..Proof::default() };
        assert_eq!(code(locked(Lock::Open).admits(ANA, &with(Passcode::Wrong), NOW)), "in");
        let door = locked(Lock::Passcode { salt: [0; 16], hash: [0; 32] });
        let salt = door.lockset().unwrap().salt;
        assert_eq!(code(door.admits(ANA, &none, NOW)), "need-passcode");
        assert_eq!(code(door.admits(ANA, &with(Passcode::Wrong), NOW)), "wrong-passcode");
        assert_eq!(code(door.admits(ANA, &with(Passcode::Right([1; 16])), NOW)), "wrong-passcode");
        assert_eq!(code(door.admits(ANA, &with(Passcode::Right(salt)), NOW)), "in");
        let door = locked(Lock::Keys([ANA].into()));
        assert_eq!(code(door.admits(ANA, &none, NOW)), "in");
        assert_eq!(code(door.admits(BRUNO, &with(Passcode::Right([0; 16])), NOW)), "not-on-list");
        assert_eq!(code(locked(Lock::Invite).admits(ANA, &none, NOW)), "need-invite");
    }

    #[test]
    fn an_invite_is_for_so_many_and_so_long_and_its_people_come_back() {
        let mut door = locked(Lock::Invite);
        let invite = door.invite(("01A".into(), "token"), Role::Speaker, 1, Millis(10), NOW).unwrap();
        door.change(DoorChange::Invited(invite));
        let shown = |token: &str| Proof { invite: Some(hash(token)), ..Proof::default() };
        assert_eq!(code(door.admits(ANA, &shown("other"), NOW)), "bad-invite");
        assert_eq!(code(door.admits(ANA, &shown("token"), NOW.plus(Millis(10)))), "bad-invite");
        let way = door.admits(ANA, &shown("token"), NOW).unwrap();
        assert_eq!(way, Way::Invite { id: "01A".into(), role: Role::Speaker, is_new: true });
        let used = DoorChange::Used { invite: "01A".into(), participant: ANA };
        assert_eq!(door.came_in(ANA, way, |_| true), Some(used));
        assert!(door.knows(ANA));
        // The second person is one too many; the first comes back while it holds, without it too.
        assert_eq!(code(door.admits(BRUNO, &shown("token"), NOW)), "bad-invite");
        let again = door.admits(ANA, &shown("token"), NOW.plus(Millis(9))).unwrap();
        assert_eq!(door.came_in(ANA, again, |_| true), None);
        door.forget(ANA);
        assert_eq!(code(door.admits(ANA, &Proof::default(), NOW)), "in");
        assert_eq!(code(door.admits(ANA, &Proof::default(), NOW.plus(Millis(10)))), "need-invite");
        assert_eq!(door.guests("01A"), Some((vec![ANA], Role::Speaker)));
        door.change(DoorChange::Revoked { invite: "01A".into() });
        assert_eq!(code(door.admits(ANA, &shown("token"), NOW)), "bad-invite");
        assert_eq!(code(door.admits(ANA, &Proof::default(), NOW)), "need-invite");
    }

    #[test]
    fn invites_have_bounds() {
        let door = Door::default();
        let made = |uses, length| door.invite(("1".into(), "t"), Role::Attendee, uses, length, NOW).is_some();
        let day = Millis::from_mins(24 * 60);
        assert!(made(1, day) && made(MAX_USES, Millis::from_mins(MAX_DAYS * 24 * 60)));
        assert!(!made(0, day) && !made(MAX_USES + 1, day) && !made(1, Millis::ZERO));
        assert!(!made(1, Millis::from_mins(MAX_DAYS * 24 * 60 + 1)));
    }
}
