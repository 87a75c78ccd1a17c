//! What a recording asks of people.

use palco::meeting::Command;
use palco::tui::{Language, Setup};

use super::paint::{draw, text};
use super::scene::{ANA, Console, HOST, Scene};
use super::screens::setup;

/// Whoever agrees has read to what.
#[test]
fn the_question_of_consent_is_whole_on_every_screen() {
    for (language, end) in [(Language::En, "heard later?"), (Language::It, "riascoltare?")] {
        let mut console = Console::of(Scene::live(), ANA, Setup { language, ..setup() });
        console.happens(HOST, Command::StartRecording { without_host: false });
        console.scene.wait(60);
        console.press("!");
        for size in [(120, 36), (80, 24), (40, 12)] {
            let screen = text(&draw(&console.model, console.scene.now, size).0);
            assert!(screen.contains(end) && screen.contains(" 1 ") && screen.contains(" 2 "), "{screen}");
        }
        console.press("<enter>");
        let Some(Command::Consent { yes: true, text }) = console.commands().pop() else { panic!("no yes") };
        assert!(text.ends_with(end), "{text}");
    }
}
