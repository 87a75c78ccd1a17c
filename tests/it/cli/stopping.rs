//! Ending cleanly.

use palco::meeting::Millis;
use palco::recording::{OggWriter, PAGE_200_MS};
use serde_json::Value;

use crate::support::shell::{Home, Running, Server, host};

#[test]
fn a_server_told_to_stop_tells_every_seat_and_keeps_the_log() {
    for signal in ["TERM", "INT"] {
        let home = Home::new();
        let mut server = Server::start(&home);
        let url = server.url("monday");
        let _host = host(&home, &server, "monday");
        home.ctl(&url, "Stefano", &["start"]).ok();
        let before = home.status(&url);
        server.running.signal(signal);
        let (status, err) = server.running.wait();
        assert!(status.success(), "{signal}: {status} {err}");

        let server = Server::start(&home);
        let after = home.status(&server.url("monday"));
        assert_eq!(after["phase"], "live");
        assert_eq!(after["clock"]["started_at"], before["clock"]["started_at"]);
    }
}

#[test]
fn a_host_with_its_own_server_says_how_to_join_and_ends_when_told() {
    let home = Home::new();
    let args = ["host", "monday", "--title", "From analog", "--listen", "127.0.0.1:0", "--no-audio"];
    let mut running = Running::start(home.palco(&args));
    let at = running.line().strip_prefix("listening on ").unwrap().to_owned();
    let join = running.line();
    assert_eq!(join, format!("palco join {at}/monday"));
    let url = format!("{at}/monday");
    assert_eq!(home.status(&url)["title"], "From analog");
    home.run(&["ctl", &url, "start"]).ok();
    running.signal("TERM");
    let (status, err) = running.wait();
    assert!(status.success(), "{status} {err}");
    home.run(&["ctl", &url, "status"]).failed(3, &["nobody answers"]);
}

#[test]
fn a_cast_that_is_stopped_is_a_shorter_one() {
    let home = Home::new();
    let (sound, cast) = (home.path().join("long.opus"), home.path().join("long.cast"));
    let mut writer = OggWriter::new(1, PAGE_200_MS, &[]);
    writer.push(&[9 << 3, 1, 2, 3]).unwrap();
    writer.skip(Millis::from_mins(180).samples());
    writer.finish();
    let mut bytes = Vec::new();
    writer.write_to(&mut bytes).unwrap();
    std::fs::write(&sound, bytes).unwrap();
    let (sound, to) = (sound.display().to_string(), cast.display().to_string());
    let mut running = Running::start(home.palco(&["play", &sound, "--cast", &to]));
    let began = std::time::Instant::now();
    while std::fs::metadata(&cast).map_or(0, |about| about.len()) == 0 {
        assert!(began.elapsed() < crate::support::shell::DEADLINE, "nothing is written");
        std::thread::yield_now();
    }
    running.signal("INT");
    let (status, err) = running.wait();
    assert!(!status.success() && err.contains("ends at"), "{status} {err}");
    let text = std::fs::read_to_string(&cast).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.remove(0)["version"], 3);
    let length: f64 = lines.iter().map(|event| event[0].as_f64().unwrap()).sum();
    assert!(length < 180.0 * 60.0, "{length} s");
    assert_eq!((text.ends_with('\n'), &lines.last().unwrap()[1]), (true, &"x".into()));
}
