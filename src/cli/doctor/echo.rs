//! The echo test: five seconds of one's own voice, as others would hear it.
//!
//! With a server's address the packets go there and back, as they would to others; without one they go through the codec
//! alone.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use crate::audio::{FRAME, FRAME_MS, JitterBuffer, Talk};
use crate::cli::args::{DoctorArgs, WhoArgs};
use crate::cli::context::Context;
use crate::cli::meet::{Connected, first_connection};
use crate::cli::output::{Failure, complain};
use crate::client::sound::SoundConfig;
use crate::client::{LinkConfig, LinkEvent, RoomUrl};
use crate::device::DeviceChoice;
use crate::wire::{AudioRecord, Feed};

use super::link::{LOST, steadiness};
use super::on_a_thread;
use super::report::{Check, Verdict};
use super::sound::{play, record};

/// How long one speaks.
const LENGTH: Duration = Duration::from_secs(5);

/// What the devices may take beyond it, and the jitter buffer.
const SLACK: Duration = Duration::from_secs(1);

/// A packet of the voice.
#[derive(Clone, Debug)]
struct Said {
    frame: u16,
    level: u8,
    opus: Bytes,
}

/// A packet that came back: when, since the first was sent, and after how long.
#[derive(Clone, Debug)]
struct Back {
    frame: u16,
    opus: Bytes,
    at: Duration,
    took: Duration,
}

/// Records, sends it round, and plays it back.
pub(super) async fn run(context: &Context, args: &DoctorArgs) -> Result<Check, Failure> {
    let SoundConfig { mic, speaker } = context.sound(&args.sound);
    let failed =
        |why: String| Check::bad("echo", why, "see what is said above of microphone, speaker and link");
    complain(&format!("Speak now, for {} s; then listen.", LENGTH.as_secs()));
    let said = match on_a_thread(move || record(&mic, LENGTH).and_then(|spoken| packets(&spoken))).await? {
        Ok(said) => said,
        Err(why) => return Ok(failed(why)),
    };
    let bytes: usize = said.iter().map(|s| s.opus.len()).sum();
    let sent = said.len() as u64;
    let back = match &args.url {
        None => at_once(&said),
        Some(url) => {
            complain("It goes to the server and back.");
            match round(context, &args.who, url, said).await {
                Ok(back) => back,
                Err(why) => return Ok(failed(why.text).with("code", why.code)),
            }
        }
    };
    complain("Listen.");
    let took = back.iter().map(|b| u64::try_from(b.took.as_millis()).unwrap_or(u64::MAX)).collect();
    let played = on_a_thread(move || heard(&back).and_then(|heard| give(&speaker, &heard))).await?;
    Ok(match played {
        Ok(samples) => {
            judged(args.url.is_some(), took, sent).with("opus_bytes", bytes).with("samples", samples)
        }
        Err(why) => failed(why),
    })
}

fn judged(by_server: bool, took: Vec<u64>, sent: u64) -> Check {
    let text =
        format!("{} s were recorded and played back; if you heard yourself, others will", LENGTH.as_secs());
    if !by_server {
        return Check::good("echo", text);
    }
    let mut check = steadiness("echo", took, sent);
    let how =
        if check.verdict == Verdict::Good { text } else { "your voice went to the server and back".into() };
    check.text = format!("{how}: {}", check.text);
    check
}

fn give(speaker: &DeviceChoice, heard: &[f32]) -> Result<usize, String> {
    play(speaker, heard, LENGTH + SLACK)?;
    Ok(heard.len())
}

/// The voice as it is sent.
fn packets(spoken: &[f32]) -> Result<Vec<Said>, String> {
    let mut talk = Talk::open().map_err(|e| e.to_string())?;
    let (frames, _) = spoken.as_chunks::<FRAME>();
    let mut said = Vec::with_capacity(frames.len());
    for frame in frames {
        let uttered = talk.utter(frame).map_err(|e| e.to_string())?;
        let level = uttered.level.byte();
        said.extend(uttered.packet.map(|(frame, opus)| Said { frame, level, opus }));
    }
    Ok(said)
}

/// When a packet is due, since the first frame.
fn due(frame: u16) -> Duration {
    Duration::from_millis(u64::from(frame) * FRAME_MS)
}

/// Everything as it is due.
fn at_once(said: &[Said]) -> Vec<Back> {
    let back =
        |s: &Said| Back { frame: s.frame, opus: s.opus.clone(), at: due(s.frame), took: Duration::ZERO };
    said.iter().map(back).collect()
}

/// Sends each packet when it is due, and gathers what the server sends back.
async fn round(
    context: &Context,
    who: &WhoArgs,
    url: &RoomUrl,
    said: Vec<Said>,
) -> Result<Vec<Back>, Failure> {
    let identity = context.identity(who)?;
    let config = LinkConfig { feed: Feed::Echo, ..LinkConfig::new(context.trusted(url).await?, identity) };
    let mut connected = first_connection(config).await?;
    let (start, mut sent, mut back) = (Instant::now(), Vec::new(), Vec::new());
    let mut ticks = interval(Duration::from_millis(FRAME_MS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut waiting = said.iter().peekable();
    while waiting.peek().is_some() {
        tokio::select! {
            _ = ticks.tick() => {
                while let Some(one) = waiting.next_if(|s| due(s.frame) <= start.elapsed()) {
                    let Said { frame, level, opus } = one.clone();
                    sent.push((frame, start.elapsed()));
                    connected.link.send_audio(AudioRecord::own(level, (frame, opus)));
                }
            }
            came = came(&mut connected, &sent, start) => back.extend(came?),
        }
    }
    let until = Instant::now() + LOST;
    while back.len() < said.len() {
        match timeout_at(until, came(&mut connected, &sent, start)).await {
            Ok(came) => back.extend(came?),
            Err(_) => break,
        }
    }
    connected.link.close();
    Ok(back)
}

/// What comes back next.
async fn came(
    connected: &mut Connected,
    sent: &[(u16, Duration)],
    start: Instant,
) -> Result<Vec<Back>, Failure> {
    match connected.events.recv().await {
        Some(LinkEvent::Audio(message)) => {
            let at = start.elapsed();
            let back = message.records.into_iter().filter_map(|record| {
                let (frame, then) = sent.iter().find(|(frame, _)| *frame == record.frame)?;
                Some(Back { frame: *frame, opus: record.opus, at, took: at.saturating_sub(*then) })
            });
            Ok(back.collect())
        }
        Some(LinkEvent::Ended { code, text }) => Err(Failure::refused(code, text)),
        Some(_) => Ok(Vec::new()),
        None => Err(Failure::no_connection("the connection has ended")),
    }
}

/// What others would hear of packets that came like this.
fn heard(back: &[Back]) -> Result<Vec<f32>, String> {
    let mut buffer = JitterBuffer::new().map_err(|e| e.to_string())?;
    let (mut waiting, mut all, mut now) = (back.iter().peekable(), Vec::new(), Duration::ZERO);
    let end = back.last().map_or(Duration::ZERO, |last| last.at) + SLACK / 2;
    while now < end {
        while let Some(one) = waiting.next_if(|b| b.at <= now) {
            buffer.push(one.frame, one.opus.clone(), now);
        }
        let mut out = [0.0; FRAME];
        buffer.pull(&mut out, now);
        all.extend_from_slice(&out);
        now += Duration::from_millis(FRAME_MS);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_comes_back() {
        let tone: Vec<f32> = (0..48_000).map(|n| 0.3 * (n as f32 * 0.05).sin()).collect();
        let said = packets(&tone).unwrap();
        let power = |sound: &[f32]| sound.iter().map(|s| s * s).sum::<f32>() / 48_000.0;
        let at_once = at_once(&said);
        assert!(
            (0.01..0.1).contains(&power(&heard(&at_once).unwrap())),
            "{}",
            power(&heard(&at_once).unwrap())
        );
        // Late and uneven it is all there too.
        let late = |(n, b): (usize, &Back)| Back {
            at: b.at + Duration::from_millis(80 + n as u64 % 3 * 15),
            ..b.clone()
        };
        let late: Vec<_> = at_once.iter().enumerate().map(late).collect();
        assert!((0.01..0.1).contains(&power(&heard(&late).unwrap())));
    }
}
