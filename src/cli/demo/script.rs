//! The script: what every scripted person does next, from the state of the meeting and the time.
//!
//! It reads no clock and does nothing itself: [`Script::step`] answers with cues. It holds to what it sees in the
//! meeting, so whatever the host does is a fact like any other, and the script goes on from there.

use crate::meeting::{Clock, Command, HandId, Meeting, Millis, ParticipantId, Phase, Role, Timestamp};

use super::cast::{COHOST, Cast, Person, SPEAKER};
use super::cohost::Cohost;
use super::pace::{Pace, between, dice};
use super::part::Part;
use super::turn::{Scene, TurnPlay};

/// The longest step that counts as such: after the program was stopped for a while, the script goes on where it was.
const LONGEST_STEP: Millis = Millis(1_000);

/// When somebody who was sent for and did not come is not waited for any more.
const NO_SHOW: Millis = Millis::from_secs(3);

/// When the first hands go up after the start: the first second has to show a queue.
const EAGER: [u64; 4] = [120, 330, 560, 850];

/// How many people go early when the meeting is extended.
const HURRIED: usize = 2;

/// Something for a scripted person, or for the host while the stage is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cue {
    /// Connects and joins.
    Arrive(usize),
    /// Asks the meeting for something.
    Command(usize, Command),
    /// Begins or stops talking into the open microphone.
    Speak(usize, bool),
    /// Says goodbye and disconnects.
    Leave(usize),
    /// The host sets the stage before the meeting begins.
    Host(Command),
}

/// The script of one demo.
#[derive(Debug)]
pub(crate) struct Script {
    seed: u64,
    pace: Pace,
    parts: Vec<Part>,
    began_at: Option<Timestamp>,
    last_step: Timestamp,
    play: Option<TurnPlay>,
    cohost: Cohost,
    talk: Talk,
    last_hand: HandId,
    supports: Vec<(Timestamp, usize, HandId)>,
    planned: Millis,
    hurried: usize,
    closing_seen: bool,
    ended_seen: bool,
    staged: Option<(Command, Timestamp)>,
}

/// The speaker's talk between turns: some sentences, a breath, some sentences.
#[derive(Debug, Default)]
struct Talk {
    nth: u64,
    sentences: Millis,
    breath: Millis,
}

impl Script {
    /// The script of `cast`, whose people have the keys `ids`, in the same order.
    pub(crate) fn new(seed: u64, pace: Pace, cast: Cast, ids: &[ParticipantId]) -> Self {
        let parts = cast
            .people
            .into_iter()
            .zip(ids)
            .enumerate()
            .map(|(who, (person, id))| Part::new(seed, who, who == SPEAKER || who == COHOST, *id, person))
            .collect();
        Self {
            seed,
            pace,
            parts,
            began_at: None,
            last_step: Timestamp::default(),
            play: None,
            cohost: Cohost::new(seed),
            talk: Talk::default(),
            last_hand: HandId(0),
            supports: Vec::new(),
            planned: Millis::ZERO,
            hurried: 0,
            closing_seen: false,
            ended_seen: false,
            staged: None,
        }
    }

    /// The host did something: the cohost leaves the queue to them for a while.
    pub(crate) fn host_acted(&mut self, now: Timestamp) {
        if self.began_at.is_some() {
            self.cohost.hold_back(now);
        }
    }

    /// The person at place `who` of the cast.
    pub(crate) fn person(&self, who: usize) -> &Person {
        &self.parts[who].person
    }

    /// Somebody could not join, or their link is over for good.
    pub(crate) fn lost(&mut self, who: usize) {
        if let Some(part) = self.parts.get_mut(who) {
            part.gone = true;
        }
    }

    /// What happens now. Called several times a second, and whenever the meeting has changed.
    pub(crate) fn step(&mut self, meeting: &Meeting, now: Timestamp) -> Vec<Cue> {
        let progress = self.pace.progress(now.since(self.last_step).min(LONGEST_STEP));
        self.last_step = now;
        let mut cues = Vec::new();
        if !meeting.is_open() {
            return cues;
        }
        if meeting.phase() <= Phase::Backstage {
            self.set_stage(meeting, now, &mut cues);
            return cues;
        }
        let began = match self.began_at {
            Some(at) => at,
            None => self.begin(meeting, now),
        };
        self.late_people(began, now, &mut cues);
        for part in &mut self.parts {
            part.notice(meeting, now, self.pace);
        }
        self.notice_phase(meeting, now);
        self.follow_turn(meeting, progress);
        let call = self.cohost.step(meeting, &self.parts[COHOST], now, self.pace);
        self.voices(meeting, progress, &mut cues);
        self.commands(meeting, now, &mut cues);
        cues.extend(call.map(|command| Cue::Command(COHOST, command)));
        self.support(meeting, now, &mut cues);
        cues
    }

    /// Before the start: people come one after another, so that they always come in the same order, then the host gives
    /// the roles and begins.
    fn set_stage(&mut self, meeting: &Meeting, now: Timestamp, cues: &mut Vec<Cue>) {
        for (who, part) in self.parts.iter_mut().enumerate() {
            if part.person.arrives > Millis::ZERO || part.gone || part.is_here(meeting) {
                continue;
            }
            match part.sent_for {
                None => {
                    part.sent_for = Some(now);
                    cues.push(Cue::Arrive(who));
                    return;
                }
                Some(at) if now.since(at) < NO_SHOW => return,
                Some(_) => {}
            }
        }
        let role = self.parts.iter().find_map(|part| {
            let me = meeting.participant(part.id)?;
            (part.is_here(meeting) && part.person.role < Role::Attendee && me.role != part.person.role)
                .then_some(Command::SetRole { participant: part.id, role: part.person.role })
        });
        let command = role.unwrap_or(Command::Start);
        if self.staged.as_ref().is_none_or(|(last, at)| *last != command || now.since(*at) >= NO_SHOW) {
            self.staged = Some((command.clone(), now));
            cues.push(Cue::Host(command));
        }
    }

    fn begin(&mut self, meeting: &Meeting, now: Timestamp) -> Timestamp {
        self.began_at = Some(now);
        self.planned = meeting.clock().planned;
        let mut eager = EAGER.iter();
        for (who, part) in self.parts.iter_mut().enumerate() {
            if part.person.role != Role::Attendee {
                continue;
            }
            let mut dice = dice(self.seed, &[3, who as u64]);
            let wait = match eager.next() {
                Some(at) if part.person.arrives == Millis::ZERO => {
                    Millis(*at).plus(between(&mut dice, 0, 70))
                }
                _ => part.person.arrives.plus(between(&mut dice, 4_000, 40_000)),
            };
            part.raise_at = Some(now.plus(self.pace.wait(wait)));
        }
        now
    }

    fn late_people(&mut self, began: Timestamp, now: Timestamp, cues: &mut Vec<Cue>) {
        for (who, part) in self.parts.iter_mut().enumerate() {
            let due = began.plus(self.pace.wait(part.person.arrives));
            if part.sent_for.is_none() && !part.gone && due <= now {
                part.sent_for = Some(now);
                cues.push(Cue::Arrive(who));
            }
        }
    }

    /// People go when the queue is through after its closing, and when the meeting is over; a few have to go when it
    /// takes longer than planned.
    fn notice_phase(&mut self, meeting: &Meeting, now: Timestamp) {
        let Clock { planned, .. } = *meeting.clock();
        if planned > self.planned && self.hurried < HURRIED {
            let goes = self.parts.iter_mut().rev().find(|p| {
                p.person.role == Role::Attendee
                    && p.is_here(meeting)
                    && p.leave_at.is_none()
                    && meeting.hand_of(p.id).is_none()
                    && !p.has_turn(meeting)
            });
            if let Some(part) = goes {
                part.leave_at = Some(now.plus(self.pace.wait(Millis::from_secs(3))));
                self.hurried += 1;
            }
        }
        self.planned = planned;
        let through = meeting.turn().is_none() && meeting.queue().is_empty();
        if meeting.phase() == Phase::Closing && through && !self.closing_seen {
            self.closing_seen = true;
            self.disperse(now, 2, 25_000);
        }
        if meeting.phase() == Phase::Ended && !self.ended_seen {
            self.ended_seen = true;
            self.disperse(now, 3, 12_000);
        }
    }

    /// Sends home all but each `stays`th, one by one within `within` milliseconds.
    fn disperse(&mut self, now: Timestamp, stays: usize, within: u64) {
        for (who, part) in self.parts.iter_mut().enumerate() {
            if who == SPEAKER || who == COHOST || who % stays == 0 || part.leave_at.is_some() {
                continue;
            }
            let mut dice = dice(self.seed, &[4, who as u64, within]);
            part.leave_at = Some(now.plus(self.pace.wait(between(&mut dice, 1_500, within))));
        }
    }

    fn follow_turn(&mut self, meeting: &Meeting, progress: Millis) {
        let Some(turn) = meeting.turn() else {
            self.play = None;
            return;
        };
        if self.play.as_ref().is_none_or(|play| play.turn != turn.id) {
            let asker = self.parts.iter().position(|p| p.id == turn.hand.participant);
            // Nobody of the script has the turn: whoever it is ends it themselves, or the host does.
            self.play = asker.map(|who| TurnPlay::new(self.seed, turn.id, who, self.parts[who].turns));
            return;
        }
        if meeting.clock().is_paused() {
            return;
        }
        let heard = self.play.as_ref().and_then(|play| self.who_speaks_in(play, meeting)).is_some();
        if let Some(play) = &mut self.play {
            play.advance(progress, heard);
        }
    }

    /// Who is heard in the present scene of a turn, if they can be.
    fn who_speaks_in(&self, play: &TurnPlay, meeting: &Meeting) -> Option<usize> {
        match play.scene() {
            Scene::Ask | Scene::Thanks => Some(play.asker),
            Scene::Answer => [SPEAKER, COHOST].into_iter().find(|&who| self.parts[who].is_live(meeting)),
            Scene::Over => None,
        }
        .filter(|&who| self.parts[who].is_live(meeting))
    }

    /// One voice at a time: whose turn it is, a guest, the cohost who calls, or the speaker.
    fn voices(&mut self, meeting: &Meeting, progress: Millis, cues: &mut Vec<Cue>) {
        let voice = self.voice(meeting, progress).filter(|&who| self.parts[who].is_live(meeting));
        let mut begins = None;
        for (who, part) in self.parts.iter_mut().enumerate() {
            let speaks = voice == Some(who);
            if part.speaking != speaks {
                part.speaking = speaks;
                if speaks { begins = Some(Cue::Speak(who, true)) } else { cues.push(Cue::Speak(who, false)) }
            }
        }
        cues.extend(begins);
    }

    fn voice(&mut self, meeting: &Meeting, progress: Millis) -> Option<usize> {
        let under_way = matches!(meeting.phase(), Phase::Live | Phase::Closing);
        if !under_way || meeting.clock().is_paused() {
            return None;
        }
        if meeting.turn().is_some() {
            let play = self.play.as_ref().filter(|play| play.is_speaking())?;
            return self.who_speaks_in(play, meeting);
        }
        if self.cohost.is_announcing() {
            return Some(COHOST);
        }
        let guest = self.parts.iter().position(|p| p.guest > Millis::ZERO && p.is_live(meeting));
        if let Some(who) = guest {
            self.parts[who].guest = self.parts[who].guest.minus(progress);
            return Some(who);
        }
        self.talk.goes_on(self.seed, progress).then_some(SPEAKER)
    }

    fn commands(&mut self, meeting: &Meeting, now: Timestamp, cues: &mut Vec<Cue>) {
        let over = self.play.as_ref().filter(|p| p.scene() == Scene::Over).map(|p| p.asker);
        for (who, part) in self.parts.iter_mut().enumerate() {
            if part.gone {
                continue;
            }
            if part.leave_at.is_some_and(|at| at <= now) {
                part.gone = true;
                part.speaking = false;
                cues.push(Cue::Leave(who));
                continue;
            }
            let command = part.ask(meeting, now, self.pace, over == Some(who));
            cues.extend(command.map(|command| Cue::Command(who, command)));
        }
    }

    /// Others support a hand after they have read its topic.
    fn support(&mut self, meeting: &Meeting, now: Timestamp, cues: &mut Vec<Cue>) {
        for hand in meeting.queue() {
            let Some(owner) = self.parts.iter().position(|p| p.id == hand.participant) else { continue };
            if hand.id <= self.last_hand {
                continue;
            }
            for (who, part) in self.parts.iter().enumerate() {
                let words = [5, owner as u64, u64::from(self.parts[owner].raises), who as u64];
                let mut dice = dice(self.seed, &words);
                let after = between(&mut dice, 1_200, 9_000);
                if who != owner && part.person.role == Role::Attendee && between(&mut dice, 0, 99).0 < 20 {
                    self.supports.push((now.plus(self.pace.wait(after)), who, hand.id));
                }
            }
        }
        self.last_hand =
            meeting.queue().iter().map(|h| h.id).max().max(Some(self.last_hand)).unwrap_or_default();
        let parts = &self.parts;
        self.supports.retain(|&(at, who, hand)| {
            if at > now {
                return true;
            }
            if meeting.hand(hand).is_some() && parts[who].is_here(meeting) {
                cues.push(Cue::Command(who, Command::Support { hand, on: true }));
            }
            false
        });
    }
}

impl Talk {
    /// Whether the speaker says something now, as time goes on by `progress`.
    fn goes_on(&mut self, seed: u64, progress: Millis) -> bool {
        if self.sentences == Millis::ZERO && self.breath == Millis::ZERO {
            self.nth += 1;
            let mut dice = dice(seed, &[6, self.nth]);
            self.sentences = between(&mut dice, 5_000, 11_000);
            self.breath = between(&mut dice, 400, 900);
        }
        let speaks = self.sentences > Millis::ZERO;
        if speaks {
            self.sentences = self.sentences.minus(progress);
        } else {
            self.breath = self.breath.minus(progress);
        }
        speaks
    }
}
