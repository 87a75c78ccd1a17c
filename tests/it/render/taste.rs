//! What a person chooses for their own console.

use palco::sync::FeedChoice;
use palco::tui::{Device, Effect, Msg, Setup, Taste, Theme, Volume, Volumes};
use palco::wire::{Feed, Rung};

use super::paint::{draw, text};
use super::scene::{ANA, BRUNO, Console, HOST, SPEAKER, Scene};
use super::screens::setup;

fn screen(console: &Console) -> String {
    text(&draw(&console.model, console.scene.now, (80, 24)).0)
}

fn volumes(all: u16, people: &[(palco::meeting::Source, u16)]) -> Effect {
    let people = people.iter().map(|(source, n)| (*source, Volume::new(*n))).collect();
    Effect::Volumes(Volumes { all: Volume::new(all), people })
}

#[test]
fn single_people_are_played_louder_and_quieter() {
    let mut ana = Console::of(Scene::live(), ANA, setup());
    let source = ana.scene.meeting.participant(SPEAKER).expect("speaker").source;
    ana.press("<backtab>j-");
    let taste = |n| Effect::Remember(Taste::VolumeOf(SPEAKER, Volume::new(n)));
    assert_eq!(ana.take(), [taste(90), volumes(100, &[(source, 90)])]);
    assert!(screen(&ana).contains("Maurizio Bonazzi: volume 90 %"));
    ana.press("+");
    assert_eq!(ana.take(), [taste(100), volumes(100, &[])], "as they come is nothing to remember");
    ana.press(":volume mau 250<enter>");
    assert_eq!(ana.take(), []);
    assert!(screen(&ana).contains("Write: volume [NAME] PERCENT"), "{}", screen(&ana));
    ana.press("<backspace><backspace><backspace>40<enter>");
    assert_eq!(ana.take(), [taste(40), volumes(100, &[(source, 40)])]);
    ana.press(":volume 70<enter>");
    let all = Effect::Remember(Taste::Volume(Volume::new(70)));
    assert_eq!(ana.take(), [all, volumes(70, &[(source, 40)])]);
}

#[test]
fn oneself_is_not_heard_and_has_no_volume() {
    let mut host = Console::of(Scene::live(), HOST, setup());
    host.press("<backtab>+");
    assert_eq!(host.take(), []);
    assert!(screen(&host).contains("That is you; select somebody else."), "{}", screen(&host));
}

/// The feed is chosen by a key and by its word; what the link carries is shown and said.
#[test]
fn what_is_heard_is_chosen_and_shown() {
    let low = FeedChoice::Fixed(Feed::Mix(Rung::Kb8));
    let mut ana = Console::of(Scene::live(), ANA, setup());
    ana.tell(Msg::Sound(palco::tui::Sound {
        mic: Device::Ready("m".into()),
        speaker: Device::Ready("s".into()),
    }));
    ana.take();
    ana.press("=");
    assert!(screen(&ana).contains("the mix, 16 kb/s"), "{}", screen(&ana));
    ana.press("5");
    assert_eq!(ana.take(), [Effect::Feed(low)]);
    assert!(screen(&ana).contains("mix 8") && screen(&ana).contains("You hear: the mix, 8 kb/s."));
    ana.press(":feed auto<enter>");
    assert_eq!(ana.take(), [Effect::Feed(FeedChoice::Auto)]);
    assert!(screen(&ana).contains("mix 8"), "it goes on from there");
    ana.tell(Msg::Feed(Feed::Forward));
    assert!(screen(&ana).contains("The link carries more. You hear: every voice by itself."));
    assert!(!screen(&ana).contains("mix 8"));
    ana.press(":feed 12<enter>");
    assert!(screen(&ana).contains("Write: feed auto|forward|mix-32|mix-16|mix-8"), "{}", screen(&ana));
}

#[test]
fn a_remembered_volume_follows_its_person_into_the_meeting() {
    let volumes_of = [(BRUNO, Volume::new(30)), (super::scene::STRANGER, Volume::new(10))];
    let setup = Setup { volume: Volume::new(80), volumes: volumes_of.into(), ..setup() };
    let mut console = Console::of(Scene::empty(), HOST, setup);
    console.tell(palco::tui::Msg::Tick);
    for recorded in console.scene.join(BRUNO, "Bruno", false) {
        console.hear(palco::wire::ServerMessage::Event(Box::new(recorded)));
    }
    let source = console.scene.meeting.participant(BRUNO).expect("bruno").source;
    assert!(console.take().contains(&volumes(80, &[(source, 30)])));
}

#[test]
fn themes_are_read_outside_and_taken_up() {
    let mut host = Console::of(Scene::live(), HOST, setup());
    host.press(":theme mine<enter>");
    assert_eq!(host.take(), [Effect::Theme("mine".into())]);
    host.tell(palco::tui::Msg::Theme("mine".into(), Err("there is no theme “mine”".into())));
    assert_eq!(host.take(), []);
    assert!(screen(&host).contains("There is no theme “mine”."));
    let before = draw(&host.model, host.scene.now, (80, 24)).0;
    host.press(":theme<enter>2");
    assert_eq!(host.take(), [Effect::Theme("light".into())]);
    host.tell(palco::tui::Msg::Theme("light".into(), Ok(Theme::named("light").expect("theme"))));
    assert_eq!(host.take(), [Effect::Remember(Taste::Theme("light".into()))]);
    assert_ne!(before[(1, 1)].style(), draw(&host.model, host.scene.now, (80, 24)).0[(1, 1)].style());
}
