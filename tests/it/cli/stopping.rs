//! Ending cleanly.

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
