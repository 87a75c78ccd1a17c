//! A meeting that was recorded is played.

use std::path::Path;
use std::time::Duration;

use palco::meeting::{Command, Millis};
use palco::wire::Feed;
use serde_json::Value;

use super::mix::{TONES, Talker, all_say, share};
use super::recording::{FRAMES, START, consent, parts, sound};
use crate::support::shell::Home;
use crate::support::{Client, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_meeting_is_heard_and_seen_again() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut talkers = vec![Talker::new(&server, &mut host, TONES[0], Feed::None).await];
    host.command(START).await.unwrap();
    talkers[0].client.command(consent(true)).await.unwrap();
    all_say(&mut talkers, FRAMES).await;
    host.command(Command::StopRecording).await.unwrap();
    let part = parts(&server, &host.meeting_id, 1).await.remove(0);
    let length = Millis(part.samples.unwrap() / 48);
    let (home, data) = (Home::new(), server.dir().display().to_string());
    let play = |more: &[&str]| home.run(&[&["play", "monday", "--data", &data], more].concat());

    // The packets as they are.
    let (opus, wav) = (home.path().join("a.opus"), home.path().join("a.wav"));
    play(&["-o", opus.to_str().unwrap()]).ok();
    let heard = sound(&std::fs::read(&opus).unwrap());
    assert!(share(&heard, TONES[0]) > 0.8 && (heard.len() as u64 / 48).abs_diff(length.0) <= 40);
    play(&["-o", wav.to_str().unwrap()]).ok();
    // What is there stays, though it is what is played.
    let before = std::fs::read(&opus).unwrap();
    for from in ["monday", opus.to_str().unwrap()] {
        for how in ["-o", "--cast"] {
            let to = opus.to_str().unwrap();
            home.run(&["play", from, how, to, "--data", &data]).failed(1, &["is there already"]);
        }
    }
    assert_eq!(std::fs::read(&opus).unwrap(), before);
    let wav = std::fs::metadata(&wav).unwrap().len();
    assert!((wav / 2 / 48).abs_diff(length.0) <= 40, "{wav} bytes of {length:?}");

    // A line for each happening, by the clock, where there is no speaker.
    let lines = play(&["--plain", "--speaker", "none", "--speed", "2"]).ok().out;
    assert!(lines.starts_with("monday#1\n") && lines.trim_end().ends_with("the end"), "{lines}");
    play(&["--audio-only", "--speaker", "none", "--speed", "2"]).ok();

    let cast = play(&["--cast", "-", "--size", "100x30"]).ok().out;
    let (total, screen) = replayed(&cast, (100, 30));
    assert_eq!(total, length, "as long as the recording");
    assert!(screen.contains("monday #1") && screen.contains("the end"), "{screen}");
    assert_eq!(play(&["--cast", "-", "--size", "100x30"]).ok().out, cast, "the same each time");

    play(&["--at", "later"]).failed(2, &["1:02:03"]);
    play(&["--speed", "9"]).failed(2, &["0.75"]);
    home.run(&["play", "monday#7", "--data", &data])
        .failed(1, &["monday#7 is not kept here; of monday there is #1 alone"]);
    for kept in std::fs::read_dir(Path::new(&data).join("recordings")).unwrap() {
        // A part, where the folder is not made yet, stays.
        let whole = kept.unwrap().path().join("meeting.opus");
        if whole.is_file() {
            std::fs::rename(&whole, whole.with_extension("away")).unwrap();
            play(&["--plain", "--speaker", "none"]).failed(1, &["meeting.opus cannot be played"]);
            std::fs::rename(whole.with_extension("away"), &whole).unwrap();
        }
    }
    home.run(&["play", "./nothing.opus"]).failed(1, &["./nothing.opus cannot be played"]);
    home.run(&["play", "./a.wav.no", "--data", &data]).failed(1, &["cannot be played"]);
}

/// Reads an asciicast (version 3), and gives its length and what is on the screen at the end.
fn replayed(cast: &str, (columns, rows): (u16, u16)) -> (Millis, String) {
    let mut lines = cast.lines();
    let head: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!((&head["version"], &head["term"]["cols"]), (&3.into(), &columns.into()));
    let mut screen = vt100::Parser::new(rows, columns, 0);
    let (mut total, mut shown) = (Duration::ZERO, String::new());
    for line in lines {
        let event: (f64, String, String) = serde_json::from_str(line).unwrap();
        total += Duration::from_secs_f64(event.0);
        match event.1.as_str() {
            "o" => screen.process(event.2.as_bytes()),
            "m" => {}
            "x" => shown = screen.screen().contents(),
            other => panic!("{other} is no event"),
        }
    }
    (Millis(total.as_millis() as u64), shown)
}
