//! Those outside: who looks on or listens over HTTP, and seats for sound alone.

use std::path::Path;
use std::process::{Child, Command as Program, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use palco::audio::{FRAME, Voice};
use palco::meeting::{Command, Meeting, Mic, ParticipantId, Presence, Role};
use palco::recording::{OggReader, Read, SoundReader};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::shell::Home;
use crate::support::{Client, Hi, TestServer, within};

/// What a browser says that it takes.
const HTML: &str = "Accept: text/html,application/xhtml+xml\r\n";

async fn get(server: &TestServer, path: &str, more: &str) -> (String, String) {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{more}Connection: close\r\n\r\n", server.address);
    let answer = server.request(&request).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head.to_owned(), body.to_owned())
}

async fn status(server: &TestServer, room: &str) -> Value {
    let (head, body) = get(server, &format!("/{room}/status.json"), "").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn browsers_get_a_page_that_may_do_nothing_but_its_work() {
    let server = TestServer::start().await;
    let (head, page) = get(&server, "/monday", HTML).await;
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/html"), "{head}");
    let policy = head.lines().find_map(|l| l.strip_prefix("content-security-policy: ")).unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    for file in ["/-/page.js", "/-/page.css"] {
        assert!(page.contains(file));
        assert!(get(&server, file, "").await.0.starts_with("HTTP/1.1 200"), "{file}");
    }
    let (head, _) = get(&server, "/monday", "Accept: */*\r\n").await;
    assert!(head.starts_with("HTTP/1.1 426"), "programs are told to join: {head}");
    for path in ["/monday/status.json", "/monday/events", "/monday/listen.opus", "/No!/status.json"] {
        assert!(get(&server, path, "").await.0.starts_with("HTTP/1.1 404"), "nobody opened it: {path}");
    }
}

#[tokio::test]
async fn a_room_shows_itself_while_its_doors_are_open() {
    let server = TestServer::start().await;
    let mut host = Client::new(&server, Hi::open("monday", "Host")).await;
    let mut ana = Client::new(&server, Hi::join("monday", "<img src=x onerror=alert(1)>")).await;
    let before = status(&server, "monday").await;
    assert_eq!((&before["closed"], &before["stage"]), (&Value::Bool(true), &Value::Array(vec![])));
    assert!(before.get("clock").is_none(), "{before}");
    assert!(get(&server, "/monday/listen.opus", "").await.0.starts_with("HTTP/1.1 403"));
    host.command(Command::Start).await.unwrap();
    let raise =
        Command::Raise { topic: "</script><b>bold</b>".into(), kind: palco::meeting::HandKind::Question };
    ana.command(raise).await.unwrap();
    let open = within("the open room", async {
        loop {
            let now = status(&server, "monday").await;
            if now["waiting"] == 1 {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert_eq!(open["closed"], false);
    assert_eq!(
        open["queue"][0]["name"], "<img src=x onerror=alert(1)>",
        "as it is: the page takes it for text"
    );
    assert_eq!(open["stage"][0]["name"], "Host");
    assert!(open["clock"]["planned_ms"] == 3_600_000 && open["clock"]["elapsed_ms"].is_u64());
    let lock = host.command(Command::Lock { on: true }).await.unwrap();
    host.until_seq(lock).await;
    assert!(get(&server, "/monday/listen.opus", "").await.0.starts_with("HTTP/1.1 403"));
    let closed = within("the locked room", async {
        loop {
            let now = status(&server, "monday").await;
            if now["closed"] == true {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert_eq!(closed["queue"], Value::Array(vec![]));
}

#[tokio::test]
async fn what_happens_is_told_as_it_happens() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /monday/events HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut told = String::new();
    let mut piece = [0; 4_096];
    let mut asked = false;
    within("the news", async {
        while !told.contains(r#""phase":"closing""#) {
            let n = stream.read(&mut piece).await.unwrap();
            assert!(n > 0, "it ended: {told}");
            told.push_str(&String::from_utf8_lossy(&piece[..n]));
            if !asked && told.contains(r#""phase":"live""#) {
                asked = true;
                host.command(Command::Close).await.unwrap();
            }
        }
    })
    .await;
    assert!(told.contains("text/event-stream") && told.contains("event: status\ndata: {"), "{told}");
}

/// Whoever asks for rooms that are not there, or shows what opens nothing, takes nothing from others.
#[tokio::test]
async fn a_room_shows_itself_however_many_ask_for_nothing() {
    let server = TestServer::start().await;
    let _host = Client::host(&server, "monday").await;
    for n in 0..201 {
        let path = if n % 2 == 0 { "status.json" } else { "events" };
        let (head, _) = get(&server, &format!("/nowhere-{n}/{path}"), "").await;
        assert!(head.starts_with("HTTP/1.1 404"), "{n}: {head}");
        let secret = STANDARD.encode(format!(":{}", URL_SAFE_NO_PAD.encode([n; 32])));
        let made_up = format!("Authorization: Basic {secret}\r\n");
        let (head, _) = get(&server, "/monday/status.json", &made_up).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{n}: {head}");
    }
    let _other = Client::host(&server, "tuesday").await;
    assert_eq!(status(&server, "tuesday").await["closed"], false);
}

fn curl(server: &TestServer, path: &str, to: &Path) -> Child {
    let mut curl = Program::new("curl");
    curl.args(["-sN", &format!("http://{}{path}", server.address), "-o"]).arg(to);
    curl.stdin(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("curl is needed ({e}); tests/run installs it"))
}

fn named(client: &Client, name: &str) -> Option<(ParticipantId, bool)> {
    let person = client.meeting.known().find(|p| p.name == name)?;
    Some((person.id, matches!(person.presence, Presence::Here { .. })))
}

/// Listeners are seen by name, are gone when their connection is, and lend their place to the next.
#[tokio::test]
async fn whoever_listens_over_http_is_seen() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let dir = tempfile::tempdir().unwrap();
    let mut first = curl(&server, "/monday/listen.opus?rung=8", &dir.path().join("1.opus"));
    host.until("a listener", |m| m.known().any(|p| p.name == "listener 1")).await;
    let mut second = curl(&server, "/monday/listen.opus?name=Franca+P%C3%B2", &dir.path().join("2.opus"));
    host.until("Franca", |m| m.known().any(|p| p.name == "Franca Pò")).await;
    let listener = host.meeting.known().find(|p| p.name == "listener 1").unwrap();
    assert_eq!((listener.role, listener.is_here()), (Role::Listener, true));
    for child in [&mut first, &mut second] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    host.until("that they left", |m| m.known().filter(|p| p.role == Role::Listener).all(|p| !p.is_in()))
        .await;
    let mut third = curl(&server, "/monday/listen.opus", &dir.path().join("3.opus"));
    host.until("a third", |m| m.known().any(|p| p.role == Role::Listener && p.is_here())).await;
    assert_eq!(host.meeting.known().filter(|p| p.role == Role::Listener).count(), 2, "places are lent again");
    assert!(named(&host, "listener 1").unwrap().1);
    third.kill().unwrap();
    third.wait().unwrap();
}

/// The head of the answer to who wants to listen, as far as it says how it went.
async fn listens(server: &TestServer) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /monday/listen.opus HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut head = [0; 12];
    within("an answer", stream.read_exact(&mut head)).await.unwrap();
    (stream, String::from_utf8_lossy(&head).into_owned())
}

#[tokio::test]
async fn a_ban_of_one_listener_keeps_out_no_other() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    for n in 1..4 {
        let (stream, head) = listens(&server).await;
        assert!(head.ends_with("200"), "the listener after {} bans: {head}", n - 1);
        let here = |m: &Meeting| {
            let listener = m.known().find(|p| p.role == Role::Listener && p.is_here());
            listener.map(|p| p.id)
        };
        host.until("a listener", |m| here(m).is_some()).await;
        let participant = here(&host.meeting).unwrap();
        let ban = Command::Ban { participant, length: None, why: None };
        let seq = host.command(ban).await.unwrap();
        host.until_seq(seq).await;
        drop(stream);
    }
}

#[tokio::test]
async fn a_locked_meeting_lets_in_no_listener_as_somebody_before() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let (stream, _) = listens(&server).await;
    host.until("a listener", |m| m.known().any(|p| p.role == Role::Listener && p.is_here())).await;
    drop(stream);
    host.until("that they left", |m| !m.known().any(|p| p.role == Role::Listener && p.is_in())).await;
    let seq = host.command(Command::Lock { on: true }).await.unwrap();
    host.until_seq(seq).await;
    assert!(listens(&server).await.1.ends_with("403"));
}

/// A voice as a WAV file, 48 kHz mono.
fn wav(seconds: usize) -> (Vec<f32>, Vec<u8>) {
    let mut voice = Voice::new(3);
    let samples: Vec<f32> = (0..seconds * 50).flat_map(|_| voice.next_frame()).collect();
    let mut bytes = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend(48_000_u32.to_le_bytes());
    bytes.extend(96_000_u32.to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data\xff\xff\xff\xff");
    bytes.extend(samples.iter().flat_map(|s| ((s * 32_767.0) as i16).to_le_bytes()));
    (samples, bytes)
}

/// The sound of an Ogg Opus file.
fn sound(file: &Path) -> Vec<f32> {
    let bytes = std::fs::read(file).unwrap();
    let (mut rest, mut reader, mut all) = (bytes.as_slice(), SoundReader::new(), Vec::new());
    while let Some(frame) = reader.read(&mut rest).unwrap() {
        all.extend(frame);
    }
    all
}

/// How loud each 10 ms are.
fn envelope(sound: &[f32]) -> Vec<f32> {
    sound.chunks(FRAME / 2).map(|c| (c.iter().map(|s| s * s).sum::<f32>() / c.len() as f32).sqrt()).collect()
}

/// The best correlation of what was said with any stretch of what was heard, by loudness.
fn likeness(said: &[f32], heard: &[f32]) -> f32 {
    let (said, heard) = (envelope(said), envelope(heard));
    let centred = |x: &[f32]| {
        let mean = x.iter().sum::<f32>() / x.len() as f32;
        x.iter().map(|v| v - mean).collect::<Vec<_>>()
    };
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let said = centred(&said);
    let at = heard.windows(said.len()).map(|w| {
        let w = centred(w);
        dot(&said, &w) / (dot(&said, &said) * dot(&w, &w)).sqrt().max(1e-9)
    });
    at.fold(0.0, f32::max)
}

/// `palco speak` says a file as soon as it is let on the stage; `palco listen` and curl write down what they hear.
#[tokio::test(flavor = "multi_thread")]
async fn speech_goes_from_a_file_to_files() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let (home, dir) = (Home::new(), tempfile::tempdir().unwrap());
    let (said, bytes) = wav(4);
    let at = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(at("said.wav"), bytes).unwrap();
    let url = format!("ws://{}/monday", server.address);
    let mut listens = home.palco(&["listen", &url, "-o", &at("listen.opus"), "--rung", "16"]);
    let listens = listens.stderr(Stdio::piped()).spawn().unwrap();
    let mut curl = curl(&server, "/monday/listen.opus?rung=32", Path::new(&at("curl.opus")));
    let key = at("key");
    let mut speaks =
        home.palco(&["speak", &url, "-i", &at("said.wav"), "--name", "Vera", "--identity", &key]);
    let speaks = speaks.stderr(Stdio::piped()).spawn().unwrap();
    host.until("all three", |m| m.roster().len() == 4 && m.known().any(|p| p.name == "Vera")).await;
    let participant = named(&host, "Vera").unwrap().0;
    host.command(Command::Invite { participant }).await.unwrap();
    host.until("an open microphone", |m| m.participant(participant).unwrap().mic() == Mic::Live).await;
    host.until("the end of it", |m| !m.participant(participant).unwrap().is_in()).await;
    let spoke = tokio::task::spawn_blocking(move || speaks.wait_with_output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&spoke.stderr).into_owned();
    assert!(spoke.status.success() && told.contains("you are heard"), "{told}");
    tokio::time::sleep(Duration::from_millis(800)).await;
    Program::new("kill").args(["-INT", &listens.id().to_string()]).status().unwrap();
    let listened = tokio::task::spawn_blocking(move || listens.wait_with_output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&listened.stderr).into_owned();
    assert!(listened.status.success() && told.contains("listener"), "{told}");
    host.until("that they left", |m| m.roster().iter().filter(|p| p.role == Role::Listener).count() == 1)
        .await;
    curl.kill().unwrap();
    curl.wait().unwrap();
    for file in ["listen.opus", "curl.opus"] {
        let heard = likeness(&said, &sound(Path::new(&at(file))));
        assert!(heard > 0.85, "{file}: {heard}");
    }
    // The mix is written as it came: packets of 60 ms, none made anew.
    let bytes = std::fs::read(at("listen.opus")).unwrap();
    let (mut rest, mut reader, mut sixty) = (bytes.as_slice(), OggReader::new(), 0);
    while let Some(read) = reader.read(&mut rest).unwrap() {
        sixty += usize::from(matches!(read, Read::Packet { samples: 2_880, .. }));
    }
    assert!(sixty > 40, "{sixty} packets of 60 ms");
}

#[test]
fn wrong_uses_are_told() {
    let home = Home::new();
    let url = "ws://127.0.0.1:9/monday";
    home.run(&["listen", url, "-o", "-", "--rung", "forward"]).failed(2, &["--rung 8, 16 or 32"]);
    home.run(&["listen", url, "--rung", "12"]).failed(2, &["8, 16, 32, forward or auto"]);
    home.run(&["listen", url, "-o", "/nowhere/x.opus"]).failed(1, &["/nowhere/x.opus"]);
    home.run(&["listen", url, "-o", "-"]).failed(3, &["nobody answers"]);
    home.run(&["speak", url, "-i", "/nowhere/x.wav"]).failed(1, &["/nowhere/x.wav"]);
    home.run(&["speak", url, "-i", "-", "--pcm", "12"]).failed(2, &["12 samples a second"]);
}
