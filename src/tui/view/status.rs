//! The own microphone and what wants an answer: the line above the footer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::meeting::{Mic, Phase, Reach};
use crate::tui::action::Do;
use crate::tui::cut::{plain, width};
use crate::tui::mic::Hold;
use crate::tui::{Device, Scope};

use super::{View, cells};
use crate::tui::meter::CELLS;
use crate::tui::on_deck::Verdict;

impl View<'_> {
    pub(super) fn draw_status(&self, area: Rect, buf: &mut Buffer) {
        if self.model.is_recording {
            return;
        }
        buf.set_style(area, self.style(Scope::StatusInfo));
        let button = self.model.talk_button(self.area, self.local);
        let rest = button.map_or(area.width, |b| b.x.saturating_sub(area.x + 1));
        self.draw_mic(Rect { width: rest, ..area }, buf);
        if let Some(button) = button {
            let open = self.model.own_mic() == Mic::Live;
            let scope = if open { Scope::MicOpen } else { Scope::Key };
            let style = self.style(Scope::StatusInfo).patch(self.accent(scope));
            self.put(&self.model.talk_word(), style, button.x, button.y, buf);
        }
    }

    fn draw_mic(&self, area: Rect, buf: &mut Buffer) {
        let columns = usize::from(area.width);
        if let Some(call) = self.call_in(columns.saturating_sub(1)) {
            buf.set_style(area, self.style(Scope::StatusCall));
            self.put(
                &self.cut(&format!(" {call}"), columns),
                self.style(Scope::StatusCall),
                area.x,
                area.y,
                buf,
            );
            return;
        }
        let (chip, hint, scope) = self.own_mic();
        let chip = self.cut(&format!(" {chip} "), columns);
        let lit = if scope == Scope::MicOpen { scope } else { Scope::StatusInfo };
        buf.set_style(area, self.style(lit));
        self.put(&chip, self.style(scope), area.x, area.y, buf);
        let used = width(&chip);
        let hint_room = columns.saturating_sub(used + 2);
        let hint = self.cut(&hint, hint_room);
        self.put(&hint, self.style(lit), area.x + cells(used + 1), area.y, buf);
        let room = columns.saturating_sub(used + 1 + width(&hint) + 3);
        let (right, right_scope) = self.remark(room);
        let style = self.style(if scope == Scope::MicOpen { scope } else { right_scope });
        let x = area.right().saturating_sub(cells(width(&right)) + 1);
        if !right.is_empty() {
            self.put(&right, style, x, area.y, buf);
        }
    }

    /// What wants an answer, in as many words as fit.
    fn call_in(&self, columns: usize) -> Option<String> {
        let call = self.model.call()?;
        let is_vote = self.model.vote_call().is_some_and(|vote| vote == call);
        if width(&call) <= columns || is_vote || self.model.own_mic() != Mic::Muted {
            return Some(call);
        }
        Some((self.texts().your_turn_short)(&self.key(Do::Mute)))
    }

    /// The own microphone: its word, what it means, its scope.
    pub(super) fn own_mic(&self) -> (String, String, Scope) {
        let (t, g) = (self.texts(), self.glyphs());
        let mute = self.key(Do::Mute);
        if self.model.me().is_none() {
            let word = if self.meeting().is_open() { t.observing } else { t.mic_closed };
            return (format!("{} {word}", g.unheard), String::new(), Scope::MicClosed);
        }
        if self.model.is_shutting() {
            return (format!("{} {}", g.muted, t.mic_closing), String::new(), Scope::MicMuted);
        }
        if let Some(line) = self.on_deck() {
            return line;
        }
        match self.model.own_mic() {
            Mic::Live => {
                let reach = self.model.me().map_or(Reach::Everybody, |me| self.meeting().reach_of(me));
                let hint = self.own_last_seconds().unwrap_or_else(|| self.open_hint(reach));
                (format!("{} {}", g.live, (t.mic_open)(reach)), hint, Scope::MicOpen)
            }
            Mic::Muted if self.model.me().is_some_and(|me| me.reach() != Reach::Everybody) => {
                let reach = self.model.me().map_or(Reach::Everybody, |me| me.reach());
                let chip = format!("{} {} {} {}", g.muted, t.mic_muted, g.dot, (t.reach)(reach));
                (chip, (t.mic_muted_hint)(&mute), Scope::MicMuted)
            }
            Mic::Muted => {
                (format!("{} {}", g.muted, t.mic_muted), (t.mic_muted_hint)(&mute), Scope::MicMuted)
            }
            Mic::Held => (format!("{} {}", g.held, t.mic_held), t.mic_held_hint.to_owned(), Scope::MicHeld),
            Mic::Closed => {
                let may = self.model.intent(Do::Raise, self.local).is_ok();
                let me = self.model.me().map(|me| me.id);
                let place = self.meeting().queue().iter().position(|h| Some(h.participant) == me);
                let hint = match place {
                    Some(place) => (t.hand_place)(place as u64 + 1),
                    None if may => (t.mic_closed_hint)(&self.key(Do::Raise)),
                    None if self.meeting().is_open_floor()
                        && self.model.intent(Do::Mute, self.local).is_ok() =>
                    {
                        (t.open_floor)(&mute)
                    }
                    None => String::new(),
                };
                (format!("{} {}", g.unheard, t.mic_closed), hint, Scope::MicClosed)
            }
        }
    }

    /// On deck: the place, how loud the own microphone is, and whether that can be heard.
    fn on_deck(&self) -> Option<(String, String, Scope)> {
        let (t, g) = (self.texts(), self.glyphs());
        let place = self.model.on_deck()?;
        let verdict = self.model.verdict(self.local)?;
        let (word, scope) = match verdict {
            Verdict::Waiting => (t.trial_waiting, Scope::MicMuted),
            Verdict::Heard => (t.trial_heard, Scope::MicMuted),
            Verdict::Silent => (t.trial_silent, Scope::StatusProblem),
        };
        let lit = usize::from(self.model.own_meter().cells);
        let meter = format!("{}{} ", g.meter_on.repeat(lit), g.meter_off.repeat(usize::from(CELLS) - lit));
        let meter = if self.model.setup.without_meters { String::new() } else { meter };
        Some((format!("{} {}", g.hand, (t.on_deck_place)(place as u64)), format!("{meter}{word}"), scope))
    }

    /// Who hears the open microphone, and what closes it.
    fn open_hint(&self, reach: Reach) -> String {
        let (t, g) = (self.texts(), self.glyphs());
        let heard = (t.heard_by)(reach);
        match (self.model.talk_left(self.local), self.model.talk()) {
            (Some(secs), _) => format!("{heard} {} {}", g.dot, (t.mic_closes_in)(secs)),
            (None, Some(Hold::Key(_) | Hold::Button)) => format!("{heard} {} {}", g.dot, t.mic_let_go),
            (None, Some(Hold::Toggle)) => (t.mic_open_hint)(reach, &self.key(Do::Talk)),
            (None, None) => (t.mic_open_hint)(reach, &self.key(Do::Mute)),
        }
    }

    /// On the right, as much as has room: how others join, and what does not work with the sound.
    fn remark(&self, columns: usize) -> (String, Scope) {
        let t = self.texts();
        let joins = self.join_forms();
        if let Some((problem, short)) = self.sound_problem() {
            let problems = [problem.as_str(), &(t.help_says_why)(short, &self.key(Do::Help)), short];
            let both =
                joins.iter().flat_map(|j| problems.map(|p| format!("{j}  {}  {p}", self.glyphs().dot)));
            let texts = both.chain(problems.map(str::to_owned));
            let fits = texts.into_iter().find(|text| width(text) <= columns);
            return (fits.unwrap_or_else(|| self.cut(short, columns)), Scope::StatusProblem);
        }
        let elsewhere = if self.model.is_paired() { t.sound_elsewhere } else { t.without_sound };
        let silent = (self.model.sound.speaker == Device::Off).then(|| elsewhere.to_owned());
        // Who has no sound here wants to hear before they want to invite.
        let hears = self.hear_forms();
        let fits = hears.into_iter().chain(joins).chain(silent).find(|text| width(text) <= columns);
        (fits.unwrap_or_default(), Scope::StatusInfo)
    }

    /// What does not work with the sound: the whole sentence, and its first words.
    pub(super) fn sound_problem(&self) -> Option<(String, &'static str)> {
        let t = self.texts();
        match (&self.model.sound.speaker, &self.model.sound.mic) {
            (Device::Problem(why), _) => Some(((t.no_speaker)(&plain(why)), t.no_speaker_short)),
            (_, Device::Problem(why)) => Some(((t.no_mic)(&plain(why)), t.no_mic_short)),
            _ => None,
        }
    }

    /// How to hear where there is no sound, the longest form first.
    pub(super) fn hear_forms(&self) -> Vec<String> {
        let t = self.texts();
        let setup = &self.model.setup;
        let line = setup.ssh.as_ref().map(|ssh| format!("{ssh} listen {} | mpv -", setup.room));
        let line = line.filter(|_| self.model.sound.speaker == Device::Off && !self.model.is_paired());
        let Some(line) = line else {
            return Vec::new();
        };
        let help = self.key(Do::Help);
        vec![(t.hear_with)(&plain(&line)), plain(&line).into_owned(), (t.help_says_how)(&help)]
    }

    /// How others join, the longest form first. A cut address helps nobody: the whole line, or the address in it.
    pub(super) fn join_forms(&self) -> Vec<String> {
        let line = self.model.setup.join_line.as_deref().filter(|_| self.meeting().phase() != Phase::Ended);
        let Some(line) = line else {
            return Vec::new();
        };
        let line = plain(line).into_owned();
        let address = line.split(' ').find(|word| word.contains("://")).map(str::to_owned);
        [(self.texts().join_with)(&line), line].into_iter().chain(address).collect()
    }
}
