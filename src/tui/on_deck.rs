//! On deck: who is called soon is told so, and their microphone is tried without anybody hearing it.

use crate::meeting::{HandId, Mic, Millis, ON_DECK, Phase, Timestamp};

use super::meter::Meter;
use super::toast::ToastKind;
use super::{Device, Effect, Model};

/// How long nothing is heard until that is said: long enough to read the line and say a word.
const PATIENCE: Millis = Millis::from_secs(8);

/// The trial of the own microphone while on deck; nothing of it is sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trial {
    /// Since when the microphone listens; `None` is not at all.
    since: Option<Timestamp>,
    heard: bool,
    /// The hand whose notice was given: a place that comes and goes is told once.
    told: Option<HandId>,
}

/// What the trial shows so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nobody spoke yet.
    Waiting,
    /// A voice came in.
    Heard,
    /// Nothing came in for long.
    Silent,
}

impl Model {
    /// The own place among the next ones in a meeting that is under way, from 1.
    pub(super) fn on_deck(&self) -> Option<usize> {
        let meeting = self.meeting();
        let me = self.me()?.id;
        meeting.hand_of(me).filter(|_| matches!(meeting.phase(), Phase::Live | Phase::Closing))?;
        let place = meeting.queue().iter().take(ON_DECK).position(|h| h.participant == me)?;
        Some(place + 1)
    }

    /// Gives the notice, and begins or ends the trial, as the meeting says.
    pub(super) fn settle_trial(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let place = self.on_deck();
        let hand = self.me().and_then(|me| self.meeting().hand_of(me.id)).map(|h| h.id);
        if let Some(place) = place
            && self.trial.told != hand
        {
            self.trial.told = hand;
            let t = self.texts();
            let place = if place == 1 { t.on_deck_first } else { t.on_deck_second };
            let text = if self.tries_mic() { format!("{place} {}", t.on_deck_try) } else { place.to_owned() };
            self.toasts.push(ToastKind::Call, text, now);
            effects.push(Effect::Bell);
            self.changed();
        }
        let wanted = place.is_some() && self.is_up() && self.own_mic() != Mic::Live && self.tries_mic();
        if wanted != self.trial.since.is_some() {
            self.trial.since = wanted.then_some(now);
            self.trial.heard = false;
            effects.push(Effect::TestMic(wanted));
            self.changed();
        }
        if wanted && !self.trial.heard && self.own_meter().voice {
            self.trial.heard = true;
            self.changed();
        }
    }

    /// Whether there is a microphone that may listen without being heard.
    fn tries_mic(&self) -> bool {
        self.sound.mic != Device::Off && !self.setup.untried_mic
    }

    /// Ends the trial: the terminal is given back.
    pub(super) fn stop_trial(&mut self, effects: &mut Vec<Effect>) {
        if self.trial.since.take().is_some() {
            effects.push(Effect::TestMic(false));
        }
    }

    /// How loud the own microphone is, open or tried.
    pub(super) fn own_meter(&self) -> Meter {
        let own = self.me().and_then(|me| self.meters.get(&me.source)).copied();
        own.unwrap_or(Meter { cells: 0, voice: false })
    }

    /// What the trial shows at `now`; `None` while there is none, or no microphone to try.
    pub(super) fn verdict(&self, now: Timestamp) -> Option<Verdict> {
        let since = self.trial.since?;
        match &self.sound.mic {
            Device::Off => None,
            Device::Problem(_) => Some(Verdict::Silent),
            Device::Ready(_) if self.trial.heard => Some(Verdict::Heard),
            Device::Ready(_) if now.since(since) >= PATIENCE => Some(Verdict::Silent),
            Device::Ready(_) => Some(Verdict::Waiting),
        }
    }

    /// When the verdict changes by time alone.
    pub(super) fn verdict_due(&self, now: Timestamp) -> Option<Timestamp> {
        let due = self.trial.since?.plus(PATIENCE);
        (due > now && !self.trial.heard).then_some(due)
    }
}
