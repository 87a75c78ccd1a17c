//! The minutes of a meeting.

use palco::meeting::{Command, Event, HandKind, Millis, Recorded, Role, Seq};
use palco::minutes::{Form, Minutes, Timeline};

use super::hall::{ANA, BRUNO, CARLA, DARIO, HOST, Hall, mins};

const HOUR: i32 = 3_600;

/// An hour in which everything happens that minutes tell of.
fn monday() -> Hall {
    let mut hall = Hall::open_with(&[("Talk", 25), ("Questions *and* answers", 20), ("Wrap up", 5)]);
    for (id, name) in [(ANA, "Ana"), (BRUNO, "<b>Bruno</b>"), (CARLA, "Carla"), (DARIO, "Dario @all")] {
        hall.join(id, name);
    }
    hall.set_role(ANA, Role::Speaker);
    hall.ok(HOST, Command::Start);
    spoke(&mut hall, ANA, mins(24));
    hall.wait(mins(25));
    let first = hall.meeting.item().map(|item| item.id);
    hall.ok(HOST, Command::NextItem { current: first });
    hall.raise(BRUNO, "Fax over T.38, really?");
    let carla = hall.raise(CARLA, "[click](http://evil.example) | `rm`");
    hall.ok(ANA, Command::Support { hand: carla, on: true });
    hall.next();
    hall.wait(Millis(90_000));
    hall.next();
    spoke(&mut hall, CARLA, Millis(61_000));
    hall.wait(Millis(120_000));
    hall.done();
    hall.raise(DARIO, "Licences");
    hall.ok(HOST, Command::ProposeExtension { by: mins(10) });
    let proposal = hall.meeting.proposal().unwrap().id;
    hall.ok(ANA, Command::Vote { proposal, yes: true });
    hall.ok(BRUNO, Command::Vote { proposal, yes: true });
    hall.ok(CARLA, Command::Vote { proposal, yes: false });
    hall.ok(HOST, Command::Extend { by: mins(10) });
    hall.wait(mins(5));
    hall
}

fn spoke(hall: &mut Hall, participant: palco::meeting::ParticipantId, spoken: Millis) {
    let recorded = Recorded {
        seq: Seq(hall.meeting.seq().0 + 1),
        at: hall.now,
        by: None,
        event: Event::Spoke { participant, spoken },
    };
    hall.meeting.apply(&recorded);
    hall.log.push(recorded);
}

fn minutes(hall: &Hall) -> Minutes {
    Minutes::of("monday", &hall.log)
}

#[test]
fn a_monday_is_written_down_in_english_and_in_italian() {
    let mut hall = monday();
    hall.ok(HOST, Command::End);
    let minutes = minutes(&hall);
    insta::with_settings!({ snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!("minutes_en", Form::english().write(&minutes, HOUR).unwrap());
        insta::assert_snapshot!("minutes_it", Form::italian().write(&minutes, HOUR).unwrap());
        insta::assert_snapshot!("minutes_json", serde_json::to_string_pretty(&minutes).unwrap());
    });
}

#[test]
fn what_goes_on_still_has_minutes_up_to_now() {
    let mut hall = monday();
    hall.next();
    hall.wait(Millis(30_000));
    hall.raise(ANA, "One more");
    let minutes = minutes(&hall);
    assert_eq!(minutes.ended_at, None);
    let on = minutes.asked.last().unwrap();
    assert_eq!((on.topic.as_str(), on.length), ("Licences", Millis(30_000)));
    assert_eq!(minutes.waiting.len(), 1);
    let empty = Minutes::of("monday", &[]);
    for form in [Form::english(), Form::italian()] {
        assert!(form.write(&minutes, 0).unwrap().contains("Licences"));
        assert!(form.write(&empty, 0).unwrap().contains("monday"));
    }
}

#[test]
fn a_turn_of_somebody_who_did_not_answer_is_none() {
    let mut hall = Hall::live();
    hall.raise(ANA, "A");
    hall.raise(BRUNO, "B");
    let turn = hall.next();
    hall.ok(HOST, Command::NotThere { turn });
    hall.next();
    hall.wait(mins(1));
    let turn = hall.meeting.turn().unwrap().id;
    hall.ok(HOST, Command::Interrupt { turn });
    let asked: Vec<_> = minutes(&hall).asked.iter().map(|a| (a.topic.clone(), a.length)).collect();
    assert_eq!(asked, [("B".to_owned(), mins(1))], "and an interrupted one is a turn");
}

#[test]
fn a_template_of_ones_own_has_every_fact_and_its_name_says_how_words_are_escaped() {
    let mut hall = monday();
    hall.raise(BRUNO, "1 < 2");
    let minutes = minutes(&hall);
    let write = |name: &str, source: &str| Form::new(name, source).write(&minutes, 0).unwrap();
    let source = "{% for a in waiting %}{{ a.name }}: {{ a.topic }};{% endfor %}";
    assert!(write("m.html", source).contains("&lt;b&gt;Bruno"), "{}", write("m.html", source));
    assert!(write("m.txt", source).contains("<b>Bruno</b>: 1 < 2"));
    assert!(write("m.md", source).contains(r"&lt;b>Bruno&lt;/b>: 1 &lt; 2"));
    assert_eq!(write("m.txt", "{{ kind_of_thing|default('none') }}"), "none");
}

#[test]
fn a_template_that_is_wrong_says_where() {
    let minutes = Minutes::of("monday", &[]);
    let why = |source: &str| Form::new("m.md", source).write(&minutes, 0).unwrap_err().to_string();
    assert!(why("\n{% for a in %}").contains("line 2"), "{}", why("\n{% for a in %}"));
    assert!(why("{{ titel }}").contains("undefined"), "{}", why("{{ titel }}"));
    assert!(why("{{ title|shout }}").contains("shout"), "{}", why("{{ title|shout }}"));
}

#[test]
fn a_kind_is_told_unless_it_is_a_question() {
    let mut hall = Hall::live();
    hall.ok(ANA, Command::Raise { topic: "Time!".into(), kind: HandKind::PointOfOrder });
    hall.next();
    let text = Form::english().write(&minutes(&hall), 0).unwrap();
    assert!(text.contains("Time! (point of order)"), "{text}");
}

#[test]
fn a_vote_is_told_where_the_recording_has_it() {
    let mut hall = monday();
    hall.ok(HOST, Command::End);
    let minutes = minutes(&hall);
    let (start, at) = (minutes.started_at.unwrap(), minutes.votes[0].at.unwrap());
    let of = |from: u64, length: u64| {
        let timeline = Timeline::new([(start.plus(mins(from)), mins(length))]);
        minutes.clone().in_recording(&timeline, &[], Some("https://meet.example.org"))
    };
    let there = of(20, 30);
    let place = &there.votes[0].place;
    assert_eq!(place.recorded, Some(at.minus(mins(20))), "the recording began after 20 min");
    let link = format!("]({}) · Stefano proposed", place.link.as_ref().unwrap());
    let text = Form::english().write(&there, 0).unwrap();
    assert!(text.contains(&link), "{text}");
    let away = of(0, 10);
    assert_eq!(away.votes[0].place.recorded, None);
    assert!(Form::english().write(&away, 0).unwrap().contains("- not recorded · Stefano proposed"));
    assert!(Form::italian().write(&away, 0).unwrap().contains("- non registrata · Stefano ha proposto"));
}
