//! A private PulseAudio daemon with a virtual microphone and a virtual speaker.

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::PATIENCE;
use crate::support::skip;

/// What is played into this sink is heard on its monitor, the virtual microphone.
pub const MOUTH: &str = "mic_a";

/// What palco plays into this sink is recorded from its monitor.
pub const EAR: &str = "spk_b";

const RATE: f64 = 48_000.0;

pub struct Daemon {
    child: Child,
    dir: tempfile::TempDir,
}

impl Daemon {
    /// Starts one; `None`, having said so, on a machine without PulseAudio.
    pub fn start() -> Option<Self> {
        let there = |name: &str| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).any(|dir| dir.join(name).is_file())
        };
        if !["pulseaudio", "pactl", "parec", "pacat"].into_iter().all(there) {
            skip("pulseaudio is not installed");
            return None;
        }
        let dir = tempfile::Builder::new().prefix("palco-sound").tempdir().expect("a folder");
        let child = spawn(&dir);
        let mut daemon = Self { child, dir };
        daemon.wait();
        Some(daemon)
    }

    /// The `PULSE_SERVER` of this daemon.
    pub fn server(&self) -> String {
        format!("unix:{}", self.socket().display())
    }

    /// The same over TCP, which it takes from now on from this machine alone.
    pub fn over_tcp(&self) -> String {
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
        let port = free.port();
        self.load(&[
            "module-native-protocol-tcp",
            "listen=127.0.0.1",
            "auth-anonymous=1",
            &format!("port={port}"),
        ]);
        format!("tcp:127.0.0.1:{port}")
    }

    /// Sockets that play bare samples and that give them, from now on: the speaker's and the microphone's.
    pub fn bare(&self) -> (String, String) {
        let bare = ["rate=48000", "format=s16le", "channels=1"];
        let load = |name: &str, way: [&str; 2]| {
            let socket = self.dir.path().join(name).display().to_string();
            let at = format!("socket={socket}");
            self.load(&[&["module-simple-protocol-unix", &at][..], &way, &bare].concat());
            socket
        };
        (load("speaker", ["playback=true", "record=false"]), load("mic", ["playback=false", "record=true"]))
    }

    /// Loads a module.
    pub fn load(&self, words: &[&str]) {
        let mut pactl = Command::new("pactl");
        let loaded = pactl.arg("load-module").args(words).env("PULSE_SERVER", self.server()).output();
        assert!(loaded.expect("pactl starts").status.success(), "{words:?}");
    }

    /// What it tells of its clients.
    pub fn clients(&self) -> String {
        let mut pactl = Command::new("pactl");
        let listed = pactl.args(["list", "clients"]).env("PULSE_SERVER", self.server()).output();
        String::from_utf8_lossy(&listed.expect("pactl starts").stdout).into_owned()
    }

    fn socket(&self) -> std::path::PathBuf {
        self.dir.path().join("native")
    }

    /// Ends it without a word, as a crash does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(self.socket());
    }

    pub fn restart(&mut self) {
        self.child = spawn(&self.dir);
        self.wait();
    }

    /// Waits until both sinks are there: the socket is there before them.
    fn wait(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.has_sinks() {
            let ended = self.child.try_wait().expect("a child").is_some();
            if ended || Instant::now() > deadline {
                let log = fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
                panic!("PulseAudio does not come up:\n{log}");
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    fn has_sinks(&self) -> bool {
        let listed = Command::new("pactl")
            .args(["list", "short", "sinks"])
            .env("PULSE_SERVER", self.server())
            .stderr(Stdio::null())
            .output()
            .expect("pactl starts");
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        [MOUTH, EAR].into_iter().all(|sink| listed.contains(sink))
    }

    fn tool(&self, name: &str) -> Command {
        let mut tool = Command::new(name);
        tool.args(["--raw", "--format=s16le", "--rate=48000", "--channels=1"])
            .env("PULSE_SERVER", self.server())
            .stderr(Stdio::null());
        tool
    }

    /// Plays samples into a sink until they end or the answer is dropped.
    pub fn play(&self, sink: &str, samples: &[f32]) -> Player {
        let bytes: Vec<u8> = samples.iter().flat_map(|s| ((s * 32_767.0) as i16).to_le_bytes()).collect();
        let mut child = self
            .tool("pacat")
            .args(["--playback", "--latency-msec=20", "-d", sink])
            .stdin(Stdio::piped())
            .spawn()
            .expect("pacat starts");
        let mut into = child.stdin.take().expect("piped");
        std::thread::spawn(move || into.write_all(&bytes));
        Player(child)
    }

    /// Records what a sink plays.
    pub fn record(&self, sink: &str) -> Recorder {
        let child = self
            .tool("parec")
            .args(["--latency-msec=5", "-d", &format!("{sink}.monitor")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("parec starts");
        Recorder::new(child)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(dir: &tempfile::TempDir) -> Child {
    let path = dir.path();
    let script = path.join("palco.pa");
    let text = format!(
        "load-module module-native-protocol-unix auth-anonymous=1 socket={}\n\
         load-module module-null-sink sink_name={MOUTH} rate=48000 channels=1 channel_map=mono \
         sink_properties=device.description={MOUTH}\n\
         load-module module-null-sink sink_name={EAR} rate=48000 channels=2 \
         sink_properties=device.description={EAR}\n\
         set-default-sink {EAR}\nset-default-source {MOUTH}.monitor\n",
        path.join("native").display()
    );
    fs::write(&script, text).expect("a script");
    Command::new("pulseaudio")
        .args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes"])
        .args(["--high-priority=no", "--realtime=no", "--log-level=notice"])
        .arg(format!("--log-target=file:{}", path.join("log").display()))
        .arg("-F")
        .arg(&script)
        .env_remove("DISPLAY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .envs(["HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH", "PULSE_STATE_PATH"].map(|k| (k, path)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pulseaudio starts")
}

/// Ends the playing when dropped.
pub struct Player(Child);

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A recording that goes on on a thread, so that the moment of its first sample is known well.
pub struct Recorder {
    child: Child,
    chunks: std::sync::mpsc::Receiver<(Instant, Vec<f32>)>,
    samples: Vec<f32>,
    start: Option<Instant>,
}

impl Recorder {
    fn new(mut child: Child) -> Self {
        let mut out = child.stdout.take().expect("piped");
        let (tx, chunks) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let (mut bytes, mut held) = ([0; 4_096], Vec::new());
            while let Ok(n @ 1..) = out.read(&mut bytes) {
                let now = Instant::now();
                held.extend_from_slice(&bytes[..n]);
                let even = held.len() & !1;
                let samples = held[..even]
                    .chunks_exact(2)
                    .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0)
                    .collect();
                held.drain(..even);
                if tx.send((now, samples)).is_err() {
                    return;
                }
            }
        });
        Self { child, chunks, samples: Vec::new(), start: None }
    }

    /// Records for so long by the recording's own clock, and answers with what was recorded.
    pub fn listen(&mut self, seconds: f64) -> Vec<f32> {
        let from = self.samples.len();
        let until = from + (seconds * RATE) as usize;
        while self.samples.len() < until {
            let (now, samples) = self.chunks.recv_timeout(PATIENCE).expect("the recording goes on");
            self.take(now, &samples);
        }
        self.samples[from..].to_vec()
    }

    /// The best estimate of the first sample's moment is the earliest that any chunk allows.
    fn take(&mut self, now: Instant, samples: &[f32]) {
        self.samples.extend_from_slice(samples);
        let start = now - Duration::from_secs_f64(self.samples.len() as f64 / RATE);
        self.start = Some(self.start.map_or(start, |s| s.min(start)));
    }

    /// What was recorded until now.
    pub fn so_far(&mut self) -> Recording {
        while let Ok((now, samples)) = self.chunks.try_recv() {
            self.take(now, &samples);
        }
        let start = self.start.expect("something was recorded");
        Recording { start, samples: self.samples.clone() }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Samples at 48 kHz from a known moment on.
pub struct Recording {
    pub start: Instant,
    pub samples: Vec<f32>,
}

impl Recording {
    /// The samples between two moments.
    pub fn between(&self, from: Option<Instant>, until: Option<Instant>) -> &[f32] {
        let at = |moment: Instant| {
            let n = (moment.saturating_duration_since(self.start).as_secs_f64() * RATE) as usize;
            n.min(self.samples.len())
        };
        let (a, b) = (from.map_or(0, at), until.map_or(self.samples.len(), at));
        &self.samples[a..b.max(a)]
    }
}
