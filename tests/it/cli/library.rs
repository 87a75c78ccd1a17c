//! The library of a data directory, from the shell.

use serde_json::Value;

use crate::support::shell::{DEADLINE, Home, Running, Server, host};

/// A server that keeps two meetings: the first recorded and over, the second live.
struct Shelf {
    home: Home,
    server: Server,
    data: String,
    _hosts: Vec<Running>,
}

impl Shelf {
    fn fill() -> Self {
        let home = Home::new();
        let server = Server::start(&home);
        let data = server.data.display().to_string();
        let first = host(&home, &server, "monday");
        let mut shelf = Self { home, server, data, _hosts: vec![first] };
        shelf.says("Stefano", &["start"]);
        shelf.says("Stefano", &["record", "start"]);
        shelf.says("Ana", &["raise", "Fax over T.38, really?"]);
        shelf.says("Stefano", &["next"]);
        shelf.until(|first| first["recorded_ms"].as_u64() >= Some(400));
        shelf.says("Stefano", &["end"]);
        let second = host(&shelf.home, &shelf.server, "monday");
        shelf._hosts.push(second);
        shelf.says("Stefano", &["start"]);
        shelf
    }

    fn says(&self, who: &str, words: &[&str]) {
        self.home.ctl(&self.server.url("monday"), who, words).ok();
    }

    fn library(&self, words: &[&str]) -> crate::support::shell::Ran {
        self.home.run(&[&["library"], words, &["--data", &self.data]].concat())
    }

    fn listed(&self) -> Vec<Value> {
        serde_json::from_str(&self.library(&["--json"]).ok().out).unwrap()
    }

    /// Waits until it is so for the first meeting.
    fn until(&self, is: impl Fn(&Value) -> bool) {
        let began = std::time::Instant::now();
        loop {
            let all = self.listed();
            if is(all.last().unwrap()) {
                return;
            }
            assert!(began.elapsed() < DEADLINE, "never: {all:?}");
        }
    }
}

#[test]
fn meetings_are_listed_and_shown_while_the_server_runs_and_when_it_does_not() {
    let mut shelf = Shelf::fill();
    for runs in [true, false] {
        if !runs {
            shelf.server.running.signal("TERM");
            shelf.server.running.wait();
        }
        let all = shelf.listed();
        assert_eq!(all.len(), 2, "{all:?}");
        assert_eq!((&all[0]["number"], &all[1]["number"]), (&2.into(), &1.into()));
        assert_eq!((&all[0]["ended_at"], &all[0]["parts"]), (&Value::Null, &0.into()));
        assert!(all[1]["ended_at"].is_u64() && all[1]["parts"] == 1, "{all:?}");
        assert!(all[1]["bytes"].as_u64() > Some(200) && all[1]["held"] == false, "{all:?}");
        let text = shelf.library(&["monday"]).ok().out;
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("monday#2  20") && lines[0].ends_with("goes on"), "{text}");
        assert!(lines[1].starts_with("monday#1  20") && lines[1].contains("0:0"), "{text}");
        let shown = shelf.library(&["show", "monday#1"]).ok().out;
        assert!(shown.contains("Ana") && shown.contains("recorded"), "{shown}");
    }
    assert_eq!(shelf.library(&["tuesday"]).ok().out.lines().count(), 1);
    shelf.library(&["show", "monday#3"]).failed(1, &["monday has the meetings 1 to 2"]);
    shelf.library(&["show", "tuesday", "--json"]).failed(1, &["\"code\":\"no-meeting\""]);
    shelf.home.run(&["library", "--data", "/nowhere"]).failed(1, &["/nowhere/palco.db is not there"]);
}
