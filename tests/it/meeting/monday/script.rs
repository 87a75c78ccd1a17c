//! Who comes on a Monday, and what they do.

use palco::meeting::{
    Command, Event, HandKind, Millis, ParticipantId, Phase, Presence, Role, RoundOrder, SeatId, TurnId,
};
use rand::Rng as _;
use rand::seq::SliceRandom as _;

use super::super::hall::{HOST, mins, person};
use super::stagehand::Monday;

const COHOST: ParticipantId = person(2);
const SPEAKER: ParticipantId = person(3);

/// Those who are there when the round begins, but two who are late.
const ROUND: std::ops::Range<u8> = 10..22;

/// Of those in the round: come during it.
const LATE: [ParticipantId; 2] = [person(20), person(21)];

/// Of those in the round: loses the link before it is their turn, and stays away.
const GONE: ParticipantId = person(15);

/// Come for the talk.
const GUESTS: std::ops::Range<u8> = 30..48;

/// Hands that go up, all in all.
const HANDS: usize = 30;

/// How long each one has in the round.
const EACH: Millis = Millis::from_secs(60);

pub(super) fn begin(monday: &mut Monday) {
    monday.hall = super::super::hall::Hall::open_with(&[("Round", 10), ("Talk", 25), ("Questions", 25)]);
    monday.must(HOST, Command::Prepare);
    join_later(monday, COHOST, Millis::from_secs(10));
    join_later(monday, SPEAKER, Millis::from_secs(20));
    monday.later(Millis::from_secs(30), |m| {
        m.must(HOST, Command::SetRole { participant: COHOST, role: Role::Cohost });
        m.must(HOST, Command::SetRole { participant: SPEAKER, role: Role::Speaker });
        m.must(SPEAKER, Command::StepUp);
        m.must(SPEAKER, Command::Unmute);
    });
    for who in ROUND.map(person).filter(|p| !LATE.contains(p)) {
        let delay = monday.secs(40, 290);
        join_later(monday, who, delay);
    }
    monday.later(mins(5), doors);
    monday.later(Millis::ZERO, every_minute);
}

fn join_later(monday: &mut Monday, who: ParticipantId, delay: Millis) {
    monday.later(delay, move |m| {
        let name = format!("Person {}", who.0[0]);
        let join = m.hall.joining(&name);
        m.must(who, join);
    });
}

fn every_minute(monday: &mut Monday) {
    let now = monday.now();
    let meeting = monday.hall.meeting.clone();
    monday.watch.minute(&meeting, now);
    if !monday.is(Phase::Ended) {
        monday.later(mins(1), every_minute);
    }
}

/// The doors open, and the round begins.
fn doors(monday: &mut Monday) {
    monday.must(HOST, Command::Start);
    let orders = [RoundOrder::Arrival, RoundOrder::Name, RoundOrder::Random];
    let order = orders[monday.chance.random_range(0..orders.len())];
    monday.later(Millis::from_secs(20), move |m| {
        m.must(HOST, Command::StartRound { order, each: EACH, seed: None });
    });
    for who in LATE {
        let delay = monday.secs(60, 240);
        join_later(monday, who, delay);
    }
    monday.later(Millis::from_secs(25), |m| lose_link(m, GONE));
}

fn lose_link(monday: &mut Monday, who: ParticipantId) {
    let seats: Vec<SeatId> = monday
        .meeting()
        .participant(who)
        .map(|p| p.seats().iter().map(|s| s.id).collect())
        .unwrap_or_default();
    for seat in seats {
        monday.server(&Command::CloseSeat { seat });
    }
}

/// What people do when they see something happen.
pub(super) fn follow(monday: &mut Monday, event: &Event) {
    match event {
        Event::RoundTurnStarted { participant } => introduce(monday, *participant),
        Event::RoundEnded => monday.later(Millis::from_secs(10), talk),
        Event::Called { turn, participant, .. } => ask_question(monday, *turn, *participant),
        Event::Ended => go_home(monday),
        _ => {}
    }
}

fn introduce(monday: &mut Monday, who: ParticipantId) {
    let length = monday.secs(15, 75);
    let passes = monday.chance.random_bool(0.1);
    speak(monday, who, length.min(EACH));
    monday.later(if passes { Millis::from_secs(3) } else { length }, move |m| {
        if m.meeting().round().is_some_and(|r| r.is_speaker(who)) {
            let over = if passes {
                Command::RoundPass { participant: who }
            } else {
                Command::RoundDone { current: Some(who) }
            };
            m.must(who, over);
        }
        // Only the one who is gone is left: nobody waits for them.
        m.later(Millis::from_secs(5), |m| {
            if m.meeting().round().is_some_and(|r| r.speaker.is_none()) {
                m.ask(HOST, Command::EndRound);
            }
        });
    });
}

/// Speech is measured while the microphone is open.
fn speak(monday: &mut Monday, who: ParticipantId, left: Millis) {
    const PIECE: Millis = Millis::from_secs(10);
    let piece = left.min(PIECE);
    if piece == Millis::ZERO {
        return;
    }
    monday.later(piece, move |m| {
        if m.meeting().participant(who).is_some_and(|p| p.mic() == palco::meeting::Mic::Live) {
            m.server(&Command::RecordSpeech { participant: who, spoken: piece });
            speak(m, who, left.minus(piece));
        }
    });
}

/// The talk; guests come and hands go up while it is on.
fn talk(monday: &mut Monday) {
    let current = monday.meeting().item().map(|i| i.id);
    monday.must(HOST, Command::NextItem { current });
    monday.must(SPEAKER, Command::Unmute);
    let length = monday.secs(22 * 60, 27 * 60);
    speak(monday, SPEAKER, length);
    for who in GUESTS.map(person) {
        let delay = monday.secs(0, 600);
        join_later(monday, who, delay);
    }
    let mut askers: Vec<_> = ROUND.chain(GUESTS).map(person).filter(|p| *p != GONE).collect();
    askers.shuffle(&mut monday.chance);
    for (n, who) in askers.into_iter().cycle().take(HANDS).enumerate() {
        let delay = monday.secs(620, length.as_secs());
        monday.later(delay, move |m| raise(m, who, n));
    }
    monday.later(length, |m| {
        m.must(SPEAKER, Command::Mute);
        let current = m.meeting().item().map(|i| i.id);
        m.must(HOST, Command::NextItem { current });
        let cut = m.secs(120, 1_200);
        m.later(cut, cut_off);
        m.later(Millis::from_secs(5), chair);
    });
}

fn raise(monday: &mut Monday, who: ParticipantId, n: usize) {
    // Who has a hand up already comes back with the next question.
    if monday.meeting().hand_of(who).is_some() {
        let delay = monday.secs(60, 120);
        return monday.later(delay, move |m| raise(m, who, n));
    }
    let kind = if n % 10 == 9 { HandKind::Reply } else { HandKind::Question };
    monday.ask(who, Command::Raise { topic: format!("Question {n}"), kind });
    let others: Vec<_> = GUESTS.map(person).collect();
    let other = others[monday.chance.random_range(0..others.len())];
    if let Some(hand) = monday.meeting().hand_of(who).map(|h| h.id) {
        monday.ask(other, Command::Support { hand, on: true });
    }
}

/// The host's link is cut for a minute.
fn cut_off(monday: &mut Monday) {
    lose_link(monday, HOST);
    join_later(monday, HOST, mins(1));
}

/// Whoever is in charge calls one after the other, and looks at the clock.
fn chair(monday: &mut Monday) {
    if monday.is(Phase::Ended) {
        return;
    }
    look_at_the_clock(monday);
    if monday.meeting().turn().is_none() && !monday.meeting().queue().is_empty() {
        in_charge(monday, &Command::Next { current: None });
    }
    let pause = monday.secs(1, 2);
    monday.later(pause, chair);
}

fn in_charge(monday: &mut Monday, command: &Command) -> bool {
    [HOST, COHOST].into_iter().any(|who| {
        let is_here = monday.meeting().participant(who).is_some_and(|p| p.is_here());
        is_here && monday.ask(who, command.clone())
    })
}

fn ask_question(monday: &mut Monday, turn: TurnId, who: ParticipantId) {
    let length = monday.secs(90, 150);
    speak(monday, who, length);
    monday.later(length, move |m| {
        if m.meeting().turn().is_some_and(|t| t.id == turn) {
            m.must(who, Command::Done { turn });
        }
    });
}

/// Ten minutes before the end somebody proposes more time and all vote; when time is up the meeting lands.
fn look_at_the_clock(monday: &mut Monday) {
    let now = monday.now();
    let (remaining, planned) = (monday.meeting().clock().remaining(now), monday.meeting().clock().planned);
    let first = planned == mins(60);
    if first && remaining < mins(10) && monday.meeting().proposal().is_none() {
        let asker = GUESTS.map(person).next().unwrap_or(COHOST);
        monday.must(asker, Command::ProposeExtension { by: mins(15) });
        let Some(proposal) = monday.meeting().proposal().map(|p| p.id) else { return };
        for who in GUESTS.map(person).skip(1) {
            let yes = monday.chance.random_bool(0.8);
            monday.must(who, Command::Vote { proposal, yes });
        }
        in_charge(monday, &Command::Extend { by: mins(15) });
    }
    if remaining == Millis::ZERO && monday.is(Phase::Live) {
        in_charge(monday, &Command::Close);
    }
}

/// After the meeting some stay and talk with each other.
fn go_home(monday: &mut Monday) {
    for who in ROUND.chain(GUESTS).map(person) {
        let (stays, delay) = (monday.chance.random_bool(0.3), monday.secs(5, 300));
        monday.later(delay, move |m| {
            let here =
                m.meeting().participant(who).is_some_and(|p| matches!(p.presence, Presence::Here { .. }));
            if here && stays {
                m.must(who, Command::StepUp);
                m.must(who, Command::Unmute);
            } else if here {
                m.must(who, Command::Leave);
            }
        });
    }
}

/// What a Monday has to have had.
pub(super) fn end(monday: &mut Monday) {
    let watch = &mut monday.watch;
    let (called, round, acting, after) = (watch.called, watch.round_turns, watch.acting, watch.after);
    watch.check(called >= HANDS - 2, &format!("only {called} were called"));
    watch.check(round >= ROUND.len() - 1, &format!("only {round} turns in the round"));
    watch.check(acting == 1, &format!("{acting} acting hosts"));
    watch.check(after > 0, "nobody talked afterwards");
    let left = monday.hall.meeting.queue().len();
    monday.watch.check(left == 0, &format!("{left} hands were not heard"));
}
