//! The state of a meeting in lines.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use crate::meeting::{LIMIT_NOTICE, Millis, Participation, Reach, RecordSign};

use super::status::{HandStatus, Status};

/// Writes the state of a meeting for people.
pub(super) fn render(status: &Status) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_head(&mut out, status);
    let _ = status.round.as_ref().map_or(Ok(()), |round| round.write(&mut out));
    let _ = write_stage(&mut out, status);
    let _ = write_queue(&mut out, status);
    let _ = write_people(&mut out, status);
    out
}

fn write_head(out: &mut String, status: &Status) -> std::fmt::Result {
    let clock = &status.clock;
    writeln!(out, "{} #{} · {}", status.room, status.number, status.title)?;
    match status.record_sign {
        RecordSign::Off => {}
        RecordSign::On if status.recording.tracks => {
            write!(out, "● REC, each voice also on its own track · ")?
        }
        RecordSign::On => write!(out, "● REC · ")?,
        sign => write!(out, "○ recording {sign} · ")?,
    }
    write!(out, "{} · {} of {}", status.phase, mins(clock.elapsed_ms), mins(clock.planned_ms))?;
    match clock.overtime_ms {
        Millis::ZERO => write!(out, " · {} left", mins(clock.remaining_ms))?,
        over => write!(out, " · {} over", mins(over))?,
    }
    if let (Some(at), None) = (clock.starts_at, clock.started_at) {
        write!(out, " · doors open in {}", mins(at.since(status.now)))?;
    }
    if clock.paused {
        write!(out, " · paused")?;
    }
    if clock.projected_over_ms != Millis::ZERO {
        write!(out, " · projected {} over", mins(clock.projected_over_ms))?;
    }
    for (is, word) in [(status.hold_all, "all held"), (status.locked, "locked")] {
        if is {
            write!(out, " · {word}")?;
        }
    }
    match status.bans.len() {
        0 => {}
        n => write!(out, " · {n} banned")?,
    }
    writeln!(out)?;
    for item in &status.agenda {
        let mark = if status.item == Some(item.id) { '▸' } else { ' ' };
        write!(out, "{mark} {}. {} ({})", item.id, item.title, mins(item.length))?;
        match status.item_clock.as_ref().filter(|_| status.item == Some(item.id)) {
            Some(clock) if clock.overtime_ms > Millis::ZERO => {
                write!(out, " · {} over", mins(clock.overtime_ms))?
            }
            Some(clock) => write!(out, " · {} left", mins(clock.remaining_ms))?,
            None => {}
        }
        writeln!(out)?;
    }
    write_end(out, status)
}

/// What is proposed, and how the meeting lands.
fn write_end(out: &mut String, status: &Status) -> std::fmt::Result {
    if let Some(open) = &status.proposal {
        let (by, name) = (mins(open.by_ms), &open.name);
        writeln!(out, "proposal: {by} more by {name} · {} yes, {} no", open.yes, open.no)?;
    }
    if let Some(left) = status.clock.limit_in_ms.filter(|left| *left <= LIMIT_NOTICE) {
        writeln!(out, "limit: lands in {}", mins(left))?;
    }
    let Some(landing) = &status.landing else { return Ok(()) };
    write!(out, "landing{}: ", if landing.by_limit { " by the limit" } else { "" })?;
    match landing.last_words_left_ms {
        Some(left) => writeln!(out, "last words, {} left", mins(left)),
        None => writeln!(
            out,
            "{} still to speak, ends in {} at the latest",
            landing.to_speak,
            mins(landing.ends_in_ms)
        ),
    }
}

fn write_stage(out: &mut String, status: &Status) -> std::fmt::Result {
    writeln!(out, "\nstage: {}", status.stage.len())?;
    let width = widest(status.stage.iter().map(|s| s.name.as_str()));
    for place in &status.stage {
        write!(out, "  {}  {:<8}  {}", padded(&place.name, width), place.role, place.mic)?;
        if place.reach != Reach::Everybody {
            write!(out, " · reaches the {} only", place.reach)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_queue(out: &mut String, status: &Status) -> std::fmt::Result {
    let waiting = status.queue.len();
    let needs = mins(status.clock.queue_needs_ms);
    writeln!(out, "\nqueue: {waiting} waiting, order {}, needs {needs}", status.order)?;
    let turn = status.turn.as_ref();
    let names = status.queue.iter().chain(turn.map(|t| &t.hand)).map(|h| h.name.as_str());
    let width = widest(names);
    if let Some(turn) = turn {
        let spent = mins(turn.elapsed_ms);
        writeln!(out, "  {} · turn {spent}", hand_line(&turn.hand, width))?;
    }
    for hand in &status.queue {
        let line = hand_line(hand, width);
        write!(out, "  {line} · +{} · waits {}", hand.supporters.len(), mins(hand.waits_ms))?;
        match hand.returns_in {
            None => writeln!(out)?,
            Some(0) => writeln!(out, " · first again")?,
            Some(n) => writeln!(out, " · first again after {n} calls")?,
        }
    }
    if let Some(undo) = &status.undo {
        let secs = Millis::as_secs(undo.until.since(status.now));
        writeln!(out, "  undo brings back {} for {secs} s", undo.hands.len())?;
    }
    Ok(())
}

fn hand_line(hand: &HandStatus, width: usize) -> String {
    let name = padded(&hand.name, width);
    format!("{:<3} {:<7}  {name}  {}: {}", format!("#{}", hand.hand), hand.state, hand.kind, hand.topic)
}

fn write_people(out: &mut String, status: &Status) -> std::fmt::Result {
    let here = status.participants.iter().filter(|p| p.here).count();
    let expected = status.participation == Participation::Expected;
    let mirror = if status.mirror_open { ", mirror open" } else { "" };
    writeln!(
        out,
        "\nhere: {here} of {}, participation {}{mirror}",
        status.participants.len(),
        status.participation
    )?;
    let width = widest(status.participants.iter().map(|p| p.name.as_str()));
    for person in &status.participants {
        let name = padded(&person.name, width);
        let talk = mins(person.talk_ms);
        write!(out, "  {name}  {:<8}  {:<6}  talked {talk}", person.role, person.mic)?;
        for (is, word) in [
            (status.acting_host == Some(person.participant), "acting host"),
            (!person.here, "away"),
            (person.lobby, "in the lobby"),
            (person.invited, "invited"),
            (status.recording.is_off(person.participant), "off the record"),
            (status.recording.answer(person.participant) == Some(false), "not recorded"),
            (!person.heard && expected, "not heard yet"),
            (person.newcomer, "new here"),
        ] {
            if is {
                write!(out, " · {word}")?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn widest<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|name| name.width()).max().unwrap_or(0)
}

fn padded(name: &str, width: usize) -> String {
    format!("{name}{}", " ".repeat(width.saturating_sub(name.width())))
}

/// `m:ss`, minutes beyond the hour too.
pub(super) fn mins(length: Millis) -> String {
    let secs = length.as_secs();
    format!("{}:{:02}", secs / 60, secs % 60)
}
