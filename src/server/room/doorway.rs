//! A room's door, as those see it who come in and those who keep it.

use tokio::time::Instant;
use tracing::info;

use crate::meeting::{Command, Millis, ParticipantId, Role};
use crate::server::door::{Lockset, MAX_DAYS, MAX_INVITES, MAX_USES, Proof, Standing, Way};
use crate::server::handshake;
use crate::store::{DoorChange, Lock};
use crate::wire::{CommandId, DoorAsk, MIN_PASSCODE, Refusal, Resume, Secret, ServerMessage};

use super::batch::{After, Draft, rejected};
use super::load::Room;
use super::port::{ConnId, Request};

/// Tokens of a [`Bucket`](crate::server::bucket::Bucket) that an ask of the door costs: one may hash a passcode.
const DOOR_COST: u32 = 5;

impl Room {
    /// Whether somebody is past the door already: the owner, hosts, and who came in and is not turned out.
    fn needs_no_proof(&self, who: ParticipantId, holds_seat: bool) -> bool {
        !self.door.is_leaving(who) && (holds_seat || self.is_host(who) || self.door.knows(who))
    }

    /// By which way somebody comes in, or why not.
    pub(super) fn way_in(&self, who: ParticipantId, proof: &Proof, holds_seat: bool) -> Result<Way, Refusal> {
        if !proof.is_lent && self.needs_no_proof(who, holds_seat) {
            return Ok(Way::Known);
        }
        self.door.admits(who, proof, self.shared.wall.now())
    }

    /// Whether somebody may hear the room's recordings, by their key or by what they show. An invite counts as used then.
    pub(super) fn hear(
        &mut self,
        draft: &mut Draft,
        who: ParticipantId,
        proof: &Proof,
    ) -> Result<(), Refusal> {
        let now = self.shared.wall.now();
        if self.owner.is_none() {
            return Err(Refusal::NoSuchRoom { name: self.name.clone() });
        }
        let book = self.book.as_ref().map(|book| &book.working);
        let was_in = self.visitors.contains(&who) || book.is_some_and(|m| m.participant(who).is_some());
        let standing = match () {
            () if self.is_host(who) => Standing::Host,
            () if book.is_some_and(|m| m.ban(who, now).is_some()) => Standing::Stranger,
            () if was_in => Standing::Member,
            () => Standing::Stranger,
        };
        let way = self.door.hears(who, standing, proof, now)?;
        if matches!(way, Way::Invite { is_new: true, .. }) {
            self.came_in(draft, who, way);
        }
        Ok(())
    }

    /// Notes who came in.
    pub(super) fn came_in(&mut self, draft: &mut Draft, who: ParticipantId, way: Way) {
        let seats = &self.seats;
        draft.door.extend(self.door.came_in(who, way, |who| seats.of(who).next().is_some()));
    }

    /// What a passcode of somebody at the door is compared with.
    pub(super) fn lockset_for(&self, who: ParticipantId, resume: Option<&Resume>) -> Option<Lockset> {
        let holds_seat = resume.is_some_and(|r| self.seats.held(&r.token, who).is_some());
        if self.needs_no_proof(who, holds_seat) { None } else { self.door.lockset() }
    }

    /// Does what is asked of the door, when a host asks.
    pub(super) fn ask_door(&mut self, draft: &mut Draft, conn: ConnId, id: CommandId, ask: DoorAsk) {
        let Some(who) = self.seats.get(conn).filter(|c| !c.is_leg).map(|c| c.who) else {
            return;
        };
        let refusal = if !self.askers.admit(who, DOOR_COST, &self.shared.settings.limits, Instant::now()) {
            Some(Refusal::TooFast)
        } else if !self.is_host(who) {
            Some(Refusal::NotYourDoor)
        } else {
            self.do_ask(draft, (conn, &id), ask).err()
        };
        if let Some(why) = refusal {
            self.reject_ask(conn, id, &why);
        }
    }

    fn do_ask(
        &mut self,
        draft: &mut Draft,
        (conn, id): (ConnId, &CommandId),
        ask: DoorAsk,
    ) -> Result<(), Refusal> {
        let lock = match ask {
            DoorAsk::Show => None,
            DoorAsk::Open => Some(Lock::Open),
            DoorAsk::Keys { keys } => Some(Lock::Keys(keys.into_iter().collect())),
            DoorAsk::Invite => Some(Lock::Invite),
            DoorAsk::Recordings { audience } => {
                draft.door.push(self.door.change(DoorChange::Recordings(audience)));
                info!(room = self.name, %audience, "others may hear the recordings");
                None
            }
            DoorAsk::Passcode { passcode } => return self.hash(conn, id, passcode),
            DoorAsk::NewInvite { role, uses, length } => {
                return self.invite(draft, (conn, id), role, uses, length);
            }
            DoorAsk::Revoke { invite } => return self.revoke(draft, (conn, id), invite),
        };
        if let Some(lock) = lock {
            self.change_lock(draft, lock);
        }
        draft.afters.push(After::Door { conn, id: id.clone(), token: None });
        Ok(())
    }

    fn change_lock(&mut self, draft: &mut Draft, lock: Lock) {
        draft.door.push(self.door.change(DoorChange::Lock(lock)));
        draft.afters.push(After::LockOut);
        info!(room = self.name, kind = %self.door.state().kind, "the door is another one");
    }

    /// Has a new passcode hashed; what comes of it comes back as a request.
    fn hash(&self, conn: ConnId, id: &CommandId, passcode: Secret) -> Result<(), Refusal> {
        if passcode.expose().chars().count() < MIN_PASSCODE {
            return Err(Refusal::ShortPasscode { least: MIN_PASSCODE });
        }
        let (shared, requests) = (self.shared.clone(), self.doors.requests.clone());
        let id = id.clone();
        tokio::spawn(async move {
            let lock = shared.locksmith.lock(passcode, &shared.metrics).await;
            // The room is gone: so is who asked.
            let _ = requests.send(Request::Locked { conn, id, lock }).await;
        });
        Ok(())
    }

    /// Changes the lock to a passcode that is hashed by now.
    pub(super) fn locked(
        &mut self,
        draft: &mut Draft,
        conn: ConnId,
        id: CommandId,
        lock: Result<Lock, Refusal>,
    ) {
        // Who asked may be gone, or no host any more.
        let is_host = self.seats.get(conn).is_some_and(|c| self.is_host(c.who));
        match lock {
            Ok(lock) if is_host => {
                self.change_lock(draft, lock);
                draft.afters.push(After::Door { conn, id, token: None });
            }
            Ok(_) => self.reject_ask(conn, id, &Refusal::NotYourDoor),
            Err(why) => self.reject_ask(conn, id, &why),
        }
    }

    fn invite(
        &mut self,
        draft: &mut Draft,
        (conn, id): (ConnId, &CommandId),
        role: Role,
        uses: u32,
        length: Millis,
    ) -> Result<(), Refusal> {
        let token = handshake::token();
        let named = (ulid::Ulid::new().to_string(), token.as_str());
        let invite = self.door.invite(named, role, uses, length, self.shared.wall.now());
        let bounds = Refusal::InviteBounds { uses: MAX_USES, days: MAX_DAYS, invites: MAX_INVITES };
        draft.door.push(self.door.change(DoorChange::Invited(invite.ok_or(bounds)?)));
        draft.afters.push(After::Door { conn, id: id.clone(), token: Secret::new(&token) });
        Ok(())
    }

    fn revoke(
        &mut self,
        draft: &mut Draft,
        (conn, id): (ConnId, &CommandId),
        invite: String,
    ) -> Result<(), Refusal> {
        let Some((mut guests, role)) = self.door.guests(&invite) else {
            return Err(Refusal::NoSuchInvite { invite });
        };
        // Hosts stay, unless the invite made them so.
        guests.retain(|who| self.owner != Some(*who) && (role == Role::Host || !self.is_host(*who)));
        self.door.turn_out(&guests);
        draft.door.push(self.door.change(DoorChange::Revoked { invite }));
        draft.afters.push(After::TurnOut { guests, role });
        draft.afters.push(After::Door { conn, id: id.clone(), token: None });
        Ok(())
    }

    /// Ends the seats of those who have no key to be known by, and would not be let in now.
    pub(super) fn lock_out(&mut self) {
        for (who, why) in self.door.locked_out(self.shared.wall.now()) {
            self.end_seats(who, &why);
        }
    }

    fn end_seats(&mut self, who: ParticipantId, why: &Refusal) {
        let seats: Vec<ConnId> = self.seats.of(who).map(|(id, _)| id).collect();
        for seat in seats {
            self.end(seat, why.clone());
        }
        self.seats.forget(who);
    }

    /// Ends the seats of those who came in by an invite that was taken back, and takes back what it made of them.
    pub(super) fn turn_out(&mut self, guests: &[ParticipantId], role: Role) {
        for who in guests.iter().copied() {
            let has = self.book.as_ref().and_then(|b| b.durable.participant(who)).map(|p| p.role);
            if has == Some(role) && role < Role::Attendee {
                self.due.push(Command::Appoint { participant: who, role: Role::Attendee });
            }
            self.door.forget(who);
            self.end_seats(who, &Refusal::InviteRevoked);
        }
    }

    pub(super) fn tell_door(&mut self, conn: ConnId, id: CommandId, token: Option<Secret>) {
        let door = self.door.state();
        self.tell(conn, &ServerMessage::Door { id, door, token });
    }

    fn reject_ask(&mut self, conn: ConnId, id: CommandId, why: &Refusal) {
        self.shared.metrics.rejected(why.code());
        self.tell(conn, &rejected(id, why.code(), why.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;
    use crate::meeting::SeatKind;
    use crate::server::registry::Registry;
    use crate::server::room::{Attach, Attached, Outgoing};
    use crate::server::shared::Shared;
    use crate::wire::{Hello, JoinRequest, OpenRequest, read_server};

    const HOST: ParticipantId = ParticipantId([1; 32]);
    const GUEST: ParticipantId = ParticipantId([2; 32]);

    struct House {
        registry: Registry,
        shared: Arc<Shared>,
    }

    impl House {
        async fn let_in(&self, who: ParticipantId, hello: Hello) -> Attached {
            let hello = Hello { room: "monday".into(), join: Some(join(who)), ..hello };
            self.registry.attach(who, &hello, Ipv4Addr::LOCALHOST.into(), &self.shared).await.unwrap()
        }

        fn ask(&self, request: Request) {
            self.registry.room("monday", &self.shared).try_send(request).unwrap();
        }

        async fn door(&self, host: &mut Attached, ask: DoorAsk) -> (crate::wire::DoorState, Option<Secret>) {
            self.ask(Request::Door { conn: host.conn, id: CommandId("1".into()), ask });
            said(host, |message| match message {
                ServerMessage::Door { door, token, .. } => Some((door, token)),
                _ => None,
            })
            .await
        }
    }

    fn join(who: ParticipantId) -> JoinRequest {
        let name = format!("Number {}", who.0[0]);
        JoinRequest { name, kind: SeatKind::Console, listener: false, auto_open: true }
    }

    async fn said<T>(seat: &mut Attached, wanted: impl Fn(ServerMessage) -> Option<T>) -> T {
        loop {
            let item = timeout(Duration::from_secs(30), seat.out.recv()).await.unwrap();
            if let Some(Outgoing::Text(text)) = item
                && let Some(found) = wanted(read_server(&text).unwrap())
            {
                return found;
            }
        }
    }

    /// Whoever comes in the batch that takes their invite back stays out, by whatever they hold and whatever it made of
    /// them.
    #[tokio::test]
    async fn nobody_comes_in_by_an_invite_that_is_being_taken_back() {
        for role in [Role::Attendee, Role::Host] {
            let house = House { registry: Registry::default(), shared: Shared::alone() };
            let length = Millis::from_mins(60);
            let open = OpenRequest {
                title: "About Monday".into(),
                length,
                agenda: Vec::new(),
                participation: None,
                starts_at: None,
                terms: Default::default(),
            };
            let mut host = house.let_in(HOST, Hello { open: Some(open), ..Hello::default() }).await;
            house.door(&mut host, DoorAsk::Invite).await;
            let (door, invite) = house.door(&mut host, DoorAsk::NewInvite { role, uses: 1, length }).await;
            let mut guest = house.let_in(GUEST, Hello { invite, ..Hello::default() }).await;
            let token = said(&mut guest, |message| match message {
                ServerMessage::Welcome { resume, .. } => Some(resume),
                _ => None,
            })
            .await;
            // The room's task gets both at once.
            let revoke = DoorAsk::Revoke { invite: door.invites[0].invite.clone() };
            house.ask(Request::Door { conn: host.conn, id: CommandId("2".into()), ask: revoke });
            let mut answers = Vec::new();
            for resume in [None, Some(Resume { token, seq: crate::meeting::Seq(0) })] {
                let (answer, answered) = oneshot::channel();
                house.ask(Request::Attach(Box::new(Attach {
                    who: GUEST,
                    join: Some(join(GUEST)),
                    open: None,
                    resume,
                    proof: Proof::default(),
                    pair: None,
                    token: handshake::secret(),
                    answer,
                })));
                answers.push(answered);
            }
            for answered in answers {
                let outcome = answered.await.unwrap();
                let code = outcome.as_ref().err().map(Refusal::code);
                assert_eq!(code, Some("need-invite"), "as {role:?}");
            }
        }
    }
}
