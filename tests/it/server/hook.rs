//! The operator's hook: who is told when everything of a meeting is written.

use std::process::Command as Program;
use std::time::Duration;

use palco::meeting::Command;
use palco::server::{Hook, Settings};
use palco::wire::Secret;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::finishing::folder;
use crate::support::{Client, TestServer, within};

fn hooked(hook: Hook) -> Settings {
    Settings { hook: Some(hook), ..Settings::default() }
}

/// Takes one request whole, answers it, and gives its head and body.
async fn take(listener: &TcpListener, answer: &str) -> (String, String) {
    within("a post", async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        loop {
            stream.read_buf(&mut request).await.unwrap();
            let text = String::from_utf8_lossy(&request).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|l| l.strip_prefix("Content-Length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                stream.write_all(answer.as_bytes()).await.unwrap();
                return (head.to_owned(), body.to_owned());
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_told_again_after_a_restart_and_nobody_else_is() {
    let (listener, other) =
        (TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let to = format!("http://{}/palco?x=1", listener.local_addr().unwrap()).parse().unwrap();
    let secret = Secret::new("correct horse");
    let server = TestServer::with(hooked(Hook::Post { to, secret })).await;
    let mut host = Client::host(&server, "monday").await;
    host.command(Command::End).await.unwrap();
    let elsewhere = other.local_addr().unwrap();
    let moved =
        format!("HTTP/1.1 307 Over there\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0\r\n\r\n");
    let (head, body) = take(&listener, &moved).await;
    let server = server.restart().await;
    let (again, same) = take(&listener, "HTTP/1.1 204 No Content\r\n\r\n").await;
    folder(&server, &host.meeting_id).await;
    assert_eq!((&again, &same), (&head, &body));
    let followed = tokio::time::timeout(Duration::from_millis(50), other.accept()).await;
    assert!(followed.is_err(), "a redirect is not followed");

    assert!(head.starts_with("POST /palco?x=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("\r\nX-Palco-Delivery: {}", host.meeting_id)), "{head}");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("body"), &body).unwrap();
    let signed = Program::new("openssl")
        .args(["dgst", "-sha256", "-hmac", "correct horse", "-hex", "body"])
        .current_dir(dir.path())
        .output()
        .unwrap_or_else(|e| panic!("openssl is needed ({e}); tests/run installs it"));
    let text = String::from_utf8(signed.stdout).unwrap();
    let signature = text.rsplit("= ").next().unwrap().trim();
    assert!(head.contains(&format!("\r\nX-Palco-Signature: sha256={signature}")), "{head}");
    let facts: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&facts["event"], &facts["room"]), (&"meeting-finished".into(), &"monday".into()));
    assert_eq!(facts["minutes"]["people"][0]["name"], "Host");
    assert!(facts["minutes_text"].as_str().unwrap().contains("monday #1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_finds_everything_written() {
    let dir = tempfile::tempdir().unwrap();
    let told = dir.path().join("told");
    let script = r#"set -e; head -c 12 > "$1.new"; echo " $PALCO_ROOM#$PALCO_NUMBER" >> "$1.new"
        test -s "$PALCO_FOLDER/minutes.md"; mv "$1.new" "$1""#;
    let words = ["sh", "-c", script, "hook"].map(str::to_owned);
    let words = words.into_iter().chain([told.display().to_string()]).collect();
    let server = TestServer::with(hooked(Hook::Command(words))).await;
    let mut host = Client::host(&server, "monday").await;
    host.command(Command::End).await.unwrap();
    folder(&server, &host.meeting_id).await;
    let text = std::fs::read_to_string(&told).unwrap();
    assert!(text.starts_with('{') && text.ends_with(" monday#1\n"), "{text}");
}
