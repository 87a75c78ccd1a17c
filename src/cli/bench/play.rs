//! Opening and seeking a long recording, and how far what is shown drifts from what is heard.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::audio::FRAME;
use crate::cli::demo::Scratch;
use crate::library::Library;
use crate::meeting::{
    Actor, Command, HandKind, Item, Meeting, Millis, Recorded, SeatId, SeatKind, Timestamp,
};
use crate::playback::Loaded;
use crate::recording::{OggWriter, PAGE_200_MS};
use crate::replay::Playout;
use crate::store::Store;
use crate::tui::{Player, Setup};
use crate::wire::AudioRecord;

use super::child::ROOM;
use super::forward::speech;
use super::kept::{find, keep, keep_part, own, person};
use super::stats::Delays;
use super::{BenchError, Report};

/// People in it.
const PEOPLE: u32 = 60;

/// When it began: a Monday at 17:00 UTC.
const BEGAN: Timestamp = Timestamp(1_795_453_200_000);

/// Parts of the recording: there was a pause each hour.
const PART: Millis = Millis::from_mins(60);

/// What the device is taken to hold, in samples.
const IN_DEVICE: usize = 1_440;

/// Measures a recording of so many minutes, which is made in `keep`, or for this run alone.
///
/// # Errors
/// Why nothing could be measured.
pub(super) async fn run(mins: u32, seeks: u32, keep: Option<&Path>) -> Result<Report, BenchError> {
    let scratch = Scratch::new("bench").map_err(own)?;
    let data = keep.unwrap_or(scratch.path());
    let events = match kept_events(data)? {
        Some(events) => events,
        None => make(data, Millis::from_mins(mins.into())).await?,
    };
    let open = || -> Result<Player, BenchError> {
        let library = Library::open(data).map_err(own)?;
        let kept = find(&library)?;
        let mut loaded = Loaded::meeting(&library, &kept).map_err(own)?;
        loaded.reel.frame().map_err(own)?;
        Ok(Player::new(Setup::default(), loaded.tape, loaded.name))
    };
    let mut opening = Delays::default();
    for _ in 0..10 {
        let began = Instant::now();
        open()?;
        opening.add(began.elapsed());
    }
    let seeking = seek(data, seeks)?;
    let drift = drift(Millis::from_mins(mins.into()));
    Ok(Report::new(format!("play: {mins} min, {events} events, {seeks} seeks"))
        .figure("open_p50", opening.percentile_ms(50), "ms")
        .figure("open_worst", opening.percentile_ms(100), "ms")
        .figure("seek_p50", seeking.percentile_ms(50), "ms")
        .figure("seek_worst", seeking.percentile_ms(100), "ms")
        .figure("drift_at_the_end", drift, "ms"))
}

/// How many events the recording has, when it was made before.
fn kept_events(data: &Path) -> Result<Option<usize>, BenchError> {
    let Ok(library) = Library::open(data) else { return Ok(None) };
    let kept = library.find(ROOM, Some(1)).map_err(own)?;
    kept.map(|kept| library.events(&kept).map_err(own).map(|events| events.len())).transpose()
}

/// How long it takes from a jump to a place by chance until there is sound from there and the screen shows it.
fn seek(data: &Path, seeks: u32) -> Result<Delays, BenchError> {
    let library = Library::open(data).map_err(own)?;
    let kept = find(&library)?;
    let loaded = Loaded::meeting(&library, &kept).map_err(own)?;
    let (mut reel, length) = (loaded.reel, loaded.tape.length());
    let mut player = Player::new(Setup::default(), loaded.tape, loaded.name);
    let size = ratatui::layout::Size::new(120, 36);
    let mut sheet = crate::term::Sheet::new(size, crate::term::Depth::True);
    let mut delays = Delays::default();
    for _ in 0..seeks {
        let to = Millis(rand::random_range(0..length.0));
        let began = Instant::now();
        reel.seek(to).map_err(own)?;
        reel.frame().map_err(own)?;
        player.begin(to, 1.0, false);
        sheet.draw(|frame| player.view(frame));
        delays.add(began.elapsed());
    }
    Ok(delays)
}

/// How far what is shown is from what is heard after so long, in milliseconds, in virtual time.
fn drift(length: Millis) -> f64 {
    let mut playout = Playout::new(1.0, false);
    let (frame, mut block) = ([0.1; FRAME], [0.0; 480]);
    let mut place = 0;
    let mut heard = 0.0;
    for _ in 0..length.0 / 10 {
        while playout.ready() < block.len() {
            playout.push(place, &frame);
            place += FRAME as u64;
        }
        playout.take(&mut block);
        let samples = playout.taken().saturating_sub(IN_DEVICE as u64);
        let shown = playout.heard(samples).map_or(0.0, |heard| heard.position.0 as f64);
        heard = shown - samples as f64 / 48.0;
    }
    heard
}

/// Makes the recording; tells how many events it has.
async fn make(data: &Path, length: Millis) -> Result<usize, BenchError> {
    let events = happenings(length)?;
    let count = events.len();
    let store = Store::open(data).map_err(own)?;
    let meeting = keep(&store, events).await?;
    let sound = Arc::new(speech(3)?);
    let (mut position, mut part) = (Millis::ZERO, 0);
    while position < length {
        part += 1;
        let long = PART.min(length.minus(position));
        let (sound, row) = (Arc::clone(&sound), (&meeting, part, BEGAN.plus(position)));
        keep_part(&store, data, row, move |file| write(file, &sound, long).map_err(own)).await?;
        position = position.plus(long);
    }
    Ok(count)
}

fn write(path: &Path, sound: &[AudioRecord], length: Millis) -> std::io::Result<u64> {
    use std::io::Write as _;
    let mut writer = OggWriter::new(rand::random(), PAGE_200_MS, &[("TITLE", "Bench")]);
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    for said in sound.iter().cycle() {
        if writer.samples() >= length.samples() {
            break;
        }
        writer.push(&said.opus).map_err(std::io::Error::other)?;
        writer.write_to(&mut out)?;
    }
    writer.finish();
    writer.write_to(&mut out)?;
    out.flush()?;
    Ok(writer.samples())
}

/// A meeting in which somebody raises a hand each 10 s, and the next is called each minute.
fn happenings(length: Millis) -> Result<Vec<Recorded>, BenchError> {
    let mut hall = Hall { meeting: Meeting::new(), events: Vec::new(), now: BEGAN };
    let item = |title: &str, mins| Item { title: title.to_owned(), length: Millis::from_mins(mins) };
    hall.does(
        Actor::Participant(person(0)),
        Command::Open {
            title: "From analog lines to full VoIP".to_owned(),
            number: 1,
            owner: person(0),
            length,
            agenda: vec![item("Welcome", 5), item("The talk", 25), item("Questions", 60)],
            terms: Default::default(),
        },
    )?;
    for n in 0..PEOPLE {
        hall.does(
            Actor::Participant(person(n)),
            Command::Join {
                seat: SeatId(u64::from(n) + 1),
                kind: SeatKind::Console,
                name: format!("{} {n}", ["Maurizio", "Ilario", "Daniela", "Tommaso", "Ugo"][n as usize % 5]),
                listener: false,
                auto_open: true,
                newcomer: false,
            },
        )?;
    }
    let host = Actor::Participant(person(0));
    hall.does(host, Command::Start)?;
    hall.does(host, Command::StartRecording { without_host: true, tracks: false })?;
    for n in 1..PEOPLE {
        hall.does(
            Actor::Participant(person(n)),
            Command::Consent { yes: true, text: "?".to_owned(), tracks: false },
        )?;
    }
    for second in (10..length.as_secs()).step_by(10) {
        hall.now = BEGAN.plus(Millis::from_secs(second));
        let asker = 1 + u32::try_from(second / 10).unwrap_or_default() % (PEOPLE - 1);
        let topic = format!("Question {} about SIP trunks", second / 10);
        // Who waits already is not asked twice.
        let _ =
            hall.does(Actor::Participant(person(asker)), Command::Raise { topic, kind: HandKind::Question });
        if second % 60 == 0 {
            let current = hall.meeting.turn().map(|turn| turn.id);
            let _ = hall.does(host, Command::Next { current });
        }
    }
    hall.now = BEGAN.plus(length);
    hall.does(host, Command::End)?;
    Ok(hall.events)
}

struct Hall {
    meeting: Meeting,
    events: Vec<Recorded>,
    now: Timestamp,
}

impl Hall {
    fn does(&mut self, actor: Actor, command: Command) -> Result<(), BenchError> {
        let events = self.meeting.decide(&command, actor, self.now).map_err(own)?;
        for recorded in self.meeting.record(events, actor, self.now) {
            self.meeting.apply(&recorded);
            self.events.push(recorded);
        }
        Ok(())
    }
}
