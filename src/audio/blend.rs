//! One frame of several voices, added up once.

use super::{FRAME, Mixer};

/// The sum of a frame of several voices, which can be had without one of them: the mix-minus of whoever listens to the
/// mix and is in it.
///
/// Everybody's frame is added once; leaving somebody out is one subtraction, however many others there are.
#[derive(Clone, Debug)]
pub struct Blend<K> {
    total: [f32; FRAME],
    voices: Vec<(K, [f32; FRAME])>,
}

impl<K: Copy + Eq> Blend<K> {
    /// Silence.
    pub fn new() -> Self {
        Self { total: [0.0; FRAME], voices: Vec::new() }
    }

    /// Silence again, for the next frame.
    pub fn clear(&mut self) {
        self.total = [0.0; FRAME];
        self.voices.clear();
    }

    /// Adds a voice.
    pub fn add(&mut self, who: K, frame: &[f32; FRAME]) {
        Mixer::add(&mut self.total, frame);
        self.voices.push((who, *frame));
    }

    /// Everybody, not limited yet.
    pub fn total(&self) -> [f32; FRAME] {
        self.total
    }

    /// Those of whom `has` says so, not limited yet; each added, so that nothing is left of the others.
    pub fn only(&self, has: impl Fn(K) -> bool) -> [f32; FRAME] {
        let mut sum = [0.0; FRAME];
        for (_, frame) in self.voices.iter().filter(|(who, _)| has(*who)) {
            Mixer::add(&mut sum, frame);
        }
        sum
    }

    /// Everybody but one, not limited yet.
    pub fn without(&self, who: K) -> [f32; FRAME] {
        let own: Vec<_> = self.voices.iter().filter(|(k, _)| *k == who).map(|(_, frame)| frame).collect();
        if own.len() == self.voices.len() {
            // Exactly nothing, where subtracting might leave what rounding left.
            return [0.0; FRAME];
        }
        let mut rest = self.total;
        for frame in own {
            rest.iter_mut().zip(frame).for_each(|(r, f)| *r -= f);
        }
        rest
    }
}

impl<K: Copy + Eq> Default for Blend<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame() -> impl Strategy<Value = [f32; FRAME]> {
        // One period drawn and repeated: a thousand random numbers a frame would only be slow.
        prop::collection::vec(-1.0_f32..1.0, 16).prop_map(|v| std::array::from_fn(|i| v[i % v.len()]))
    }

    proptest! {
        #[test]
        fn mix_minus_is_the_total_less_the_own_voice(frames in prop::collection::vec(frame(), 0..8)) {
            let mut blend = Blend::new();
            for (who, frame) in frames.iter().enumerate() {
                blend.add(who, frame);
            }
            for who in 0..=frames.len() {
                let others = frames.iter().enumerate().filter(|(k, _)| *k != who);
                let minus = blend.without(who);
                for i in 0..FRAME {
                    let sum: f32 = others.clone().map(|(_, f)| f[i]).sum();
                    prop_assert!((minus[i] - sum).abs() < 1e-5, "{} at {i} of {sum}", minus[i]);
                    let own = frames.get(who).map_or(0.0, |f| f[i]);
                    prop_assert!((minus[i] - (blend.total()[i] - own)).abs() < 1e-5);
                }
            }
        }
    }

    #[test]
    fn whoever_is_alone_hears_nothing() {
        let mut blend = Blend::new();
        blend.add(1, &[0.1; FRAME]);
        blend.add(1, &[0.7; FRAME]);
        assert_eq!(blend.without(1), [0.0; FRAME]);
        assert_eq!(blend.only(|who| who != 1), [0.0; FRAME]);
        assert_eq!(blend.only(|_| true), blend.total());
        blend.clear();
        assert_eq!(blend.total(), [0.0; FRAME]);
    }
}
