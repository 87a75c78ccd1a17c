//! How late a meeting is heard through each door, and how soon after it was opened.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::runtime::Runtime;

use super::House;
use crate::browser::Browser;
use crate::pty::Pty;
use crate::sound::{Daemon, EAR, MOUTH, console, lags, rms, speech};
use crate::support::lossy;
use crate::support::shell::{Home, Server, host_at};

/// How long each is listened to, in seconds; longer where a link loses something now and then.
const LISTEN: f64 = 16.0;
const LISTEN_LONG: f64 = 60.0;

/// Not compared at the beginning, while a player fills its buffers.
const SETTLE: Duration = Duration::from_secs(4);

/// The longest delay that is looked for.
const REACH: Duration = Duration::from_secs(4);

/// So long what was said may be on its way.
const TAIL: Duration = Duration::from_secs(4);

/// A second that is like what was said: less of it is left of a voice at the lowest rung.
const ALIKE: f32 = 0.6;

/// Louder than this is sound.
const HEARD: f32 = 0.005;

/// A program that plays the meeting into the ear.
struct Ear {
    children: Vec<Child>,
}

impl Ear {
    /// Runs `command`, piped into mpv when it does not play by itself.
    fn open(daemon: &Daemon, mut command: Command, player: Option<&[&str]>) -> Self {
        let env = [("PULSE_SERVER", daemon.server()), ("PULSE_SINK", EAR.to_owned())];
        command.envs(env.clone()).env_remove("SSH_CONNECTION").stdin(Stdio::null()).stderr(Stdio::null());
        let Some(options) = player else {
            let child = command.stdout(Stdio::null()).spawn().expect("it starts");
            return Self { children: vec![child] };
        };
        let mut source = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut mpv = Command::new("mpv");
        mpv.args(["--no-config", "--really-quiet", "--ao=pulse"]).args(options).arg("-");
        mpv.envs(env).stdin(source.stdout.take().unwrap()).stdout(Stdio::null()).stderr(Stdio::null());
        let player = mpv.spawn().expect("mpv, of the package of that name");
        Self { children: vec![source, player] }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The page of a room in a browser, silent yet.
struct Page {
    browser: Browser,
    runtime: Runtime,
}

impl Page {
    fn open(daemon: &Daemon, url: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let env = [("PULSE_SERVER", daemon.server()), ("PULSE_SINK", EAR.to_owned())];
        let browser = runtime.block_on(async {
            let mut browser = Browser::open_with(&env).await;
            browser.call("Page.navigate", json!({ "url": url })).await;
            browser.until("document.getElementById('play')?.disabled === false").await;
            browser
        });
        Self { browser, runtime }
    }

    fn listen(mut self) -> Self {
        self.runtime.block_on(self.browser.click("play"));
        self
    }
}

/// Somebody who speaks through a console with a microphone.
fn speaker(home: &Home, url: &str, daemon: &Daemon) -> Pty {
    let sound = ["--mic", "mic_a.monitor", "--speaker", "none", "--auto-open", "true"];
    let bruno = console(home, daemon, "Bruno", &[&["join", url][..], &sound].concat());
    bruno.wait("Bruno");
    home.ctl(url, "Stefano", &["start"]).ok();
    home.ctl(url, "Bruno", &["raise", "SIP trunk failover?"]).ok();
    home.ctl(url, "Stefano", &["next"]).ok();
    bruno.wait("MIC OPEN");
    bruno
}

/// Opens one way to listen and tells what came of it. With `PALCO_DOOR` only those that have it in their name.
fn measure_one<E>((daemon, secs): (&Daemon, f64), what: &str, open: impl FnOnce() -> E) {
    if std::env::var("PALCO_DOOR").is_ok_and(|door| !what.contains(&door)) {
        return;
    }
    let (mut mouth, mut ear) = (daemon.record(MOUTH), daemon.record(EAR));
    ear.listen(0.5);
    mouth.listen(0.5);
    let began = Instant::now();
    let program = open();
    ear.listen(secs);
    let (said, heard) = (mouth.so_far(), ear.so_far());
    drop(program);
    let after = heard.between(Some(began), None);
    let first = after.chunks(480).position(|chunk| rms(chunk) > HEARD);
    let Some(first) = first else { return println!("{what}: nothing was heard") };
    let all = lags(&said, &heard, (began + SETTLE, Instant::now() - TAIL), REACH);
    let late: Vec<_> = all.iter().filter(|l| l.1 > ALIKE).map(|l| l.0.as_millis()).collect();
    let first = first * 10;
    println!(
        "{what}: first sound after {first} ms; of {} seconds, these so many ms late: {late:?}",
        all.len()
    );
}

/// From the microphone of one console to the speaker behind each door:
///
/// `cargo test --release --test it -- --ignored --nocapture ssh::latency::measure`
#[test]
#[ignore = "listens for minutes, through virtual devices"]
fn measure() {
    let Some(daemon) = Daemon::start() else { return };
    let house = House::open();
    let _host = host_at(&house.home, &format!("ws://{}", house.ws), "monday");
    let _bruno = speaker(&house.home, &house.url("monday"), &daemon);
    let _voice = daemon.play(MOUTH, &speech(600));
    let (url, http) = (house.url("monday"), format!("http://{}/monday/listen.opus", house.ws));
    let (plain, quick): (&[&str], &[&str]) = (&[], &["--profile=low-latency", "--untimed=no"]);
    for rung in ["forward", "32", "16", "8"] {
        let listen = house.home.palco(&["listen", &url, "--rung", rung, "-q", "--speaker", EAR]);
        measure_one((&daemon, LISTEN), &format!("palco listen --rung {rung}"), || {
            Ear::open(&daemon, listen, None)
        });
    }
    for (named, options) in [("mpv", plain), ("mpv --profile=low-latency", quick)] {
        for rung in ["32", "8"] {
            let at = format!("{http}?rung={rung}");
            let curl = || {
                let mut curl = Command::new("curl");
                curl.args(["-sN", &at]);
                Ear::open(&daemon, curl, Some(options))
            };
            measure_one((&daemon, LISTEN), &format!("curl {rung} | {named}"), curl);
            let ssh = || {
                Ear::open(&daemon, house.pipe("eva", &["listen", "monday", "--rung", rung]), Some(options))
            };
            measure_one((&daemon, LISTEN), &format!("ssh listen --rung {rung} | {named}"), ssh);
        }
    }
    let page = Page::open(&daemon, &format!("http://{}/monday", house.ws));
    measure_one((&daemon, LISTEN), "the page in Chromium", || page.listen());
    let carla = house.console("carla", &["monday"], (100, 30));
    carla.wait("carla");
    let code = || {
        let ran = house.pipe("carla", &["ctl", "monday", "pair"]).output().unwrap();
        String::from_utf8(ran.stdout).unwrap().trim().to_owned()
    };
    let at = code();
    let audio = || house.home.palco(&["audio", &at, "--mic", "none", "--speaker", EAR]);
    measure_one((&daemon, LISTEN), "palco audio CODE", || Ear::open(&daemon, audio(), None));
    let at = code();
    let only = at.split('@').next().unwrap();
    let ssh = || Ear::open(&daemon, house.pipe("dana", &["audio", only]), Some(quick));
    measure_one((&daemon, LISTEN), "ssh audio CODE | mpv --profile=low-latency", ssh);
}

/// The same behind a link that loses `PALCO_LOSS` percent of the packets each way and takes `PALCO_DELAY` ms each way:
///
/// `PALCO_LOSS=5 PALCO_DELAY=30 unshare -rn sh -c 'ip link set lo up && cargo test --release --test it -- --ignored --nocapture
/// ssh::latency::measure_over_a_bad_link'`
#[test]
#[ignore = "listens for minutes, through virtual devices, in a network namespace"]
fn measure_over_a_bad_link() {
    let Some(daemon) = Daemon::start() else { return };
    let (loss, delay) = lossy::begin_as_told();
    let home = Home::new();
    let server = Server::start_at(&home, "0.0.0.0:0");
    let url = |host: &str| format!("ws://{host}:{}/monday", server.at.port());
    let near = url("127.0.0.1");
    let _host = host_at(&home, near.trim_end_matches("/monday"), "monday");
    let _bruno = speaker(&home, &near, &daemon);
    let _voice = daemon.play(MOUTH, &speech(600));
    println!("{loss} % of the packets lost and {delay:?} each way");
    for rung in ["forward", "32", "16", "8", "auto"] {
        let listen = home.palco(&["listen", &url(lossy::FAR), "--rung", rung, "-q", "--speaker", EAR]);
        let what = format!("palco listen --rung {rung}");
        measure_one((&daemon, LISTEN_LONG), &what, || Ear::open(&daemon, listen, None));
    }
}
