//! The files of a recording as one stretch of sound.

use std::collections::VecDeque;
use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::audio::{Decoder, FRAME};
use crate::meeting::Millis;
use crate::recording::{BadFile, OggFile, Placed};

/// Samples of a gap in a file's positions that become silence at once: 1 s; the rest follows.
const GAP: u64 = 48_000;

/// The files of a recording behind one another. A place in it is counted in samples at 48 kHz.
#[derive(Debug)]
pub struct Reel {
    files: Vec<(PathBuf, Span)>,
    /// Which of them is open.
    open: Option<(usize, Sound)>,
    /// The file that comes next, when none is open.
    next: usize,
    /// The file that takes the place of all of them.
    whole: Option<PathBuf>,
}

/// Where a file's sound is in the whole.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u64,
    length: u64,
}

impl Span {
    fn end(self) -> u64 {
        self.start + self.length
    }
}

/// An open file.
#[derive(Debug)]
struct Sound {
    file: OggFile<File>,
    decoder: Decoder,
    gain: f32,
    /// What is decoded, and where its first sample is in the file.
    ready: VecDeque<f32>,
    at: u64,
    /// A packet behind a gap that is being filled.
    behind: Option<Placed>,
}

impl Reel {
    /// A reel of files, each of this length. They are opened when they are needed.
    pub fn new(files: impl IntoIterator<Item = (PathBuf, Millis)>) -> Self {
        let mut start = 0;
        let files = files.into_iter().map(|(path, length)| {
            let span = Span { start, length: length.samples() };
            start += span.length;
            (path, span)
        });
        Self { files: files.collect(), open: None, next: 0, whole: None }
    }

    /// The same of parts in whose place there is one file as soon as their meeting has ended, which may be while they are
    /// played.
    pub fn or_whole(self, whole: PathBuf) -> Self {
        Self { whole: Some(whole), ..self }
    }

    /// How long it is.
    pub fn length(&self) -> Millis {
        Millis::of_samples(self.files.last().map_or(0, |(_, span)| span.end()))
    }

    /// Goes to a place.
    ///
    /// # Errors
    /// The file there cannot be read.
    pub fn seek(&mut self, to: Millis) -> Result<(), BadFile> {
        let place = to.samples();
        let found = self.files.iter().position(|(_, span)| place < span.end());
        let Some(nth) = found else {
            (self.open, self.next) = (None, self.files.len());
            return Ok(());
        };
        self.open(nth)?;
        if let Some((nth, sound)) = &mut self.open {
            sound.seek(place - self.files[*nth].1.start)?;
        }
        Ok(())
    }

    /// The next frame, and where its first sample is; `None` at the end. A file's last frame is filled up with silence.
    ///
    /// # Errors
    /// The file cannot be read; the next one can be tried by asking again.
    pub fn frame(&mut self) -> Result<Option<(u64, [f32; FRAME])>, BadFile> {
        self.next_of(|span, sound| {
            let (left, place) = (span.length.saturating_sub(sound.at), span.start + sound.at);
            Ok(sound.frame(left)?.map(|frame| (place, frame)))
        })
    }

    /// The next packet, and where its first sample is; `None` at the end. For those who take the sound as it is: what
    /// was decoded already is not told again.
    ///
    /// # Errors
    /// The file cannot be read; the next one can be tried by asking again.
    pub fn packet(&mut self) -> Result<Option<(u64, Placed)>, BadFile> {
        self.next_of(|span, sound| Ok(sound.file.packet()?.map(|packet| (span.start + packet.at, packet))))
    }

    /// What a file gives, the next one's where it gives no more; `None` behind the last.
    fn next_of<T>(
        &mut self,
        mut give: impl FnMut(Span, &mut Sound) -> Result<Option<T>, BadFile>,
    ) -> Result<Option<T>, BadFile> {
        loop {
            let Some((nth, sound)) = &mut self.open else {
                if self.next >= self.files.len() {
                    return Ok(None);
                }
                self.open(self.next)?;
                continue;
            };
            let nth = *nth;
            let given = give(self.files[nth].1, sound);
            if !matches!(given, Ok(Some(_))) {
                // One that cannot be read here would not be read here for ever.
                (self.next, self.open) = (nth + 1, None);
            }
            if !matches!(given, Ok(None)) {
                return given;
            }
        }
    }

    fn open(&mut self, nth: usize) -> Result<(), BadFile> {
        if self.open.as_ref().is_some_and(|(open, _)| *open == nth) {
            return Ok(());
        }
        // Whatever comes of it, the next one to be tried is another.
        (self.open, self.next) = (None, nth + 1);
        let (path, span) = &self.files[nth];
        let file = match File::open(path) {
            Err(gone) if gone.kind() == ErrorKind::NotFound => match self.whole.take() {
                Some(whole) if whole.is_file() => return self.go_on_in(whole, span.start),
                _ => return Err(gone.into()),
            },
            other => OggFile::open(other?)?,
        };
        // In 1/256 dB.
        let gain = 10.0_f32.powf(f32::from(file.head().gain) / (20.0 * 256.0));
        let decoder = Decoder::new().map_err(|e| std::io::Error::other(e.to_string()))?;
        let sound = Sound { file, decoder, gain, ready: VecDeque::new(), at: 0, behind: None };
        self.open = Some((nth, sound));
        Ok(())
    }

    /// Goes on at a place in the file that has taken the place of all.
    fn go_on_in(&mut self, whole: PathBuf, place: u64) -> Result<(), BadFile> {
        let length = self.files.last().map_or(0, |(_, span)| span.end());
        self.files = vec![(whole, Span { start: 0, length })];
        self.open(0)?;
        self.open.as_mut().map_or(Ok(()), |(_, sound)| sound.seek(place))
    }
}

impl Sound {
    fn seek(&mut self, to: u64) -> Result<(), BadFile> {
        // What is skipped at the start is part of the recording's length and silent.
        self.decoder.reset().map_err(|e| std::io::Error::other(e.to_string()))?;
        self.file.seek(to)?;
        self.ready.clear();
        self.behind = None;
        match self.file.packet()? {
            None => self.at = to,
            Some(first) => {
                self.at = first.at;
                self.decode(&first);
            }
        }
        while self.at < to {
            let ready = self.ready.len() as u64;
            if ready == 0 && !self.advance()? {
                self.at = to;
                break;
            }
            let ready = (to - self.at).min(self.ready.len() as u64);
            // No more than is ready.
            self.ready.drain(..ready as usize);
            self.at += ready;
        }
        // A file that begins later than that is silent until then.
        if self.at > to {
            let silent = self.at - to;
            (0..silent.min(GAP)).for_each(|_| self.ready.push_front(0.0));
            self.at -= silent.min(GAP);
        }
        Ok(())
    }

    /// The next frame of no more than `left` samples.
    fn frame(&mut self, left: u64) -> Result<Option<[f32; FRAME]>, BadFile> {
        if left == 0 {
            return Ok(None);
        }
        while self.ready.len() < FRAME && self.advance()? {}
        if self.ready.is_empty() {
            return Ok(None);
        }
        let mut frame = [0.0; FRAME];
        let whole = (self.ready.len().min(FRAME) as u64).min(left);
        frame.iter_mut().zip(self.ready.drain(..whole as usize)).for_each(|(to, from)| *to = from);
        self.at += whole;
        Ok(Some(frame))
    }

    /// Decodes on; `false` at the end.
    fn advance(&mut self) -> Result<bool, BadFile> {
        let next = match self.behind.take() {
            Some(packet) => Some(packet),
            None => self.file.packet()?,
        };
        let Some(packet) = next else { return Ok(false) };
        let gap = packet.at.saturating_sub(self.at + self.ready.len() as u64);
        if gap > 0 {
            self.ready.extend(std::iter::repeat_n(0.0, gap.min(GAP) as usize));
            self.behind = Some(packet);
        } else {
            self.decode(&packet);
        }
        Ok(true)
    }

    fn decode(&mut self, packet: &Placed) {
        match self.decoder.decode(&packet.opus) {
            Ok(sound) => self.ready.extend(sound.iter().map(|s| s * self.gain)),
            // One packet that cannot be decoded is silence as long as it says.
            Err(_) => self.ready.extend(std::iter::repeat_n(0.0, packet.samples as usize)),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::audio::{Encoder, Level, Voice};
    use crate::recording::{OggWriter, PAGE_200_MS, join};
    use std::path::Path;

    /// Writes a file of so many seconds, each as loud as its number says: 0 is silent, 9 loud.
    pub(in crate::playback) fn write(path: &Path, seconds: &[u8]) -> Millis {
        let (mut encoder, mut writer) = (Encoder::new().unwrap(), OggWriter::new(1, 9_600, &[]));
        let mut voice = Voice::new(7);
        for loud in seconds {
            for _ in 0..50 {
                let frame = voice.next_frame().map(|sample| sample * f32::from(*loud) * 0.1);
                match encoder.encode(&frame).unwrap() {
                    Some(opus) => writer.push(&opus).unwrap(),
                    None => drop(writer.silence(FRAME as u64)),
                }
            }
        }
        writer.finish();
        let bytes = std::iter::from_fn(|| writer.take()).collect::<Vec<_>>().concat();
        std::fs::write(path, bytes).unwrap();
        Millis::of_samples(writer.samples())
    }

    /// A reel of two files: the seconds 0 to 3 rise, 4 to 7 fall.
    fn reel(dir: &Path) -> Reel {
        let (one, two) = (dir.join("1.opus"), dir.join("2.opus"));
        let lengths = [write(&one, &[1, 3, 5, 9]), write(&two, &[9, 5, 3, 1])];
        Reel::new([(one, lengths[0]), (two, lengths[1])])
    }

    fn level(frame: &[f32; FRAME]) -> i32 {
        i32::from(Level::measure(frame, false).below_full_scale())
    }

    #[test]
    fn a_place_sounds_the_same_however_one_came_there() {
        let dir = tempfile::tempdir().unwrap();
        let mut reel = reel(dir.path());
        let mut all = Vec::new();
        while let Some((place, frame)) = reel.frame().unwrap() {
            all.push((place, level(&frame)));
        }
        assert!(all.windows(2).all(|w| w[1].0 > w[0].0));
        for ms in [0, 500, 1_730, 3_990, 4_020, 4_500, 6_666, 7_500, 120] {
            reel.seek(Millis(ms)).unwrap();
            let (place, frame) = reel.frame().unwrap().unwrap();
            assert_eq!(place, Millis(ms).samples(), "to the sample");
            let near = all.iter().min_by_key(|(at, _)| at.abs_diff(place)).unwrap();
            assert!((level(&frame) - near.1).abs() <= 3, "{ms}: {} and not {near:?}", level(&frame));
        }
        reel.seek(Millis(1_000_000)).unwrap();
        assert!(reel.frame().unwrap().is_none());
    }

    #[test]
    fn a_file_that_is_gone_is_told_and_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let mut reel = reel(dir.path());
        std::fs::remove_file(dir.path().join("1.opus")).unwrap();
        assert!(matches!(reel.frame(), Err(BadFile::Disk(_))));
        assert!(reel.frame().unwrap().is_some_and(|(place, _)| place >= Millis(4_000).samples()));
    }

    #[test]
    fn parts_that_go_while_they_are_played_are_followed_into_the_whole() {
        let dir = tempfile::tempdir().unwrap();
        let mut parts = reel(dir.path());
        let (files, whole) =
            (["1.opus", "2.opus"].map(|n| dir.path().join(n)), dir.path().join("meeting.opus"));
        let sources =
            files.iter().zip(&parts.files).map(|(f, (_, span))| Ok((Some(File::open(f)?), span.length)));
        join(sources, (9, PAGE_200_MS, &[]), File::create(&whole).unwrap(), || true).unwrap();
        let mut going = reel(dir.path()).or_whole(whole);
        for reel in [&mut parts, &mut going] {
            reel.seek(Millis(3_000)).unwrap();
        }
        let all = |reel: &mut Reel| -> Vec<_> {
            std::iter::from_fn(|| reel.frame().unwrap())
                .map(|(place, frame)| (place, level(&frame)))
                .collect()
        };
        // The second part is opened when the first has ended: by then both are gone.
        let there = all(&mut parts);
        files.iter().for_each(|file| std::fs::remove_file(file).unwrap());
        let here = all(&mut going);
        assert_eq!(here.len(), there.len());
        for (here, there) in here.iter().zip(&there) {
            assert!(here.0 == there.0 && (here.1 - there.1).abs() <= 6, "{here:?} and not {there:?}");
        }
        assert_eq!(going.length(), parts.length());
        going.seek(Millis(500)).unwrap();
        assert_eq!(going.frame().unwrap().unwrap().0, Millis(500).samples());
    }
}
