//! Recordings over HTTP, as programs see them.

use std::process::{Command as Program, Stdio};
use std::time::Duration;

use palco::meeting::{Audience, Millis, Role};
use palco::server::Settings;
use palco::wire::{DoorAsk, Secret};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use crate::support::{Client, TestServer, recorded, within};

async fn open_to(host: &mut Client, audience: Audience) {
    host.door(DoorAsk::Recordings { audience }).await.unwrap();
}

/// The answer to a request with these headers, its body in bytes.
async fn ask(server: &TestServer, method: &str, path: &str, headers: &[(&str, &str)]) -> (String, Vec<u8>) {
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", server.address);
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    let mut all = Vec::new();
    within("an answer", stream.read_to_end(&mut all)).await.unwrap();
    let end = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    (String::from_utf8_lossy(&all[..end]).to_lowercase(), all[end + 4..].to_vec())
}

async fn status(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> u16 {
    let (head, _) = ask(server, "GET", path, headers).await;
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_else(|| panic!("{head}"))
}

/// What a program of the system says when it succeeds.
async fn run(program: &'static str, args: Vec<String>) -> String {
    let run = move || Program::new(program).args(args).stdin(Stdio::null()).output();
    let out = tokio::task::spawn_blocking(run).await.unwrap();
    let out = out.unwrap_or_else(|e| panic!("{program} is needed ({e}); tests/run installs it"));
    let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    assert!(out.status.success(), "{program}: {said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_whole_in_parts_and_when_it_is_another_one() {
    let server = TestServer::start().await;
    let (mut host, folder) = recorded(&server).await;
    open_to(&mut host, Audience::Public).await;
    let (path, bytes) =
        ("/monday/recordings/1/meeting.opus", std::fs::read(folder.join("meeting.opus")).unwrap());
    let (head, body) = ask(&server, "GET", path, &[]).await;
    assert!(head.starts_with("http/1.1 200") && body == bytes, "{head}");
    assert_eq!(
        (header(&head, "content-type"), header(&head, "accept-ranges")),
        ("audio/ogg; codecs=opus", "bytes")
    );
    let (etag, length) = (header(&head, "etag").to_owned(), bytes.len());
    assert!(etag.starts_with('"'), "a strong one: {etag}");
    let (head, body) = ask(&server, "HEAD", path, &[]).await;
    assert!(body.is_empty() && header(&head, "content-length") == length.to_string(), "{head}");
    for (range, expected) in [("bytes=100-199", &bytes[100..200]), ("bytes=-7", &bytes[length - 7..])] {
        let (head, body) = ask(&server, "GET", path, &[("Range", range), ("If-Range", &etag)]).await;
        assert!(head.starts_with("http/1.1 206") && body == expected, "{head}");
        let start = length - body.len();
        let start = if range.starts_with("bytes=-") { start } else { 100 };
        let told = format!("bytes {start}-{}/{length}", start + body.len() - 1);
        assert_eq!(header(&head, "content-range"), told);
    }
    let (head, _) = ask(&server, "GET", path, &[("Range", "bytes=99999999-")]).await;
    assert!(
        head.starts_with("http/1.1 416") && header(&head, "content-range") == format!("bytes */{length}")
    );
    let other = [("Range", "bytes=0-0"), ("If-Range", "\"another\"")];
    assert_eq!(ask(&server, "GET", path, &other).await.1, bytes, "a part of another file is no use");
    for known in [etag.as_str(), "*", &format!("\"x\", W/{etag}")] {
        assert_eq!(status(&server, path, &[("If-None-Match", known)]).await, 304, "{known}");
    }
    assert_eq!(status(&server, path, &[("If-None-Match", "\"x\"")]).await, 200);
    for beside in ["chapters.json", "chapters.vtt", "minutes.md"] {
        let (head, body) = ask(&server, "GET", &format!("/monday/recordings/1/{beside}"), &[]).await;
        assert!(head.starts_with("http/1.1 200") && body == std::fs::read(folder.join(beside)).unwrap());
    }
    for none in ["1/minutes.json", "1/..%2f..%2fpalco.db", "2/meeting.opus", "2", "x"] {
        assert!(status(&server, &format!("/monday/recordings/{none}"), &[]).await >= 400, "{none}");
    }
    assert_eq!(status(&server, "/tuesday/recordings", &[]).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_hear_is_said_by_the_room() {
    let server = TestServer::start().await;
    let (mut host, _) = recorded(&server).await;
    let path = "/monday/recordings/1/meeting.opus";
    let all =
        ["/monday/recordings", "/monday/recordings/1", path, "/monday/feed.xml", "/monday/playlist.m3u8"];
    for page in all {
        assert_eq!(
            status(&server, page, &[]).await,
            401,
            "{page}: strangers are no members, the door is open or not"
        );
    }
    let browser = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Accept-Language", "it-IT,it")];
    let (head, body) = ask(&server, "GET", "/monday/recordings/1", &browser).await;
    let body = String::from_utf8(body).unwrap();
    assert!(
        head.starts_with("http/1.1 403") && body.contains("recordings&#x2f;1\"") && body.contains("invito"),
        "{body}"
    );
    let new = |role| DoorAsk::NewInvite { role, uses: 1, length: Millis::from_mins(60) };
    let guest: Secret = host.door(new(Role::Attendee)).await.unwrap().1.unwrap();
    let basic = |secret: &Secret| {
        use base64::Engine as _;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!(":{}", secret.expose())))
    };
    let shown = basic(&guest);
    for page in all {
        assert_eq!(status(&server, page, &[("Authorization", &shown)]).await, 200, "{page}");
    }
    let (state, _) = host.door(DoorAsk::Show).await.unwrap();
    assert_eq!(state.invites[0].used, 1, "it is for one");
    assert_eq!(status(&server, path, &[("Authorization", "Basic OmE=")]).await, 401);
    open_to(&mut host, Audience::Hosts).await;
    assert_eq!(status(&server, path, &[("Authorization", &shown)]).await, 403);
    let cohost = basic(&host.door(new(Role::Host)).await.unwrap().1.unwrap());
    assert_eq!(status(&server, path, &[("Authorization", &cohost)]).await, 200);
    open_to(&mut host, Audience::Public).await;
    assert_eq!(status(&server, path, &[]).await, 200);
}

/// What feedparser has to find; it is told the feed's address.
const READ: &str = "
import sys, xml.etree.ElementTree as E, urllib.request, feedparser
text = urllib.request.urlopen(sys.argv[1]).read()
E.fromstring(text)
f = feedparser.parse(text)
assert not f.bozo, f.bozo_exception
e = f.entries[0]
print(f.version, e.guidislink, e.id, e.itunes_duration, e.enclosures[0].type, e.enclosures[0].length, e.enclosures[0].href, e.title)
print(e.podcast_chapters['url'], e.podcast_chapters['type'], e.published_parsed.tm_year > 2000)
";

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_feeds_and_players_find_their_way() {
    let server = TestServer::start().await;
    let (mut host, folder) = recorded(&server).await;
    open_to(&mut host, Audience::Public).await;
    let base = format!("http://{}/monday", server.address);
    let said = run("/usr/bin/python3", vec!["-c".into(), READ.into(), format!("{base}/feed.xml")]).await;
    let bytes = std::fs::metadata(folder.join("meeting.opus")).unwrap().len();
    let file = format!("audio/ogg {bytes} {base}/recordings/1/meeting.opus #1 ");
    assert!(said.starts_with(&format!("rss20 False palco:{} 5 {file}", host.meeting_id)), "{said}");
    assert!(
        said.contains(&format!("{base}/recordings/1/chapters.json application/json+chapters True")),
        "{said}"
    );
    // A second from the third on, as fast as it decodes: mpv asks for the place.
    let wav = server.dir().join("heard.wav");
    let mut args: Vec<String> =
        ["--no-config", "--no-video", "--ao=pcm", "--start=3", "--length=1"].map(Into::into).into();
    args.extend([format!("--ao-pcm-file={}", wav.display()), format!("{base}/playlist.m3u8")]);
    let said = run("mpv", args).await;
    let heard = std::fs::metadata(&wav).unwrap_or_else(|e| panic!("{e}: {said}")).len();
    let seconds = heard as f64 / (48_000.0 * 4.0);
    assert!((0.4..2.2).contains(&seconds), "{seconds} s, or half of it: {said}");
}

/// So little room at the reader that a file does not fit.
const ROOM: u32 = 4_096;

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_nothing_is_let_go() {
    let mut settings = Settings::default();
    settings.timing.unread = Duration::from_secs(1);
    let server = TestServer::with(settings).await;
    let (mut host, folder) = recorded(&server).await;
    open_to(&mut host, Audience::Public).await;
    // More than every buffer on the way.
    std::fs::write(folder.join("minutes.md"), vec![b'x'; 32 << 20]).unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(ROOM).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let before = server.metric("palco_connections").await;
    stream.write_all(b"GET /monday/recordings/1/minutes.md HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    server.until_metric("palco_connections", |n| n < before).await;
    let mut rest = Vec::new();
    // Cut off, with a reset or without.
    drop(stream.read_to_end(&mut rest).await);
    assert!(rest.len() < 32 << 20, "{} bytes", rest.len());
}
