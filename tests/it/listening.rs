//! `palco listen` when something goes away.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::shell::{DEADLINE, Home, Running, Server, host};

/// How many only listen, as the room tells those outside.
fn listening(server: &Server) -> u64 {
    let url = format!("http://{}/rooms/monday", server.at);
    let out =
        std::process::Command::new("curl").args(["-s", &url]).output().expect("curl; tests/run installs it");
    let notice: Value = serde_json::from_slice(&out.stdout).unwrap_or_default();
    notice["listening"].as_u64().unwrap_or_default()
}

fn until(what: &str, is: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// The server is killed and comes back; so does the listener, and what is written is one whole stream.
#[test]
fn a_listener_comes_back_after_the_server() {
    let home = Home::new();
    let mut server = Server::start(&home);
    let (url, at) = (server.url("monday"), server.at.to_string());
    let _host = host(&home, &server, "monday");
    home.ctl(&url, "Stefano", &["start"]).ok();
    let file = home.path().join("monday.opus");
    let mut ear = Running::start(home.palco(&["listen", &url, "-o", &file.display().to_string()]));
    until("a listener", || listening(&server) == 1);
    server.running.signal("KILL");
    server.running.wait();
    server = Server::start_at(&home, &at);
    until("the listener again", || listening(&server) == 1);
    ear.signal("INT");
    let (status, err) = ear.wait();
    assert!(status.success() && err.contains("listener"), "{err}");
    let info =
        std::process::Command::new("opusinfo").arg(&file).output().expect("opusinfo; tests/run installs it");
    let info = String::from_utf8_lossy(&info.stdout).into_owned();
    assert!(info.contains("Opus stream 1") && !info.to_lowercase().contains("warning"), "{info}");
}

/// A player that goes away ends it, with nothing to complain of.
#[test]
fn a_closed_pipe_ends_listening_quietly() {
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let _host = host(&home, &server, "monday");
    home.ctl(&url, "Stefano", &["start"]).ok();
    let mut ear = Running::start(home.palco(&["listen", &url, "-q", "-o", "-"]));
    until("a listener", || listening(&server) == 1);
    ear.stop_reading();
    let (status, err) = ear.wait();
    assert_eq!((status.code(), err.as_str()), (Some(0), ""));
    until("that they left", || listening(&server) == 0);
}
