//! The screen of a recording as asciicast v3, for the web: faster than it goes by.

use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ratatui::layout::Size;
use serde_json::json;

use crate::cli::output::Failure;
use crate::cli::place::told_to_stop;
use crate::meeting::Millis;
use crate::minutes::span;
use crate::playback::{Loaded, Reel};
use crate::replay::{Playing, Playout};
use crate::term::{Depth, Sheet};
use crate::tui::{self, Player, Setup};

use super::write::{open, written};

/// How often the screen is looked at: what changes between two looks is seen as one, as on a slow link.
const STEP: Millis = Millis(250);

/// Clears the screen and hides the cursor, as a terminal is taken over.
const BEGIN: &str = "\x1b[2J\x1b[H\x1b[?25l";

/// How often a person is told how far it is.
const TELL: Duration = Duration::from_millis(250);

/// Writes the screen from a position to the end, or until told to stop: then it ends there.
pub(super) async fn run(
    loaded: Loaded,
    setup: Setup,
    at: Millis,
    size: (u16, u16),
    to: PathBuf,
) -> Result<(), Failure> {
    let stops = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stops);
    let mut writing = tokio::task::spawn_blocking(move || write(loaded, setup, at, size, &to, &told));
    let ended = tokio::select! {
        ended = &mut writing => ended,
        () = told_to_stop() => {
            stops.store(true, Ordering::Relaxed);
            writing.await
        }
    };
    ended.unwrap_or_else(|why| Err(Failure::refused("output", why)))
}

fn write(
    loaded: Loaded,
    setup: Setup,
    at: Millis,
    (columns, rows): (u16, u16),
    to: &Path,
    stops: &AtomicBool,
) -> Result<(), Failure> {
    let mut out = open(to)?;
    let title = loaded.name.clone();
    // Colours are cut down once, and not in each cell.
    let setup = Setup { depth: tui::Depth::Ansi256, ..setup };
    let mut player = Player::new(setup, loaded.tape, loaded.name);
    player.begin(at, 1.0, false);
    let size = Size::new(columns, rows);
    let mut cast = Cast {
        sheet: Sheet::new(size, Depth::Ansi256),
        reel: loaded.reel,
        since: Millis::ZERO,
        stops,
        progress: Progress { told: Instant::now(), is_shown: io::stderr().is_terminal() },
    };
    let done = cast.write(&mut player, (at, &title, size), &mut out);
    cast.progress.clear();
    written(done)?;
    if player.position() < player.length() && stops.load(Ordering::Relaxed) {
        let text = format!("it was stopped; the file is whole and ends at {}", span(player.position()));
        return Err(Failure::refused("stopped", text));
    }
    Ok(())
}

struct Cast<'a> {
    sheet: Sheet,
    reel: Reel,
    /// Time since the last event.
    since: Millis,
    stops: &'a AtomicBool,
    progress: Progress,
}

/// How far it is, for a person who waits: a line on standard error.
struct Progress {
    told: Instant,
    is_shown: bool,
}

impl Progress {
    fn tell(&mut self, position: Millis, length: Millis) {
        if self.is_shown && self.told.elapsed() >= TELL {
            self.told = Instant::now();
            // Who cannot be told is not told.
            let _ = write!(io::stderr().lock(), "\r\x1b[K{} / {}", span(position), span(length));
        }
    }

    fn clear(&self) {
        if self.is_shown {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

impl Cast<'_> {
    fn write(
        &mut self,
        player: &mut Player,
        (at, title, size): (Millis, &str, Size),
        to: &mut impl Write,
    ) -> io::Result<()> {
        let head = json!({
            "version": 3,
            "term": { "cols": size.width, "rows": size.height, "type": "xterm-256color" },
            "title": title,
        });
        writeln!(to, "{head}")?;
        self.event("o", BEGIN, to)?;
        if let Err(error) = self.reel.seek(at) {
            tracing::warn!(%error, "a part of the recording cannot be read");
        }
        let (mut position, mut chapter) = (at, None);
        loop {
            let level = self.level(position);
            let has_ended = position >= player.length();
            player.hear(Playing { position, level, plays: !has_ended, has_ended, seeks: 1, silent: None });
            if player.mark() != chapter {
                chapter = player.mark();
                let title = chapter.and_then(|n| player.marks().get(n)).map(|mark| mark.title.clone());
                self.event("m", &title.unwrap_or_default(), to)?;
            }
            self.draw(player, to)?;
            if has_ended || self.stops.load(Ordering::Relaxed) {
                break;
            }
            self.progress.tell(position, player.length());
            let next = position.plus(STEP).min(player.length());
            self.since = self.since.plus(next.minus(position));
            position = next;
        }
        self.event("x", "0", to)?;
        to.flush()
    }

    fn draw(&mut self, player: &mut Player, to: &mut impl Write) -> io::Result<()> {
        if !player.is_dirty() {
            return Ok(());
        }
        self.sheet.draw(|frame| player.view(frame));
        player.drawn();
        let bytes = self.sheet.take();
        if bytes.is_empty() {
            return Ok(());
        }
        self.event("o", &String::from_utf8_lossy(&bytes), to)
    }

    /// An event, with the time since the one before in seconds.
    fn event(&mut self, code: &str, data: &str, to: &mut impl Write) -> io::Result<()> {
        let since = std::mem::replace(&mut self.since, Millis::ZERO);
        writeln!(to, "[{}.{:03}, {}, {}]", since.0 / 1_000, since.0 % 1_000, json!(code), json!(data))
    }

    /// How loud the sound is at a position, which only ever grows.
    fn level(&mut self, position: Millis) -> crate::audio::Level {
        let mut level = crate::audio::Level::SILENT;
        while let Ok(Some((place, frame))) = self.reel.frame() {
            level = Playout::level_of(&frame);
            if place >= position.samples() {
                break;
            }
        }
        level
    }
}
