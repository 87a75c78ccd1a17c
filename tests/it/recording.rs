//! Ogg Opus as other programs read it.

use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use palco::audio::{Encoder, FRAME, Voice};
use palco::meeting::Millis;
use palco::minutes::{Chapter, ChapterKind, chapter_tags, chapters_json};
use palco::recording::{LiveWriter, OggFile, OggWriter, SoundReader, Whole};

/// Half a minute of somebody who pauses, in packets; `None` is what discontinuous transmission leaves out.
fn spoken() -> Vec<Option<bytes::Bytes>> {
    let (mut voice, mut encoder) = (Voice::new(5), Encoder::new().unwrap());
    let silence = [0.0; FRAME];
    (0..1_500)
        .map(|n| {
            let frame = if n / 100 % 3 == 2 { silence } else { voice.next_frame() };
            encoder.encode(&frame).unwrap()
        })
        .collect()
}

/// Pages that are 200 ms long, and of one packet each.
fn written(length: u32) -> Vec<u8> {
    let mut writer = OggWriter::new(77, length, &[("TITLE", "Monday")]);
    for packet in spoken() {
        match packet {
            Some(opus) => writer.push(&opus).unwrap(),
            None => drop(writer.silence(FRAME as u64)),
        }
    }
    writer.finish();
    std::iter::from_fn(|| writer.take()).collect::<Vec<_>>().concat()
}

/// The same as it is sent while it is spoken: silence is filled in by the clock and by the packets' numbers.
fn live() -> Vec<u8> {
    let mut writer = LiveWriter::new(78, 9_600, &[], Duration::from_millis(100), Duration::ZERO);
    for (n, packet) in spoken().into_iter().enumerate() {
        let now = Duration::from_millis(20 * n as u64);
        if let Some(opus) = packet {
            assert!(writer.push(n as u16, &opus, now).unwrap());
        }
        writer.tick(now);
    }
    writer.finish();
    std::iter::from_fn(|| writer.take()).collect::<Vec<_>>().concat()
}

fn run(program: &str, arguments: &[&str], file: &Path) -> Output {
    let mut command = Command::new(program);
    let output = command.args(arguments).arg(file).stdin(Stdio::null()).output();
    output.unwrap_or_else(|e| panic!("{program} is needed ({e}); tests/run installs it"))
}

#[test]
fn opusinfo_and_ffprobe_find_nothing_wrong() {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [("pages", written(9_600)), ("packets", written(1)), ("live", live())] {
        let file = dir.path().join(name).with_extension("opus");
        std::fs::write(&file, &bytes).unwrap();
        let info = run("opusinfo", &[], &file);
        let said = String::from_utf8_lossy(&[info.stdout, info.stderr].concat()).into_owned();
        assert!(said.contains("Playback length: 0m:2") || said.contains("Playback length: 0m:30"), "{said}");
        assert!(!said.contains("WARNING") && !said.contains("ERROR"), "{name}: {said}");
        let probe = run("ffprobe", &["-v", "warning", "-show_packets"], &file);
        assert_eq!(String::from_utf8_lossy(&probe.stderr), "", "{name}");
        assert!(probe.status.success());
    }
}

/// Two thousand turns of people with long topics: tags of several pages, which are read to their end.
#[test]
fn many_chapters_are_read_by_others_and_by_us() {
    let chapters: Vec<_> = (0..2_000)
        .map(|n| Chapter {
            position: Millis(n * 10),
            title: format!("Question {n}: {}", "what do we do about early media? ".repeat(5)),
            kind: ChapterKind::Turn,
            who: Some("Maurizio".to_owned()),
        })
        .collect();
    let tags = chapter_tags(&chapters);
    let comments: Vec<_> = tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut writer = OggWriter::new(79, 9_600, &comments);
    for opus in spoken().into_iter().flatten() {
        writer.push(&opus).unwrap();
    }
    writer.finish();
    let mut bytes = Vec::new();
    writer.write_to(&mut bytes).unwrap();
    assert_eq!(OggFile::open(Cursor::new(&bytes)).unwrap().comments(), tags);
    let whole = Whole::read(bytes.as_slice(), u64::MAX).unwrap();
    assert!(whole.is_ended && whole.samples == writer.samples());
    // Cut in the middle of the tags, there is no sound in it.
    let cut = Whole::read(&bytes[..70_000], u64::MAX).unwrap();
    assert!(cut.bytes > 60_000 && !cut.has_sound());
    assert_eq!(sound(&bytes).len().next_multiple_of(FRAME) as u64 / 960, writer.samples() / 960);

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("many.opus");
    std::fs::write(&file, &bytes).unwrap();
    let info = run("opusinfo", &[], &file);
    let said = String::from_utf8_lossy(&[info.stdout, info.stderr].concat()).into_owned();
    assert!(!said.contains("WARNING") && !said.contains("ERROR"), "{}", &said[said.len() - 500..]);
    let probe = run("ffprobe", &["-v", "warning", "-show_chapters", "-of", "json"], &file);
    assert_eq!(String::from_utf8_lossy(&probe.stderr), "");
    let read: serde_json::Value = serde_json::from_slice(&probe.stdout).unwrap();
    let read = read["chapters"].as_array().unwrap();
    // As many as three digits count; all are in chapters.json.
    assert_eq!(read.len(), 999);
    assert_eq!(read[998]["tags"]["title"], chapters[998].line());
    let json: serde_json::Value =
        serde_json::from_str(&chapters_json(&chapters, "Monday", "monday")).unwrap();
    assert_eq!(json["chapters"].as_array().unwrap().len(), 2_000);
}

/// opusdec and our own reader hear the same.
#[test]
fn opusdec_hears_what_we_hear() {
    let dir = tempfile::tempdir().unwrap();
    let (file, wav) = (dir.path().join("a.opus"), dir.path().join("a.wav"));
    let bytes = written(9_600);
    std::fs::write(&file, &bytes).unwrap();
    let done = Command::new("opusdec").args(["--quiet", "--rate", "48000"]).arg(&file).arg(&wav).status();
    assert!(done.unwrap_or_else(|e| panic!("opusdec is needed ({e}); tests/run installs it")).success());
    let (theirs, ours) = (sound(&std::fs::read(&wav).unwrap()), sound(&bytes));
    let n = theirs.len().min(ours.len());
    assert!(theirs.len().abs_diff(ours.len()) <= FRAME, "{} and {} samples", theirs.len(), ours.len());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let (theirs, ours) = (&theirs[..n], &ours[..n]);
    let r = dot(theirs, ours) / (dot(theirs, theirs) * dot(ours, ours)).sqrt();
    assert!(r > 0.99, "correlation {r}");
}

/// Where nothing is heard every decoder makes zeros, whatever was heard before.
#[test]
fn what_is_quiet_is_silence() {
    let dir = tempfile::tempdir().unwrap();
    let (file, wav) = (dir.path().join("a.opus"), dir.path().join("a.wav"));
    for is_speech in [true, false] {
        let mut encoder = palco::audio::LadderEncoder::new(palco::audio::Quality::HIGH).unwrap();
        let (mut plain, mut voice) = (Encoder::new().unwrap(), Voice::new(5));
        let mut writer = OggWriter::new(79, 9_600, &[]);
        for n in 0..300 {
            let frame = voice.next_frame();
            // Speech mode, and the better one of the mix.
            let opus = if is_speech {
                plain.encode(&frame).unwrap()
            } else {
                encoder.push(&frame).unwrap().map(|c| c.opus)
            };
            if let Some(opus) = opus {
                writer.push(&opus).unwrap();
            }
            if n == 150 {
                writer.quiet(100);
            }
        }
        writer.finish();
        let mut bytes = Vec::new();
        writer.write_to(&mut bytes).unwrap();
        std::fs::write(&file, &bytes).unwrap();
        for program in [
            vec!["opusdec", "--quiet", "--no-dither", "--rate", "48000", "IN", "OUT"],
            vec!["ffmpeg", "-v", "warning", "-y", "-c:a", "opus", "-i", "IN", "OUT"],
            vec!["ffmpeg", "-v", "warning", "-y", "-c:a", "libopus", "-i", "IN", "OUT"],
        ] {
            let place = |a: &&str| match *a {
                "IN" => file.as_os_str().to_owned(),
                "OUT" => wav.as_os_str().to_owned(),
                other => other.into(),
            };
            let output =
                Command::new(program[0]).args(program[1..].iter().map(place)).stdin(Stdio::null()).output();
            let output =
                output.unwrap_or_else(|e| panic!("{} is needed ({e}); tests/run installs it", program[0]));
            assert!(
                output.status.success() && output.stderr.is_empty(),
                "{program:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let decoded = sound(&std::fs::read(&wav).unwrap());
            // It fades in 60 ms, and a decoder is 6.5 ms late.
            let silent = longest_silence(&decoded);
            assert!((93 * FRAME..=101 * FRAME).contains(&silent), "{program:?}: {silent} samples");
        }
    }
}

/// Samples in a row that are nothing.
fn longest_silence(sound: &[f32]) -> usize {
    let (mut longest, mut length) = (0, 0);
    for sample in sound {
        length = if sample.abs() < 1.5 / 32_768.0 { length + 1 } else { 0 };
        longest = longest.max(length);
    }
    longest
}

fn sound(mut bytes: &[u8]) -> Vec<f32> {
    let (mut reader, mut all) = (SoundReader::new(), Vec::new());
    while let Some(frame) = reader.read(&mut bytes).unwrap() {
        all.extend(frame);
    }
    all.extend(reader.finish().into_iter().flatten());
    all
}
