//! Who may hear a room's recordings.

use crate::meeting::{Audience, ParticipantId, Role, Timestamp};
use crate::store::Lock;
use crate::wire::Refusal;

use super::{Door, Passcode, Proof, Way};

/// What somebody is to a room by their key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::server) enum Standing {
    /// Nobody that it knows, or somebody without a key.
    Stranger,
    /// Somebody who was in a meeting there, and is not kept out.
    Member,
    /// Its owner, or a host.
    Host,
}

impl Door {
    /// Decides whether somebody may hear the room's recordings: the one rule for the web, for SSH and for everything else.
    /// Answers with the way they came by, to be noted when it is an invite.
    ///
    /// By `members` an open door opens no recordings: who speaks in a meeting sees who is there, and not who hears it in a
    /// year. A stranger needs the room's passcode or an invite; for `hosts` an invite that makes hosts.
    ///
    /// # Errors
    /// Why not.
    pub(in crate::server) fn hears(
        &self,
        who: ParticipantId,
        standing: Standing,
        proof: &Proof,
        now: Timestamp,
    ) -> Result<Way, Refusal> {
        let enough = match self.kept.recordings {
            Audience::Public => return Ok(Way::Known),
            Audience::Members => Standing::Member,
            Audience::Hosts => Standing::Host,
        };
        if standing >= enough {
            return Ok(Way::Known);
        }
        let is_for_hosts = enough == Standing::Host;
        let shows_secret = proof.invite.is_some() || (!is_for_hosts && self.has_secret(proof));
        if !shows_secret {
            return Err(if is_for_hosts { Refusal::HostsOnly } else { Refusal::MembersOnly });
        }
        match self.admits(who, proof, now)? {
            Way::Invite { role, .. } if is_for_hosts && role != Role::Host => Err(Refusal::HostsOnly),
            way => Ok(way),
        }
    }

    /// Whether the door looks at who comes: a passcode was said or is wanted, or there is a list.
    fn has_secret(&self, proof: &Proof) -> bool {
        match self.kept.lock {
            Lock::Open => false,
            Lock::Passcode { .. } => true,
            // Nobody without a key is on a list, and nobody without an invite has come by one.
            Lock::Keys(_) | Lock::Invite => !proof.is_lent || proof.passcode != Passcode::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::Millis;
    use crate::server::door::hash;
    use crate::store::DoorChange;

    const ANA: ParticipantId = ParticipantId([1; 32]);
    const NOW: Timestamp = Timestamp(1_000);

    fn door(lock: Lock, audience: Audience) -> Door {
        let mut door = Door::default();
        door.change(DoorChange::Lock(lock));
        door.change(DoorChange::Recordings(audience));
        for (id, token, role) in [("a", "guest", Role::Attendee), ("b", "host", Role::Host)] {
            let invite = door.invite((id.into(), token), role, 1, Millis(10), NOW).unwrap();
            door.change(DoorChange::Invited(invite));
        }
        door
    }

    #[test]
    fn each_audience_hears_what_it_may() {
        use Audience::{Hosts, Members, Public};
        let lent = || Proof { is_lent: true, ..Proof::default() };
        let with = |token: &str| Proof { invite: Some(hash(token)), ..lent() };
        let says = |passcode| Proof { passcode, ..lent() };
        let passcode = || Lock::Passcode { salt: [7; 16], hash: [8; 32] };
        let right = || says(Passcode::Right([7; 16]));
        for (lock, audience, standing, proof, expected) in [
            (Lock::Open, Public, Standing::Stranger, lent(), "in"),
            (Lock::Invite, Public, Standing::Stranger, lent(), "in"),
            (Lock::Open, Members, Standing::Stranger, lent(), "members-only"),
            (Lock::Open, Members, Standing::Stranger, right(), "members-only"),
            (Lock::Open, Members, Standing::Member, lent(), "in"),
            (Lock::Open, Members, Standing::Stranger, with("guest"), "in"),
            (Lock::Open, Members, Standing::Stranger, with("other"), "bad-invite"),
            (passcode(), Members, Standing::Stranger, lent(), "need-passcode"),
            (passcode(), Members, Standing::Stranger, says(Passcode::Wrong), "wrong-passcode"),
            (passcode(), Members, Standing::Stranger, right(), "in"),
            (Lock::Keys([ANA].into()), Members, Standing::Stranger, Proof::default(), "in"),
            (Lock::Keys([].into()), Members, Standing::Stranger, Proof::default(), "not-on-list"),
            (Lock::Invite, Members, Standing::Stranger, lent(), "members-only"),
            (passcode(), Hosts, Standing::Stranger, right(), "hosts-only"),
            (Lock::Open, Hosts, Standing::Member, lent(), "hosts-only"),
            (Lock::Open, Hosts, Standing::Host, lent(), "in"),
            (Lock::Open, Hosts, Standing::Stranger, with("guest"), "hosts-only"),
            (Lock::Open, Hosts, Standing::Stranger, with("host"), "in"),
        ] {
            let found = door(lock.clone(), audience).hears(ANA, standing, &proof, NOW);
            let code = found.map_or_else(|why| why.code(), |_| "in");
            assert_eq!(code, expected, "{lock:?} {audience:?} {standing:?} {proof:?}");
        }
    }
}
