//! What is there when a meeting has ended: one file with chapters, credits and a gain, as other programs read it, and the minutes.

use std::path::{Path, PathBuf};
use std::process::{Command as Program, Stdio};
use std::time::Duration;

use palco::audio::FRAME;
use palco::library::{Kept, Library};
use palco::meeting::{Command, Timestamp};
use palco::recording::{SoundReader, Whole};
use palco::server::{Minutes, Settings};
use palco::store::{Archive, Due, Erasure, MeetingId, ShelfChange};
use palco::wire::Feed;
use serde_json::Value;

use super::mix::{TONES, Talker, all_say};
use super::raise;
use super::recording::{found, parts};
use crate::support::shell::Home;
use crate::support::{Client, TestServer, within};

/// Frames of a turn: 3 s.
const TURN: u16 = 150;

const START: Command = Command::StartRecording { without_host: false, tracks: false };

/// The folder of a meeting, as soon as nothing more is due about it and its sound is in there alone.
pub(super) async fn folder(server: &TestServer, meeting: &str) -> PathBuf {
    let twice =
        || Library::open(server.dir()).unwrap().meetings(None).unwrap().iter().any(Kept::is_kept_twice);
    within("what follows the end", async {
        while !server.store.due().await.unwrap().is_empty() || twice() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    server.dir().join("recordings").join(meeting)
}

/// Somebody real, for a turn: the voices of alsa-utils, as often as they fit.
pub(super) fn spoken(name: &str) -> Vec<[f32; FRAME]> {
    let path = Path::new("/usr/share/sounds/alsa").join(name);
    let bytes =
        std::fs::read(&path).unwrap_or_else(|e| panic!("alsa-utils is needed ({e}); tests/run installs it"));
    let (mut reader, mut rest, mut frames) = (SoundReader::new(), bytes.as_slice(), Vec::new());
    while let Some(frame) = reader.read(&mut rest).unwrap() {
        frames.push(frame);
    }
    let mut turn: Vec<_> = frames.into_iter().cycle().take(TURN.into()).collect();
    turn.reverse();
    turn
}

/// What a program says, on both ways out.
pub(super) fn said(program: &str, arguments: &[&str], file: &Path) -> String {
    let mut command = Program::new(program);
    let places = arguments.iter().map(|a| if *a == "FILE" { file.as_os_str() } else { a.as_ref() });
    let output = command.args(places).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|e| panic!("{program} is needed ({e}); tests/run installs it"));
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{program}: {text}");
    text
}

/// A meeting of three: two questions in two parts of the recording, and one of somebody who is off the record.
async fn meeting(server: &TestServer, host: &mut Client) {
    let mut talkers = Vec::new();
    for hz in TONES {
        talkers.push(Talker::new(server, host, hz, Feed::None).await);
    }
    host.command(START).await.unwrap();
    for talker in &mut talkers {
        talker
            .client
            .command(Command::Consent { yes: true, text: "Do you agree?".into(), tracks: false })
            .await
            .unwrap();
    }
    let third = talkers[2].client.id;
    talkers[2].client.command(Command::OffRecord { participant: Some(third), on: true }).await.unwrap();
    let asked = [
        ("Front_Center.wav", "Fax over T.38, really?"),
        ("Side_Right.wav", "Which SBC & why?"),
        ("Noise.wav", "My divorce"),
    ];
    for (n, (voice, topic)) in asked.into_iter().enumerate() {
        talkers[n].text = spoken(voice);
        let seq = talkers[n].client.command(raise(topic)).await.unwrap();
        host.until_seq(seq).await;
        let current = host.meeting.turn().map(|turn| turn.id);
        host.command(Command::Next { current }).await.unwrap();
        all_say(&mut talkers[n..=n], TURN).await;
        if n == 0 {
            host.command(Command::PauseRecording).await.unwrap();
            all_say(&mut talkers[..1], 25).await;
            host.command(Command::ResumeRecording).await.unwrap();
        }
    }
    host.command(Command::End).await.unwrap();
}

fn settings() -> Settings {
    let minutes = Minutes { server: Some("https://meet.example.org/".to_owned()), ..Minutes::default() };
    Settings { minutes, ..Settings::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_programs_read_chapters_credits_and_loudness() {
    let server = TestServer::with(settings()).await;
    let mut host = Client::host(&server, "monday").await;
    meeting(&server, &mut host).await;
    let folder = folder(&server, &host.meeting_id).await;
    let file = folder.join("meeting.opus");

    let info = said("opusinfo", &["FILE"], &file);
    assert!(
        !info.contains("WARNING") && !info.contains("ERROR") && info.contains("Playback length"),
        "{info}"
    );
    assert_eq!(info.matches("\n\tARTIST=").count(), 2, "{info}");
    assert!(info.contains("ARTIST=Speaker 440\n") && info.contains("ARTIST=Speaker 740\n"), "{info}");
    assert_eq!(said("ffmpeg", &["-v", "warning", "-i", "FILE", "-f", "null", "-"], &file), "");

    let shown =
        said("ffprobe", &["-v", "error", "-show_chapters", "-show_format", "-of", "json", "FILE"], &file);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let chapters = shown["chapters"].as_array().unwrap();
    let title = |c: &Value| c["tags"]["title"].as_str().unwrap().to_owned();
    let titles: Vec<_> = chapters.iter().map(title).collect();
    let wanted = ["About monday", "Speaker 440: Fax over T.38, really?", "Speaker 740: Which SBC & why?"];
    assert_eq!(titles, wanted);
    let second = |v: &Value| v.as_str().unwrap().parse::<f64>().unwrap();
    let at: Vec<f64> = chapters.iter().map(|c| second(&c["start_time"])).collect();
    let length = second(&shown["format"]["duration"]);
    // The first was paused before its end, and what follows is 3 s later in the recording and not 4.
    assert!((3.0..4.2).contains(&(at[2] - at[1])) && at[2] < length - 5.0, "{at:?} of {length} s");
    let parts = server.store.parts(&palco::store::MeetingId(host.meeting_id.clone())).await.unwrap();
    let samples: u64 = parts.iter().filter_map(|part| part.samples).sum();
    assert_eq!(parts.len(), 2);
    assert!((length - samples as f64 / 48_000.0).abs() < 0.02, "{length} s of {samples} samples");

    let heard = said(
        "ffmpeg",
        &["-nostats", "-hide_banner", "-i", "FILE", "-af", "ebur128", "-f", "null", "-"],
        &file,
    );
    let summary = heard.rsplit("Integrated loudness:").next().unwrap();
    let lufs = summary.lines().find_map(|l| l.trim().strip_prefix("I:")?.trim().strip_suffix(" LUFS"));
    let lufs: f64 = lufs.unwrap_or_else(|| panic!("no loudness in {heard}")).trim().parse().unwrap();
    let line = info.lines().find_map(|l| l.trim().strip_prefix("R128_TRACK_GAIN=")).unwrap();
    let gain = line.parse::<f64>().unwrap() / 256.0;
    assert!((lufs + gain + 23.0).abs() < 0.5, "{lufs} LUFS and {gain} dB are not -23");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chapters_and_minutes_lie_beside_it_and_name_nobody_off_the_record() {
    let server = TestServer::with(settings()).await;
    let mut host = Client::host(&server, "monday").await;
    meeting(&server, &mut host).await;
    let folder = folder(&server, &host.meeting_id).await;
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();

    let chapters: Value = serde_json::from_str(&read("chapters.json")).unwrap();
    assert_eq!((&chapters["version"], chapters["chapters"].as_array().unwrap().len()), (&"1.2.0".into(), 3));
    let vtt = read("chapters.vtt");
    assert!(vtt.contains("Speaker 740: Which SBC &amp; why?"), "{vtt}");
    for file in ["chapters.json", "chapters.vtt", "meeting.opus"] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        for word in ["divorce", "1170"] {
            assert!(!bytes.windows(word.len()).any(|w| w == word.as_bytes()), "{word} in {file}");
        }
    }
    let facts: Value = serde_json::from_str(&read("minutes.json")).unwrap();
    let place = facts["asked"][1]["recorded_ms"].as_u64().unwrap();
    let link = format!("https://meet.example.org/monday/recordings/1#t={}", place / 1_000);
    assert_eq!(facts["asked"][1]["link"], link.as_str());
    assert_eq!(facts["asked"][2]["recorded_ms"], Value::Null);
    let minutes = read("minutes.md");
    assert!(minutes.contains(&format!("]({link}) · **Speaker 740**: Which SBC")), "{minutes}");
    let left: Vec<_> = std::fs::read_dir(server.dir().join("recordings")).unwrap().flatten().collect();
    let left: Vec<_> = left.iter().map(|e| e.file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| !name.ends_with(".loud") && !name.starts_with("making-")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_made_is_made_at_the_next_start() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let meeting = host.meeting_id.clone();
    let folders = server.dir().join("recordings");
    // Something else lies where the folder is made.
    std::fs::create_dir_all(&folders).unwrap();
    let in_the_way = folders.join(format!("making-{meeting}"));
    std::fs::write(&in_the_way, "in the way").unwrap();
    host.command(START).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    host.command(Command::End).await.unwrap();
    let server = server.restart().await;
    assert_eq!(server.store.due().await.unwrap().len(), 1);
    std::fs::remove_file(&in_the_way).unwrap();
    let server = server.restart().await;
    let folder = folder(&server, &meeting).await;
    assert!(folder.join("minutes.md").is_file() && folder.join("meeting.opus").is_file());
}

/// Copies files and folders, over what is there.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &to) } else { drop(std::fs::copy(entry.path(), to)) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sound_is_kept_once_whatever_was_broken_off() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut talkers = vec![Talker::new(&server, &mut host, TONES[0], Feed::None).await];
    host.command(Command::StartRecording { without_host: false, tracks: true }).await.unwrap();
    let yes = Command::Consent { yes: true, text: "Do you agree?".into(), tracks: true };
    talkers[0].client.command(yes).await.unwrap();
    all_say(&mut talkers, TURN).await;
    host.command(Command::PauseRecording).await.unwrap();
    host.command(Command::ResumeRecording).await.unwrap();
    all_say(&mut talkers, 50).await;
    host.command(Command::StopRecording).await.unwrap();
    let id = host.meeting_id.clone();
    let rows = parts(&server, &id, 2).await;
    let (recordings, before) = (server.dir().join("recordings"), tempfile::tempdir().unwrap());
    copy(&recordings, before.path());
    host.command(Command::End).await.unwrap();
    let meeting = folder(&server, &id).await;
    let left = || {
        let names = std::fs::read_dir(&recordings).unwrap().flatten().map(|e| e.file_name());
        let mut names: Vec<_> = names.filter(|n| n != "ballast" && n != "probe").collect();
        names.sort();
        names
    };
    assert_eq!(left(), [id.as_str()], "neither part nor track");
    let file = meeting.join("meeting.opus");
    let whole = || Whole::read(std::fs::read(&file).unwrap().as_slice(), u64::MAX).unwrap();
    let samples: u64 = rows.iter().filter_map(|part| part.samples).sum();
    assert_eq!((whole().is_ended, whole().samples), (true, samples));

    // As an older palco left it, and one that was killed when the folder was noted: the folder stays as it is.
    let bytes = std::fs::read(&file).unwrap();
    copy(before.path(), &recordings);
    assert!(left().len() >= 5);
    let server = server.restart().await;
    folder(&server, &id).await;
    assert_eq!((left(), std::fs::read(&file).unwrap() == bytes), (vec![id.clone().into()], true));
    // One that was killed before it was noted makes it anew, of the parts.
    copy(before.path(), &recordings);
    std::fs::write(&file, "half of it").unwrap();
    server.store.set_due(&MeetingId(id.clone()), Some(Due::Folder)).await.unwrap();
    let server = server.restart().await;
    folder(&server, &id).await;
    assert_eq!((left(), whole().samples), (vec![id.clone().into()], samples));
    assert_eq!(parts(&server, &id, 2).await, rows, "how long each was stays known");

    // It is played, shown and deleted without them.
    let (home, data) = (Home::new(), server.dir().display().to_string());
    let run = |words: &[&str]| home.run(&[words, &["--data", &data]].concat());
    let out = home.path().join("a.opus");
    run(&["play", "monday", "-o", out.to_str().unwrap()]).ok();
    assert_eq!(said("ffmpeg", &["-v", "warning", "-i", "FILE", "-f", "null", "-"], &out), "");
    assert!(
        Whole::read(std::fs::read(&out).unwrap().as_slice(), u64::MAX).unwrap().samples.abs_diff(samples)
            <= 1_920
    );
    let shown = run(&["library", "show", "monday"]).ok().out;
    assert!(shown.contains("recorded in 2 parts") && shown.contains("tracks/Speaker 440.opus"), "{shown}");
    let packet = talkers.remove(0).sent[20].to_vec();
    assert_eq!(found(&server, &packet), 1);
    copy(before.path(), &recordings);
    assert_eq!(found(&server, &packet), 2);
    drop((host, talkers));
    run(&["library", "delete", "monday#1", "--yes"]).ok();
    assert_eq!((left(), found(&server, &packet)), (vec![], 0), "the parts too, if there are any");
}

#[tokio::test]
async fn what_is_left_of_a_deleted_meeting_goes_a_day_later() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    host.command(Command::End).await.unwrap();
    let folder = folder(&server, &host.meeting_id).await;
    let meeting = MeetingId(host.meeting_id.clone());
    drop(host);
    // As a deletion leaves it that cannot remove a file, or wipe the database, at the time.
    let erasure = Erasure { meeting, at: Timestamp(1), remains: Vec::new() };
    server.store.change_shelf(ShelfChange::Erase(erasure)).await.unwrap();
    let archive = Archive::open(server.dir()).unwrap();
    assert!(folder.is_dir() && archive.unscrubbed().unwrap().len() == 1);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(25 * 3_600)).await;
    tokio::time::resume();
    within("the end of what was left", async {
        while folder.exists() || !archive.unscrubbed().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}
