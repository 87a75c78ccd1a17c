//! A whole meeting by `palco ctl`.

use std::time::Instant;

use serde_json::Value;

use crate::support::shell::{DEADLINE, Home, Running, Server, host};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|x| x["name"].as_str().unwrap()).collect()
}

#[test]
fn hands_go_up_and_are_called_from_scripts() {
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let _host = host(&home, &server, "monday");
    let ctl = |who: &str, words: &[&str]| home.ctl(&url, who, words);

    ctl("Stefano", &["start"]).ok();
    ctl("Ana", &["raise", "SIP trunk", "failover?"]).ok();
    ctl("Bruno", &["raise", "Order!", "--kind", "point-of-order"]).ok();
    ctl("Chiara", &["support", "ana"]).ok();
    let status = home.status(&url);
    assert_eq!(status["phase"], "live");
    assert_eq!(names(&status["queue"]), ["Bruno", "Ana"], "points of order go first");
    assert_eq!(status["queue"][1]["topic"], "SIP trunk failover?");
    assert_eq!(status["queue"][1]["supporters"].as_array().unwrap().len(), 1);

    ctl("Ana", &["next"]).failed(1, &["attendee does not allow that"]);
    ctl("Stefano", &["call", "an"]).ok();
    let status = home.status(&url);
    assert_eq!(status["turn"]["name"], "Ana");
    assert_eq!(names(&status["stage"]), ["Stefano", "Ana"]);
    ctl("Ana", &["unmute"]).ok();
    assert_eq!(home.status(&url)["stage"][1]["mic"], "live");
    ctl("Stefano", &["hold", "Ana"]).ok();
    assert_eq!(home.status(&url)["stage"][1]["mic"], "held");
    ctl("Stefano", &["done"]).ok();
    ctl("Stefano", &["done", "--json"]).failed(1, &["{\"code\":\"no-turn\""]);

    ctl("Stefano", &["role", "chi", "cohost"]).ok();
    ctl("Chiara", &["order", "arrival"]).ok();
    ctl("Chiara", &["extend", "10m"]).failed(1, &["cohost does not allow that"]);
    ctl("Stefano", &["extend", "10m"]).ok();
    let status = home.status(&url);
    assert_eq!(status["clock"]["planned_ms"], 70 * 60_000);
    ctl("Bruno", &["lower"]).ok();
    ctl("Stefano", &["end"]).ok();
    assert_eq!(home.status(&url)["phase"], "ended");
}

#[test]
fn looking_leaves_no_trace() {
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let _host = host(&home, &server, "monday");
    let before = home.status(&url);
    let text = home.ctl(&url, "Ana", &["status"]).ok().out;
    assert!(text.contains("Stefano") && !text.contains("Ana"), "{text}");
    assert_eq!(home.status(&url)["seq"], before["seq"]);
}

#[test]
fn watch_prints_events_as_lines_until_nobody_reads() {
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let _host = host(&home, &server, "monday");
    let mut watch = Running::start(home.palco(&["ctl", &url, "watch"]));
    // What happens before the watch is there does not matter: something goes on happening until it has said a line.
    let first = std::thread::scope(|scope| {
        let reader = scope.spawn(|| watch.line());
        let until = Instant::now() + DEADLINE;
        while !reader.is_finished() && Instant::now() < until {
            home.ctl(&url, "Stefano", &["extend", "1m"]).ok();
        }
        assert!(reader.is_finished(), "nothing is printed");
        reader.join().unwrap()
    });
    let event: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(event["event"]["type"], "extended", "{first}");
    assert!(event["seq"].as_u64().unwrap() > 0);
    watch.stop_reading();
    home.ctl(&url, "Stefano", &["start"]).ok();
    let (status, err) = watch.wait();
    assert!(status.success() && err.is_empty(), "{status} {err}");
}

#[test]
fn a_name_may_be_shortened_while_it_is_clear() {
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let _host = host(&home, &server, "monday");
    home.ctl(&url, "Stefano", &["start"]).ok();
    for who in ["Maria", "Mario"] {
        home.ctl(&url, who, &["raise", "x"]).ok();
    }
    home.ctl(&url, "Stefano", &["call", "mar"]).failed(1, &["Maria, Mario"]);
    home.ctl(&url, "Stefano", &["call", "ugo"]).failed(1, &["nobody here is called “ugo”"]);
    home.ctl(&url, "Stefano", &["call", "stefano"]).failed(1, &["no hand"]);
    home.ctl(&url, "Stefano", &["call", "MARIO"]).ok();
    assert_eq!(home.status(&url)["turn"]["name"], "Mario");
}
