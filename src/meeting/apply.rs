//! Folding events into the state. Total: an event that fits nothing changes nothing.

use super::{
    Actor, AgendaItem, Event, Hand, HandId, HandKind, Item, ItemId, Meeting, Millis, Order, Participant,
    ParticipantId, Phase, Presence, Reach, Recorded, Round, RoundExit, Seat, SeatId, Seq, StagePlace,
    StageReason, Timestamp, Turn, TurnId,
};

impl Meeting {
    /// Gives events their place, time and author. They are stored first and applied then.
    pub fn record(&self, events: Vec<Event>, actor: Actor, now: Timestamp) -> Vec<Recorded> {
        let by = match actor {
            Actor::Participant(id) => Some(id),
            Actor::Server => None,
        };
        let places = (1..).map(|n| Seq(self.seq.0.saturating_add(n)));
        places.zip(events).map(|(seq, event)| Recorded { seq, at: now, by, event }).collect()
    }

    /// Folds one event into the state.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.fold(recorded);
        self.sorted = Default::default();
    }

    fn fold(&mut self, recorded: &Recorded) {
        self.seq = self.seq.max(recorded.seq);
        let at = recorded.at;
        self.forget_taken_out(at);
        match &recorded.event {
            Event::Opened { .. } | Event::Joined { .. } => self.apply_arrival(recorded),
            Event::SeatOpened { participant, seat, kind } => {
                self.with(*participant, |p| p.open_seat(Seat { id: *seat, kind: *kind }, at));
            }
            Event::SeatClosed { participant, seat } => {
                self.with(*participant, |p| p.close_seat(*seat, at));
            }
            Event::Left { participant, .. } => {
                self.with(*participant, |p| p.leave(at));
                self.with_round(|r| r.waiting.retain(|id| id != participant));
            }
            Event::Renamed { participant, name, resembles } => {
                self.with(*participant, |p| p.name_as(name, *resembles));
            }
            Event::AutoOpenSet { participant, on } => self.with(*participant, |p| p.auto_open = *on),
            Event::RoleSet { participant, role } => {
                self.with(*participant, |p| p.role = *role);
                self.apply_chair(&recorded.event);
            }
            Event::Spoke { participant, spoken } => self.with(*participant, |p| {
                p.spoken = p.spoken.plus(*spoken);
                p.last_heard = Some(at);
            }),
            event => {
                self.apply_queue(event, at);
                self.apply_round(event, at);
                self.apply_stage(event, at);
                self.apply_conduct(event, at);
                self.apply_moderation(recorded);
                self.apply_recording(recorded);
                self.apply_chair(event);
                self.apply_clock(event, at);
            }
        }
    }

    fn apply_arrival(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Opened { title, number, owner, length, agenda, terms } if self.owner.is_none() => {
                self.title.clone_from(title);
                self.number = *number;
                self.owner = Some(*owner);
                self.opener = recorded.by;
                self.clock.planned = *length;
                self.terms = *terms;
                self.clock.overrun = terms.overrun;
                self.agenda = (1..).zip(agenda).map(|(id, item)| agenda_item(ItemId(id), item)).collect();
            }
            Event::Joined { participant, source, name, role, auto_open, resembles, newcomer } => {
                let person = self.participants.entry(*participant).or_insert_with(|| Participant {
                    id: *participant,
                    source: *source,
                    name: String::new(),
                    role: *role,
                    auto_open: *auto_open,
                    presence: Presence::Away { since: recorded.at },
                    joined_at: recorded.at,
                    here_since: None,
                    gone_since: None,
                    spoken: Millis::ZERO,
                    last_heard: None,
                    turns: 0,
                    newcomer: *newcomer,
                    stage: None,
                    held: false,
                    invited_at: None,
                    resembles: None,
                    memo: Default::default(),
                });
                person.name_as(name, *resembles);
                person.role = *role;
                person.auto_open = *auto_open;
                person.newcomer = *newcomer;
                if !person.is_in() {
                    person.presence = Presence::Away { since: recorded.at };
                }
                self.last_source = self.last_source.max(*source);
                self.apply_chair(&recorded.event);
            }
            _ => {}
        }
    }

    fn apply_queue(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::HandRaised { hand, participant, kind, topic } => {
                self.raise(*hand, *participant, *kind, topic, at);
            }
            Event::HandReworded { hand, kind, topic } => self.with_hand(*hand, |h| {
                h.kind = *kind;
                h.topic.clone_from(topic);
            }),
            Event::HandWithdrawn { hand } => self.waiting.retain(|h| h.id != *hand),
            Event::HandDropped { hand } => self.take_out(&[*hand], at),
            Event::HandsDropped { hands } => self.take_out(hands, at),
            Event::HandsMerged { hands, into } => self.merge(hands, *into, at),
            Event::HandsRestored { hands } => self.restore(hands),
            Event::HandSupported { hand, participant } => self.with_hand(*hand, |h| {
                h.supporters.insert(*participant);
            }),
            Event::SupportWithdrawn { hand, participant } => self.with_hand(*hand, |h| {
                h.supporters.remove(participant);
            }),
            Event::OrderSet { order, hands } => self.arrange(*order, hands),
            Event::Called { turn, hand, .. } => self.begin_turn(*turn, *hand, at),
            Event::TurnEnded { turn } => self.end_turn(*turn, at),
            Event::HandReturned { turn, returns_in, counts } => {
                self.send_back(*turn, *returns_in, *counts, at);
            }
            _ => {}
        }
    }

    fn raise(&mut self, id: HandId, who: ParticipantId, kind: HandKind, topic: &str, at: Timestamp) {
        let fits = id > self.last_hand
            && self.hand_of(who).is_none()
            && self.participant(who).is_some_and(Participant::is_in);
        if fits {
            self.last_hand = id;
            self.waiting.push(Hand {
                id,
                participant: who,
                kind,
                topic: topic.to_owned(),
                raised_at: at,
                supporters: Default::default(),
                returns_in: None,
            });
        }
    }

    /// Hands that are not named keep their order behind those that are; without names it is arrival.
    fn arrange(&mut self, order: Order, hands: &[HandId]) {
        self.order = order;
        if order == Order::Manual {
            let place = |h: &Hand| hands.iter().position(|id| *id == h.id).unwrap_or(usize::MAX);
            self.waiting.sort_by_cached_key(place);
            // A place that a host gave counts more than the one that was promised.
            self.waiting.iter_mut().filter(|h| hands.contains(&h.id)).for_each(|h| h.returns_in = None);
        } else {
            self.waiting.sort_by_key(|h| h.id);
        }
    }

    fn begin_turn(&mut self, id: TurnId, hand: HandId, at: Timestamp) {
        let Some(place) = self.waiting.iter().position(|h| h.id == hand) else {
            return;
        };
        if self.turn.is_some() || id <= self.last_turn {
            return;
        }
        let hand = Hand { returns_in: None, ..self.waiting.remove(place) };
        for waiting in &mut self.waiting {
            waiting.returns_in = waiting.returns_in.map(|n| n.saturating_sub(1));
        }
        self.last_turn = id;
        self.turn = Some(Turn { id, hand, started_at: at, ended_at: None });
    }

    fn end_turn(&mut self, id: TurnId, at: Timestamp) {
        if let Some(turn) = self.turn.take_if(|t| t.id == id) {
            self.count_turn(turn, at);
        }
    }

    /// Who had time in the round counts as heard, even where speech is not measured.
    fn apply_round(&mut self, event: &Event, at: Timestamp) {
        let elapsed = self.clock.elapsed(at);
        match event {
            Event::RoundStarted { order, seed, each, participants } if self.round.is_none() => {
                self.round = Some(Round::new(*order, *seed, *each, participants.clone()));
            }
            Event::RoundTurnStarted { participant } => self.with_round(|r| r.begin(*participant, elapsed)),
            Event::RoundTurnEnded { participant, how } => {
                self.with_round(|r| r.finish(*participant, *how, elapsed));
                if matches!(how, RoundExit::Done | RoundExit::TimeUp) {
                    self.with(*participant, |p| p.last_heard = p.last_heard.max(Some(at)));
                }
            }
            Event::RoundPlaced { participant, position } => {
                self.with_round(|r| r.place(*participant, *position));
            }
            Event::RoundPassed { participant } => self.with_round(|r| r.pass(*participant)),
            Event::RoundEnded => self.round = None,
            _ => {}
        }
    }

    fn apply_stage(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Invited { participant } => self.with(*participant, |p| p.invited_at = Some(at)),
            Event::Declined { participant } => self.with(*participant, |p| p.invited_at = None),
            Event::SteppedUp { participant, reason, muted } => {
                self.with(*participant, |p| p.step_up(*reason, *muted, at));
            }
            Event::SteppedDown { participant } => self.with(*participant, |p| p.stage = None),
            Event::Muted { participant } => self.with_place(*participant, StagePlace::mute),
            Event::Unmuted { participant } => self.with_place(*participant, |s| s.muted = false),
            Event::ReachSet { participant, reach } => self.with_place(*participant, |s| s.reach = *reach),
            Event::Held { participant, all } => self.with(*participant, |p| p.hold(*all)),
            Event::Released { participant, all } => self.with(*participant, |p| p.release(*all)),
            _ => {}
        }
    }

    fn apply_conduct(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Prepared if self.phase == Phase::Scheduled => self.phase = Phase::Backstage,
            Event::StartPlanned { at } => self.clock.starts_at = *at,
            Event::Started if self.is_before_doors() => {
                self.phase = Phase::Live;
                self.clock.started_at = Some(at);
            }
            Event::Closed if self.phase == Phase::Live => self.begin_landing(at),
            Event::Ended if self.phase != Phase::Ended => {
                self.phase = Phase::Ended;
                self.clock.ended_at = Some(at);
            }
            Event::ParticipationSet { policy } => self.participation = *policy,
            Event::MirrorSet { open } => self.mirror = *open,
            Event::ItemAdded { item, what } if self.agenda.iter().all(|i| i.id < *item) => {
                self.agenda.push(agenda_item(*item, what));
            }
            _ => {}
        }
    }

    fn with_round(&mut self, change: impl FnOnce(&mut Round)) {
        if let Some(round) = &mut self.round {
            change(round);
        }
    }

    pub(super) fn with(&mut self, id: ParticipantId, change: impl FnOnce(&mut Participant)) {
        if let Some(person) = self.participants.get_mut(&id).filter(|p| p.is_in()) {
            change(person);
        }
    }

    fn with_place(&mut self, id: ParticipantId, change: impl FnOnce(&mut StagePlace)) {
        self.with(id, |p| {
            if let Some(place) = &mut p.stage {
                change(place);
            }
        });
    }

    fn with_hand(&mut self, id: HandId, change: impl FnOnce(&mut Hand)) {
        if let Some(hand) = self.waiting.iter_mut().find(|h| h.id == id) {
            change(hand);
        }
    }
}

impl Participant {
    fn name_as(&mut self, name: &str, resembles: Option<ParticipantId>) {
        name.clone_into(&mut self.name);
        self.memo = Default::default();
        self.resembles = resembles;
    }

    fn open_seat(&mut self, seat: Seat, at: Timestamp) {
        if !self.is_here() {
            self.here_since = Some(at);
            self.gone_since = None;
        }
        match &mut self.presence {
            Presence::Here { seats } if seats.iter().any(|s| s.id == seat.id) => {}
            Presence::Here { seats } => seats.push(seat),
            presence => *presence = Presence::Here { seats: vec![seat] },
        }
    }

    fn close_seat(&mut self, seat: SeatId, at: Timestamp) {
        self.presence.close_seat(|s| s.id == seat, at);
        if !self.is_here() {
            self.gone_since.get_or_insert(at);
        }
    }

    fn leave(&mut self, at: Timestamp) {
        self.gone_since.get_or_insert(at);
        self.presence = Presence::Left { since: at };
        self.stage = None;
        self.invited_at = None;
    }

    /// With `all` it is the place that is held, and shed by stepping off.
    fn hold(&mut self, all: bool) {
        self.held |= !all;
        if let Some(place) = &mut self.stage {
            place.held |= all;
            place.reach = Reach::Everybody;
        }
    }

    /// `all` ends only the hold of all.
    fn release(&mut self, all: bool) {
        self.held &= all;
        if let Some(place) = &mut self.stage {
            place.held = false;
            place.mute();
        }
    }

    /// Somebody who stands there already keeps their place.
    fn step_up(&mut self, reason: StageReason, muted: bool, at: Timestamp) {
        self.invited_at = None;
        match &mut self.stage {
            Some(place) => {
                place.reason = reason;
                place.muted = muted;
            }
            none => {
                *none = Some(StagePlace { reason, since: at, muted, reach: Reach::Everybody, held: false })
            }
        }
    }
}

impl StagePlace {
    /// The next time it opens it reaches everybody: nobody goes on with a talkback that they have forgotten.
    fn mute(&mut self) {
        self.muted = true;
        self.reach = Reach::Everybody;
    }
}

impl Presence {
    fn close_seat(&mut self, is_it: impl Fn(&Seat) -> bool, at: Timestamp) {
        if let Self::Here { seats } = self {
            seats.retain(|s| !is_it(s));
            if seats.is_empty() {
                *self = Self::Away { since: at };
            }
        }
    }
}

fn agenda_item(id: ItemId, item: &Item) -> AgendaItem {
    AgendaItem { id, title: item.title.clone(), length: item.length, started: None }
}
