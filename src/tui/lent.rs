//! Sound that the person's own machine lends over the link: nothing is done with it without a yes.

use super::layer::{Layer, Then};
use super::{Effect, Model};

/// What became of the offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Offer {
    /// There is none, or it was answered.
    #[default]
    None,
    /// It is asked about as soon as no other box has the keys.
    Waits,
}

impl Model {
    pub(super) fn take_offer(&mut self, is_lent: bool, effects: &mut Vec<Effect>) {
        if is_lent {
            self.offer = Offer::Waits;
            return;
        }
        self.offer = Offer::None;
        self.layers.retain(|layer| !matches!(layer, Layer::Confirm { then: Then::UseLent, .. }));
        effects.push(Effect::UseLent(false));
        self.changed();
    }

    /// Asks, when nobody is in the middle of something.
    pub(super) fn settle_offer(&mut self, effects: &mut Vec<Effect>) {
        if self.offer == Offer::None || !self.layers.is_empty() || self.me().is_none() {
            return;
        }
        self.offer = Offer::None;
        let text = self.texts().lent_ask.to_owned();
        self.open(Layer::Confirm { text, yes: false, then: Then::UseLent }, effects);
        self.changed();
    }
}
