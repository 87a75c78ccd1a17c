//! Keeping order from the keyboard, and who hosts meanwhile.

use palco::meeting::{Actor, Command, HOST_GRACE, Millis, ParticipantId, Role};
use palco::tui::{Depth, Language, Setup, Symbols, Theme};
use palco::wire::ServerMessage;

use super::paint::{draw, text};
use super::scene::{ANA, BRUNO, Console, DANIELA, HOST, ILARIO, SPEAKER, Scene};
use super::screens::setup;

fn console(who: ParticipantId, language: Language) -> Console {
    Console::of(Scene::live(), who, Setup { language, ..setup() })
}

/// Both languages, and what a terminal without colours and line characters shows.
fn setups() -> [(Setup, &'static str); 3] {
    let theme = Theme::named("mono").expect("theme");
    [
        (Setup { language: Language::En, ..setup() }, "en"),
        (Setup { language: Language::It, ..setup() }, "it"),
        (Setup { theme, depth: Depth::None, symbols: Symbols::Ascii, ..setup() }, "mono"),
    ]
}

fn screen(console: &Console) -> String {
    text(&draw(&console.model, console.scene.now, (80, 24)).0)
}

/// The server's own doing, as it reaches this console.
fn by_server(console: &mut Console, command: &Command) {
    for recorded in console.scene.by(Actor::Server, command) {
        console.hear(ServerMessage::Event(Box::new(recorded)));
    }
}

/// The host's link dies, and 30 s pass.
fn without_host(console: &mut Console) {
    let seats: Vec<_> = console.scene.meeting.participant(HOST).expect("host").seats().to_vec();
    for seat in seats {
        by_server(console, &Command::CloseSeat { seat: seat.id });
    }
    console.scene.now = console.scene.now.plus(HOST_GRACE);
    by_server(console, &Command::Tick);
}

/// To the list of people, and down to Bruno.
const TO_BRUNO: &str = "<tab><tab>jjjjjjj";

#[test]
fn acts_on_others_name_their_object_and_no_is_the_default() {
    for (keys, question, command) in [
        (
            "Xtoo loud<enter>",
            "Remove Bruno from the meeting? “too loud”",
            Command::Remove { participant: BRUNO, why: Some("too loud".into()) },
        ),
        ("X<enter>", "Remove Bruno from the meeting?", Command::Remove { participant: BRUNO, why: None }),
        (
            "Z2",
            "Ban Bruno for 1 hour?",
            Command::Ban { participant: BRUNO, length: Some(Millis::from_mins(60)), why: None },
        ),
        ("Z5", "Ban Bruno for good?", Command::Ban { participant: BRUNO, length: None, why: None }),
        (
            "N Two<enter>",
            "Change the name of Bruno to Bruno Two?",
            Command::RenameOther { participant: BRUNO, name: "Bruno Two".into() },
        ),
        (
            "Y",
            "Hand the meeting over to Bruno? You stay as cohost.",
            Command::HandOver { participant: BRUNO },
        ),
        ("F", "Hold everybody's microphone in", Command::HoldAll { on: true }),
        (":lock<enter>", "Lock “From analog lines to full VoIP”?", Command::Lock { on: true }),
        (
            ":ban bruno 10m spam<enter>",
            "Ban Bruno for 10 minutes? “spam”",
            Command::Ban {
                participant: BRUNO,
                length: Some(Millis::from_mins(10)),
                why: Some("spam".into()),
            },
        ),
        (":hold all<enter>", "Hold everybody's microphone in", Command::HoldAll { on: true }),
        (
            ":hand-over bruno<enter>",
            "Hand the meeting over to Bruno?",
            Command::HandOver { participant: BRUNO },
        ),
    ] {
        let mut host = console(HOST, Language::En);
        host.press(TO_BRUNO);
        host.press(keys);
        let shown = screen(&host);
        assert!(shown.contains(question) && shown.contains("› No"), "{keys}\n{shown}");
        let mut sure = Console::of(host.scene.clone(), HOST, setup());
        sure.press(TO_BRUNO);
        sure.press(keys);
        host.press("<enter>");
        assert_eq!(host.commands(), [], "{keys}");
        sure.press("y");
        assert_eq!(sure.commands(), [command], "{keys}");
    }
}

#[test]
fn what_was_done_is_taken_back() {
    let mut host = console(HOST, Language::En);
    host.happens(HOST, Command::HoldAll { on: true });
    host.press("F");
    assert_eq!(host.commands(), [Command::HoldAll { on: false }]);
    host.happens(HOST, Command::Lock { on: true });
    host.press(":unlock<enter>");
    assert!(screen(&host).contains("Unlock “From analog lines to full VoIP”?"));
    host.press("y");
    assert_eq!(host.commands(), [Command::Lock { on: false }]);
    host.press(":bans<enter>");
    assert!(screen(&host).contains("Nobody is banned."));
    host.happens(HOST, Command::Ban { participant: BRUNO, length: None, why: Some("Spam".into()) });
    host.press(":bans<enter>");
    assert!(screen(&host).contains("Bruno · until it is lifted · Stefano P. · Spam"), "{}", screen(&host));
    host.press("1");
    assert!(screen(&host).contains("Let Bruno in again?"));
    host.press("y");
    assert_eq!(host.commands(), [Command::Unban { participant: BRUNO }]);
    host.press(":unban bru<enter>y");
    assert_eq!(host.commands(), [Command::Unban { participant: BRUNO }]);
}

#[test]
fn everybody_is_told_and_sees_it_for_as_long_as_it_lasts() {
    let mut ana = console(ANA, Language::En);
    ana.happens(HOST, Command::HoldAll { on: true });
    ana.happens(HOST, Command::Lock { on: true });
    let shown = screen(&ana);
    assert!(shown.contains("Stefano P. holds everybody's microphone muted."), "{shown}");
    let first = shown.lines().next().unwrap();
    assert!(first.contains("all held") && first.contains("locked"), "{first}");
    ana.happens(HOST, Command::HoldAll { on: false });
    ana.happens(HOST, Command::Lock { on: false });
    let first = screen(&ana).lines().next().unwrap().to_owned();
    assert!(!first.contains("held") && !first.contains("locked"), "{first}");
    let mut ilario = console(ILARIO, Language::En);
    ilario.happens(HOST, Command::HoldAll { on: true });
    assert!(screen(&ilario).contains("A host holds your microphone muted."));
}

#[test]
fn who_is_sent_out_reads_by_whom_and_why_in_their_language() {
    let farewell = |language, command: Command| {
        let mut bruno = console(BRUNO, language);
        bruno.happens(HOST, command);
        bruno.model.farewell().unwrap_or_default().to_owned()
    };
    let remove = || Command::Remove { participant: BRUNO, why: Some("too loud".into()) };
    let ban = || Command::Ban { participant: BRUNO, length: Some(Millis::from_mins(60)), why: None };
    assert_eq!(farewell(Language::En, remove()), "Stefano P. removed you from the meeting. “too loud”");
    assert_eq!(farewell(Language::It, remove()), "Stefano P. ti ha fatto uscire dalla riunione. «too loud»");
    let banned = farewell(Language::En, ban());
    assert!(banned.starts_with("Stefano P. banned you from the room until 2025-11-17 "), "{banned}");
    let banned = farewell(Language::It, ban());
    assert!(banned.starts_with("Stefano P. ti ha escluso dalla stanza fino a 2025-11-17 "), "{banned}");
}

#[test]
fn an_acting_host_has_a_hosts_keys_until_a_host_is_back() {
    let mut speaker = console(SPEAKER, Language::En);
    without_host(&mut speaker);
    let shown = screen(&speaker);
    assert!(shown.contains("You are acting host until a host is here."), "{shown}");
    assert!(shown.contains("acting host"), "{shown}");
    speaker.press("e1");
    assert_eq!(speaker.commands(), [Command::Extend { by: Millis::from_mins(5) }]);
    for recorded in speaker.scene.join(HOST, "Stefano P.", false) {
        speaker.hear(ServerMessage::Event(Box::new(recorded)));
    }
    assert!(screen(&speaker).contains("A host is here again."));
    speaker.press("e1");
    assert_eq!(speaker.commands(), []);
    let mut ana = console(ANA, Language::En);
    without_host(&mut ana);
    assert!(screen(&ana).contains("Maurizio Bonazzi is acting host until a host is here."));
}

#[test]
fn an_owner_who_handed_over_takes_the_role_back() {
    let mut host = console(HOST, Language::En);
    host.happens(HOST, Command::HandOver { participant: BRUNO });
    assert!(screen(&host).contains("Bruno hosts the meeting now."));
    host.press("<tab><tab>gR");
    assert!(screen(&host).contains("Role of Stefano P."), "{}", screen(&host));
    host.press("1y");
    assert_eq!(host.commands(), [Command::SetRole { participant: HOST, role: Role::Host }]);
}

/// Every picture by its name.
fn pictures(setup: &Setup) -> Vec<(&'static str, Console)> {
    let host = || Console::of(Scene::live(), HOST, setup.clone());
    let mut all = Vec::new();
    let mut add = |name, mut console: Console, keys: &str| {
        console.press(keys);
        all.push((name, console));
    };
    add("why", host(), &format!("{TO_BRUNO}Xtoo loud"));
    add("remove", host(), &format!("{TO_BRUNO}Xtoo loud<enter>"));
    add("ban", host(), &format!("{TO_BRUNO}Z"));
    add("rename-other", host(), &format!("{TO_BRUNO}N"));
    add("person-menu", host(), &format!("{TO_BRUNO}<enter>"));
    add("hold-all", host(), "F");
    let mut held = host();
    held.happens(HOST, Command::HoldAll { on: true });
    held.happens(HOST, Command::Lock { on: true });
    add("held-and-locked", held, "<esc>");
    let mut bans = host();
    let length = Some(Millis::from_mins(60));
    bans.happens(HOST, Command::Ban { participant: BRUNO, length, why: Some("Spam".into()) });
    bans.happens(HOST, Command::Ban { participant: DANIELA, length: None, why: None });
    add("bans", bans, "<esc>:bans<enter>");
    let mut acting = Console::of(Scene::live(), SPEAKER, setup.clone());
    without_host(&mut acting);
    add("acting-host", acting, "");
    all
}

#[test]
fn order_is_shown_in_both_languages_and_at_narrow_width() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    for (setup, code) in setups() {
        for (name, console) in pictures(&setup) {
            for size in [(80, 24), (40, 12)] {
                let shown = text(&draw(&console.model, console.scene.now, size).0);
                assert!(code != "mono" || shown.is_ascii(), "{shown}");
                insta::assert_snapshot!(format!("order-{name}-{code}-{}x{}", size.0, size.1), shown);
            }
        }
    }
}
