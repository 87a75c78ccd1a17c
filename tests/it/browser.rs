//! The page in a browser: Chromium without a window, steered over its own protocol (chromedevtools.github.io).

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command as Program, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use palco::audio::{Encoder, Voice};
use palco::meeting::{Audience, Command, HandKind, Source};
use palco::wire::{AudioRecord, DoorAsk, Secret};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{interval, sleep};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{Client, Hi, TOPIC, TestServer, recorded, within};

/// Notes what the policy forbids, and how loud each piece of sound is that is given to the speaker and how far ahead.
const WATCH: &str = "window.forbidden = []; window.loudest = 0; window.leads = [];
    document.addEventListener('securitypolicyviolation', (e) => forbidden.push(e.violatedDirective + ' ' + e.blockedURI));
    const start = AudioBufferSourceNode.prototype.start;
    AudioBufferSourceNode.prototype.start = function (...at) {
        if (this.context.state === 'running') {
            leads.push([performance.now(), at[0] - this.context.currentTime]);
            for (const x of this.buffer.getChannelData(0)) window.loudest = Math.max(window.loudest, Math.abs(x));
        }
        return start.apply(this, at);
    };";

pub struct Browser {
    child: Child,
    ws: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Value,
    calls: u64,
    /// What went wrong on the page.
    thrown: Vec<Value>,
    _dir: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Browser {
    /// Opens an empty page.
    async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// The same, with this in the environment.
    pub async fn open_with(env: &[(&str, String)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut chromium = Program::new("chromium");
        chromium
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"])
            .args(["--window-size=900,1100", "--lang=en-US", "--no-first-run", "about:blank"])
            .arg(format!("--user-data-dir={}", dir.path().display()))
            .env("HOME", dir.path())
            .envs(env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child =
            chromium.spawn().unwrap_or_else(|e| panic!("chromium is needed ({e}); tests/run installs it"));
        let said = BufReader::new(child.stderr.take().unwrap());
        let (tell, told) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let mut lines = said.lines().map_while(Result::ok);
            let at = lines.find_map(|l| Some(l.split_once("listening on ")?.1.to_owned()));
            // It goes on talking, and would stop if nobody read.
            drop(tell.send(at));
            lines.for_each(drop);
        });
        let at = within("chromium", told).await.unwrap().expect("its address");
        let (ws, _) = connect_async(at).await.unwrap();
        let mut browser = Self { child, ws, session: Value::Null, calls: 0, thrown: Vec::new(), _dir: dir };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" })).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        browser.session = browser.call("Target.attachToTarget", attach).await["sessionId"].clone();
        for domain in ["Runtime.enable", "Page.enable"] {
            browser.call(domain, json!({})).await;
        }
        browser.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await;
        browser
    }

    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        self.calls += 1;
        let mut call = json!({ "id": self.calls, "method": method, "params": params });
        if !self.session.is_null() {
            call["sessionId"] = self.session.clone();
        }
        self.ws.send(Message::text(call.to_string())).await.unwrap();
        within(method, async {
            loop {
                let message = self.ws.next().await.expect("an answer").unwrap();
                let Ok(text) = message.to_text() else { continue };
                let mut answer: Value = serde_json::from_str(text).unwrap_or_default();
                if answer["method"] == "Runtime.exceptionThrown" {
                    self.thrown.push(answer["params"].take());
                } else if answer["id"] == self.calls {
                    assert!(answer.get("error").is_none(), "{method}: {answer}");
                    return answer["result"].take();
                }
            }
        })
        .await
    }

    async fn value(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        self.call("Runtime.evaluate", asked).await["result"]["value"].take()
    }

    /// Waits until something is so on the page.
    pub async fn until(&mut self, expression: &str) {
        for _ in 0..200 {
            if self.value(expression).await == true {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("never: {expression}\n{}\n{:?}", self.value("document.body.innerText").await, self.thrown);
    }

    /// Clicks in the middle of what is found by its id.
    pub async fn click(&mut self, id: &str) {
        let place = format!(
            "(() => {{ const b = document.getElementById('{id}').getBoundingClientRect();
             return [b.x + b.width / 2, b.y + b.height / 2]; }})()"
        );
        let at = self.value(&place).await;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event).await;
        }
    }

    async fn key(&mut self, name: &str, code: u32, text: &str) {
        let down = json!({ "type": "keyDown", "key": name, "code": name, "windowsVirtualKeyCode": code, "text": text });
        self.call("Input.dispatchKeyEvent", down).await;
        let up = json!({ "type": "keyUp", "key": name, "code": name, "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", up).await;
    }

    async fn types(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text })).await;
        self.key("Enter", 13, "\r").await;
    }
}

/// A host who speaks on and on.
async fn talk(mut host: Client) {
    let (mut voice, mut encoder) = (Voice::new(3), Encoder::new().unwrap());
    let mut tick = interval(Duration::from_millis(20));
    for frame in 0_u16.. {
        tick.tick().await;
        if let Some(opus) = encoder.encode(&voice.next_frame()).unwrap() {
            host.speak(AudioRecord { source: Source(0), frame, level: 0x80 | 20, opus }).await;
        }
    }
}

/// By the keyboard through the door, with a click to the sound; then everything moves as the meeting does.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_comes_in_by_a_passcode_hears_and_sees_the_meeting() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut ana = Client::new(&server, Hi::join("monday", "<b>Ana</b>")).await;
    let passcode = Secret::new("correct horse battery").unwrap();
    host.door(DoorAsk::Passcode { passcode }).await.unwrap();
    for command in [Command::StepUp, Command::Unmute] {
        host.command(command).await.unwrap();
    }
    let speaker = tokio::spawn(talk(host));

    let mut browser = Browser::open().await;
    let url = format!("http://{}/monday", server.address);
    browser.call("Page.navigate", json!({ "url": url })).await;
    browser
        .until("!document.getElementById('door')?.hidden && document.getElementById('play').disabled")
        .await;
    // Past the link that skips, to the field.
    for _ in 0..2 {
        browser.key("Tab", 9, "").await;
    }
    assert_eq!(
        browser.value("document.activeElement.labels?.[0].innerText.trim()").await,
        "Passcode or invite"
    );
    browser.types("correct house").await;
    browser.until("document.getElementById('answer').textContent === 'That does not open the door.'").await;
    browser.types("correct horse battery").await;
    browser
        .until("document.getElementById('door').hidden && !document.getElementById('play').disabled")
        .await;
    assert_eq!(
        browser.value("location.href + document.cookie").await,
        url,
        "no secret that a script could read"
    );

    browser.click("play").await;
    browser.until("window.loudest > 0.01").await;
    browser.until("document.getElementById('state').textContent === 'You hear the meeting.'").await;
    browser.until("document.querySelector('#stage li.on')?.innerText.includes('Host')").await;
    let raise = Command::Raise { topic: "SIP trunk failover?".into(), kind: HandKind::Question };
    ana.command(raise).await.unwrap();
    browser
        .until("document.getElementById('queue').innerText.startsWith('<b>Ana</b> – SIP trunk failover?')")
        .await;
    ana.until("the listener", |m| m.known().any(|p| p.name == "listener 1" && p.is_here())).await;
    let clock = browser.value("document.getElementById('clock').textContent").await;
    browser.until(&format!("document.getElementById('clock').textContent !== {clock}")).await;

    let picture = browser.call("Page.captureScreenshot", json!({ "format": "png" })).await;
    let picture = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
    let to = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("page.png");
    std::fs::write(&to, picture).unwrap();
    println!("the page as it looked: {}", to.display());
    assert_eq!(browser.value("forbidden").await, json!([]), "what the policy forbids");
    assert!(browser.thrown.is_empty(), "{:?}", browser.thrown);
    speaker.abort();
}

/// A way to the server that can be held up: it tells its address, and holds what comes from the server while it is told to.
async fn way(to: SocketAddr) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let (held, is_held) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let mut is_held = is_held.clone();
            tokio::spawn(async move {
                let (mut asks, mut hears) = near.into_split();
                let (mut says, mut takes) = TcpStream::connect(to).await.unwrap().into_split();
                let up = async { tokio::io::copy(&mut asks, &mut takes).await.map(drop) };
                let down = async {
                    let mut bytes = [0; 4_096];
                    loop {
                        let n = says.read(&mut bytes).await?;
                        let goes = is_held.wait_for(|held| !held).await.is_ok();
                        if n == 0 || !goes {
                            return hears.shutdown().await;
                        }
                        hears.write_all(&bytes[..n]).await?;
                    }
                };
                // Whichever end goes away, the other sees it.
                drop(tokio::try_join!(up, down));
            });
        }
    });
    (at, held)
}

/// What a stall puts between the meeting and the listener does not stay there.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_not_late_for_good_after_a_stall() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    for command in [Command::StepUp, Command::Unmute] {
        host.command(command).await.unwrap();
    }
    let speaker = tokio::spawn(talk(host));
    let (at, held) = way(server.address).await;
    let mut browser = Browser::open().await;
    browser.call("Page.navigate", json!({ "url": format!("http://{at}/monday") })).await;
    browser.until("document.getElementById('play')?.disabled === false").await;
    browser.click("play").await;
    browser.until("window.loudest > 0.01").await;
    held.send_replace(true);
    browser.until("performance.now() - leads.at(-1)[0] > 1500 && (leads.length = 0, true)").await;
    held.send_replace(false);
    // However slowly the page answers here, it has noted each piece.
    let late = "leads.findIndex(([, lead]) => lead > 0.8)";
    browser.until(&format!("{late} >= 0")).await;
    browser.until(&format!("leads.slice({late}).some(([, lead]) => lead < 0.6)")).await;
    assert!(browser.thrown.is_empty(), "{:?}", browser.thrown);
    speaker.abort();
}

/// A real click on a chapter plays from there, by keys it goes on, and an address with a place begins there.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_plays_a_recording_from_a_chapter() {
    let server = TestServer::start().await;
    let (mut host, _) = recorded(&server).await;
    host.door(DoorAsk::Recordings { audience: Audience::Public }).await.unwrap();
    let mut browser = Browser::open().await;
    let url = format!("http://{}/monday/recordings", server.address);
    browser.call("Page.navigate", json!({ "url": url.trim_end_matches("/recordings") })).await;
    browser.until("document.getElementById('facts')?.textContent.includes('ended')").await;
    browser.click("recordings").await;
    browser.until("document.querySelector('main a')?.getAttribute('href') === '/monday/recordings/1'").await;
    browser.call("Page.navigate", json!({ "url": format!("{url}/1") })).await;
    browser.until("document.getElementById('sound')?.readyState > 0").await;
    assert_eq!(
        browser.value("document.getElementById('chapter-2').textContent.slice(5)").await,
        format!("Host: {TOPIC}")
    );
    browser.click("chapter-2").await;
    browser
        .until("(s => !s.paused && s.currentTime >= 1.9 && s.duration > 4)(document.getElementById('sound'))")
        .await;
    browser.until("document.getElementById('chapter-2').ariaCurrent === 'true'").await;
    browser.until("document.getElementById('now').textContent.includes('Fax')").await;
    browser.key(" ", 32, " ").await;
    browser.until("document.getElementById('sound').paused").await;
    browser.key("[", 219, "[").await;
    browser.until("document.getElementById('sound').currentTime < 0.5").await;
    browser.key("]", 221, "]").await;
    browser.until("document.getElementById('sound').currentTime > 1.9").await;
    let picture = browser.call("Page.captureScreenshot", json!({ "format": "png" })).await;
    let picture = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
    std::fs::write(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("recording.png"), picture).unwrap();
    browser.call("Page.navigate", json!({ "url": "about:blank" })).await;
    browser.call("Page.navigate", json!({ "url": format!("{url}/1#t=3.5") })).await;
    browser.until("Math.abs((document.getElementById('sound')?.currentTime ?? 0) - 3.5) < 0.1").await;
    assert_eq!(browser.value("forbidden").await, json!([]), "what the policy forbids");
    assert!(browser.thrown.is_empty(), "{:?}", browser.thrown);
}
