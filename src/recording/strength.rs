//! How loud a part is, kept beside it while its meeting goes on, so that nothing has to be decoded when it ends.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::audio::{loudness, stretches_within};

/// The end of the file's name.
const EXTENSION: &str = "loud";

/// What a player makes of every track (EBU R 128, RFC 7845 section 5.2.1), in LUFS.
const TARGET: f64 = -23.0;

/// Steps of a gain in one decibel (RFC 7845 section 5.2.1).
const STEPS: f64 = 256.0;

fn beside(part: &Path) -> PathBuf {
    part.with_extension(EXTENSION)
}

/// Keeps the stretches of a part, whose file this is. It is no loss when a crash takes them.
///
/// # Errors
/// The system's own.
pub fn keep_strength(part: &Path, stretches: &[f32]) -> io::Result<()> {
    let bytes: Vec<u8> = stretches.iter().flat_map(|s| s.to_le_bytes()).collect();
    fs::write(beside(part), bytes)
}

/// The stretches that were kept of a part with so many samples; `None` when they are not all there.
pub fn kept_strength(part: &Path, samples: u64) -> Option<Vec<f32>> {
    let bytes = fs::read(beside(part)).ok()?;
    let stretches: Vec<f32> =
        bytes.chunks_exact(4).filter_map(|b| Some(f32::from_le_bytes(b.try_into().ok()?))).collect();
    // Where a part ends its last silence is not measured.
    let wanted = stretches_within(samples);
    (stretches.len() + 1 >= wanted && stretches.len() <= wanted).then_some(stretches)
}

/// Keeps only what belongs to the first samples of a part.
///
/// # Errors
/// The system's own.
pub fn cut_strength(part: &Path, samples: u64) -> io::Result<()> {
    let Ok(file) = fs::OpenOptions::new().write(true).open(beside(part)) else { return Ok(()) };
    let bytes = (stretches_within(samples) as u64).saturating_mul(4);
    if file.metadata()?.len() > bytes { file.set_len(bytes) } else { Ok(()) }
}

/// Forgets what was kept.
pub fn forget_strength(part: &Path) {
    // It may not be there.
    let _ = fs::remove_file(beside(part));
}

/// The gain that makes these stretches as loud as every track is to be, in 1/256 dB, as `R128_TRACK_GAIN` says it; `None`
/// for silence.
pub fn track_gain(stretches: &[f32]) -> Option<i16> {
    let gain = (TARGET - loudness(stretches)?) * STEPS;
    // Within the range of the tag by the line before.
    Some(gain.round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_struck_is_not_measured() {
        let dir = tempfile::tempdir().unwrap();
        let part = dir.path().join("a.opus");
        let stretches: Vec<f32> = (0..20u8).map(f32::from).collect();
        keep_strength(&part, &stretches).unwrap();
        assert_eq!(kept_strength(&part, 20 * 4_800), Some(stretches.clone()));
        assert_eq!(kept_strength(&part, 21 * 4_800 + 960).as_deref(), Some(stretches.as_slice()));
        assert_eq!(kept_strength(&part, 30 * 4_800), None, "the part is longer");
        cut_strength(&part, 5 * 4_800 + 960).unwrap();
        assert_eq!(kept_strength(&part, 5 * 4_800 + 960).as_deref(), Some(&stretches[..5]));
        assert_eq!(kept_strength(&part, 4_800), None, "the part is shorter");
        forget_strength(&part);
        assert_eq!(kept_strength(&part, 5 * 4_800), None);
        cut_strength(&part, 0).unwrap();
    }

    #[test]
    fn a_gain_is_what_lacks_to_the_target() {
        assert_eq!(track_gain(&[0.0; 20]), None);
        // -0.691 + 10 lg 0.1 is -10.691 LUFS.
        assert_eq!(track_gain(&[0.1; 20]), Some((-12.309_f64 * 256.0).round() as i16));
    }
}
