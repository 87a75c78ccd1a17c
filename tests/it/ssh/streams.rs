//! Every stream of a meeting, as the programs see it that people have.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use palco::audio::FRAME;
use palco::recording::SoundReader;

use super::House;
use super::sound::{likeness, loudness};
use crate::bytes::talk;

/// How long each stream is.
const LENGTH: Duration = Duration::from_secs(62);

/// A program whose output is kept.
struct Tap {
    what: String,
    to: PathBuf,
    child: Child,
    /// When the first page behind the heads was there.
    first: JoinHandle<Option<Duration>>,
}

impl Tap {
    fn begin(dir: &Path, what: &str, mut command: Command) -> Self {
        let to = dir.join(format!("{}.opus", what.replace([' ', '/', '?', '='], "-")));
        let began = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut out, file) = (child.stdout.take().unwrap(), to.clone());
        let first = std::thread::spawn(move || {
            let (mut all, mut piece, mut first) = (Vec::new(), [0; 4_096], None);
            while let Ok(n @ 1..) = out.read(&mut piece) {
                all.extend_from_slice(&piece[..n]);
                if first.is_none() && all.windows(4).filter(|w| w == b"OggS").count() > 2 {
                    first = Some(began.elapsed());
                }
            }
            std::fs::write(file, all).unwrap();
            first
        });
        Self { what: what.to_owned(), to, child, first }
    }
}

fn tool(name: &str, args: &[&str], file: &Path) -> String {
    let out = Command::new(name).args(args).arg(file).output();
    let out = out.unwrap_or_else(|e| panic!("{name} is needed ({e}); tests/run installs it"));
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

fn frames(bytes: &[u8]) -> Vec<[f32; FRAME]> {
    let (mut rest, mut reader, mut all) = (bytes, SoundReader::new(), Vec::new());
    while let Some(frame) = reader.read(&mut rest).unwrap() {
        all.push(frame);
    }
    all
}

/// What mpv plays of a stream, 6 s of it, as loudness.
fn played_by_mpv(source: &str, to: &Path) -> Vec<f32> {
    let to_file = format!("--ao-pcm-file={}", to.display());
    let mpv =
        format!("mpv --no-config --really-quiet --ao=pcm {to_file} --audio-samplerate=48000 --length=6");
    let line = match source.strip_prefix("http") {
        Some(_) => format!("{mpv} '{source}'"),
        None => format!("{source} | {mpv} -"),
    };
    let played = Command::new("timeout").args(["30", "sh", "-c", &line]).status().unwrap();
    assert!(to.exists(), "mpv, of the package mpv: {played}");
    loudness(&frames(&std::fs::read(to).unwrap()))
}

/// `cargo test --test it -- --ignored --nocapture streams::measure`
#[test]
#[ignore = "listens for a minute to every stream; needs mpv"]
fn measure() {
    let house = House::open();
    let dir = house.home.path().join("streams");
    std::fs::create_dir(&dir).unwrap();
    let host = house.host("ana");
    house.ctl("ana", &["start"]);
    host.wait("live");
    let pcm = dir.join("talk.pcm");
    talk(&pcm);
    let (url, key) = (house.url("monday"), house.key("ana").display().to_string());
    let file = pcm.display().to_string();
    let speak = ["speak", &url, "-i", &file, "--pcm", "48000", "-q", "--identity", &key, "--name", "ana"];
    let mut mouth = house.home.palco(&speak).spawn().unwrap();
    house.ctl("ana", &["unmute"]);
    let mut taps = Vec::new();
    let files: Vec<_> = ["8", "16", "32"].map(|rung| (rung, dir.join(format!("file-{rung}.opus")))).into();
    for (n, (rung, file)) in files.iter().enumerate() {
        let ssh = house.pipe(&format!("ear{n}"), &["listen", "monday", "--rung", rung]);
        taps.push(Tap::begin(&dir, &format!("ssh listen {rung}"), ssh));
        let mut curl = Command::new("curl");
        curl.args(["-sN", &format!("http://{}/monday/listen.opus?rung={rung}", house.ws)]);
        taps.push(Tap::begin(&dir, &format!("listen.opus?rung={rung}"), curl));
        for (to, key) in [("-", "pipe"), (file.to_str().unwrap(), "file")] {
            let key = dir.join(format!("{key}{n}")).display().to_string();
            let args = ["listen", &url, "--rung", rung, "-q", "-o", to, "--identity", &key];
            let what = format!("palco listen {rung} {}", if to == "-" { "-o -" } else { "-o FILE" });
            taps.push(Tap::begin(&dir, &what, house.home.palco(&args)));
        }
    }
    let said: Vec<f32> = {
        let pcm = std::fs::read(&pcm).unwrap();
        let samples: Vec<f32> =
            pcm.as_chunks::<2>().0.iter().map(|b| f32::from(i16::from_le_bytes(*b)) / 32_768.0).collect();
        // The longest that it takes until all is heard once more.
        loudness(&samples.as_chunks::<FRAME>().0[..50 * 90])
    };
    let began = Instant::now();
    let ssh = house.words("mpv").join(" ");
    for source in
        [format!("http://{}/monday/listen.opus", house.ws), format!("ssh -T {ssh} listen monday < /dev/null")]
    {
        let heard = played_by_mpv(&source, &dir.join("mpv.wav"));
        // The first second is a player's own.
        let like = likeness(&heard[50..heard.len().min(250)], &said);
        println!("mpv plays {}: like what was said by {like:.3}", source.split_whitespace().next().unwrap());
        assert!(like > 0.8, "{like} in {} frames", heard.len());
    }
    std::thread::park_timeout(LENGTH.saturating_sub(began.elapsed()));
    for tap in taps.iter().filter(|tap| tap.what.starts_with("palco")) {
        assert!(Command::new("kill").args(["-INT", &tap.child.id().to_string()]).status().unwrap().success());
    }
    // The others end with the server.
    house.running.signal("TERM");
    for mut tap in taps {
        tap.child.wait().unwrap();
        let first = tap.first.join().unwrap();
        let to = if tap.what.ends_with("FILE") {
            files.iter().find(|(rung, _)| tap.what.contains(&format!(" {rung} "))).unwrap().1.clone()
        } else {
            tap.to
        };
        let info = tool("opusinfo", &[], &to);
        let probe =
            tool("ffprobe", &["-v", "warning", "-show_entries", "format=duration", "-of", "csv=p=0"], &to);
        println!("{}: first sound after {first:?}, {} s, {probe:?}", tap.what, probe.trim());
        // A server that stops cuts the sessions of SSH: "EOS not set on stream 1 (normal for live streams)".
        let warns =
            |line: &str| line.contains("WARNING") && !(tap.what.starts_with("ssh") && line.contains("EOS"));
        assert!(!info.lines().any(warns), "{}: {info}", tap.what);
        let seconds: f64 = probe.trim().parse().unwrap_or_else(|_| panic!("{}: {probe}", tap.what));
        assert!((58.0..75.0).contains(&seconds), "{}: {seconds} s", tap.what);
    }
    mouth.kill().unwrap();
    mouth.wait().unwrap();
}
