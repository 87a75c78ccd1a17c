//! Warnings, votes, the landing and the after-meeting, as a console shows them.

use palco::meeting::{Actor, Command, HandKind, ItemId, Millis, PUSH, ProposalId};
use palco::tui::{Effect, Language, Msg, Setup};

use super::paint::{draw, text};
use super::scene::{ANA, BRUNO, Console, FRANCA, HOST, Scene};
use super::screens::setup;

const SIZES: [(u16, u16); 4] = [(120, 36), (80, 24), (40, 12), (20, 5)];

fn screen(console: &Console, size: (u16, u16)) -> String {
    text(&draw(&console.model, console.scene.now, size).0)
}

fn started() -> Scene {
    let mut scene = Scene::scheduled();
    scene.ask(HOST, Command::Start);
    scene
}

/// Time goes by, a look every second as the clock shows it.
fn warnings(console: &mut Console, secs: u64) -> Vec<String> {
    let mut said = Vec::new();
    for _ in 0..secs {
        console.scene.wait(1);
        console.tell(Msg::Tick);
        said.extend(console.take().into_iter().filter_map(|e| match e {
            Effect::Notify(text) => Some(text),
            _ => None,
        }));
    }
    said
}

#[test]
fn each_warning_is_given_once() {
    let mut bruno = Console::of(started(), BRUNO, setup());
    let item =
        ["“Introductions”: 5 min left.", "“Introductions”: 1 min left.", "“Introductions”: time is up."];
    assert_eq!(warnings(&mut bruno, 12 * 60), item);
    assert_eq!(warnings(&mut bruno, 38 * 60), ["10 minutes left."]);
    bruno.snapshot();
    assert_eq!(warnings(&mut bruno, 60), [] as [&str; 0], "nothing twice after a reconnect");
    assert_eq!(warnings(&mut bruno, 4 * 60), ["5 minutes left."]);
    bruno.happens(HOST, Command::Extend { by: Millis::from_mins(5) });
    assert_eq!(warnings(&mut bruno, 5 * 60), ["5 minutes left."], "for the new end");
    let end = warnings(&mut bruno, 5 * 60);
    assert_eq!(end, ["1 minute left.", "The planned time is over."]);
    assert!(screen(&bruno, (80, 24)).contains("The planned time is over."));
    let late = Console::of(bruno.scene.clone(), ANA, setup());
    assert_eq!(warnings(&mut { late }, 60), [] as [&str; 0], "whoever comes late sees it on the clock");
}

#[test]
fn the_limit_is_counted_down_to_and_pushed_away_by_one_key() {
    let mut scene = started();
    scene.wait(99 * 60);
    let mut host = Console::of(scene.clone(), HOST, setup());
    let mut bruno = Console::of(scene, BRUNO, setup());
    assert_eq!(warnings(&mut host, 60), ["The queue closes by itself in 5 min; T pushes that away."]);
    assert_eq!(warnings(&mut bruno, 60), ["The queue closes by itself in 5 min."]);
    // until the message has gone, which takes the smallest screen's rows
    assert_eq!(warnings(&mut bruno, 10), [] as [&str; 0]);
    for size in SIZES {
        assert!(screen(&bruno, size).contains("lands in 04:50"), "{size:?}");
    }
    host.press("T");
    assert_eq!(host.commands(), [Command::PushLimit { by: PUSH }]);
    host.happens(HOST, Command::PushLimit { by: PUSH });
    assert!(!screen(&host, (80, 24)).contains("lands in"));
}

#[test]
fn people_vote_by_key_and_the_host_grants_by_key() {
    let mut bruno = Console::of(started(), BRUNO, setup());
    bruno.press("W2");
    assert_eq!(bruno.commands(), [Command::ProposeExtension { by: Millis::from_mins(10) }]);
    bruno.happens(ANA, Command::ProposeExtension { by: Millis::from_mins(10) });
    assert!(screen(&bruno, (80, 24)).contains("+10 min? Press 1 for yes, 0 for no · Ana proposes"));
    bruno.press("0");
    let vote = |yes| Command::Vote { proposal: ProposalId(1), yes };
    assert_eq!(bruno.commands(), [vote(false)]);
    bruno.happens(BRUNO, vote(false));
    assert!(!screen(&bruno, (80, 24)).contains("Press 1"));
    assert!(screen(&bruno, (80, 24)).contains("+10 min? 1 yes, 1 no"));
    bruno.press("1");
    assert_eq!(bruno.commands(), [vote(true)]);
    let mut host = Console::of(bruno.scene, HOST, setup());
    host.press("e");
    assert!(screen(&host, (80, 24)).contains("10 minutes (1 yes, 1 no)"));
    host.press("<enter>");
    assert_eq!(host.commands(), [Command::Extend { by: Millis::from_mins(10) }]);
    host.press("C");
    assert_eq!(host.commands(), [Command::DismissProposal { proposal: ProposalId(1) }]);
    host.press("t2");
    assert_eq!(host.commands(), [Command::Borrow { current: ItemId(1), by: Millis::from_mins(2) }]);
}

/// What a landing looks like, step by step.
fn steps(language: Language) -> Vec<(&'static str, Console)> {
    let setup = || Setup { language, ..setup() };
    let mut all = Vec::new();
    let mut vote = started();
    vote.wait(50 * 60);
    vote.raise(BRUNO, "One", HandKind::Question);
    vote.ask(ANA, Command::ProposeExtension { by: Millis::from_mins(10) });
    all.push(("time-vote", Console::of(vote.clone(), BRUNO, setup())));
    let mut limit = vote.clone();
    limit.wait(52 * 60);
    all.push(("time-limit", Console::of(limit, HOST, setup())));
    let mut landing = vote;
    landing.ask(HOST, Command::Close);
    all.push(("time-to-speak", Console::of(landing.clone(), HOST, setup())));
    landing.ask(BRUNO, Command::Lower);
    landing.by(Actor::Server, &Command::Tick);
    landing.wait(20);
    all.push(("time-last-words", Console::of(landing.clone(), ANA, setup())));
    landing.wait(100);
    landing.by(Actor::Server, &Command::Tick);
    all.push(("time-open-floor", Console::of(landing.clone(), ANA, setup())));
    all.push(("time-open-floor-listener", Console::of(landing, FRANCA, setup())));
    all
}

#[test]
fn a_landing_step_by_step() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    for (language, word) in [(Language::En, "en"), (Language::It, "it")] {
        for (name, console) in steps(language) {
            let shown: Vec<_> = SIZES.map(|size| screen(&console, size)).to_vec();
            insta::assert_snapshot!(format!("{name}-{word}"), shown.join("\n"));
        }
    }
}

#[test]
fn after_the_meeting_a_microphone_opens_by_its_own_key() {
    let steps = steps(Language::En);
    let (_, mut ana) = steps.into_iter().find(|(name, _)| *name == "time-open-floor").expect("step");
    ana.press("m");
    assert_eq!(ana.commands(), [Command::StepUp, Command::Unmute]);
    ana.press("r");
    assert_eq!(ana.commands(), []);
}
