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
        self.repeat("the first meeting", || is(self.listed().last().unwrap()));
    }

    /// Tries until it is so.
    fn repeat(&self, what: &str, is: impl Fn() -> bool) {
        let began = std::time::Instant::now();
        while !is() {
            assert!(began.elapsed() < DEADLINE, "never: {what}: {:?}", self.listed());
        }
    }

    /// How many recordings lie there: the parts of those that go on, and the whole of those that are over.
    fn recordings(&self) -> usize {
        let folder = std::fs::read_dir(self.server.data.join("recordings")).unwrap();
        let is_one = |path: std::path::PathBuf| {
            path.extension().is_some_and(|end| end == "opus") || path.join("meeting.opus").is_file()
        };
        folder.flatten().filter(|entry| is_one(entry.path())).count()
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
    shelf.library(&["tuesday"]).failed(1, &["there was no meeting in tuesday here"]);
    shelf
        .library(&["show", "monday#3"])
        .failed(1, &["monday#3 is not kept here; of monday there are some from #1 to #2"]);
    shelf.library(&["show", "tuesday", "--json"]).failed(1, &["\"code\":\"no-meeting\""]);
    shelf.home.run(&["library", "--data", "/nowhere"]).failed(1, &["/nowhere/palco.db is not there"]);
}

/// How many files of the data directory have this in their bytes, in whichever case.
fn files_with(shelf: &Shelf, phrase: &str) -> Vec<String> {
    let mut folders = vec![shelf.server.data.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if let Ok(bytes) = std::fs::read(entry.path()) {
                let bytes = bytes.to_ascii_lowercase();
                if bytes.windows(phrase.len()).any(|w| w == phrase.to_ascii_lowercase().as_bytes()) {
                    found.push(entry.path().display().to_string());
                }
            }
        }
    }
    found
}

fn found(shelf: &Shelf, words: &str) -> Vec<Value> {
    serde_json::from_str(&shelf.library(&["search", words, "--json"]).ok().out).unwrap()
}

#[test]
fn what_ended_is_found_by_title_topic_and_name() {
    let shelf = Shelf::fill();
    shelf.until(|_| !found(&shelf, "monday").is_empty());
    // Ana never answered whether she agrees to be recorded: neither her topic nor her name is found.
    assert_eq!((found(&shelf, "fax"), found(&shelf, "ana")), (vec![], vec![]));
    assert!(found(&shelf, "really \" OR NOT * (").is_empty());
    let title = &found(&shelf, "MONDAY")[0];
    assert_eq!(
        (&title["room"], &title["number"], &title["kind"]),
        (&"monday".into(), &1.into(), &"title".into())
    );
    assert_eq!(shelf.library(&["search", "nobody"]).ok().out, "nothing was found\n");
}

#[test]
fn what_is_deleted_is_nowhere_in_the_data_directory() {
    let mut shelf = Shelf::fill();
    // The second meeting is not recorded: its topics and names are found.
    shelf.says("Zebedeo", &["raise", "Quixotic trunks?"]);
    shelf.says("Stefano", &["next"]);
    shelf.says("Stefano", &["ban", "zebedeo"]);
    shelf.library(&["delete", "monday#2", "--yes"]).failed(1, &["not over"]);
    shelf.says("Stefano", &["end"]);
    shelf.until(|_| found(&shelf, "quixotic").len() == 1 && found(&shelf, "zebe").len() == 2);
    shelf.library(&["hold", "monday#2", "on"]).ok();
    shelf.library(&["delete", "monday#2", "--yes"]).failed(1, &["monday#2 is held", "hold monday#2 off"]);
    shelf.library(&["hold", "monday#2", "off"]).ok();
    shelf.library(&["delete", "monday#2"]).failed(2, &["--yes"]);
    shelf.library(&["delete", "monday", "--yes"]).failed(2, &["monday#28"]);
    shelf.library(&["delete", "monday#2", "--yes"]).failed(1, &["people are still in"]);
    // An export is known, and goes with the meeting.
    let to = shelf.home.path().join("out");
    let exported = shelf.library(&["export", "monday#2", "--to", &to.display().to_string()]).ok().out;
    assert_eq!(exported.trim(), to.join("monday-2").display().to_string());
    assert!(std::fs::read_to_string(to.join("monday-2/minutes.md")).unwrap().contains("Quixotic"));
    let again = ["export", "monday#2", "--to", &to.display().to_string()];
    shelf.library(&again).failed(1, &["there already"]);
    // With the server running, as soon as the last one has left.
    shelf._hosts.clear();
    shelf.repeat("the second meeting is deleted", || {
        shelf.library(&["delete", "monday#2", "--yes"]).status == 0
    });
    for gone in ["Quixotic", "Zebedeo"] {
        assert_eq!(files_with(&shelf, gone), Vec::<String>::new(), "{gone}");
    }
    assert_eq!((found(&shelf, "quixotic"), shelf.listed().len()), (vec![], 1));
    assert!(!to.join("monday-2").exists());
    assert!(!files_with(&shelf, "Fax over").is_empty());
    shelf.repeat("the first meeting is there once", || shelf.recordings() == 1);
    // And without it.
    shelf.server.running.signal("TERM");
    shelf.server.running.wait();
    shelf.library(&["delete", "monday#1", "--yes"]).ok();
    for gone in ["Fax over", "fax", "Ana\""] {
        assert_eq!(files_with(&shelf, gone), Vec::<String>::new(), "{gone}");
    }
    assert_eq!((shelf.recordings(), shelf.listed().len()), (0, 0));
    // A folder that was being made when its server was killed goes when the next one starts.
    let db = rusqlite::Connection::open(shelf.server.data.join("palco.db")).unwrap();
    let id: String = db.query_row("SELECT id FROM meetings WHERE number = 1", [], |row| row.get(0)).unwrap();
    let due = |db: &rusqlite::Connection| -> u32 {
        db.query_row("SELECT count(*) FROM meetings WHERE due IS NOT NULL", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(due(&db), 0, "nothing is to be done about what is deleted");
    // As a server leaves it that is killed before all of it is wiped.
    db.execute("UPDATE meetings SET due = 'scrub' WHERE number = 1", []).unwrap();
    assert_eq!(due(&db), 1);
    let half = shelf.server.data.join("recordings").join(format!("making-{id}"));
    std::fs::create_dir_all(&half).unwrap();
    std::fs::write(half.join("minutes.md"), "Fax over").unwrap();
    // The room goes on with the next number, and keeps out whom it kept out.
    shelf.server = Server::start(&shelf.home);
    shelf.repeat("the half-made folder is gone", || !half.exists());
    shelf.repeat("what was not wiped is wiped", || due(&db) == 0);
    drop(db);
    let _host = host(&shelf.home, &shelf.server, "monday");
    assert_eq!(shelf.listed()[0]["number"], 3);
    shelf.home.ctl(&shelf.server.url("monday"), "Zebedeo", &["raise", "Again"]).failed(1, &["banned"]);
}

#[test]
fn what_was_kept_long_enough_is_deleted_unless_it_is_held() {
    let mut shelf = Shelf::fill();
    shelf.says("Stefano", &["end"]);
    shelf.library(&["hold", "monday#1", "on"]).ok();
    shelf.library(&["keep", "monday", "1"]).ok();
    shelf.library(&["keep", "tuesday", "1"]).failed(1, &["no meeting in tuesday"]);
    shelf._hosts.clear();
    shelf.server.running.signal("TERM");
    shelf.server.running.wait();
    // As if they had ended two days ago.
    let db = rusqlite::Connection::open(shelf.server.data.join("palco.db")).unwrap();
    db.execute("UPDATE meetings SET ended = ended - 2 * 86400000", []).unwrap();
    drop(db);
    shelf.server = Server::start(&shelf.home);
    shelf.repeat("the second meeting is deleted", || shelf.listed().len() == 1);
    assert_eq!((&shelf.listed()[0]["number"], &shelf.listed()[0]["held"]), (&1.into(), &true.into()));
    shelf.library(&["keep", "monday", "forever"]).ok();
    shelf.library(&["keep", "monday", "soon"]).failed(2, &["forever"]);
}

/// What ffprobe reads of a recording: how many chapters, and how many seconds.
fn probed(file: &std::path::Path) -> (usize, f64) {
    let mut command = std::process::Command::new("ffprobe");
    command.args(["-v", "warning", "-show_chapters", "-show_format", "-of", "json"]).arg(file);
    let out = command.output().unwrap_or_else(|e| panic!("ffprobe is needed ({e}); tests/run installs it"));
    assert_eq!((out.status.success(), String::from_utf8_lossy(&out.stderr).as_ref()), (true, ""));
    let read: Value = serde_json::from_slice(&out.stdout).unwrap();
    let length = read["format"]["duration"].as_str().unwrap().parse().unwrap();
    (read["chapters"].as_array().unwrap().len(), length)
}

#[test]
fn a_recorded_meeting_is_exported_with_its_sound_and_chapters() {
    let shelf = Shelf::fill();
    shelf.until(|first| first["folder"].is_string());
    // The second one is exported while it goes on.
    shelf.says("Stefano", &["record", "start"]);
    shelf.repeat("something is recorded", || shelf.listed()[0]["recorded_ms"].as_u64() >= Some(400));
    let to = shelf.home.path().join("out");
    for number in [1, 2] {
        shelf.library(&["export", &format!("monday#{number}"), "--to", &to.display().to_string()]).ok();
        let folder = to.join(format!("monday-{number}"));
        let file = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let (chapters, seconds) = probed(&folder.join("meeting.opus"));
        let json: Value = serde_json::from_str(&file("chapters.json")).unwrap();
        assert_eq!(json["chapters"].as_array().unwrap().len(), chapters);
        assert!(chapters >= 1 && seconds >= 0.4, "{number}: {chapters} chapters, {seconds} s");
        assert!(file("chapters.vtt").starts_with("WEBVTT\n"));
        assert!(file("minutes.md").contains(&format!("monday #{number}")), "{}", file("minutes.md"));
        let minutes: Value = serde_json::from_str(&file("minutes.json")).unwrap();
        assert!(minutes["recording"].is_object(), "{minutes}");
    }
    assert!(std::fs::read_to_string(to.join("monday-1/minutes.md")).unwrap().contains("Fax over T.38"));
}
