//! The echo test: five seconds of one's own voice, as others would hear it.
//!
//! The voice goes through the codec and not through the server, which sends nobody their own voice; how far the server
//! is, and how steadily it answers, the link's check tells.

use std::time::Duration;

use crate::audio::{Decoder, Encoder, FRAME};
use crate::cli::args::SoundArgs;
use crate::cli::context::Context;
use crate::cli::output::{Failure, complain};
use crate::client::sound::SoundConfig;
use crate::device::DeviceChoice;

use super::on_a_thread;
use super::report::Check;
use super::sound::{play, record};

/// How long one speaks.
const LENGTH: Duration = Duration::from_secs(5);

/// What the devices may take beyond it.
const SLACK: Duration = Duration::from_secs(1);

/// Records, and plays it back.
pub(super) async fn run(context: &Context, args: &SoundArgs) -> Result<Check, Failure> {
    let SoundConfig { mic, speaker } = context.sound(args);
    complain(&format!("Speak now, for {} s; then listen.", LENGTH.as_secs()));
    on_a_thread(move || {
        echo(&mic, &speaker).unwrap_or_else(|why| {
            Check::bad("echo", why, "see what is said of the microphone and the speaker")
        })
    })
    .await
}

fn echo(mic: &DeviceChoice, speaker: &DeviceChoice) -> Result<Check, String> {
    let spoken = record(mic, LENGTH)?;
    let (heard, bytes) = through_the_codec(&spoken)?;
    complain("Listen.");
    play(speaker, &heard, LENGTH + SLACK)?;
    let text =
        format!("{} s were recorded and played back; if you heard yourself, others will", LENGTH.as_secs());
    Ok(Check::good("echo", text).with("opus_bytes", bytes).with("samples", heard.len()))
}

/// What others would hear, and how many bytes it took.
fn through_the_codec(spoken: &[f32]) -> Result<(Vec<f32>, usize), String> {
    let mut encoder = Encoder::new().map_err(|e| e.to_string())?;
    let mut decoder = Decoder::new().map_err(|e| e.to_string())?;
    let (frames, _) = spoken.as_chunks::<FRAME>();
    let (mut heard, mut bytes) = (Vec::with_capacity(spoken.len()), 0);
    for frame in frames {
        let decoded = match encoder.encode(frame).map_err(|e| e.to_string())? {
            Some(packet) => {
                bytes += packet.len();
                decoder.decode(&packet)
            }
            None => decoder.conceal(),
        };
        heard.extend_from_slice(decoded.map_err(|e| e.to_string())?);
    }
    Ok((heard, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_comes_back() {
        let tone: Vec<f32> = (0..48_000).map(|n| 0.3 * (n as f32 * 0.05).sin()).collect();
        let (heard, bytes) = through_the_codec(&tone).unwrap();
        assert_eq!(heard.len(), 48_000);
        let power = heard.iter().map(|s| s * s).sum::<f32>() / 48_000.0;
        assert!(bytes > 500 && (0.01..0.1).contains(&power), "{bytes} {power}");
    }
}
