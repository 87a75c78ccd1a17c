//! What goes wrong is said in a sentence, with the right exit status.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::shell::{Home, Server, host};

#[test]
fn a_wrong_url() {
    let home = Home::new();
    home.run(&["join", "http://example.org/monday"]).failed(2, &["ws://HOST:PORT/ROOM"]);
    home.run(&["ctl", "ws://example.org", "status"]).failed(2, &["names no room"]);
    home.run(&["ctl", "ws://example.org/a b", "status"]).failed(2, &["cannot be a room's name"]);
    home.run(&["host", "Lunedì"]).failed(2, &["cannot be a room's name"]);
}

#[test]
fn a_server_that_is_down() {
    let home = Home::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("ws://{free}/monday");
    home.run(&["join", &url, "--no-audio"]).failed(3, &["nobody answers", "palco serve"]);
    home.run(&["ctl", &url, "status"]).failed(3, &["nobody answers"]);
    home.run(&["ctl", &url, "status", "--json"]).failed(3, &["\"code\":\"no-connection\""]);
}

#[test]
fn something_else_than_palco() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/monday", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    });
    home.run(&["ctl", &url, "status"]).failed(3, &["not a palco server", "404"]);
}

#[test]
fn a_taken_name() {
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let _host = host(&home, &server, "monday");
    let other = home.path().join("other").display().to_string();
    home.run(&["ctl", &url, "raise", "x", "--name", "stefano", "--identity", &other])
        .failed(1, &["is taken", "--name"]);
    home.run(&["ctl", &url, "raise", "x", "--name", "stefano", "--identity", &other, "--json"])
        .failed(1, &["\"code\":\"name-taken\""]);
}

#[test]
fn no_meeting_there() {
    let home = Home::new();
    let server = Server::start(&home);
    home.run(&["ctl", &server.url("monday"), "status"]).failed(1, &["palco host"]);
}

#[test]
fn a_port_in_use() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap().to_string();
    home.run(&["serve", "--listen", &at]).failed(1, &["is in use", "--listen"]);
    home.run(&["host", "monday", "--listen", &at, "--no-audio"]).failed(1, &["is in use", "--listen"]);
    home.run(&["serve", "--listen", "nowhere"]).failed(2, &["0.0.0.0:7780"]);
}

#[test]
fn a_data_directory_that_cannot_be_written_or_is_in_use() {
    let home = Home::new();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let below = file.join("data").display().to_string();
    home.run(&["serve", "--listen", "127.0.0.1:0", "--data", &below])
        .failed(1, &["cannot be written", "--data"]);
    let server = Server::start(&home);
    let data = server.data.display().to_string();
    home.run(&["serve", "--listen", "127.0.0.1:0", "--data", &data])
        .failed(1, &["another palco uses", "--data"]);
}

#[test]
fn an_identity_that_cannot_be_used() {
    let home = Home::new();
    let key = home.path().join("key");
    let args = ["ctl", "ws://127.0.0.1:9/monday", "status", "--identity", key.to_str().unwrap()];
    fs::write(&key, "hello").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    home.run(&args).failed(1, &["chmod 600"]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    home.run(&args).failed(1, &["not an OpenSSH private key", "ssh-keygen"]);
    let below = key.join("below").display().to_string();
    home.run(&["ctl", "ws://127.0.0.1:9/monday", "status", "--identity", &below]).failed(1, &["--identity"]);
}

#[test]
fn wrong_usage() {
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let _host = host(&home, &server, "monday");
    home.run(&["ctl", &url, "dance"]).failed(2, &["dance"]);
    home.run(&["ctl", &url, "status", "now"]).failed(2, &["nothing follows"]);
    home.ctl(&url, "Stefano", &["order", "random"]).failed(2, &["order fair|arrival|support|manual"]);
    home.ctl(&url, "Stefano", &["extend", "soon"]).failed(2, &["extend LENGTH"]);
    home.ctl(&url, "Stefano", &["next", "--kind", "reply"]).failed(2, &["--kind belongs to raise"]);
    home.run(&["ctl", "ws://127.0.0.1:9/monday", "call"]).failed(2, &["call NAME|HAND"]);
    home.run(&["host", "monday", "--length", "long"]).failed(2, &["60m"]);
    home.run(&["host", "monday", "--agenda", "Intro"]).failed(2, &["Introductions=10m"]);
}
