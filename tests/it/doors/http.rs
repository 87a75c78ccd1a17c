//! Doors as curl sees them.

use std::io::Write as _;
use std::process::{Child, Command as Program, Stdio};

use palco::meeting::{Millis, Role};
use palco::server::{Settings, Tls};
use palco::wire::{DoorAsk, Secret};
use serde_json::Value;

use crate::support::{Client, TestServer, within};

const PASSCODE: &str = "correct horse battery";

/// What curl reads from standard input, so that no list of processes has it.
fn password(secret: &str) -> String {
    format!("user = \":{secret}\"\n")
}

fn curl(config: &str, args: &[&str]) -> Child {
    let mut curl = Program::new("curl");
    curl.args(["-sSN", "-K", "-"]).args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = curl.spawn().unwrap_or_else(|e| panic!("curl is needed ({e}); tests/run installs it"));
    child.stdin.take().unwrap().write_all(config.as_bytes()).unwrap();
    child
}

/// The answer's head and body.
async fn got(config: String, args: Vec<String>) -> (String, String) {
    let run = move || {
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        curl(&config, &[&["-i"], &args[..]].concat()).wait_with_output().unwrap()
    };
    let out = tokio::task::spawn_blocking(run).await.unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    (head.to_owned(), body.to_owned())
}

fn url(server: &TestServer, path: &str) -> String {
    format!("http://{}{path}", server.address)
}

/// What the room shows to who says this to curl.
async fn status(server: &TestServer, config: &str) -> Value {
    let (head, body) = got(config.to_owned(), vec![url(server, "/monday/status.json")]).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    serde_json::from_str(&body).unwrap()
}

async fn listen_head(server: &TestServer, config: &str) -> (String, String) {
    got(config.to_owned(), vec!["-I".into(), url(server, "/monday/listen.opus")]).await
}

/// Says a secret once; the head of the answer, and what curl is to say from then on.
async fn knock(server: &TestServer, secret: &str, more: &[&str]) -> (String, String) {
    let form = format!("data-urlencode = \"secret={secret}\"\n");
    let args = more.iter().map(|a| (*a).to_owned()).chain([url(server, "/monday")]);
    let (head, _) = got(form, args.collect()).await;
    let cookie = head.lines().find_map(|l| l.strip_prefix("set-cookie: ")).unwrap_or_default();
    let cookie = cookie.split(';').next().unwrap_or_default();
    (head.clone(), format!("cookie = \"{cookie}\"\n"))
}

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

async fn with_passcode(server: &TestServer) -> Client {
    let mut host = Client::host(server, "monday").await;
    host.door(DoorAsk::Passcode { passcode: secret(PASSCODE) }).await.unwrap();
    host
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passcode_is_shown_with_each_request() {
    let server = TestServer::start().await;
    let mut host = with_passcode(&server).await;
    let outside = status(&server, "").await;
    assert_eq!((&outside["closed"], &outside["door"]), (&true.into(), &"passcode".into()), "{outside}");
    assert_eq!(outside["stage"], Value::Array(vec![]));
    for config in [String::new(), password("correct house")] {
        let (head, _) = got(config, vec![url(&server, "/monday/listen.opus")]).await;
        assert!(head.starts_with("HTTP/1.1 401") && head.contains("www-authenticate: Basic"), "{head}");
    }
    let page = vec!["-H".into(), "Sec-Fetch-Mode: cors".into(), url(&server, "/monday/listen.opus")];
    let (head, body) = got(String::new(), page).await;
    assert!(
        head.starts_with("HTTP/1.1 403") && body.contains("passcode"),
        "no dialogue of the browser: {head}"
    );
    let inside = status(&server, &password(PASSCODE)).await;
    assert_eq!((&inside["closed"], &inside["stage"][0]["name"]), (&false.into(), &"Host".into()), "{inside}");
    let mut ear = curl(&password(PASSCODE), &[&url(&server, "/monday/listen.opus?name=Franca")]);
    host.until("Franca", |m| m.known().any(|p| p.name == "Franca" && p.role == Role::Listener)).await;
    // What one listener has shown lets in no other.
    assert_eq!(status(&server, "").await["closed"], true);
    let (head, _) = got(String::new(), vec![url(&server, "/monday/listen.opus")]).await;
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    ear.kill().unwrap();
    ear.wait().unwrap();
}

/// However often somebody tries who may not come in, whoever may does.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_takes_nobodys_turn_to_listen() {
    let server = TestServer::start().await;
    let mut host = with_passcode(&server).await;
    for n in 0..100 {
        let answer = server.get("/monday/listen.opus").await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{n}: {answer}");
    }
    let mut ear = curl(&password(PASSCODE), &[&url(&server, "/monday/listen.opus?name=Franca")]);
    host.until("Franca", |m| m.known().any(|p| p.name == "Franca")).await;
    ear.kill().unwrap();
    ear.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passcode_is_shown_once_for_a_cookie() {
    let server = TestServer::start().await;
    let mut host = with_passcode(&server).await;
    let (head, cookie) = knock(&server, PASSCODE, &[]).await;
    assert!(head.starts_with("HTTP/1.1 204"), "{head}");
    let attributes = "; Path=/monday; Max-Age=43200; HttpOnly; SameSite=Strict\n";
    assert!(format!("{head}\n").replace('\r', "").contains(attributes), "{head}");
    assert!(knock(&server, PASSCODE, &["-H", "Accept: text/html"]).await.0.starts_with("HTTP/1.1 303"));
    let far = ["-H", "Origin: http://evil.example"];
    assert!(knock(&server, PASSCODE, &far).await.0.starts_with("HTTP/1.1 403"));
    assert_eq!(status(&server, &cookie).await["closed"], false);
    assert_eq!(status(&server, "cookie = \"palco=guess\"\n").await["closed"], true);
    assert!(listen_head(&server, &cookie).await.0.starts_with("HTTP/1.1 200"));
    let mut ear = curl(&cookie, &[&url(&server, "/monday/listen.opus?name=Franca")]);
    host.until("Franca", |m| m.known().any(|p| p.name == "Franca")).await;
    // With another passcode the cookie opens nothing, and who came in by it shows it anew.
    host.door(DoorAsk::Passcode { passcode: secret("another passcode") }).await.unwrap();
    assert!(tokio::task::spawn_blocking(move || ear.wait().unwrap().success()).await.unwrap(), "it ends");
    assert_eq!(status(&server, &cookie).await["closed"], true);
    assert!(knock(&server, "a guess of mine", &[]).await.0.starts_with("HTTP/1.1 403"));
    within("the end of guessing", async {
        while !knock(&server, "a guess of mine", &[]).await.0.starts_with("HTTP/1.1 429") {}
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_is_for_so_many_browsers_and_is_taken_back() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    host.door(DoorAsk::Invite).await.unwrap();
    assert_eq!(status(&server, "").await["door"], "invite");
    let new = DoorAsk::NewInvite { role: Role::Speaker, uses: 1, length: Millis::from_mins(60) };
    let (door, token) = host.door(new).await.unwrap();
    let token = token.unwrap();
    let (head, cookie) = knock(&server, token.expose(), &[]).await;
    assert!(head.starts_with("HTTP/1.1 204"), "{head}");
    assert!(knock(&server, token.expose(), &[]).await.0.starts_with("HTTP/1.1 403"), "it is used up");
    assert_eq!(status(&server, &cookie).await["closed"], false);
    let mut ear = curl(&cookie, &[&url(&server, "/monday/listen.opus?name=Franca")]);
    host.until("Franca", |m| m.known().any(|p| p.name == "Franca" && p.role == Role::Listener)).await;
    host.door(DoorAsk::Revoke { invite: door.invites[0].invite.clone() }).await.unwrap();
    assert!(tokio::task::spawn_blocking(move || ear.wait().unwrap().success()).await.unwrap(), "it ends");
    within("the closed room", async { while status(&server, &cookie).await["closed"] == false {} }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_listened_before_the_lock_is_let_in_no_more() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut ear = curl("", &[&url(&server, "/monday/listen.opus")]);
    host.until("a listener", |m| m.known().any(|p| p.name == "listener 1")).await;
    assert_eq!(status(&server, "").await["closed"], false);
    host.door(DoorAsk::Keys { keys: vec![] }).await.unwrap();
    assert!(tokio::task::spawn_blocking(move || ear.wait().unwrap().success()).await.unwrap(), "it ends");
    let (head, body) = got(String::new(), vec![url(&server, "/monday/listen.opus")]).await;
    assert!(head.starts_with("HTTP/1.1 403") && body.contains("palco listen"), "{head} {body}");
    within("the closed room", async { while status(&server, "").await["door"] != "keys" {} }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_that_was_given_under_tls_is_never_sent_without() {
    let dir = tempfile::tempdir().unwrap();
    let tls = Tls::own(dir.path(), &["localhost".into()]).unwrap();
    let server = TestServer::with(Settings { tls: Some(tls), ..Settings::default() }).await;
    let _host = with_passcode(&server).await;
    let url = format!("https://localhost:{}/monday", server.address.port());
    let form = format!("data-urlencode = \"secret={PASSCODE}\"\n");
    let (head, _) = got(form, vec!["-k".into(), url]).await;
    assert!(head.contains("; SameSite=Strict; Secure"), "{head}");
}
