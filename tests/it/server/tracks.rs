//! A recording with each voice on a track of its own: the packets as they were sent, in step with the mix.

use std::path::{Path, PathBuf};
use std::time::Duration;

use palco::audio::FRAME;
use palco::library::{Library, Making};
use palco::meeting::Command;
use palco::minutes::Form;
use palco::recording::{OggFile, OggReader, Read, tracks_of};
use palco::server::Settings;
use palco::store::ShelfChange;
use palco::wire::Feed;

use super::finishing::{folder, said, spoken};
use super::mix::{TONES, Talker, all_say};
use super::recording::{FRAMES, found, off, parts, path, written};
use crate::support::{Client, TestServer, within};

const START: Command = Command::StartRecording { without_host: false, tracks: true };

/// The mix and a track are at most so many samples apart: 60 ms.
const APART: usize = 2_880;

fn consent(yes: bool) -> Command {
    Command::Consent { yes, text: "On a track?".into(), tracks: true }
}

/// So many with a voice each, who agree, and a recording with tracks.
async fn recorded(server: &TestServer, host: &mut Client, count: usize) -> Vec<Talker> {
    let mut talkers = Vec::new();
    for hz in &TONES[..count] {
        talkers.push(Talker::new(server, host, *hz, Feed::None).await);
    }
    host.command(START).await.unwrap();
    for talker in &mut talkers {
        talker.client.command(consent(true)).await.unwrap();
    }
    talkers
}

/// The packets of a file with something to hear.
fn packets(mut bytes: &[u8]) -> Vec<bytes::Bytes> {
    let (mut reader, mut packets) = (OggReader::new(), Vec::new());
    while let Some(read) = reader.read(&mut bytes).unwrap() {
        if let Read::Packet { opus, .. } = read {
            packets.push(opus);
        }
    }
    packets.retain(|opus| opus.len() > 1 && opus != &[0xf8, 0xff, 0xfe][..]);
    packets
}

/// A file as opusdec decodes it, of each 6 samples one.
fn heard(file: &Path) -> Vec<f32> {
    let wav = file.with_extension("raw");
    let to = wav.to_str().unwrap();
    said("opusdec", &["--quiet", "--no-dither", "--rate", "48000", "FILE", to], file);
    let bytes = std::fs::read(&wav).unwrap();
    std::fs::remove_file(&wav).unwrap();
    let all: Vec<f32> =
        bytes[44..].chunks_exact(2).map(|s| f32::from(i16::from_le_bytes([s[0], s[1]]))).collect();
    all.chunks(6).map(|few| few.iter().sum()).collect()
}

/// How far a track is behind the mix where both are most alike, in samples, and how alike that is.
fn lag(mix: &[f32], track: &[f32]) -> (i64, f32) {
    let reach = 800_usize;
    let inner = reach..mix.len().min(track.len()) - reach;
    let alike = |by: usize| {
        let (mut dot, mut left, mut right) = (0.0, 0.0, 0.0);
        for n in inner.clone() {
            let (a, b) = (mix[n], track[n + by - reach]);
            (dot, left, right) = (dot + a * b, left + a * a, right + b * b);
        }
        dot / (left * right).sqrt()
    };
    let best = (0..=2 * reach).map(|by| (by, alike(by))).max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    (6 * (best.0 as i64 - reach as i64), best.1)
}

fn opus_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|e| e.path()).collect();
    files.sort();
    files
}

fn finds_nothing_wrong(file: &Path) {
    let info = said("opusinfo", &["FILE"], file);
    assert!(
        info.contains("Playback length") && !info.contains("WARNING") && !info.contains("ERROR"),
        "{info}"
    );
    assert_eq!(
        said("ffprobe", &["-v", "warning", "-show_packets", "-of", "csv=p=0", "FILE"], file)
            .matches("warning")
            .count(),
        0
    );
    assert_eq!(said("ffmpeg", &["-v", "warning", "-i", "FILE", "-f", "null", "-"], file), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_voice_has_its_packets_in_a_file_in_step_with_the_mix() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut talkers = recorded(&server, &mut host, 3).await;
    let third = talkers[2].client.id;
    talkers[2].client.command(off(third)).await.unwrap();
    for (talker, voice) in talkers.iter_mut().zip(["Front_Center.wav", "Side_Right.wav", "Noise.wav"]) {
        talker.text = spoken(voice);
    }
    all_say(&mut talkers, 150).await;
    host.command(Command::PauseRecording).await.unwrap();
    all_say(&mut talkers, 25).await;
    host.command(Command::ResumeRecording).await.unwrap();
    for (talker, voice) in talkers.iter_mut().zip(["Rear_Left.wav", "Front_Right.wav", "Noise.wav"]) {
        talker.text = spoken(voice);
    }
    all_say(&mut talkers, 150).await;
    host.command(Command::StopRecording).await.unwrap();
    let rows = parts(&server, &host.meeting_id, 2).await;

    let mut sent: Vec<_> = talkers.iter().map(|t| (t.client.id.0, t.sent.iter())).collect();
    sent.truncate(2);
    sent.sort_by_key(|(key, _)| *key);
    let mut count = 0;
    for part in &rows {
        let tracks = tracks_of(&path(&server, part)).unwrap();
        assert_eq!(
            tracks.iter().map(|t| t.0).collect::<Vec<_>>(),
            sent.iter().map(|s| s.0).collect::<Vec<_>>()
        );
        for ((_, file), (_, sent)) in tracks.iter().zip(&mut sent) {
            for packet in packets(&std::fs::read(file).unwrap()) {
                assert!(sent.any(|other| *other == packet), "it was sent, after the one before");
                count += 1;
            }
            finds_nothing_wrong(file);
        }
    }
    // Two voices for 6 s, without their pauses.
    assert!(count > 400, "{count} packets");
    host.command(Command::End).await.unwrap();
    let folder = folder(&server, &host.meeting_id).await;

    let whole = folder.join("meeting.opus");
    let tracks = opus_files(&folder.join("tracks"));
    let names: Vec<_> = tracks.iter().map(|t| t.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["Speaker 440.opus", "Speaker 740.opus"]);
    let samples = |file: &Path| OggFile::open(std::fs::File::open(file).unwrap()).unwrap().samples();
    let mix = heard(&whole);
    let second = (rows[0].samples.unwrap() / 6) as usize;
    for track in &tracks {
        finds_nothing_wrong(track);
        let info = said("opusinfo", &["FILE"], track);
        for tag in ["ARTIST=Speaker ", "TITLE=About monday", "DATE=2", "ALBUM=monday"] {
            assert!(info.contains(tag), "{tag} in {info}");
        }
        assert!(samples(track).abs_diff(samples(&whole)) <= FRAME as u64);
        let alone = heard(track);
        for (what, range) in
            [("before the pause", 0..second), ("after it", second..mix.len().min(alone.len()))]
        {
            let (lag, alike) = lag(&mix[range.clone()], &alone[range]);
            eprintln!("{}: {what} {} ms apart, {alike}", track.display(), lag as f32 / 48.0);
            assert!(lag.unsigned_abs() as usize <= APART && alike > 0.2, "{what}: {lag} samples, {alike}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_struck_is_in_no_track() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut talkers = recorded(&server, &mut host, 2).await;
    all_say(&mut talkers, FRAMES).await;
    written(&server, &host.meeting_id, 3_000).await;
    let phrases: Vec<_> = talkers.iter().map(|t| t.sent[20].to_vec()).collect();
    for phrase in &phrases {
        assert_eq!(found(&server, phrase), 1, "{} bytes", phrase.len());
    }
    host.command(Command::Strike).await.unwrap();
    within("the phrases' end", async {
        while phrases.iter().any(|phrase| found(&server, phrase) > 0) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    all_say(&mut talkers[..1], FRAMES).await;
    host.command(Command::End).await.unwrap();
    let folder = folder(&server, &host.meeting_id).await;
    assert!(phrases.iter().all(|phrase| found(&server, phrase) == 0));
    assert_eq!(opus_files(&folder.join("tracks")), [folder.join("tracks").join("Speaker 440.opus")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_that_is_begun_without_tracks_has_none() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut talkers = recorded(&server, &mut host, 1).await;
    all_say(&mut talkers, 20).await;
    host.command(Command::StopRecording).await.unwrap();
    let before = parts(&server, &host.meeting_id, 1).await.remove(0);
    assert_eq!(tracks_of(&path(&server, &before)).unwrap().len(), 1);
    host.command(Command::StartRecording { without_host: false, tracks: false }).await.unwrap();
    all_say(&mut talkers, FRAMES).await;
    host.command(Command::End).await.unwrap();
    let folder = folder(&server, &host.meeting_id).await;
    let part = parts(&server, &host.meeting_id, 2).await.remove(1);
    assert!(tracks_of(&path(&server, &part)).unwrap().is_empty(), "of the second there is none");
    assert!(folder.join("tracks").join("Speaker 440.opus").exists());
}

/// What is kept for a day goes with its tracks on the day after, by the server's own clock, and what was exported of it.
#[tokio::test]
async fn tracks_are_exported_and_go_with_their_meeting() {
    let server = TestServer::with(Settings { keep_days: 1, ..Settings::default() }).await;
    let mut host = Client::host(&server, "monday").await;
    let mut talkers = recorded(&server, &mut host, 1).await;
    all_say(&mut talkers, FRAMES).await;
    host.command(Command::End).await.unwrap();
    folder(&server, &host.meeting_id).await;
    let packet = talkers.remove(0).sent[20].to_vec();
    drop((host, talkers));

    let exported = tempfile::tempdir().unwrap();
    let to = exported.path().join("monday-1");
    let library = Library::open(server.dir()).unwrap();
    let kept = library.find("monday", None).unwrap().unwrap();
    assert_eq!(kept.voices(), [kept.folder.clone().unwrap().join("tracks").join("Speaker 440.opus")]);
    let how = Making { form: Form::english(), offset_secs: 0, server: None };
    let files = library.export(&kept, &how, &to).unwrap();
    let track = to.join("tracks").join("Speaker 440.opus");
    assert!(files.contains(&track) && track.is_file(), "{files:?}");
    assert!(kept.files().iter().filter(|file| file.ends_with("tracks/Speaker 440.opus")).count() == 1);
    let paths = files.iter().map(|file| file.display().to_string()).collect();
    let meeting = kept.row.id.clone();
    server.store.change_shelf(ShelfChange::Exported { meeting, files: paths }).await.unwrap();
    // The part's track is gone.
    assert_eq!(found(&server, &packet), 1);

    // The server looked when it started, and again a day later: then it is a little less than a day since the end.
    let pass = async |hours: u64| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(hours * 3_600)).await;
        tokio::time::resume();
    };
    pass(25).await;
    server.store.flush().await.unwrap();
    assert_eq!(found(&server, &packet), 1, "not yet");
    pass(24).await;
    within("the end of what was kept", async {
        while !library.meetings(None).unwrap().is_empty()
            || found(&server, &packet) + found(&server, b"Speaker 440") > 0
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    within("the end of what was exported", async {
        while to.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}
