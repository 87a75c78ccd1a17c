//! A recording whose server is killed, and one whose disk is full.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Program;
use std::time::{Duration, SystemTime};

use palco::client::RoomUrl;
use palco::meeting::{Command, Millis, RecordHalt, RecordSign};
use palco::recording::Whole;

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

/// Waits until there are so many files and the last has sound.
async fn grows(data: &Path, count: usize) {
    within("a part that grows", async {
        while files(data).get(count - 1).is_none_or(|file| !whole(file).has_sound()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
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
    host.ask(Command::StartRecording { without_host: true }).await;
    host
}

/// Kills the server at random moments of a recording; each time the file is whole to the last second, and the next part
/// follows.
async fn kills(times: usize) {
    let (home, mut server, mut host) = recorded().await;
    for n in 1..=times {
        grows(&server.data, n).await;
        tokio::time::sleep(Duration::from_millis(rand::random::<u64>() % 700)).await;
        let killed = unix_ms();
        let data = server.data.clone();
        server = kill_and_restart(&home, server);
        let part = files(&data).remove(n - 1);
        let until = began(&part) + whole(&part).samples / 48;
        assert!(until + MISSING >= killed, "{} ms are missing after kill {n}", killed - until);
        host.until("coming back", |s| s.connected == n + 1).await;
    }
    grows(&server.data, times + 1).await;
    assert_eq!(host.meeting().recording().sign(), RecordSign::On);
    host.ask(Command::StopRecording).await;
    let data = server.data.clone();
    within("the end of all parts", async {
        while files(&data).iter().any(|file| !whole(file).is_ended) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let all = files(&data);
    assert_eq!(all.len(), times + 1);
    for file in &all {
        assert_eq!(whole(file).bytes, fs::metadata(file).unwrap().len(), "nothing but whole pages");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_leaves_a_whole_file_and_goes_on_with_the_next() {
    kills(4).await;
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
    grows(&server.data, 1).await;
    let filler = server.data.join("filler");
    fill(&filler);
    let full = std::time::Instant::now();
    host.until("the warning", |s| s.meeting().recording().halted == Some(RecordHalt::DiskFull)).await;
    eprintln!("warned {:?} after the disk was full", full.elapsed());
    let part = files(&server.data).remove(0);
    assert_eq!(whole(&part).bytes, fs::metadata(&part).unwrap().len(), "whole pages only");
    let planned = host.meeting().clock().planned;
    host.ask(Command::Extend { by: Millis::from_mins(5) }).await;
    assert_eq!(host.meeting().clock().planned, planned.plus(Millis::from_mins(5)), "the meeting goes on");
    fs::remove_file(&filler).unwrap();
    host.until("going on", |s| s.meeting().recording().sign() == RecordSign::On).await;
    grows(&server.data, 2).await;
    host.ask(Command::StopRecording).await;
    within("the end of all parts", async {
        while files(&server.data).iter().any(|file| !whole(file).is_ended) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert!(host.refused.is_empty(), "{:?}", host.refused);
    drop(server);
}
