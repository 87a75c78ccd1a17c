//! What a recording costs: while three people speak, and when the meeting has ended.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::audio::{Decoder, FRAME_MS, LoudnessMeter};
use crate::cli::demo::Scratch;
use crate::library::{Library, Making};
use crate::meeting::{
    Command, Event, HandId, HandKind, LeaveReason, Millis, Recorded, Role, Seq, Source, Terms, Timestamp,
    TurnId,
};
use crate::minutes::Form;
use crate::recording::{
    OggWriter, PAGE_200_MS, forget_strength, keep_strength, track_file, tracks_folder, tracks_of,
};
use crate::store::Store;
use crate::wire::Feed;

use super::child::Server;
use super::forward::speech;
use super::kept::{find, keep, keep_part, own, person};
use super::mix::{SPEAKERS, speak, take_floor};
use super::seat::BenchSeat;
use super::{BenchError, Report};

/// Before anything is measured all encoders are there.
const SETTLE: Duration = Duration::from_secs(2);

/// How long the meeting is that ends.
const MINUTES: u64 = 90;

/// How many people are in it.
const PEOPLE: u32 = 40;

/// Between two events that say how long somebody spoke.
const SPOKE_EVERY: u64 = 10;

/// When the meeting that ends began.
const BEGAN: Timestamp = Timestamp(1_763_398_800_000);

/// Measures `secs` seconds of three people who speak, without and with a recording, and then how long a meeting of an hour and a
/// half takes from its end until everything of it is there.
///
/// # Errors
/// Why nothing could be measured.
pub(super) async fn run(secs: u32, tracks: bool) -> Result<Report, BenchError> {
    let how = if tracks { ", with tracks" } else { "" };
    let what = format!("record: {SPEAKERS} speakers for {secs} s, a meeting of {MINUTES} min{how}");
    let report = while_it_runs(Report::new(what), secs, tracks).await?;
    when_it_has_ended(report, tracks).await
}

async fn while_it_runs(report: Report, secs: u32, tracks: bool) -> Result<Report, BenchError> {
    let server = Server::start(SPEAKERS as u32).await?;
    let mut speakers = BenchSeat::fill(&server.url(), SPEAKERS as u32, Feed::None, SPEAKERS as u32).await?;
    take_floor(&mut speakers).await?;
    let mut mouths = Vec::new();
    for seed in 1..=SPEAKERS as u64 {
        mouths.push(speech(seed)?);
    }
    let length = Duration::from_secs(secs.into());
    speak(&mut speakers, &mouths, SETTLE).await;
    let usage = server.watch()?;
    speak(&mut speakers, &mouths, length).await;
    let (without, took) = usage.read()?;
    let without = without.as_secs_f64() / took.as_secs_f64();
    for seat in &mut speakers {
        seat.ask_and_wait(Command::Consent { yes: true, text: "Bench".to_owned(), tracks }).await?;
    }
    if let Some(host) = speakers.first_mut() {
        host.ask_and_wait(Command::StartRecording { without_host: false, tracks }).await?;
    }
    speak(&mut speakers, &mouths, SETTLE).await;
    let (usage, before) = (server.watch()?, bytes(server.data())?);
    speak(&mut speakers, &mouths, length).await;
    let (with, took) = usage.read()?;
    let with = with.as_secs_f64() / took.as_secs_f64();
    let written = bytes(server.data())?.saturating_sub(before) as f64 / took.as_secs_f64();
    Ok(report
        .figure("server_cpu_without", without * 100.0, "% of a core")
        .figure("server_cpu_with", with * 100.0, "% of a core")
        .figure("recording_cpu", (with - without) * 100.0, "% of a core")
        .figure("bytes_an_hour", written * 3_600.0 / 1e6, "MB"))
}

/// Bytes of the parts in a data directory, and of their tracks.
fn bytes(data: &Path) -> Result<u64, BenchError> {
    let failed = |cause| BenchError::System { what: "the recording", cause };
    let mut sum = 0;
    for entry in std::fs::read_dir(data.join(crate::library::FOLDER)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().extension().is_some_and(|e| e == "opus") {
            sum += entry.metadata().map_err(failed)?.len();
            for (_, track) in tracks_of(&entry.path()).map_err(failed)? {
                sum += std::fs::metadata(track).map_err(failed)?.len();
            }
        }
    }
    Ok(sum)
}

async fn when_it_has_ended(report: Report, tracks: bool) -> Result<Report, BenchError> {
    let scratch = Scratch::new("bench").map_err(own)?;
    let data = scratch.path().to_owned();
    let part = keep_all(&data, tracks).await?;
    let made = tokio::task::spawn_blocking(move || {
        let first = make(&data)?;
        // As after a crash: what was measured while it was recorded is lost.
        forget_strength(&part);
        Ok::<_, BenchError>((first, make(&data)?))
    });
    let (ready, decoded) = made.await.map_err(own)??;
    Ok(report.figure("ready_after_the_end", ready.as_secs_f64() * 1_000.0, "ms").figure(
        "ready_when_all_is_decoded",
        decoded.as_secs_f64() * 1_000.0,
        "ms",
    ))
}

/// Makes the folder of the meeting, and tells how long it took.
fn make(data: &Path) -> Result<Duration, BenchError> {
    let began = Instant::now();
    let library = Library::open(data).map_err(own)?;
    let kept = find(&library)?;
    let server = Some("https://meet.example.org".to_owned());
    let how = Making { form: Form::english(), offset_secs: 0, server };
    library.make(&kept, &how, &|| true).map_err(own)?;
    Ok(began.elapsed())
}

/// Keeps a meeting that has ended with its recording, one part, whose file this is.
async fn keep_all(data: &Path, tracks: bool) -> Result<PathBuf, BenchError> {
    let store = Store::open(data).map_err(own)?;
    let meeting = keep(&store, events()).await?;
    let write = move |file: &Path| {
        let samples = record(file)?;
        for n in (0..PEOPLE).take(if tracks { SPEAKERS } else { 0 }) {
            std::fs::create_dir_all(tracks_folder(file)).map_err(own)?;
            std::fs::copy(file, track_file(file, &person(n).0)).map_err(own)?;
        }
        Ok(samples)
    };
    keep_part(&store, data, (&meeting, 1, BEGAN), write).await
}

/// Writes an hour and a half of somebody who speaks, with what is measured of it, and tells how many samples it has.
fn record(file: &Path) -> Result<u64, BenchError> {
    let said = speech(1)?;
    let (mut decoder, mut meter) = (Decoder::new().map_err(own)?, LoudnessMeter::default());
    let mut sound = Vec::new();
    for record in &said {
        sound.push(decoder.decode(&record.opus).map_err(own)?.to_vec());
    }
    let mut part = BufWriter::new(File::create_new(file).map_err(own)?);
    let mut writer = OggWriter::new(1, PAGE_200_MS, &[]);
    for n in 0..usize::try_from(MINUTES * 60_000 / FRAME_MS).unwrap_or_default() {
        let nth = n % said.len();
        writer.push(&said[nth].opus).map_err(own)?;
        meter.push(&sound[nth]);
        writer.write_to(&mut part).map_err(own)?;
    }
    writer.finish();
    writer.write_to(&mut part).map_err(own)?;
    std::io::Write::flush(&mut part).map_err(own)?;
    keep_strength(file, meter.stretches()).map_err(own)?;
    Ok(writer.samples())
}

/// A meeting of an hour and a half: everybody asks something, and somebody speaks all the time.
fn events() -> Vec<Recorded> {
    let mut all = Vec::new();
    let mut add = |secs: u64, event| {
        let seq = Seq(all.len() as u64 + 1);
        let at = BEGAN.plus(Millis::from_secs(secs));
        all.push(Recorded { seq, at, by: None, event });
    };
    add(0, opened(1));
    for n in 0..PEOPLE {
        add(0, joined(n));
        add(0, Event::Consented { participant: person(n), yes: true, text: String::new(), tracks: false });
    }
    add(0, Event::Started);
    add(0, Event::RecordStarted { without_host: true, tracks: false });
    let each = MINUTES * 60 / u64::from(PEOPLE);
    for n in 0..PEOPLE {
        let (participant, began) = (person(n), u64::from(n) * each);
        let (hand, turn) = (HandId(u64::from(n) + 1), TurnId(u64::from(n) + 1));
        let topic = format!("The question of number {n}, and of nobody else");
        add(began, Event::HandRaised { hand, participant, kind: HandKind::Question, topic });
        add(began, Event::Called { turn, hand, participant });
        for secs in (0..each).step_by(SPOKE_EVERY as usize) {
            add(began + secs, Event::Spoke { participant, spoken: Millis::from_secs(SPOKE_EVERY) });
        }
        add(began + each, Event::TurnEnded { turn });
        add(began + each, Event::Left { participant, reason: LeaveReason::Left, why: None });
    }
    add(MINUTES * 60, Event::Ended);
    all
}

/// The first event of a meeting.
pub(super) fn opened(number: u32) -> Event {
    Event::Opened {
        title: "Bench".to_owned(),
        number,
        owner: person(0),
        length: Millis::from_mins(MINUTES),
        agenda: Vec::new(),
        terms: Terms::default(),
    }
}

fn joined(n: u32) -> Event {
    Event::Joined {
        participant: person(n),
        source: Source(u16::try_from(n).unwrap_or_default() + 1),
        name: format!("Person {n}"),
        role: if n == 0 { Role::Host } else { Role::Attendee },
        auto_open: true,
        resembles: None,
        newcomer: false,
    }
}
