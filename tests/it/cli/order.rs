//! Keeping order from a script.

use serde_json::{Value, json};

use crate::support::shell::{Home, Server, host};

#[test]
fn order_is_kept_by_words_and_told_by_status() {
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let _host = host(&home, &server, "monday");
    let ctl = |who: &str, words: &[&str]| home.ctl(&url, who, words);

    ctl("Stefano", &["start"]).ok();
    ctl("Ana", &["raise", "SIP trunks"]).ok();
    ctl("Bruno", &["raise", "Fax"]).ok();
    ctl("Stefano", &["role", "ana", "cohost"]).ok();
    ctl("Bruno", &["lock"]).failed(1, &["attendee does not allow that"]);
    ctl("Ana", &["hold", "all"]).ok();
    ctl("Ana", &["lock"]).ok();
    ctl("Elio", &["raise", "Late"]).failed(1, &["the room is locked"]);
    ctl("Ana", &["rename-other", "bruno", "Bruno", "from", "Turin"]).ok();
    ctl("Ana", &["remove", "stefano"]).failed(1, &["a host and the owner of the room stay in"]);
    ctl("Ana", &["ban", "bruno", "1h", "too", "loud"]).ok();
    ctl("Bruno", &["raise", "Again"]).failed(1, &["you are banned from this room until 20"]);

    let status: Value = serde_json::from_str(&ctl("Stefano", &["status", "--json"]).ok().out).unwrap();
    assert_eq!((&status["hold_all"], &status["locked"]), (&json!(true), &json!(true)));
    assert_eq!(status["bans"][0]["name"], "Bruno from Turin");
    assert_eq!(status["bans"][0]["by_name"], "Ana");
    assert_eq!(status["bans"][0]["why"], "too loud");
    assert_eq!(status["cohosts"].as_array().unwrap().len(), 1);
    assert_eq!(status["acting_host"], json!(null));
    let text = ctl("Ana", &["status"]).ok().out;
    assert!(text.contains("all held · locked · 1 banned"), "{text}");
    let bans = ctl("Ana", &["bans"]).ok().out;
    assert!(bans.contains("Bruno from Turin") && bans.contains("by Ana  (too loud)"), "{bans}");

    ctl("Ana", &["release", "all"]).ok();
    ctl("Ana", &["unlock"]).ok();
    ctl("Ana", &["unban", "bruno"]).ok();
    assert_eq!(ctl("Ana", &["bans"]).ok().out.trim(), "nobody is banned");
    ctl("Bruno", &["raise", "Again"]).ok();
    ctl("Stefano", &["hand-over", "nobody"]).failed(1, &["nobody here is called"]);
}
