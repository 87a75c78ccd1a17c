//! A recording whose server is killed, and one whose disk is full.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Program;
use std::time::{Duration, SystemTime};

use palco::audio::{Encoder, Voice};
use palco::client::{Link, RoomUrl};
use palco::meeting::{
    Command, Event, Mic, Millis, ParticipantId, RecordHalt, RecordSign, Recorded, Seq, Source, Timestamp,
};
use palco::recording::{OggWriter, PAGE_200_MS, Whole, track_file, tracks_folder, tracks_of};
use palco::store::{Batch, Entry, MeetingId, NewMeeting, NewRoom, PartChange, Store, StoredPart};
use palco::wire::AudioRecord;
use tokio::time::{interval, timeout};

use super::kill::kill_and_restart;
use super::seat::Seat;
use crate::support::shell::{Home, Server};
use crate::support::{skip, within};

/// At most so much of a recording is missing before a kill.
const MISSING: u64 = 1_000;

fn room(server: &Server) -> RoomUrl {
    server.url("monday").parse().unwrap()
}

/// The files of the recording, oldest first.
fn files(data: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(data.join("recordings")).into_iter().flatten().flatten();
    let mut files: Vec<_> =
        entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "opus")).collect();
    files.sort();
    files
}

fn whole(file: &Path) -> Whole {
    Whole::read(fs::read(file).unwrap().as_slice(), u64::MAX).unwrap()
}

/// When a file begins, by its name.
fn began(file: &Path) -> u64 {
    ulid::Ulid::from_string(file.file_stem().unwrap().to_str().unwrap()).unwrap().timestamp_ms()
}

fn unix_ms() -> u64 {
    u64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}

/// Waits until there are so many files and the last has sound, and the host's track beside it.
async fn grows(data: &Path, host: &mut Seat, count: usize) {
    speaks(host).await;
    let has_sound =
        |file: &PathBuf| whole(file).has_sound() && track(file).is_some_and(|t| whole(&t).has_sound());
    within("a part that grows", async {
        while !files(data).get(count - 1).is_some_and(has_sound) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// The track of the host in a part.
fn track(part: &Path) -> Option<PathBuf> {
    tracks_of(part).unwrap().pop().map(|(_, file)| file)
}

/// All parts and tracks.
fn all_files(data: &Path) -> Vec<PathBuf> {
    let parts = files(data);
    let tracks: Vec<_> = parts.iter().filter_map(|part| track(part)).collect();
    [parts, tracks].concat()
}

/// Waits until everything has its end.
async fn all_ended(data: &Path) {
    within("the end of all parts and tracks", async {
        while all_files(data).iter().any(|file| !whole(file).is_ended) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    for file in all_files(data) {
        assert_eq!(whole(&file).bytes, fs::metadata(&file).unwrap().len(), "nothing but whole pages");
    }
}

/// Opens the host's microphone, if it is not.
async fn speaks(host: &mut Seat) {
    let id = host.id();
    host.until("being there", |s| s.meeting().participant(id).is_some_and(|p| p.is_here())).await;
    let mic = |s: &Seat| s.meeting().participant(id).unwrap().mic();
    if mic(host) == Mic::Closed {
        host.ask(Command::StepUp).await;
    }
    if mic(host) != Mic::Live {
        host.ask(Command::Unmute).await;
    }
}

/// Says the same sound on and on.
fn talk(link: Link) {
    let (mut voice, mut encoder) = (Voice::new(3), Encoder::new().unwrap());
    let opus =
        (0..50).filter_map(|_| encoder.encode(&voice.next_frame()).unwrap()).max_by_key(|o| o.len()).unwrap();
    tokio::spawn(async move {
        let mut tick = interval(Duration::from_millis(20));
        for frame in (0..=u16::MAX).cycle() {
            tick.tick().await;
            link.send_audio(AudioRecord { source: Source(0), frame, level: 0x80 | 20, opus: opus.clone() });
        }
    });
}

async fn recorded() -> (Home, Server, Seat) {
    let home = Home::new();
    let server = Server::start(&home);
    let host = begin(&server).await;
    (home, server, host)
}

async fn begin(server: &Server) -> Seat {
    let mut host = Seat::take(&room(server), "Host").await;
    host.ask(Command::Start).await;
    host.ask(Command::StartRecording { without_host: true, tracks: true }).await;
    talk(host.link.clone());
    host
}

/// Kills the server at random moments of a recording; each time the file and the track are whole to the last second, and the
/// next part follows.
async fn kills(times: usize) {
    let (home, mut server, mut host) = recorded().await;
    let mut worst = [0, 0];
    for n in 1..=times {
        grows(&server.data, &mut host, n).await;
        tokio::time::sleep(Duration::from_millis(rand::random::<u64>() % 700)).await;
        let killed = unix_ms();
        let data = server.data.clone();
        server = kill_and_restart(&home, server);
        let part = files(&data).remove(n - 1);
        for (worst, file) in worst.iter_mut().zip([part.clone(), track(&part).unwrap()]) {
            let until = began(&part) + whole(&file).samples / 48;
            assert!(until + MISSING >= killed, "{} ms are missing after kill {n}: {file:?}", killed - until);
            *worst = killed.saturating_sub(until).max(*worst);
        }
        host.until("coming back", |s| s.connected == n + 1).await;
    }
    eprintln!(
        "{times} kills: {} ms of the mix and {} ms of a track were missing at worst",
        worst[0], worst[1]
    );
    grows(&server.data, &mut host, times + 1).await;
    assert_eq!(host.meeting().recording().sign(), RecordSign::On);
    host.ask(Command::StopRecording).await;
    all_ended(&server.data).await;
    assert_eq!(all_files(&server.data).len(), 2 * (times + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_leaves_a_whole_file_and_goes_on_with_the_next() {
    kills(5).await;
}

/// `cargo test --test it -- --ignored --nocapture recovery::recording::two_hundred_kills`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "five minutes"]
async fn two_hundred_kills() {
    kills(200).await;
}

/// A small file system; dropping it takes it away.
struct Tmpfs(PathBuf);

impl Tmpfs {
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mut mount = Program::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(at);
        mount.output().is_ok_and(|o| o.status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Program::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// How long nothing may change: several attempts to go on.
const STILL: Duration = Duration::from_secs(4);

/// Takes so many bytes off a file.
fn cut(file: &Path, bytes: u64) {
    let length = fs::metadata(file).unwrap().len();
    fs::File::options().write(true).open(file).unwrap().set_len(length - bytes).unwrap();
}

/// Writes until nothing more fits.
fn fill(file: &Path) {
    use std::io::Write as _;
    let mut file = fs::File::create(file).unwrap();
    for size in [65_536, 4_096, 256, 1] {
        while file.write_all(&vec![b'x'; size]).is_ok() {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_the_recording_on_a_whole_page_and_never_the_meeting() {
    let home = Home::new();
    let Some(_tmpfs) = Tmpfs::mount(&home.path().join("data")) else {
        return skip("a file system of 16 MiB cannot be mounted: needs root");
    };
    let server = Server::start(&home);
    let mut host = begin(&server).await;
    grows(&server.data, &mut host, 1).await;
    let filler = server.data.join("filler");
    fill(&filler);
    let full = std::time::Instant::now();
    host.until("the warning", |s| s.meeting().recording().halted == Some(RecordHalt::DiskFull)).await;
    eprintln!("warned {:?} after the disk was full", full.elapsed());
    for file in all_files(&server.data) {
        assert_eq!(whole(&file).bytes, fs::metadata(&file).unwrap().len(), "whole pages only");
    }
    let planned = host.meeting().clock().planned;
    host.ask(Command::Extend { by: Millis::from_mins(5) }).await;
    assert_eq!(host.meeting().clock().planned, planned.plus(Millis::from_mins(5)), "the meeting goes on");
    // Room for what is kept for the log is not enough to go on: it would halt again in a moment.
    cut(&filler, 1 << 20);
    let goes_on = host.until("going on", |s| s.meeting().recording().halted.is_none());
    assert!(timeout(STILL, goes_on).await.is_err(), "the disk is nearly full");
    fs::remove_file(&filler).unwrap();
    host.until("going on", |s| s.meeting().recording().sign() == RecordSign::On).await;
    grows(&server.data, &mut host, 2).await;
    host.ask(Command::StopRecording).await;
    all_ended(&server.data).await;
    assert_eq!(all_files(&server.data).len(), 4);
    assert!(host.refused.is_empty(), "{:?}", host.refused);
    drop(server);
}

/// The meeting ends while the disk is full: what was kept for the log is enough for the parts' ends, and there is a folder as soon
/// as there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_that_ends_on_a_full_disk_has_its_recording() {
    let home = Home::new();
    let Some(_tmpfs) = Tmpfs::mount(&home.path().join("data")) else {
        return skip("a file system of 16 MiB cannot be mounted: needs root");
    };
    let server = Server::start(&home);
    let mut host = begin(&server).await;
    grows(&server.data, &mut host, 1).await;
    let filler = server.data.join("filler");
    fill(&filler);
    host.until("the warning", |s| s.meeting().recording().halted == Some(RecordHalt::DiskFull)).await;
    host.ask(Command::End).await;
    // They may go any time, into a folder that just fits.
    let lacks_end = |file: PathBuf| {
        fs::read(file).is_ok_and(|bytes| !Whole::read(bytes.as_slice(), u64::MAX).unwrap().is_ended)
    };
    within("the end of all parts", async {
        while files(&server.data).into_iter().any(lacks_end) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    fs::remove_file(&filler).unwrap();
    let recordings = server.data.join("recordings");
    within("the folder", async {
        while !folders(&recordings).any(|folder| folder.join("meeting.opus").exists()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    drop(server);
}

/// The folders there.
fn folders(within: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(within)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
}

/// A meeting of three minutes that is over, with nothing made of it yet, and a track beside the mix.
async fn keep_ended(data: &Path) {
    let (id, began, who) =
        (MeetingId("01ENDED".into()), Timestamp(1_763_398_800_000), ParticipantId([7; 32]));
    let events = [
        Event::Opened {
            title: "Full".into(),
            number: 1,
            owner: who,
            length: Millis::from_mins(3),
            agenda: Vec::new(),
            terms: Default::default(),
        },
        Event::Started,
        Event::RecordStarted { without_host: true, tracks: true },
        Event::Ended,
    ];
    let entry = |(n, event): (usize, Event)| Entry {
        recorded: Recorded { seq: Seq(n as u64 + 1), at: began, by: None, event },
        cause: None,
    };
    let batch = Batch {
        room: "monday".into(),
        new_room: Some(NewRoom { owner: who, created: began }),
        new_meeting: Some(NewMeeting { id: id.clone(), number: 1, opened: began }),
        meeting: id.clone(),
        entries: events.into_iter().enumerate().map(entry).collect(),
        ended: Some(began),
        door: Vec::new(),
    };
    let store = Store::open(data).unwrap();
    store.commit(batch).await.unwrap();
    let part = data.join("recordings").join("01PART.opus");
    fs::create_dir_all(tracks_folder(&part)).unwrap();
    let mut writer = OggWriter::new(7, PAGE_200_MS, &[]);
    for n in 0..9_000_u32 {
        writer.push(&[&[9 << 3][..], &n.to_le_bytes(), &[1; 75]].concat()).unwrap();
    }
    writer.finish();
    let mut bytes = Vec::new();
    writer.write_to(&mut bytes).unwrap();
    for file in [track_file(&part, &who.0), part] {
        fs::write(file, &bytes).unwrap();
    }
    let samples = Some(writer.samples());
    let row = StoredPart { id: "01PART".into(), meeting: id, part: 1, started: began, samples };
    store.change_part(PartChange::Keep(row)).await.unwrap();
}

/// The disk is full while the folder of a meeting is made: nothing of it is left, the operator reads why, and when there is room
/// it is made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_leaves_no_half_folder_and_it_is_made_when_there_is_room() {
    let home = Home::new();
    let data = home.path().join("data");
    let Some(_tmpfs) = Tmpfs::mount(&data) else {
        return skip("a file system of 16 MiB cannot be mounted: needs root");
    };
    keep_ended(&data).await;
    let filler = data.join("filler");
    fill(&filler);
    // Room for the log, and for the recording without its track.
    cut(&filler, 1_100 << 10);
    let mut server = Server::start(&home);
    let recordings = data.join("recordings");
    let left = || {
        let names =
            fs::read_dir(&recordings).unwrap().flatten().map(|e| e.file_name().into_string().unwrap());
        names.filter(|name| name.contains("01ENDED")).collect::<Vec<_>>()
    };
    // It is made aside first, and goes when there is no room for the rest.
    within("the first attempt", async {
        while left().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    within("the end of what it left", async {
        while !left().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    fs::remove_file(&filler).unwrap();
    let folder = recordings.join("01ENDED");
    within("the folder", async {
        while !folder.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    for file in ["meeting.opus", "minutes.md", "minutes.json", "chapters.json", "tracks/voice.opus"] {
        assert!(folder.join(file).exists(), "{file}");
    }
    assert_eq!(left(), ["01ENDED"]);
    server.running.signal("TERM");
    server.running.wait();
    let logs = fs::read_dir(home.path().join(".local/state/palco")).unwrap().flatten();
    let log: String = logs.map(|entry| fs::read_to_string(entry.path()).unwrap()).collect();
    assert!(log.contains("the disk is full; make room for the recording and its minutes"), "{log}");
}
