//! What a recording asks of people.

use palco::meeting::Command;
use palco::tui::{Language, Setup};

use super::paint::{draw, text};
use super::scene::{ANA, Console, HOST, Scene};
use super::screens::setup;

/// What people agreed to stays in sight.
#[test]
fn the_sign_says_that_tracks_are_kept() {
    for (language, word) in [(Language::En, "+tracks"), (Language::It, "+tracce")] {
        let mut console = Console::of(Scene::live(), ANA, Setup { language, ..setup() });
        console.happens(HOST, Command::StartRecording { without_host: false, tracks: true });
        console.scene.wait(60);
        for size in [(120, 36), (80, 24), (40, 12)] {
            let screen = text(&draw(&console.model, console.scene.now, size).0);
            assert!(screen.contains(&format!("REC {word}")), "{screen}");
        }
    }
}

/// Whoever is off the record sees for as long as it lasts that they are; nobody else's sign changes.
#[test]
fn the_sign_says_who_is_off_the_record() {
    for (language, words) in [(Language::En, "REC without you"), (Language::It, "REC senza di te")] {
        for (who, is_told) in [(ANA, true), (HOST, false)] {
            let mut console = Console::of(Scene::live(), who, Setup { language, ..setup() });
            console.happens(HOST, Command::StartRecording { without_host: false, tracks: false });
            console.happens(ANA, Command::OffRecord { participant: Some(ANA), on: true });
            console.scene.wait(60);
            for size in [(120, 36), (80, 24), (40, 12)] {
                let screen = text(&draw(&console.model, console.scene.now, size).0);
                assert_eq!(screen.contains(words), is_told, "{screen}");
            }
        }
    }
}

/// Whoever agrees has read to what.
#[test]
fn the_question_of_consent_is_whole_on_every_screen() {
    let languages = [(Language::En, "heard later?"), (Language::It, "riascoltare?")];
    for ((language, end), tracks) in
        languages.into_iter().zip([false, true]).chain(languages.into_iter().zip([true, false]))
    {
        let mut console = Console::of(Scene::live(), ANA, Setup { language, ..setup() });
        console.happens(HOST, Command::StartRecording { without_host: false, tracks });
        console.scene.wait(60);
        console.press("!");
        for size in [(120, 36), (80, 24), (40, 12)] {
            let screen = text(&draw(&console.model, console.scene.now, size).0);
            assert!(screen.contains(end) && screen.contains(" 1 ") && screen.contains(" 2 "), "{screen}");
        }
        console.press("<enter>");
        let Some(Command::Consent { yes: true, text, tracks: of_tracks }) = console.commands().pop() else {
            panic!("no yes")
        };
        assert!(text.ends_with(end), "{text}");
        assert_eq!((of_tracks, text.contains("trac")), (tracks, tracks), "{text}");
    }
}
