//! Sound from another machine, for a console that has none.

use crate::meeting::{Event, Recorded, SeatKind, Timestamp};

use super::cut::time_of_day;
use super::layer::Layer;
use super::toast::ToastKind;
use super::{Effect, Model};

impl Model {
    /// Shows the code that was asked for: in a box, or in a line where there are none.
    pub(super) fn show_pairing(
        &mut self,
        code: &str,
        until: Timestamp,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let server = &self.setup.server;
        let line = format!("palco audio {code}{}{server}", if server.is_empty() { "" } else { "@" });
        let hear = self.setup.ssh.as_ref().map(|ssh| format!("{ssh} audio {code} | mpv -"));
        if self.setup.plain {
            let (t, at) = (self.texts(), self.pairing_end(until));
            let hear = hear.map(|hear| format!(" · {} {hear}", t.pairing_hear)).unwrap_or_default();
            let text = format!("{} {line}{hear} · {}", t.pairing_how, (t.pairing_once)(&at));
            return self.toasts.push(ToastKind::Info, text, now);
        }
        self.close_pairing();
        self.open(Layer::Pairing { line, hear, until }, effects);
    }

    /// The time of day at which a code ends.
    pub(super) fn pairing_end(&self, until: Timestamp) -> String {
        time_of_day(until, self.setup.utc_offset_secs)
    }

    /// What is said when the own sound comes from another machine, or no more.
    pub(super) fn sound_remark(&mut self, recorded: &Recorded, now: Timestamp) {
        let t = self.texts();
        let me = self.replica.you();
        let text = match &recorded.event {
            Event::SeatOpened { participant, kind: SeatKind::Audio, .. } if Some(*participant) == me => {
                self.close_pairing();
                t.paired
            }
            Event::SeatClosed { participant, .. }
                if Some(*participant) == me && std::mem::take(&mut self.paired) && !self.is_paired() =>
            {
                t.unpaired
            }
            _ => return,
        };
        self.paired = self.is_paired();
        self.remarked = true;
        self.toasts.push(ToastKind::Info, text.to_owned(), now);
    }

    /// Whether another machine is the own ears and microphone.
    pub(super) fn is_paired(&self) -> bool {
        let me = self.me().map(|me| me.seats()).unwrap_or_default();
        me.iter().any(|seat| seat.kind == SeatKind::Audio)
    }

    fn close_pairing(&mut self) {
        self.layers.retain(|layer| !matches!(layer, Layer::Pairing { .. }));
    }
}
