//! Hearing and being heard through pipes.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use palco::audio::{FRAME, Voice};
use palco::recording::SoundReader;

use super::{House, said};
use crate::pty::Pty;

/// How loud each 20 ms are.
pub fn loudness(frames: &[[f32; FRAME]]) -> Vec<f32> {
    frames.iter().map(|frame| (frame.iter().map(|s| s * s).sum::<f32>() / FRAME as f32).sqrt()).collect()
}

/// How alike two curves are at the best of all delays, 1 at most.
pub fn likeness(said: &[f32], heard: &[f32]) -> f32 {
    let like = |delay: usize| {
        let pairs: Vec<_> = said.iter().zip(&heard[delay..]).collect();
        let mean = |of: &dyn Fn(&(&f32, &f32)) -> f32| pairs.iter().map(of).sum::<f32>() / pairs.len() as f32;
        let (a, b) = (mean(&|p| *p.0), mean(&|p| *p.1));
        let both = mean(&|p| (p.0 - a) * (p.1 - b));
        both / (mean(&|p| (p.0 - a).powi(2)) * mean(&|p| (p.1 - b).powi(2))).sqrt()
    };
    (0..heard.len().saturating_sub(said.len())).map(like).fold(0.0, f32::max)
}

/// Speech that ana pipes in, and how alike it is to what comes out of a listening command, whose seat is `bruno`'s. At the
/// end bruno is sent out.
fn likeness_through(house: &House, ana: &Pty, mut listen: Command) -> f32 {
    let mut voice = Voice::new(7);
    let frames: Vec<[f32; FRAME]> = (0..75).map(|_| voice.next_frame()).collect();
    let mut pcm: Vec<u8> =
        frames.iter().flatten().flat_map(|s| ((s * 32_767.0) as i16).to_le_bytes()).collect();
    // A second of silence, so that all of it is heard before the end.
    pcm.extend(vec![0; 2 * 48_000]);

    let mut ears = listen.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = ears.stdout.take().unwrap();
    let mut first = [0; 4];
    out.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"OggS");
    ana.wait("bruno");
    let hearing = std::thread::spawn(move || {
        let mut heard = first.to_vec();
        out.read_to_end(&mut heard).unwrap();
        heard
    });

    let mut speak = house.pipe("ana", &["speak", "monday", "--pcm", "48000"]);
    let mut mouth = speak.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    house.ctl("ana", &["unmute"]);
    ana.wait("MIC OPEN");
    let began_to_speak = Instant::now();
    // Faster than life: it is spoken in real time all the same.
    mouth.stdin.take().unwrap().write_all(&pcm).unwrap();
    let (status, _, err) = said(mouth.wait_with_output().unwrap());
    assert_eq!(status, 0, "{err}");
    assert!(err.contains("microphone"), "{err}");
    // 100 ms of it may be made up for.
    assert!(began_to_speak.elapsed().as_millis() >= 2_300, "so long as it lasts");
    // What is on its way comes before what is said next.
    house.ctl("ana", &["remove", "bruno"]);
    let ended = said(ears.wait_with_output().unwrap());
    let bytes = hearing.join().unwrap();
    assert_eq!(ended.0, 1, "who is sent out is told: {}", ended.2);
    let mut reader = SoundReader::new();
    let mut rest = &bytes[..];
    let mut heard = Vec::new();
    while let Some(frame) = reader.read(&mut rest).unwrap() {
        heard.push(frame);
    }
    likeness(&loudness(&frames), &loudness(&heard))
}

/// A meeting that has begun, and its host's console.
fn live() -> (House, Pty) {
    let house = House::open();
    let ana = house.host("ana");
    house.ctl("ana", &["start"]);
    ana.wait("live");
    (house, ana)
}

#[test]
fn what_is_spoken_into_a_pipe_is_heard_from_another() {
    let (house, ana) = live();
    let listen = house.pipe("bruno", &["listen", "monday", "--rung", "16"]);
    let like = likeness_through(&house, &ana, listen);
    assert!(like > 0.8, "{like}");
}

#[test]
fn a_code_makes_any_stock_client_the_ears_of_a_console() {
    let (house, ana) = live();
    let bruno = house.console("bruno", &["monday"], (100, 30));
    bruno.wait("bruno");
    let (status, out, err) = said(house.pipe("bruno", &["ctl", "monday", "pair"]).output().unwrap());
    assert_eq!(status, 0, "{err}");
    let (code, server) = out.trim_end().split_once('@').expect("a code and its server");
    assert_eq!(server, house.ws.to_string());
    // A key that was never seen: the code says whose ears these are.
    let like = likeness_through(&house, &ana, house.pipe("carla", &["audio", code]));
    assert!(like > 0.8, "{like}");
    let status = house.home.status(&house.url("monday"));
    let names: Vec<_> = status["participants"].as_array().unwrap().iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["ana"], "nobody came in beside bruno, who was sent out");
    let (status, out, err) = said(house.pipe("carla", &["audio", code]).output().unwrap());
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(err.contains("was used"), "{err}");
}

#[test]
fn sound_wants_no_terminal_and_reads_no_nonsense() {
    let house = House::open();
    let _ana = house.host("ana");
    let mut tty = house.console("bruno", &["listen", "monday"], (80, 24));
    assert_eq!(tty.exit(), 2);
    tty.wait_last("sound is not for a terminal");
    let mut speak = house.pipe("bruno", &["speak", "monday"]);
    let mut mouth = speak.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    mouth.stdin.take().unwrap().write_all(&[b'x'; 4096]).unwrap();
    let (status, _, err) = said(mouth.wait_with_output().unwrap());
    assert_eq!(status, 1, "{err}");
    assert!(err.contains("neither Ogg Opus nor WAV"), "{err}");
    let (status, _, err) = said(house.pipe("bruno", &["listen", "nowhere"]).output().unwrap());
    assert_eq!(status, 1);
    assert!(err.contains("there is no room “nowhere”"), "{err}");
}

#[test]
fn a_newer_listener_of_a_person_takes_the_place_of_the_older() {
    let house = House::open();
    let _ana = house.host("ana");
    let listen = || {
        let mut command = house.pipe("bruno", &["listen", "monday"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 4];
        child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        child
    };
    let older = listen();
    let mut newer = listen();
    assert_eq!(older.wait_with_output().unwrap().status.code(), Some(0));
    assert!(newer.try_wait().unwrap().is_none());
    newer.kill().unwrap();
    newer.wait().unwrap();
}
