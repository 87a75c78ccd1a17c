//! `palco doctor` where there is neither terminal nor sound card.

use serde_json::Value;

use crate::support::shell::{Home, Server, host};

/// The checks of a report, by name.
fn checks(out: &str) -> (bool, Vec<Value>) {
    let report: Value = serde_json::from_str(out).unwrap_or_else(|e| panic!("{e}: {out}"));
    (report["well"].as_bool().unwrap(), report["checks"].as_array().unwrap().clone())
}

fn check<'a>(all: &'a [Value], name: &str) -> &'a Value {
    all.iter().find(|c| c["check"] == name).unwrap_or_else(|| panic!("no {name} in {all:?}"))
}

#[test]
fn a_link_is_measured() {
    let home = Home::new();
    let server = Server::start(&home);
    let _host = host(&home, &server, "monday");
    let url = server.url("monday");
    let ran = home.run(&["doctor", &url, "--no-audio", "--json"]);
    let (well, all) = checks(&ran.out);
    let link = check(&all, "link");
    assert_eq!(link["lost"], 0, "{link}");
    assert!(link["round_trip_ms"].is_u64() && link["jitter_ms"].is_u64(), "{link}");
    assert!(check(&all, "clock")["offset_ms"].as_i64().unwrap().abs() < 60_000);
    let server = check(&all, "server");
    assert_eq!((&server["verdict"], &server["encrypted"]), (&Value::from("good"), &Value::from(false)));
    assert_eq!(well, ran.status == 0, "{}", ran.err);
    assert_eq!(check(&all, "terminal")["verdict"], "good");
}

#[test]
fn what_is_wrong_comes_with_what_to_do() {
    let home = Home::new();
    let ran = home.run(&["doctor", "ws://127.0.0.1:1/monday", "--no-audio"]);
    assert!(ran.out.contains("BAD   server: nobody answers at 127.0.0.1:1"), "{}", ran.out);
    assert!(ran.out.contains("check the address"), "{}", ran.out);
    ran.failed(1, &["1 of 3 checks are bad"]);
    let server = Server::start(&home);
    let ran = home.run(&["doctor", &server.url("monday"), "--no-audio", "--json"]);
    let (well, all) = checks(&ran.out);
    assert!(!well);
    assert_eq!(check(&all, "room")["code"], "no-such-room");
    assert_eq!(check(&all, "server")["verdict"], "good");
}

#[test]
fn no_sound_is_a_note() {
    let home = Home::new();
    let mut command = home.palco(&["doctor", "--json"]);
    command.env("PULSE_SERVER", "unix:/nonexistent").env("ALSA_CONFIG_PATH", "/nonexistent");
    let out = command.output().unwrap();
    let (well, all) = checks(&String::from_utf8(out.stdout).unwrap());
    assert!(well, "{all:?}");
    let sound = check(&all, "sound");
    assert_eq!(sound["verdict"], "note");
    assert!(sound["fix"].as_str().unwrap().contains("PULSE_SERVER"), "{sound}");
}
