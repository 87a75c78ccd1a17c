//! What Tab adds.

use palco::tui::Setup;

use super::lines::Ear;
use crate::render::scene::{BRUNO, HOST, Scene};

#[test]
fn words_names_and_hands_complete() {
    let host = Ear::of(Scene::live(), HOST, Setup::default(), true);
    for (typed, from, options) in [
        ("ra", 0, &["raise"][..]),
        (":ra", 1, &["raise"]),
        ("unm", 0, &["unmute"]),
        ("re", 0, &["record", "release", "remove", "rename", "rename-other", "resume"]),
        ("zz", 0, &[]),
        ("call ", 5, &["Ugo M.", "Tommaso T.", "Daniela C.", "Ana"]),
        ("call d", 5, &["Daniela C."]),
        ("invite br", 7, &["Bruno"]),
        ("hold  br", 6, &["Bruno"]),
        ("role bruno ", 11, &["host", "cohost", "speaker", "attendee", "listener"]),
        ("role bruno co", 11, &["cohost"]),
        ("role ugo m. li", 12, &["listener"]),
        ("support ugo m. o", 15, &["off"]),
        ("order f", 6, &["fair"]),
        ("auto-open o", 10, &["on", "off"]),
        ("agenda n", 7, &["next"]),
        ("raise Fax --k", 10, &["--kind"]),
        ("raise Fax --kind re", 17, &["reply"]),
        ("raise re", 6, &[]),
        ("who maur", 4, &["Maurizio Bonazzi"]),
        ("extend 1", 7, &[]),
    ] {
        let completion = host.plain.complete(typed);
        assert_eq!((completion.from, &completion.options[..]), (from, &options.map_all()[..]), "{typed:?}");
    }
}

trait Owned {
    fn map_all(&self) -> Vec<String>;
}

impl Owned for &[&str] {
    fn map_all(&self) -> Vec<String> {
        self.iter().map(|s| (*s).to_owned()).collect()
    }
}

#[test]
fn nobody_is_offered_what_their_role_never_may() {
    let bruno = Ear::of(Scene::live(), BRUNO, Setup::default(), true);
    assert_eq!(bruno.plain.complete("dr").options, [""; 0]);
    assert_eq!(bruno.plain.complete("mov").options, [""; 0]);
    assert_eq!(bruno.plain.complete("ne").options, ["next"], "a question of everybody");
}
