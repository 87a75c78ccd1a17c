//! Recordings over SSH: on a terminal, and through a pipe.

use std::time::{Duration, Instant};

use super::{House, said};

/// A part that is being written holds this many bytes after a second or two.
const WRITTEN: u64 = 1_000;

/// Records until something is written, and stops.
fn record(house: &House) {
    house.ctl("ana", &["start"]);
    house.ctl("ana", &["record", "start"]);
    let folder = house.home.path().join("data").join("recordings");
    let written = || {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let opus = files.filter(|file| file.path().extension().is_some_and(|end| end == "opus"));
        opus.filter_map(|file| file.metadata().ok()).map(|about| about.len()).sum::<u64>()
    };
    let begun = Instant::now();
    while written() < WRITTEN {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is recorded");
        std::thread::yield_now();
    }
    house.ctl("ana", &["record", "stop"]);
}

#[test]
fn who_may_hear_it_sees_the_console_as_it_was_and_takes_the_sound_by_a_pipe() {
    let house = House::open();
    let _ana = house.host("ana");
    record(&house);
    let (status, _, err) = said(house.pipe("mallory", &["play", "monday"]).output().unwrap());
    assert_eq!(status, 1, "{err}");
    assert!(err.starts_with("palco: "), "{err}");

    let sound = house.pipe("ana", &["play", "'monday#1'", "-o", "-"]).output().unwrap();
    assert_eq!(sound.status.code(), Some(0), "{}", String::from_utf8_lossy(&sound.stderr));
    assert!(sound.stdout.starts_with(b"OggS") && sound.stdout.len() as u64 > WRITTEN / 2);
    let (status, _, err) = said(house.pipe("ana", &["play", "'monday#7'"]).output().unwrap());
    assert!(status == 1 && err.contains("no meeting monday#7"), "{err}");

    let mut screen = house.console("ana", &["play", "monday"], (100, 30));
    screen.wait("replay");
    screen.wait("the end");
    screen.send("q");
    assert_eq!(screen.exit(), 0);
    screen.assert_restored();
}
