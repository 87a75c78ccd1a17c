//! Sound systems, devices, levels.

use std::thread;
use std::time::{Duration, Instant};

use crate::cli::args::SoundArgs;
use crate::cli::context::Context;
use crate::cli::output::Failure;
use crate::client::sound::SoundConfig;
use crate::device::{Capture, DeviceChoice, Direction, HostReport, Playback, devices, find};

use super::on_a_thread;
use super::report::Check;

/// How long a device is looked at, of which it may sleep three quarters: a muted one is told from a quiet room at once, a
/// dead one takes longer to be seen.
const LOOK: Duration = Duration::from_secs(1);

/// Samples a second.
const RATE: f64 = 48_000.0;

/// From here on a sample counts as clipped.
const CLIPPED: f32 = 0.99;

/// Looks at the sound systems, and at the microphone and the speaker that would be used.
pub(super) async fn look(context: &Context, args: &SoundArgs) -> Result<Vec<Check>, Failure> {
    if args.no_audio {
        return Ok(vec![Check::good("sound", "left alone (--no-audio)")]);
    }
    let SoundConfig { mic, speaker } = context.sound(args);
    on_a_thread(move || {
        let hosts = systems(&devices());
        let has_sound = hosts.fix.is_none();
        let mut checks = vec![hosts];
        if has_sound {
            checks.push(device("microphone", &mic, Direction::Capture, microphone));
            checks.push(device("speaker", &speaker, Direction::Playback, loudspeaker));
        }
        checks
    })
    .await
}

fn systems(hosts: &[HostReport]) -> Check {
    let told: Vec<_> = hosts
        .iter()
        .map(|host| match &host.devices {
            Ok(all) => {
                let count = |way| all.iter().filter(|d| d.way == way).count();
                let (mics, speakers) = (count(Direction::Capture), count(Direction::Playback));
                format!("{}: microphones {mics}, speakers {speakers}", host.name)
            }
            Err(why) => format!("{}: {why}", host.name),
        })
        .collect();
    let text = told.join("; ");
    if hosts.iter().any(|h| h.devices.as_ref().is_ok_and(|all| !all.is_empty())) {
        return Check::good("sound", text);
    }
    Check::note(
        "sound",
        format!("there is no sound on this machine ({text})"),
        "start PulseAudio or PipeWire (pipewire-pulse), or set PULSE_SERVER to where one runs; all but sound works without it (--no-audio)",
    )
}

fn device(
    name: &'static str,
    choice: &DeviceChoice,
    way: Direction,
    look: fn(&DeviceChoice, String) -> Check,
) -> Check {
    if *choice == DeviceChoice::None {
        return Check::good(name, "none is wanted");
    }
    match find(choice, way) {
        Ok(found) => look(choice, found),
        Err(why) => Check::bad(name, why.to_string(), "`palco devices` lists what there is"),
    }
}

/// Opens the microphone for a moment and measures what it gives.
fn microphone(choice: &DeviceChoice, name: String) -> Check {
    let heard = match record(choice, LOOK) {
        Ok(heard) => heard,
        Err(why) => return Check::bad("microphone", why, "`palco devices` lists what there is"),
    };
    let check = judge(&name, &heard);
    let power = heard.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / heard.len().max(1) as f64;
    let level = if power > 0.0 { (10.0 * power.log10()).round() } else { -127.0 };
    check.with("level_dbov", level.max(-127.0)).with("samples", heard.len())
}

fn judge(name: &str, heard: &[f32]) -> Check {
    let expected = LOOK.as_secs_f64() * RATE;
    let peak = heard.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
    if (heard.len() as f64) < expected / 4.0 {
        return Check::bad(
            "microphone",
            format!("{name} gives {} of {expected} samples a second", heard.len()),
            "start the sound server again, or choose another with --mic",
        );
    }
    if peak == 0.0 {
        return Check::bad(
            "microphone",
            format!("{name} gives nothing at all: it is muted, or switched off"),
            "switch it on, and unmute it: pactl set-source-mute @DEFAULT_SOURCE@ 0, or alsamixer",
        );
    }
    if peak >= CLIPPED {
        return Check::bad(
            "microphone",
            format!("{name} is too loud: it clips"),
            "turn it down in the sound settings, or speak from farther away",
        );
    }
    Check::good("microphone", name)
}

/// Records for so long.
///
/// # Errors
/// A sentence.
pub(super) fn record(choice: &DeviceChoice, length: Duration) -> Result<Vec<f32>, String> {
    let mut capture = Capture::open(choice, 0, thread::current()).map_err(|e| e.to_string())?;
    let (until, mut heard) = (Instant::now() + length, Vec::new());
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        thread::park_timeout(left);
        capture.read(&mut heard);
    }
    capture.line().check().map_err(|e| e.to_string())?;
    Ok(heard)
}

/// Plays samples, and a moment of silence after them so that the last ones are heard. Answers with how many the device took.
///
/// # Errors
/// A sentence.
pub(super) fn play(choice: &DeviceChoice, samples: &[f32], longest: Duration) -> Result<u64, String> {
    let mut playback = Playback::open(choice, 0, thread::current()).map_err(|e| e.to_string())?;
    let until = Instant::now() + longest;
    let mut rest = samples;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        let (now, later) = rest.split_at(playback.wanted().min(rest.len()));
        playback.write(now);
        rest = later;
        playback.line().check().map_err(|e| e.to_string())?;
        thread::park_timeout(left.min(Duration::from_millis(10)));
    }
    Ok(playback.line().samples())
}

fn loudspeaker(choice: &DeviceChoice, name: String) -> Check {
    let silence = vec![0.0; 24_000];
    match play(choice, &silence, LOOK / 2) {
        Ok(0) => Check::bad(
            "speaker",
            format!("{name} takes no sound"),
            "start the sound server again, or choose another with --speaker",
        ),
        Ok(taken) => Check::good("speaker", name).with("samples", taken),
        Err(why) => Check::bad("speaker", why, "`palco devices` lists what there is"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;

    #[test]
    fn a_microphone_is_judged_by_what_it_gives() {
        let verdict = |heard: &[f32]| judge("Mic", heard).verdict;
        assert_eq!(verdict(&[0.01; 48_000]), Verdict::Good);
        for bad in [&[0.0; 48_000][..], &[0.01; 1_000], &[1.0; 48_000], &[]] {
            let check = judge("Mic", bad);
            assert!(check.verdict == Verdict::Bad && check.fix.is_some(), "{check:?}");
        }
    }

    #[test]
    fn a_machine_without_sound_is_no_failure_and_is_told_what_to_do() {
        let none = [HostReport { name: "ALSA", devices: Err("libasound.so.2 is not installed".into()) }];
        let check = systems(&none);
        assert_eq!(check.verdict, Verdict::Note);
        assert!(check.text.contains("libasound") && check.fix.unwrap().contains("PULSE_SERVER"));
    }
}
