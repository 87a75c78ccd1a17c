//! Keys in, commands out.

use crossterm::event::{Event as Input, KeyCode};
use palco::meeting::{Actor, Command, HandKind, Mic, Millis, Order, Participation, Role};
use palco::tui::{Binding, Connection, Effect, Keymap, Language, Msg, Setup, key_table};

use super::paint::{draw, text};
use super::scene::{ANA, BRUNO, Console, DANIELA, FRANCA, HOST, ILARIO, SPEAKER, Scene, TOMMASO, UGO};
use super::screens::setup;

fn console(who: palco::meeting::ParticipantId) -> Console {
    Console::of(Scene::live(), who, setup())
}

fn screen(console: &Console) -> String {
    text(&draw(&console.model, console.scene.now, (80, 24)).0)
}

fn footer(console: &Console) -> String {
    screen(console).lines().last().unwrap_or_default().to_owned()
}

fn hand(console: &Console, who: palco::meeting::ParticipantId) -> palco::meeting::HandId {
    console.model.meeting().hand_of(who).expect("hand").id
}

#[test]
fn the_host_runs_the_queue_with_single_keys() {
    let mut host = console(HOST);
    let current = host.model.meeting().turn().map(|t| t.id);
    host.press("n");
    assert_eq!(host.commands(), [Command::Next { current }]);
    host.press("x");
    assert_eq!(host.commands(), [Command::Done { turn: current.expect("turn") }]);
    host.press("jjc");
    assert_eq!(host.commands(), [Command::Call { hand: hand(&host, DANIELA), current }]);
    host.press("K");
    assert_eq!(host.commands(), [Command::Move { hand: hand(&host, DANIELA), position: 2 }]);
    host.press("o2");
    assert_eq!(host.commands(), [Command::Reorder { order: Order::Support }]);
    host.press("e<enter>");
    assert_eq!(host.commands(), [Command::Extend { by: Millis::from_mins(5) }]);
    host.press("p");
    assert_eq!(host.commands(), [Command::Pause]);
}

#[test]
fn what_cannot_be_taken_back_is_asked_and_no_is_the_default() {
    let mut host = console(HOST);
    host.press("d");
    assert!(screen(&host).contains("Take the hand of Ugo M. out of the queue?"));
    host.press("<enter>");
    assert_eq!(host.commands(), []);
    host.press("dn");
    assert_eq!(host.commands(), []);
    host.press("d<tab><enter>");
    assert_eq!(host.commands(), [Command::Drop { hand: hand(&host, UGO) }]);
    for (key, command) in [("E", Command::End), ("L", Command::Close)] {
        host.press(key);
        assert!(screen(&host).contains("“From analog lines to full VoIP”"), "{key}");
        host.press("<esc>");
        assert_eq!(host.commands(), []);
        host.press(key);
        host.press("y");
        assert_eq!(host.commands(), [command]);
    }
}

#[test]
fn marked_hands_are_dropped_together_and_come_back() {
    let mut host = console(HOST);
    host.press("jvv");
    assert!(screen(&host).contains("2 marked, 4 waiting"));
    host.press("d");
    let asked = screen(&host);
    assert!(asked.contains("Take 2 hands out of the queue? Tommaso T.,") && asked.contains("Daniela C."));
    host.press("y");
    let drop = Command::DropHands { hands: vec![hand(&host, TOMMASO), hand(&host, DANIELA)] };
    assert_eq!(host.commands(), std::slice::from_ref(&drop));
    assert!(!footer(&host).contains("U undo"));
    host.happens(HOST, drop);
    assert!(screen(&host).contains("2 hands are out. U brings them back for 10 s."));
    assert!(footer(&host).contains("U undo"));
    let due = host.model.next_tick(host.scene.now).expect("the hint goes away by itself");
    assert!(due.since(host.scene.now) <= Millis::from_secs(11));
    host.press("U");
    assert_eq!(host.commands(), [Command::Restore]);
    host.happens(HOST, Command::Restore);
    assert!(screen(&host).contains("2 hands are back."));
    assert!(!screen(&host).contains("marked"));
    host.scene.wait(11);
    host.press("U");
    assert!(screen(&host).contains("hands come back for 10 s"), "and why it can't be done any more");
}

#[test]
fn the_same_question_is_merged_into_the_selected_hand() {
    let mut host = console(HOST);
    host.press("M");
    assert!(screen(&host).contains("Mark other hands with v first."));
    host.press("<esc>jvM");
    assert!(screen(&host).contains("Same question? Tommaso T. will support"));
    host.press("y");
    let merge = Command::Merge { hands: vec![hand(&host, TOMMASO)], into: hand(&host, DANIELA) };
    assert_eq!(host.commands(), std::slice::from_ref(&merge));
    host.happens(HOST, merge.clone());
    assert!(screen(&host).contains("One question now. U takes them apart for 10 s."));
    let mut tommaso = console(TOMMASO);
    tommaso.happens(HOST, merge);
    assert!(screen(&tommaso).contains("Daniela C. asks the same: your hand supports"));
}

#[test]
fn marks_go_through_filters_and_esc_takes_them_away_last() {
    let mut host = console(HOST);
    host.press("/fax<enter>");
    assert!(screen(&host).contains("1 of 4 match"), "{}", screen(&host));
    host.press("V<esc>/sbc<enter>V<esc>");
    assert!(screen(&host).contains("2 marked, 4 waiting"));
    host.press("V");
    assert!(screen(&host).contains("4 marked, 4 waiting"));
    host.press("V");
    assert!(!screen(&host).contains("marked"));
    host.press("v<esc>");
    assert!(!screen(&host).contains("marked"));
    let mut bruno = console(BRUNO);
    bruno.press("v");
    assert!(!screen(&bruno).contains("marked"), "marks are for those who run the queue");
}

#[test]
fn who_does_not_answer_or_is_interrupted_goes_back_into_the_queue() {
    let mut host = console(HOST);
    let turn = host.model.meeting().turn().map(|t| t.id).expect("turn");
    host.press("zI");
    assert_eq!(host.commands(), [Command::NotThere { turn }, Command::Interrupt { turn }]);
    let mut ilario = console(ILARIO);
    ilario.happens(HOST, Command::NotThere { turn });
    assert!(screen(&ilario).contains("You were called and did not answer"));
    let mut ilario = console(ILARIO);
    ilario.happens(HOST, Command::Interrupt { turn });
    assert!(screen(&ilario).contains("You were interrupted: your hand is first again."));
}

#[test]
fn an_order_is_seen_before_it_is_chosen() {
    let mut host = console(HOST);
    let place =
        |host: &Console, name: &str| screen(host).lines().position(|l| l.contains(name)).expect("name");
    host.press("<tab>o");
    assert!(screen(&host).contains("preview: by arrival"));
    assert!(place(&host, "Tommaso T.") < place(&host, "Daniela C."));
    host.press("j");
    assert!(screen(&host).contains("preview: by support"));
    assert!(place(&host, "Daniela C.") < place(&host, "Tommaso T."), "more support");
    host.press("<esc>");
    assert!(place(&host, "Tommaso T.") < place(&host, "Daniela C.") && !screen(&host).contains("preview"));
    assert_eq!(host.commands(), []);
}

#[test]
fn people_are_selected_and_acted_on() {
    let mut host = console(HOST);
    host.press("<tab><tab>jjjjjjji");
    assert_eq!(host.commands(), [Command::Invite { participant: BRUNO }]);
    host.press("R2");
    assert!(screen(&host).contains("Give Bruno the role cohost?"));
    host.press("y");
    assert_eq!(host.commands(), [Command::SetRole { participant: BRUNO, role: Role::Cohost }]);
    host.press("<backtab><backtab><backtab>jH");
    assert!(screen(&host).contains("Hold the microphone of Maurizio Bonazzi muted?"));
    host.press("y");
    assert_eq!(host.commands(), [Command::Hold { participant: SPEAKER }]);
    host.happens(HOST, Command::Hold { participant: SPEAKER });
    host.press("H");
    assert_eq!(host.commands(), [Command::Release { participant: SPEAKER }]);
    host.press("fy");
    assert_eq!(host.commands(), [Command::OffStage { participant: SPEAKER }]);
}

#[test]
fn a_selection_stays_on_its_hand_when_the_queue_moves() {
    let mut host = console(HOST);
    host.press("jj");
    host.happens(HOST, Command::Reorder { order: Order::Support });
    host.press("c");
    let current = host.model.meeting().turn().map(|t| t.id);
    assert_eq!(host.commands(), [Command::Call { hand: hand(&host, DANIELA), current }]);
    host.happens(DANIELA, Command::Lower);
    host.press("s");
    assert_eq!(host.commands().len(), 1, "the neighbour is selected");
}

#[test]
fn an_attendee_raises_rewords_supports_and_lowers() {
    let mut bruno = console(BRUNO);
    bruno.press("r");
    assert!(bruno.model.is_typing());
    bruno.press("Why not fibre?<tab><tab><enter>");
    let kind = HandKind::PointOfOrder;
    assert_eq!(bruno.commands(), [Command::Raise { topic: "Why not fibre?".into(), kind }]);
    assert!(!bruno.model.is_typing());
    bruno.happens(BRUNO, Command::Raise { topic: "Why not fibre?".into(), kind });
    bruno.press("r<backspace>, anyway?<enter>");
    assert_eq!(bruno.commands(), [Command::Raise { topic: "Why not fibre, anyway?".into(), kind }]);
    bruno.press("w");
    assert_eq!(bruno.commands(), [Command::Lower]);
    bruno.press("gjs");
    assert_eq!(bruno.commands(), [Command::Support { hand: hand(&bruno, UGO), on: true }]);
}

#[test]
fn an_empty_topic_is_not_sent() {
    let mut bruno = console(BRUNO);
    bruno.press("r  <enter>");
    assert_eq!(bruno.commands(), []);
    assert!(bruno.model.is_typing());
    bruno.press("<esc>");
    assert!(!bruno.model.is_typing());
}

#[test]
fn the_palette_finds_actions_and_reads_words() {
    let mut host = console(HOST);
    for (typed, command) in [
        (":extend 10<enter>", Command::Extend { by: Millis::from_mins(10) }),
        (":hold mau<enter>y", Command::Hold { participant: SPEAKER }),
        (":release mau<enter>", Command::Release { participant: SPEAKER }),
        (":role bruno speaker<enter>", Command::SetRole { participant: BRUNO, role: Role::Speaker }),
    ] {
        host.press(typed);
        assert_eq!(host.commands(), [command], "{typed}");
    }
    let number = hand(&host, DANIELA);
    host.press(&format!(":move {number} 1<enter>"));
    assert_eq!(host.commands(), [Command::Move { hand: number, position: 1 }]);
    let current = host.model.meeting().turn().map(|t| t.id);
    host.press(":call dani<enter>");
    assert_eq!(host.commands(), [Command::Call { hand: number, current }]);
    host.press(":nxt<enter>");
    assert_eq!(host.commands(), [Command::Next { current }]);
    host.press(":end now<enter>");
    assert_eq!(host.commands(), []);
    host.press("<esc>:leave<enter>");
    assert_eq!(host.commands(), []);
    assert!(screen(&host).contains("Leave “From analog"), "leaving is asked about");
}

#[test]
fn wrong_words_stay_in_the_palette_with_a_reason() {
    let mut host = console(HOST);
    host.press(":call nobody<enter>");
    assert!(host.model.is_typing());
    assert!(screen(&host).contains("Nobody here is called “nobody”."));
}

/// The heart of the footer: whatever is hinted at is possible, and pressing it does something.
#[test]
fn every_hint_in_the_footer_works() {
    let scenes = [Scene::empty(), Scene::scheduled(), Scene::live(), Scene::overtime()];
    for (scene, who, moves) in scenes.iter().flat_map(|s| {
        [HOST, SPEAKER, ILARIO, BRUNO, FRANCA]
            .into_iter()
            .flat_map(move |who| ["", "<tab><tab>", "<backtab>j"].map(|moves| (s, who, moves)))
    }) {
        if scene.meeting.participant(who).is_none() {
            continue;
        }
        let mut shown = Console::of(scene.clone(), who, setup());
        shown.press(moves);
        let (buffer, _) = draw(&shown.model, shown.scene.now, (200, 40));
        let footer = text(&buffer).lines().last().unwrap_or_default().to_owned();
        let hints: Vec<_> = footer.split("  ").map(|h| h.trim_start_matches([' ', '·'])).collect();
        assert!(hints.len() > 2, "{footer}");
        for key in hints.iter().filter_map(|h| h.split(' ').next()).filter(|k| !k.is_empty()) {
            let mut console = Console::of(scene.clone(), who, setup());
            console.press(moves);
            let before = text(&draw(&console.model, console.scene.now, (200, 40)).0);
            let name = match key {
                "Space" => "<space>".to_owned(),
                "Enter" => "<enter>".to_owned(),
                key => key.to_owned(),
            };
            console.press(&name);
            let effects = console.take();
            for effect in &effects {
                if let Effect::Send(command) = effect {
                    let decided =
                        scene.meeting.decide(command, Actor::Participant(who), scene.now).map(|e| e.len());
                    let opens = *command == Command::Unmute;
                    assert!(
                        opens || decided.as_ref().is_ok_and(|n| *n > 0),
                        "{key}: {command:?} {decided:?}"
                    );
                }
            }
            let after = text(&draw(&console.model, console.scene.now, (200, 40)).0);
            assert!(!effects.is_empty() || before != after, "{key} in {footer} does nothing");
        }
    }
}

#[test]
fn hints_follow_role_phase_and_selection() {
    assert!(footer(&console(HOST)).contains("n call next"));
    assert!(!footer(&console(BRUNO)).contains("call next"));
    assert!(footer(&console(BRUNO)).contains("r raise hand"));
    let listener = footer(&console(FRANCA));
    assert!(!listener.contains("raise") && !listener.contains("mic"), "{listener}");
    let scheduled = Console::of(Scene::scheduled(), HOST, setup());
    assert!(footer(&scheduled).contains("S start") && !footer(&scheduled).contains("x done"));
    let mut lost = console(HOST);
    lost.tell(Msg::Connection(Connection::Connecting { attempt: 2 }));
    assert!(!footer(&lost).contains("call next"));
}

#[test]
fn what_is_not_possible_says_why() {
    let mut bruno = console(BRUNO);
    bruno.press("n");
    assert_eq!(bruno.commands(), []);
    assert!(screen(&bruno).contains("The role attendee does not allow that; ask a host"));
    let mut ana = Console::of(Scene::live(), ANA, Setup { language: Language::It, ..setup() });
    ana.press("m");
    assert!(screen(&ana).contains("Non sei sul palco; r alza la mano."));
    ana.rejected("stale-turn", "that turn is over already");
    assert!(screen(&ana).contains("Quel turno è già finito"));
    ana.rejected("brand-new", "something that this palco does not know");
    assert!(screen(&ana).contains("Something that this palco does not know."));
}

#[test]
fn messages_go_away_by_themselves() {
    let mut host = console(HOST);
    host.rejected("stale-turn", "that turn is over already");
    assert!(screen(&host).contains("That turn is over already."));
    host.model.drawn(host.scene.now);
    host.scene.wait(7);
    host.tell(Msg::Tick);
    assert!(host.model.is_dirty());
    assert!(!screen(&host).contains("That turn is over already."));
}

#[test]
fn the_microphone_follows_the_meeting() {
    let mut ilario = console(ILARIO);
    ilario.press("m");
    assert_eq!(
        ilario.take(),
        [Effect::Send(Command::Unmute)],
        "it opens when the meeting says so, not before"
    );
    ilario.happens(ILARIO, Command::Unmute);
    assert_eq!(ilario.take(), [Effect::Mic(true)]);
    ilario.happens(HOST, Command::Hold { participant: ILARIO });
    assert_eq!(ilario.take(), [Effect::Mic(false)]);
    assert!(screen(&ilario).contains("A host holds your microphone muted."));
    ilario.press("m");
    assert_eq!(ilario.take(), []);
}

#[test]
fn losing_focus_link_or_terminal_closes_the_microphone_at_once() {
    let open = || {
        let mut console = console(ILARIO);
        console.happens(ILARIO, Command::Unmute);
        assert_eq!(console.take(), [Effect::Mic(true)]);
        console
    };
    let mut unfocused = open();
    unfocused.tell(Msg::Input(Input::FocusLost));
    assert_eq!(unfocused.take(), [Effect::Send(Command::Mute), Effect::Mic(false)]);
    let mut suspended = open();
    suspended.press("<ctrl-z>");
    assert_eq!(suspended.take(), [Effect::Send(Command::Mute), Effect::Mic(false), Effect::Suspend]);
    let mut lost = open();
    let retry_at = lost.scene.now;
    lost.tell(Msg::Connection(Connection::Lost { why: "gone".into(), retry_at }));
    assert_eq!(lost.take(), [Effect::Mic(false)]);
    lost.tell(Msg::Connection(Connection::Connected));
    lost.snapshot();
    assert_eq!(lost.take(), [Effect::Send(Command::Mute)], "still live in the meeting: muted there too");
    lost.happens(ILARIO, Command::Mute);
    lost.happens(ILARIO, Command::Unmute);
    assert_eq!(lost.take(), [Effect::Mic(true)]);
}

#[test]
fn space_is_held_to_talk_where_releases_are_reported() {
    let mut ilario = Console::of(Scene::live(), ILARIO, Setup { key_releases: true, ..setup() });
    ilario.press("<space>");
    assert_eq!(ilario.take(), [Effect::Send(Command::Unmute)]);
    ilario.happens(ILARIO, Command::Unmute);
    assert_eq!(ilario.take(), [Effect::Mic(true)]);
    ilario.press("<space>");
    assert_eq!(ilario.take(), [], "a key that repeats says nothing new");
    ilario.release(KeyCode::Char(' '));
    assert_eq!(ilario.take(), [Effect::Send(Command::Mute), Effect::Mic(false)]);
    ilario.happens(ILARIO, Command::Mute);

    ilario.press("<space>");
    ilario.release(KeyCode::Char(' '));
    let sent = [Effect::Send(Command::Unmute), Effect::Send(Command::Mute)];
    assert_eq!(ilario.take(), sent, "let go before the meeting answered");
    ilario.happens(ILARIO, Command::Unmute);
    assert_eq!(ilario.take(), [], "late: it stays closed");
    ilario.happens(ILARIO, Command::Mute);

    ilario.press("<space>");
    ilario.happens(ILARIO, Command::Unmute);
    ilario.take();
    ilario.press(":");
    assert_eq!(ilario.take(), [Effect::Send(Command::Mute), Effect::Mic(false)], "a layer takes the keys");
}

#[test]
fn space_toggles_elsewhere() {
    let mut ilario = console(ILARIO);
    ilario.press("<space>");
    assert_eq!(ilario.commands(), [Command::Unmute]);
    ilario.happens(ILARIO, Command::Unmute);
    ilario.take();
    ilario.press("<space>");
    assert_eq!(ilario.take(), [], "a key that is held down repeats faster than a finger");
    ilario.scene.wait(1);
    ilario.press("<space>");
    assert_eq!(ilario.take(), [Effect::Send(Command::Mute), Effect::Mic(false)]);
    assert_eq!(ilario.model.meeting().participant(ILARIO).map(|p| p.mic()), Some(Mic::Live));
    ilario.happens(ILARIO, Command::Mute);
    ilario.scene.wait(1);
    ilario.press("<space>");
    ilario.happens(ILARIO, Command::Unmute);
    ilario.take();
    ilario.press(":");
    assert_eq!(ilario.take(), [Effect::Send(Command::Mute), Effect::Mic(false)], "a layer ends it too");
}

#[test]
fn being_called_and_invited_rings_and_says_what_to_press() {
    let mut ana = console(ANA);
    ana.happens(HOST, Command::Invite { participant: ANA });
    assert_eq!(ana.take(), [Effect::Bell]);
    assert!(screen(&ana).contains("Invited on stage: a accept, D decline"));
    ana.press("a");
    assert_eq!(ana.commands(), [Command::Accept]);
    ana.happens(ANA, Command::Decline);
    let current = ana.model.meeting().turn().map(|t| t.id);
    ana.happens(HOST, Command::Call { hand: hand(&ana, ANA), current });
    assert!(ana.take().contains(&Effect::Bell));
    assert!(screen(&ana).contains("Your turn: press m to open your mic"));
}

#[test]
fn on_deck_is_told_and_the_microphone_tried_without_sending() {
    let mut daniela = console(DANIELA);
    let current = daniela.model.meeting().turn().map(|t| t.id);
    daniela.happens(HOST, Command::Next { current });
    assert_eq!(daniela.take(), [Effect::Bell, Effect::TestMic(true)]);
    assert!(screen(&daniela).contains("You are on deck. Say a word"));
    daniela.press("<esc>");
    assert!(screen(&daniela).contains("on deck, 2") && screen(&daniela).contains("say a word: only your"));
    daniela.scene.wait(8);
    daniela.tell(Msg::Tick);
    assert!(screen(&daniela).contains("nothing is heard: see to your mic with palco devices"));
    daniela.levels(&[(DANIELA, 18)]);
    assert!(screen(&daniela).contains("━━━━━━── you can be heard"), "{}", screen(&daniela));
    daniela.levels(&[]);
    assert!(screen(&daniela).contains("──────── you can be heard"));
    assert_eq!(daniela.take(), [], "nothing is asked of the server");
    let current = daniela.model.meeting().turn().map(|t| t.id);
    daniela.happens(HOST, Command::Next { current });
    assert_eq!(daniela.take(), [], "one nearer: told before");
    daniela.press("<ctrl-z>");
    assert_eq!(daniela.take(), [Effect::TestMic(false), Effect::Suspend, Effect::TestMic(true)]);
    let current = daniela.model.meeting().turn().map(|t| t.id);
    daniela.happens(HOST, Command::Next { current });
    assert!(daniela.take().contains(&Effect::TestMic(false)), "the turn is no trial");
}

#[test]
fn the_mirror_shows_the_host_who_was_heard_and_who_was_not() {
    let mut host = console(HOST);
    host.press("P");
    let line =
        |host: &Console, name: &str| screen(host).lines().position(|l| l.contains(name)).expect("name");
    assert!(screen(&host).contains("Participation · 10 here · 6 not heard yet"));
    assert!(screen(&host).contains("silent first"));
    assert!(line(&host, "not heard yet · new here") < line(&host, "│ Maurizio Bonazzi"));
    host.press("s");
    assert!(screen(&host).contains("most talk"));
    assert!(screen(&host).contains("05:12  70 %"), "{}", screen(&host));
    assert!(line(&host, "│ Maurizio Bonazzi") < line(&host, "│ Stefano P."));
    host.press("G<enter>");
    assert!(screen(&host).contains("Franca · listener"), "listeners are there, and Enter goes to them");
    host.press(":mirror open<enter>:participation open<enter>:mirror-open<enter>");
    let open = Command::SetMirror { open: true };
    let policy = Participation::Open;
    assert_eq!(host.commands(), [open.clone(), Command::SetParticipation { policy }, open]);
    host.press(":participation<enter>");
    assert!(screen(&host).contains("What the room expects"));
    host.press("1");
    assert_eq!(host.commands(), [Command::SetParticipation { policy }]);
}

#[test]
fn a_newcomer_in_the_queue_is_told() {
    let mut host = console(HOST);
    assert!(!screen(&host).contains("new here"));
    host.happens(BRUNO, Command::Raise { topic: "Why not fibre?".into(), kind: HandKind::Question });
    assert!(screen(&host).contains("new here"));
}

#[test]
fn everybody_sees_shares_when_the_room_wants_it() {
    let mut bruno = console(BRUNO);
    bruno.press("P");
    assert!(screen(&bruno).contains("The participation mirror is the hosts' in this room."));
    bruno.happens(HOST, Command::SetMirror { open: true });
    assert!(screen(&bruno).contains("Everybody sees the shares of talk time now: P"));
    bruno.press("<esc>P");
    let shown = screen(&bruno);
    assert!(shown.contains("70 %  ━━━━━━━━━━━━━━") && !shown.contains(" ago"), "{shown}");
    bruno.happens(HOST, Command::SetMirror { open: false });
    assert!(!screen(&bruno).contains("70 %"), "it closes with the policy");
}

#[test]
fn silence_is_pointed_out_only_where_everybody_is_expected_to_be_heard() {
    let mut host = console(HOST);
    assert!(screen(&host).contains("6 not heard yet"));
    host.happens(HOST, Command::SetParticipation { policy: Participation::Open });
    assert!(screen(&host).contains("Who says nothing is welcome here too."));
    host.press("<esc>");
    assert!(!screen(&host).contains("not heard yet"));
    host.press("P");
    assert!(!screen(&host).contains("not heard yet") && screen(&host).contains("listening"));
}

#[test]
fn leaving_is_asked_of_hosts_and_those_on_stage() {
    let mut bruno = console(BRUNO);
    bruno.press("q");
    assert_eq!(bruno.take(), [Effect::Send(Command::Leave), Effect::Quit]);
    let mut ilario = console(ILARIO);
    ilario.press("q<esc><esc><esc>");
    assert_eq!(ilario.take(), []);
    ilario.press("qy");
    assert_eq!(ilario.take(), [Effect::Send(Command::Leave), Effect::Quit]);
    let mut serving = Console::of(Scene::live(), HOST, Setup { serves: true, ..setup() });
    serving.press("q");
    assert!(screen(&serving).contains("Its server"), "{}", screen(&serving));
    let mut host = console(HOST);
    host.press("?<ctrl-c>");
    assert_eq!(host.take(), []);
    assert!(screen(&host).contains("Press Ctrl-C again to leave."));
    host.press("<ctrl-c>");
    assert_eq!(host.take(), [Effect::Send(Command::Leave), Effect::Quit]);
    let mut slow = console(HOST);
    slow.press("<ctrl-c>");
    slow.scene.wait(4);
    slow.press("<ctrl-c>");
    assert_eq!(slow.take(), []);
}

#[test]
fn a_filter_narrows_the_lists_and_esc_takes_it_away() {
    let mut host = console(HOST);
    host.press("/dani<enter>");
    let shown = screen(&host);
    assert!(shown.contains("Daniela C.") && !shown.contains("Tommaso T."));
    host.press("<esc>");
    assert!(screen(&host).contains("Tommaso T."));
    host.press("/x<esc>");
    assert!(screen(&host).contains("Tommaso T."), "a filter given up leaves no trace");
}

#[test]
fn it_draws_only_when_something_changed() {
    let mut host = console(HOST);
    host.levels(&[(SPEAKER, 18)]);
    host.model.drawn(host.scene.now);
    assert!(!host.model.is_dirty());
    host.levels(&[(SPEAKER, 17)]);
    assert!(!host.model.is_dirty(), "the same cells of the meter");
    host.levels(&[(SPEAKER, 40)]);
    assert!(host.model.is_dirty());
    host.model.drawn(host.scene.now);
    host.tell(Msg::Tick);
    assert!(!host.model.is_dirty(), "too early");
    let due = host.model.next_tick(host.scene.now).expect("the clock runs");
    assert!(due > host.scene.now && due.since(host.scene.now) <= Millis::from_secs(1));
    host.scene.now = due;
    host.tell(Msg::Tick);
    assert!(host.model.is_dirty());

    let mut quiet = Console::of(Scene::empty(), HOST, setup());
    quiet.model.drawn(quiet.scene.now);
    assert_eq!(quiet.model.next_tick(quiet.scene.now), None, "nothing runs");
}

#[test]
fn a_gap_asks_for_a_snapshot() {
    let mut host = console(HOST);
    let mut recorded = host.scene.ask(HOST, Command::Pause).remove(0);
    recorded.seq.0 += 5;
    host.hear(palco::wire::ServerMessage::Event(Box::new(recorded)));
    assert_eq!(host.take(), [Effect::Resync]);
}

#[test]
fn own_keys_are_shown_and_work() {
    let keymap = Keymap::with(&[Binding { panel: None, action: "next", keys: "F5" }]).expect("keys");
    let mut host = Console::of(Scene::live(), HOST, Setup { keymap, ..setup() });
    assert!(footer(&host).contains("F5 call next"));
    host.press("n");
    assert_eq!(host.commands(), []);
}

#[test]
fn the_key_table_is_one_for_all() {
    let table = key_table(Language::En);
    assert!(table.contains("| `n` "), "{table}");
    assert!(table.lines().all(|l| l.starts_with('|') && l.ends_with('|')));
    assert!(key_table(Language::It).contains("Alza la mano"));
}

#[test]
fn the_cursor_sits_on_what_has_the_keys() {
    let cell = |console: &Console, size| {
        let (buffer, cursor) = super::paint::draw(&console.model, console.scene.now, size);
        let (x, y) = cursor.expect("a cursor in every frame");
        (0..8).map(|n| buffer[((x + n).min(size.0 - 1), y)].symbol().to_owned()).collect::<String>()
    };
    for size in [(120, 36), (80, 24), (40, 12)] {
        let mut console = Console::of(Scene::live(), HOST, Setup::default());
        assert!(cell(&console, size).contains("on deck"), "the selected hand: {:?}", cell(&console, size));
        console.press("<tab><tab>");
        assert!(cell(&console, size).contains("Stefa"), "the selected person: {:?}", cell(&console, size));
        console.press("?");
        let help = cell(&console, size);
        assert!(!help.contains("Stefa"), "the help has the keys: {help:?}");
        console.press("<esc>E");
        assert!(cell(&console, size).contains("No"), "the answer: {:?}", cell(&console, size));
        console.press("<esc>:ex");
        assert_eq!(cell(&console, size).trim(), "", "behind what is typed");
    }
}

#[test]
fn with_reduced_motion_nothing_moves_by_itself() {
    let setup = Setup { reduced_motion: true, ..Setup::default() };
    let mut console = Console::of(Scene::live(), HOST, setup);
    let shown = |console: &Console| {
        super::paint::text(&super::paint::draw(&console.model, console.scene.now, (80, 24)).0)
    };
    console.levels(&[(SPEAKER, 18)]);
    let speaking = shown(&console);
    assert!(speaking.lines().any(|l| l.contains("Maurizio") && l.contains("speaking")), "{speaking}");
    for below in [50, 10, 30, 6, 54] {
        console.levels(&[(SPEAKER, below)]);
        assert_eq!(shown(&console), speaking, "no meter");
    }
    console.levels(&[]);
    assert_eq!(shown(&console), speaking, "a breath is no change");
    console.scene.wait(4);
    console.tell(Msg::Tick);
    assert!(!shown(&console).contains("speaking"), "{}", shown(&console));
}
