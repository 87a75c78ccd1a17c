//! The chapters of a meeting's recording.

use palco::meeting::{Command, Event, Millis, ParticipantId, Recorded, Role, RoundOrder, Seq, Timestamp};
use palco::minutes::{Chapter, ChapterKind, Timeline, chapters, credits};
use proptest::prelude::*;

use super::arbitrary::recorded;
use super::hall::{ANA, BRUNO, CARLA, DARIO, HOST, Hall, mins};

const START: Command = Command::StartRecording { without_host: false, tracks: false };

fn consent(hall: &mut Hall, people: &[ParticipantId]) {
    for who in people {
        hall.ok(*who, Command::Consent { yes: true, text: "Do you agree?".into(), tracks: false });
    }
}

/// Where and what, with who: `1:00 turn Ana: Fax`.
fn lines(chapters: &[Chapter]) -> Vec<String> {
    let line = |c: &Chapter| {
        let secs = c.position.as_secs();
        let kind = format!("{:?}", c.kind).to_lowercase();
        let who = c.who.as_ref().map(|who| format!("{who}: ")).unwrap_or_default();
        format!("{}:{:02} {kind} {who}{}", secs / 60, secs % 60, c.title)
    };
    chapters.iter().map(line).collect()
}

/// One part from the start of the meeting for so long.
fn whole(hall: &Hall, length: Millis) -> Timeline {
    Timeline::new([(hall.meeting.clock().started_at.unwrap(), length)])
}

#[test]
fn everything_that_begins_has_a_chapter() {
    let mut hall = Hall::open_with(&[("Talk", 25), ("Questions", 20)]);
    for (id, name) in [(ANA, "Ana"), (BRUNO, "Bruno"), (CARLA, "Carla")] {
        hall.join(id, name);
    }
    hall.set_role(CARLA, Role::Listener);
    hall.ok(HOST, Command::Start);
    hall.ok(HOST, START);
    consent(&mut hall, &[ANA, BRUNO]);
    hall.wait(mins(1));
    hall.ok(HOST, Command::StartRound { order: RoundOrder::Arrival, each: mins(3), seed: None });
    for who in [HOST, ANA] {
        hall.wait(mins(1));
        hall.ok(HOST, Command::RoundDone { current: Some(who) });
    }
    hall.ok(BRUNO, Command::RoundPass { participant: BRUNO });
    hall.wait(mins(1));
    let item = hall.meeting.item().map(|item| item.id);
    hall.ok(HOST, Command::NextItem { current: item });
    hall.wait(mins(1));
    hall.raise(BRUNO, "Fax over T.38, really?");
    hall.next();
    hall.wait(mins(1));
    hall.done();
    hall.ok(BRUNO, Command::Rename { name: "Bruno B.".into() });
    hall.ok(HOST, Command::End);
    let found = chapters(&hall.log, &whole(&hall, mins(6)));
    assert_eq!(
        lines(&found),
        [
            "0:00 item Talk",
            "1:00 round Stefano: Stefano",
            "2:00 round Ana: Ana",
            "4:00 item Questions",
            "5:00 turn Bruno B.: Fax over T.38, really?",
        ]
    );
}

#[test]
fn what_is_not_in_the_recording_has_none() {
    let mut hall = Hall::live();
    hall.raise(ANA, "Before it");
    hall.next();
    hall.wait(mins(1));
    let started = hall.now;
    hall.ok(HOST, START);
    consent(&mut hall, &[CARLA]);
    hall.wait(mins(1));
    for (who, topic) in [(BRUNO, "Off"), (CARLA, "On"), (DARIO, "Late")] {
        hall.ok(who, Command::OffRecord { participant: Some(who), on: who == BRUNO });
        hall.raise(who, topic);
        hall.next();
        hall.wait(mins(1));
    }
    consent(&mut hall, &[DARIO]);
    hall.wait(mins(1));
    hall.done();
    let found = |parts: &[(Timestamp, Millis)]| lines(&chapters(&hall.log, &Timeline::new(parts.to_vec())));
    let all = ["0:00 opening From analog lines", "2:00 turn Carla: On", "4:00 turn Dario: Late"];
    assert_eq!(found(&[(started, mins(5))]), all, "who began it heard Ana, and the recording did not");
    assert!(found(&[]).is_empty());
    // Carla's turn was struck as a whole, then only its begin.
    let (carla, dario) = (started.plus(mins(2)), started.plus(mins(4)));
    assert_eq!(found(&[(started, mins(2)), (carla.plus(mins(1)), mins(2))])[1..], ["3:00 turn Dario: Late"]);
    let most = [(started, mins(2)), (carla.plus(Millis(10_000)), mins(2))];
    assert_eq!(found(&most)[1], "2:00 turn Carla: On");
    assert_eq!(found(&[(dario, mins(1))]), ["0:00 turn Dario: Late"], "and says more than the opening");
}

#[test]
fn off_the_record_nothing_begins() {
    let mut hall = Hall::open_with(&[("Talk", 25), ("Secrets", 5), ("Wrap up", 5)]);
    hall.ok(HOST, Command::Start);
    hall.ok(HOST, START);
    for on in [true, false] {
        hall.wait(mins(10));
        hall.ok(HOST, Command::OffRecord { participant: None, on });
        let item = hall.meeting.item().map(|item| item.id);
        hall.ok(HOST, Command::NextItem { current: item });
    }
    hall.wait(mins(1));
    assert_eq!(
        lines(&chapters(&hall.log, &whole(&hall, mins(21)))),
        ["0:00 item Talk", "20:00 item Wrap up"]
    );
}

#[test]
fn a_turn_of_somebody_who_did_not_answer_has_none() {
    let mut hall = Hall::live();
    hall.ok(HOST, START);
    consent(&mut hall, &[ANA, BRUNO]);
    for (who, topic) in [(ANA, "A"), (BRUNO, "B")] {
        hall.raise(who, topic);
        hall.wait(mins(1));
    }
    let turn = hall.next();
    hall.wait(mins(1));
    hall.ok(HOST, Command::NotThere { turn });
    hall.next();
    let found = chapters(&hall.log, &whole(&hall, mins(9)));
    assert_eq!(lines(&found)[1..], ["3:00 turn Bruno: B"], "and what is on still has one");
}

/// Somebody opens their microphone, speaks for so long, and it is counted.
fn says(hall: &mut Hall, participant: ParticipantId, spoken: Millis) {
    hall.wait(spoken);
    let event = Event::Spoke { participant, spoken };
    let seq = Seq(hall.meeting.seq().0 + 1);
    let recorded = Recorded { seq, at: hall.now, by: None, event };
    hall.meeting.apply(&recorded);
    hall.log.push(recorded);
}

#[test]
fn who_is_heard_in_it_is_credited_and_nobody_else() {
    let mut hall = Hall::live();
    for who in [ANA, BRUNO, CARLA, DARIO] {
        hall.set_role(who, Role::Speaker);
        hall.ok(who, Command::StepUp);
        hall.ok(who, Command::Unmute);
    }
    hall.ok(HOST, START);
    // Ana is in it from the start, Bruno after a while, Carla never, and what Dario says is struck.
    consent(&mut hall, &[ANA, DARIO]);
    let struck = hall.now;
    says(&mut hall, DARIO, Millis(9_000));
    let kept = hall.now;
    says(&mut hall, ANA, Millis(8_000));
    says(&mut hall, CARLA, Millis(9_000));
    hall.wait(Millis(5_000));
    consent(&mut hall, &[BRUNO]);
    hall.wait(Millis(1_000));
    says(&mut hall, BRUNO, Millis(1_000));
    let timeline = Timeline::new([(kept, mins(1))]);
    assert_eq!(credits(&hall.log, &timeline), ["Ana"], "what Bruno said may have been before his yes");
    says(&mut hall, BRUNO, Millis(9_500));
    assert_eq!(credits(&hall.log, &timeline), ["Bruno", "Ana"]);
    assert_eq!(credits(&hall.log, &Timeline::new([(struck, mins(1))])), ["Bruno", "Dario", "Ana"]);
    assert!(credits(&hall.log, &Timeline::default()).is_empty());
}

proptest! {
    /// Whatever happened and whatever of it was recorded.
    #[test]
    fn they_are_in_order_and_within(
        events in prop::collection::vec(recorded(), 0..80),
        parts in prop::collection::vec((0u64..200_000, 0u64..90_000), 0..5),
    ) {
        let parts = parts.into_iter().map(|(started, length)| (Timestamp(started), Millis(length)));
        let timeline = Timeline::new(parts);
        let found = chapters(&events, &timeline);
        prop_assert!(found.windows(2).all(|two| two[0].position < two[1].position));
        prop_assert!(found.iter().all(|c| c.position < timeline.length()));
        prop_assert_eq!(found.is_empty(), timeline.length() == Millis::ZERO);
        prop_assert!(found.iter().all(|c| c.who.is_some() == (c.kind >= ChapterKind::Round) || c.title.is_empty()));
    }
}
