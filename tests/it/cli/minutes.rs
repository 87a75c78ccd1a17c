//! The minutes of meetings that a server keeps, from the shell.

use std::fs;

use serde_json::Value;

use crate::support::shell::{Home, Server, host};

#[test]
fn minutes_are_there_while_the_server_runs_and_when_it_does_not() {
    let home = Home::new();
    let mut server = Server::start(&home);
    let url = server.url("monday");
    let _host = host(&home, &server, "monday");
    home.ctl(&url, "Stefano", &["start"]).ok();
    home.ctl(&url, "Ana", &["raise", "Fax over T.38, really?"]).ok();
    home.ctl(&url, "Stefano", &["next"]).ok();
    home.ctl(&url, "Stefano", &["end"]).ok();
    let data = server.data.display().to_string();
    let minutes = |more: &[&str]| home.run(&[&["minutes", "monday#1", "--data", &data], more].concat());

    let facts: Value = serde_json::from_str(&minutes(&["--json"]).ok().out).unwrap();
    assert_eq!(facts["asked"][0]["topic"], "Fax over T.38, really?");
    assert_eq!(facts["asked"][0]["name"], "Ana");
    server.running.signal("TERM");
    server.running.wait();
    assert!(minutes(&["--lang", "it"]).ok().out.contains("**Ana**: Fax over T.38, really?"));

    let template = home.path().join("short.txt");
    fs::write(&template, "{{ room }}: {{ asked|length }}").unwrap();
    let template = template.to_str().unwrap();
    assert_eq!(minutes(&["--template", template]).ok().out, "monday: 1\n");
    fs::write(template, "{{ rooom }}").unwrap();
    minutes(&["--template", template]).failed(1, &["undefined", "line 1"]);
    home.run(&["minutes", "monday#2", "--data", &data])
        .failed(1, &["monday#2 is not kept here; of monday there is #1 alone"]);
    home.run(&["minutes", "tuesday", "--data", &data]).failed(1, &["no meeting in tuesday", "--data"]);
    home.run(&["minutes", "monday#x"]).failed(2, &["ROOM#28"]);
    home.run(&["minutes", "monday", "--data", "/nowhere"]).failed(1, &["/nowhere/palco.db is not there"]);
}
