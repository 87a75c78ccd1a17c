//! The recording at the console: its sign, its question, its menus and its remarks.

use crate::meeting::{Command, Event, ParticipantId, RecordPolicy, RecordSign, Timestamp};

use super::action::Do;
use super::possible::{Intent, Why};
use super::toast::ToastKind;
use super::{Effect, Model};

impl Model {
    /// The word of the recording's sign; `None` while nothing is recorded.
    pub(super) fn record_word(&self) -> Option<String> {
        let (t, recording) = (&self.texts().recording, self.meeting().recording());
        let is_without =
            recording.sign() == RecordSign::On && self.me().is_some_and(|me| recording.is_off(me.id));
        let without = if is_without { t.without_you } else { "" };
        Some(format!("{}{without}", t.word(recording))).filter(|word| !word.is_empty())
    }

    /// The answer to what this console asks.
    pub(super) fn consent(&self, yes: bool) -> Command {
        let tracks = self.meeting().recording().asks_for_tracks();
        Command::Consent { yes, text: (self.texts().recording.question)(tracks).to_owned(), tracks }
    }

    /// What wants an answer of who has not said whether they are recorded.
    pub(super) fn consent_call(&self) -> Option<String> {
        let t = &self.texts().recording;
        let asked = self.meeting().asks_consent(self.me()?.id);
        let text =
            || if self.setup.plain { t.call_plain.to_owned() } else { (t.call)(&self.hint(Do::Consent)) };
        asked.then(text)
    }

    pub(super) fn wish_recording(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        let t = &self.texts().recording;
        match what {
            Do::Strike => self.ask(Command::Strike),
            Do::Record => {
                let start = |without_host, tracks| Command::StartRecording { without_host, tracks };
                let choices = [
                    (t.start, start(false, false)),
                    (t.start_tracks, start(false, true)),
                    (t.start_alone, start(true, false)),
                    (t.pause, Command::PauseRecording),
                    (t.resume, Command::ResumeRecording),
                    (t.stop, Command::StopRecording),
                ];
                let resumes = self.meeting().recording().is_running();
                let starts = |c: &Command| matches!(c, Command::StartRecording { .. });
                let choices = choices.into_iter().filter(|(_, c)| !(resumes && starts(c)));
                let policies = RecordPolicy::ALL
                    .iter()
                    .map(|p| ((t.policy)(*p), Command::SetRecordPolicy { policy: *p }));
                self.menu(t.title, choices.chain(policies).map(|(l, c)| (l.to_owned(), c)), now)
            }
            Do::OffRecord => self.menu(t.off_title, self.off_choices().into_iter(), now),
            _ => {
                let me = self.me().map(|me| me.id);
                let recording = self.meeting().recording();
                let answer = me.and_then(|me| recording.answer(me));
                if answer.is_none() && !recording.is_running() {
                    return Err(t.none_runs.to_owned());
                }
                let choice = |yes, label: &str| (label.to_owned(), self.consent(yes));
                let question = (t.question)(recording.asks_for_tracks());
                self.menu(question, [choice(true, t.yes), choice(false, t.no)].into_iter(), now)
            }
        }
    }

    /// Whom one can leave out of the recording, or take in again: oneself, the selected person, everybody.
    fn off_choices(&self) -> Vec<(String, Command)> {
        let t = &self.texts().recording;
        let recording = self.meeting().recording();
        let of = |id: ParticipantId| {
            let on = !recording.off.contains_key(&id);
            (on, Command::OffRecord { participant: Some(id), on })
        };
        let me = self.me().map(|me| me.id);
        let mine = me.map(of).map(|(on, command)| ((t.off_me)(on).to_owned(), command));
        let other = self.selected_person().filter(|p| Some(p.id) != me);
        let other = other.map(|p| (p, of(p.id))).map(|(p, (on, c))| ((t.off_one)(&p.name, on), c));
        let on = !recording.all_off;
        let all = ((t.off_all)(on).to_owned(), Command::OffRecord { participant: None, on });
        mine.into_iter().chain(other).chain([all]).collect()
    }

    /// What to ask before a command about the recording that cannot be taken back.
    pub(super) fn record_question(&self, command: &Command) -> Option<String> {
        let t = &self.texts().recording;
        match command {
            Command::Strike => Some(t.ask_strike.to_owned()),
            Command::StopRecording => Some(t.ask_stop.to_owned()),
            _ => None,
        }
    }

    /// Says to whoever comes in while a recording runs that it does.
    pub(super) fn greet_recorded(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.meeting().recording().is_running() {
            effects.extend(self.consent_call().map(|_| Effect::Bell));
            self.toasts.push(
                ToastKind::Warning,
                (self.texts().recording.is_recorded)(self.meeting().recording().tracks).to_owned(),
                now,
            );
        }
    }

    /// What everybody is told of the recording.
    pub(super) fn remark_recording(
        &self,
        event: &Event,
        me: Option<ParticipantId>,
    ) -> Option<(ToastKind, String)> {
        use ToastKind::{Call, Info, Warning};
        let t = &self.texts().recording;
        let (kind, text) = match event {
            Event::RecordStarted { tracks, .. } if self.consent_call().is_some() => {
                (Call, (t.started)(*tracks))
            }
            Event::RecordStarted { tracks, .. } => (Warning, (t.started)(*tracks)),
            Event::RecordPaused => (Info, t.paused),
            Event::RecordResumed => (Warning, t.resumed),
            Event::RecordStopped { reason } => (Info, (t.stopped)(*reason)),
            Event::RecordHalted { why } => (Warning, (t.halted)(*why)),
            Event::RecordMended => (Info, t.mended),
            Event::Struck => (Info, t.struck),
            Event::OffRecordSet { participant: None, on } => (Warning, (t.all_off)(*on)),
            Event::OffRecordSet { participant, on } if *participant == me => (Info, (t.you_off)(*on)),
            Event::OffRecordSet { participant: Some(id), on } => {
                return Some((Info, (t.one_off)(self.name_of(*id), *on)));
            }
            Event::RecordPolicySet { policy } => (Info, (t.policy)(*policy)),
            _ => return None,
        };
        Some((kind, text.to_owned()))
    }
}
