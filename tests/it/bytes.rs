//! What listening costs on the wire, counted by the kernel.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use palco::audio::FRAME;
use palco::recording::SoundReader;

use crate::support::shell::{self, Home, Running};

/// How long each is counted.
const SPEECH: Duration = Duration::from_secs(40);
const SILENCE: Duration = Duration::from_secs(20);

/// For joining, and for the last word to be over.
const SETTLES: Duration = Duration::from_secs(5);

/// Real voices, three after another, and then silent for two thirds as long: 60 % speech; as bare samples.
pub fn talk(to: &Path) {
    let mut files: Vec<PathBuf> = std::fs::read_dir("/usr/share/sounds/alsa")
        .expect("the voices of alsa-utils; tests/run installs them")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "wav") && !path.ends_with("Noise.wav"))
        .collect();
    files.sort();
    let mut all = Vec::new();
    for three in files.chunks(3) {
        let began = all.len();
        for file in three {
            let bytes = std::fs::read(file).unwrap();
            let (mut rest, mut reader, mut said) = (bytes.as_slice(), SoundReader::new(), Vec::new());
            while let Some(frame) = reader.read(&mut rest).unwrap() {
                said.extend(frame);
            }
            let is_loud = |frame: &[f32]| frame.iter().any(|s| s.abs() > 0.01);
            let loud: Vec<bool> = said.chunks(FRAME).map(is_loud).collect();
            let first = loud.iter().position(|l| *l).unwrap();
            let last = loud.iter().rposition(|l| *l).unwrap();
            all.extend_from_slice(&said[first * FRAME..(last + 1) * FRAME]);
        }
        let pause = (all.len() - began) * 2 / 3;
        all.resize(all.len() + pause, 0.0);
    }
    let once: Vec<u8> = all.iter().flat_map(|s| ((s * 32_767.0) as i16).to_le_bytes()).collect();
    std::fs::write(to, once.repeat(20)).unwrap();
}

fn nft(args: &[&str]) -> String {
    let out = Command::new("nft").args(args).output().expect("nft, of the package nftables");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// One listener, at an address of its own by which its bytes are told from others'.
struct Ear {
    what: String,
    address: String,
    child: Child,
}

impl Ear {
    fn counted(&self) -> [u64; 2] {
        let text = nft(&["list", "counter", "inet", "palco", &self.counter()]);
        ["packets", "bytes"].map(|word| {
            let after = text.split_once(word).unwrap().1;
            after.split_whitespace().next().unwrap().parse().unwrap()
        })
    }

    fn counter(&self) -> String {
        format!("c{}", self.address.replace('.', "_"))
    }

    fn begin(n: usize, what: &str, mut command: Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let ear = Self { what: what.to_owned(), address: address(n), child };
        let (counter, address) = (ear.counter(), ear.address.clone());
        nft(&["add", "counter", "inet", "palco", &counter]);
        for way in ["daddr", "saddr"] {
            let rule = ["add", "rule", "inet", "palco", "out", "ip", way, &address];
            nft(&[&rule[..], &["counter", "name", &counter, "return"]].concat());
        }
        ear
    }
}

fn address(n: usize) -> String {
    format!("127.0.1.{n}")
}

fn count(ears: &[Ear], what: &str, time: Duration) {
    let (began, before) = (Instant::now(), ears.iter().map(Ear::counted).collect::<Vec<_>>());
    std::thread::park_timeout(time);
    for (ear, before) in ears.iter().zip(before) {
        let (now, secs) = (ear.counted(), began.elapsed().as_secs_f64());
        let [segments, bytes] = [0, 1].map(|n| (now[n] - before[n]) as f64 / secs);
        println!("{what}: {}: {bytes:.0} bytes/s in {segments:.1} segments/s", ear.what);
    }
}

/// Both ways with the headers of IP and TCP, in a network of its own where nothing else is counted:
///
/// `unshare -rn sh -c 'ip link set lo up && cargo test --test it -- --ignored --nocapture bytes::measure'`
#[test]
#[ignore = "counts for a minute, in a network namespace"]
fn measure() {
    let home = Home::new();
    let pcm = home.path().join("talk.pcm");
    talk(&pcm);
    nft(&["add", "table", "inet", "palco"]);
    nft(&["add", "chain", "inet", "palco", "out", "{ type filter hook output priority 0; }"]);
    let data = home.path().join("data").display().to_string();
    let serve = ["serve", "--listen", "0.0.0.0:0", "--tls", "--data", &data];
    let mut server = Running::start(home.palco(&serve));
    let told = server.line();
    let port = told.strip_prefix("listening on wss://0.0.0.0:").expect("an address").to_owned();
    let told = server.line();
    let pin = told.split_once("#pin=").expect("a pin").1;
    let url = format!("ws://127.0.0.1:{port}/monday");
    let _host = shell::host_at(&home, &format!("ws://127.0.0.1:{port}"), "monday");
    home.ctl(&url, "Stefano", &["start"]).ok();
    let speaker = ["speak", &url, "-i", &pcm.display().to_string(), "--pcm", "48000", "--name", "Vera"];
    let key = home.path().join("vera").display().to_string();
    let _speaker = Running::start(home.palco(&[&speaker[..], &["--identity", &key]].concat()));
    let deadline = Instant::now() + shell::DEADLINE;
    while home.ctl(&url, "Stefano", &["invite", "Vera"]).status != 0 {
        assert!(Instant::now() < deadline, "Vera does not come");
    }
    let mut ears = Vec::new();
    for rung in ["8", "16", "32"] {
        for tls in [false, true] {
            let n = ears.len() + 1;
            let at = match tls {
                false => format!("ws://{}:{port}/monday", address(n)),
                true => format!("wss://{}:{port}/monday#pin={pin}", address(n)),
            };
            let (key, out) = (home.path().join(format!("k{n}")), home.path().join(format!("{n}.opus")));
            let (key, out) = (key.display().to_string(), out.display().to_string());
            let args = ["listen", &at, "--rung", rung, "-q", "-o", &out, "--identity", &key];
            let what = format!("palco listen, rung {rung}, {}", if tls { "TLS" } else { "plain" });
            ears.push(Ear::begin(n, &what, home.palco(&args)));
        }
        let n = ears.len() + 1;
        let mut curl = Command::new("curl");
        curl.args(["-sN", &format!("http://{}:{port}/monday/listen.opus?rung={rung}", address(n))]);
        ears.push(Ear::begin(n, &format!("curl listen.opus, rung {rung}, plain"), curl));
    }
    std::thread::park_timeout(SETTLES);
    for ear in &ears {
        println!("to come in: {}: {:?} segments and bytes", ear.what, ear.counted());
    }
    count(&ears, "60 % speech", SPEECH);
    home.ctl(&url, "Stefano", &["hold", "Vera"]).ok();
    std::thread::park_timeout(SETTLES);
    count(&ears, "silence", SILENCE);
    for ear in &mut ears {
        ear.child.kill().unwrap();
        ear.child.wait().unwrap();
    }
}
