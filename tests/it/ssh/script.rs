//! `ctl` over ssh: what `palco ctl` does, without palco.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use super::{House, said};
use crate::support::DEADLINE;

#[test]
fn a_script_does_over_ssh_what_it_does_at_home() {
    let house = House::open();
    let ana = house.host("ana");
    let ctl = |who: &str, words: &[&str]| {
        let words: Vec<_> = [&["ctl"], words].concat();
        said(house.pipe(who, &words).output().unwrap())
    };
    assert_eq!(ctl("ana", &["monday", "start"]).0, 0);
    ana.wait("live");
    assert_eq!(ctl("bruno", &["monday", "raise", "Fax over T.38?", "--kind", "reply"]).0, 0);
    ana.wait("Fax over T.38?");
    let (status, out, _) = ctl("bruno", &["monday", "status"]);
    assert_eq!(status, 0);
    assert!(out.starts_with("monday #1") && out.contains("reply: Fax over T.38?"), "{out}");
    let (status, out, _) = ctl("bruno", &["--json", "monday", "status"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, json["queue"][0]["name"].as_str()), (0, Some("bruno")));
    let (status, out, err) = ctl("bruno", &["monday", "next"]);
    assert_eq!((status, out.as_str()), (1, ""), "an attendee calls nobody");
    assert!(err.starts_with("palco: "), "{err}");
    let (_, _, err) = ctl("bruno", &["--json", "monday", "next"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&err).unwrap()["code"], "not-allowed");
    let (status, _, err) = ctl("bruno", &["monday", "fly"]);
    assert_eq!(status, 2);
    assert!(err.contains("“fly” is no command"), "{err}");
    assert_eq!(ctl("bruno", &["nowhere", "status"]).0, 1);
    assert_eq!(ctl("bruno", &[]).0, 2);
}

#[test]
fn a_script_watches_what_happens() {
    let house = House::open();
    let _ana = house.host("ana");
    let mut watch = house.pipe("bruno", &["ctl", "monday", "watch"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let (seen, first) = channel();
    std::thread::spawn(move || {
        // Nobody waits any more when the deadline has passed.
        let _ = seen.send(lines.next().unwrap().unwrap());
    });
    house.ctl("ana", &["start"]);
    let began = Instant::now();
    let line = loop {
        // It may be that nobody watched yet when the last one was done.
        house.ctl("ana", &["extend", "1m"]);
        match first.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => break line,
            Err(_) => assert!(began.elapsed() < DEADLINE, "nothing was seen"),
        }
    };
    assert!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["seq"].is_u64(), "{line}");
    watch.kill().unwrap();
    watch.wait().unwrap();
}
