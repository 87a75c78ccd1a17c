//! A recording on disk: who is in it, what a strike takes, and what a stop of the server leaves.

use std::path::PathBuf;
use std::time::Duration;

use palco::audio::{Decoder, FRAME};
use palco::client::Identity;
use palco::meeting::{Command, ParticipantId, RecordHalt};
use palco::recording::{OggReader, Read, Whole, track_file, tracks_folder};
use palco::store::{MeetingId, Store, StoredPart};
use palco::wire::{Feed, Rung};

use super::finishing::folder;
use super::mix::{TONES, Talker, all_say, decode, heard, share};
use crate::support::{Client, Hi, TestServer, within};

/// Frames that are said: 2 s.
pub(super) const FRAMES: u16 = 100;

/// This much of the power is a voice, and this little is none.
const THERE: f32 = 0.2;
const ABSENT: f32 = 0.01;

pub(super) const START: Command = Command::StartRecording { without_host: false, tracks: false };

pub(super) fn consent(yes: bool) -> Command {
    Command::Consent { yes, text: "Do you agree?".into(), tracks: false }
}

pub(super) fn off(participant: ParticipantId) -> Command {
    Command::OffRecord { participant: Some(participant), on: true }
}

/// The parts when all of them have ended, and there are so many.
pub(super) async fn parts(server: &TestServer, meeting: &str, count: usize) -> Vec<StoredPart> {
    ended(&server.store, meeting, count).await
}

async fn ended(store: &Store, meeting: &str, count: usize) -> Vec<StoredPart> {
    let id = MeetingId(meeting.to_owned());
    within("the parts of the recording", async {
        loop {
            let parts = store.parts(&id).await.unwrap();
            if parts.len() == count && parts.iter().all(|p| p.samples.is_some()) {
                return parts;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
}

pub(super) fn path(server: &TestServer, part: &StoredPart) -> PathBuf {
    server.dir().join("recordings").join(format!("{}.opus", part.id))
}

/// Waits until the file of the part that is being written has so many bytes.
pub(super) async fn written(server: &TestServer, meeting: &str, bytes: usize) -> Vec<u8> {
    let id = MeetingId(meeting.to_owned());
    within("a part that grows", async {
        loop {
            let open = server.store.parts(&id).await.unwrap().into_iter().find(|p| p.samples.is_none());
            let file = open.and_then(|p| std::fs::read(path(server, &p)).ok()).filter(|f| f.len() >= bytes);
            if let Some(file) = file {
                return file;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
}

/// What is in a file, decoded.
pub(super) fn sound(mut bytes: &[u8]) -> Vec<f32> {
    let (mut reader, mut decoder, mut sound) = (OggReader::new(), Decoder::new().unwrap(), Vec::new());
    while let Some(read) = reader.read(&mut bytes).unwrap() {
        if let Read::Packet { opus, .. } = read {
            sound.extend_from_slice(decoder.decode(&opus).unwrap());
        }
    }
    sound
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_agreed_are_in_it_and_everybody_hears_everybody() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut talkers = Vec::new();
    for hz in TONES {
        talkers.push(Talker::new(&server, &mut host, hz, Feed::None).await);
    }
    let listens = |hello: &mut palco::wire::Hello| hello.feed = Feed::Mix(Rung::Kb32);
    let mut ear = Client::new(&server, Hi::join("monday", "Ear").with(listens)).await;
    // The first agrees, the second says nothing, the third agrees and is off the record.
    host.command(START).await.unwrap();
    for who in [0, 2] {
        talkers[who].client.command(consent(true)).await.unwrap();
    }
    let third = talkers[2].client.id;
    talkers[2].client.command(off(third)).await.unwrap();
    all_say(&mut talkers, FRAMES).await;
    host.command(Command::StopRecording).await.unwrap();

    let part = parts(&server, &host.meeting_id, 1).await.remove(0);
    let bytes = std::fs::read(path(&server, &part)).unwrap();
    let whole = Whole::read(bytes.as_slice(), u64::MAX).unwrap();
    assert!(whole.is_ended && whole.bytes == bytes.len() as u64 && Some(whole.samples) == part.samples);
    let recorded = sound(&bytes);
    assert!(recorded.len() >= usize::from(FRAMES) * FRAME, "{} samples", recorded.len());
    let shares = TONES.map(|hz| share(&recorded, hz));
    assert!(shares[0] > 0.8 && shares[1] < ABSENT && shares[2] < ABSENT, "{shares:?}");
    let all = decode(&heard(&mut ear).await, Rung::Kb32);
    let shares = TONES.map(|hz| share(&all, hz));
    assert!(shares.iter().all(|share| *share > THERE / 2.0), "{shares:?}");
    assert_eq!((part.part, part.meeting.0.as_str()), (1, host.meeting_id.as_str()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_struck_is_nowhere_in_the_data_directory() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut talkers = vec![Talker::new(&server, &mut host, TONES[0], Feed::None).await];
    host.command(START).await.unwrap();
    talkers[0].client.command(consent(true)).await.unwrap();
    all_say(&mut talkers, FRAMES).await;
    let before = written(&server, &host.meeting_id, 3_000).await;
    let phrase = before[before.len() - 100..before.len() - 60].to_vec();
    assert_eq!(found(&server, &phrase), 1);
    host.command(Command::Strike).await.unwrap();
    within("the phrase's end", async {
        while found(&server, &phrase) > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    all_say(&mut talkers, FRAMES).await;
    host.command(Command::StopRecording).await.unwrap();
    let part = parts(&server, &host.meeting_id, 1).await.remove(0);
    assert_eq!(part.part, 2, "the first is gone");
    assert!(host.meeting.recording().struck.iter().all(|at| part.started >= *at));
    let folded = server.store.flush().await;
    assert!(folded.is_ok() && found(&server, &phrase) == 0);
    // Nor in what is made of it in the end.
    host.command(Command::End).await.unwrap();
    let folder = folder(&server, &host.meeting_id).await;
    assert!(found(&server, &phrase) == 0);
    assert!(sound(&std::fs::read(folder.join("meeting.opus")).unwrap()).len() >= 40 * FRAME);
    // Whoever reads the room anew strikes nothing that is no longer there.
    let (server, meeting) = (server.restart().await, host.meeting_id.clone());
    let ear = Client::new(&server, Hi::join("monday", "Ear")).await;
    assert_eq!((parts(&server, &meeting, 1).await, ear.meeting_id), (vec![part], meeting));
}

/// How many files of the data directory have these bytes.
pub(super) fn found(server: &TestServer, phrase: &[u8]) -> usize {
    let mut folders = vec![server.dir().to_owned()];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        // It may just be taken away.
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if let Ok(bytes) = std::fs::read(entry.path()) {
                count += usize::from(bytes.windows(phrase.len()).any(|w| w == phrase));
            }
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_back_goes_on_with_the_next_part() {
    let server = TestServer::start().await;
    let key = Identity::generate().unwrap();
    let mut host = Client::connect(&server, &key, Hi::open("monday", "Host")).await.unwrap();
    host.command(Command::Start).await.unwrap();
    host.command(START).await.unwrap();
    let meeting = host.meeting_id.clone();
    written(&server, &meeting, 300).await;
    host.command(Command::PauseRecording).await.unwrap();
    parts(&server, &meeting, 1).await;
    host.command(Command::ResumeRecording).await.unwrap();
    written(&server, &meeting, 300).await;
    let server = server.restart().await;
    written(&server, &meeting, 300).await;
    let mut host = Client::connect(&server, &key, Hi::join("monday", "Host")).await.unwrap();
    assert!(host.meeting.recording().is_running());
    host.command(Command::End).await.unwrap();
    let all = parts(&server, &meeting, 3).await;
    assert_eq!(all.iter().map(|p| p.part).collect::<Vec<_>>(), [1, 2, 3]);
    for (one, next) in all.iter().zip(&all[1..]) {
        assert!(one.started.0 + one.samples.unwrap() / 48 <= next.started.0 + 40, "{all:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_written_is_said_and_the_meeting_goes_on() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    // Something else lies where the folder should be.
    let folder = server.dir().join("recordings");
    std::fs::write(&folder, "in the way").unwrap();
    host.command(START).await.unwrap();
    host.until("the trouble", |m| m.recording().halted == Some(RecordHalt::NotWritten)).await;
    host.command(Command::Pause).await.unwrap();
    std::fs::remove_file(&folder).unwrap();
    host.until("its end", |m| m.recording().halted.is_none()).await;
    written(&server, &host.meeting_id, 300).await;
    host.command(Command::StopRecording).await.unwrap();
    parts(&server, &host.meeting_id, 1).await;
}

/// Ends a meeting whose recording cannot be ended: what lies in the way of it.
async fn end_in_vain(server: &TestServer, host: &mut Client) -> PathBuf {
    host.command(START).await.unwrap();
    written(server, &host.meeting_id, 300).await;
    let part = server.store.parts(&MeetingId(host.meeting_id.clone())).await.unwrap().remove(0);
    // One thing in the way of a track, so that the part cannot be ended, and one so that it cannot be written.
    let file = path(server, &part);
    let probe = server.dir().join("recordings").join("probe");
    std::fs::create_dir_all(track_file(&file, &[0; 32])).unwrap();
    std::fs::create_dir(&probe).unwrap();
    host.until("the trouble", |m| m.recording().halted == Some(RecordHalt::NotWritten)).await;
    host.command(Command::End).await.unwrap();
    std::fs::remove_dir(&probe).unwrap();
    tracks_folder(&file)
}

/// A full disk may last longer than the meeting: nobody else would end the part, and the folder waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_ended_with_the_meeting_is_ended_later() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let way = end_in_vain(&server, &mut host).await;
    std::fs::remove_dir_all(way).unwrap();
    let folder = folder(&server, &host.meeting_id).await;
    assert!(folder.join("meeting.opus").is_file());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_ended_is_ended_after_a_restart_although_the_next_meeting_goes_on() {
    let server = TestServer::start().await;
    let key = Identity::generate().unwrap();
    let mut host = Client::connect(&server, &key, Hi::open("monday", "Host")).await.unwrap();
    host.command(Command::Start).await.unwrap();
    let way = end_in_vain(&server, &mut host).await;
    let next = Client::connect(&server, &key, Hi::open("monday", "Host")).await.unwrap();
    assert_ne!(next.meeting_id, host.meeting_id);
    let server = server.restart().await;
    std::fs::remove_dir_all(way).unwrap();
    let folder = folder(&server, &host.meeting_id).await;
    assert!(folder.join("meeting.opus").is_file());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_that_is_begun_again_at_once_has_whole_parts() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    host.command(START).await.unwrap();
    let (id, times) = (MeetingId(host.meeting_id.clone()), 3);
    for n in 1..=times {
        within("a part that grows", async {
            let grows = |part: &StoredPart| std::fs::read(path(&server, part)).is_ok_and(|f| f.len() >= 300);
            while !server.store.parts(&id).await.unwrap().get(n - 1).is_some_and(grows) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        host.command(Command::StopRecording).await.unwrap();
        if n < times {
            host.command(START).await.unwrap();
        }
    }
    for part in parts(&server, &host.meeting_id, times).await {
        let bytes = std::fs::read(path(&server, &part)).unwrap();
        let whole = Whole::read(bytes.as_slice(), u64::MAX).unwrap();
        let is_one = whole.is_ended && whole.bytes == bytes.len() as u64;
        assert!(
            is_one && Some(whole.samples) == part.samples,
            "{part:?}: {whole:?} of {} bytes",
            bytes.len()
        );
    }
}
