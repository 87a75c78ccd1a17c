//! How loud something is played.

/// How loud something is played, in percent of how it comes: 0 is silent, 200 the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Volume(u16);

impl Default for Volume {
    fn default() -> Self {
        Self(100)
    }
}

impl Volume {
    /// The loudest, in percent: twice as it comes; more only distorts.
    pub const MAX: u16 = 200;

    /// So many percent, or the loudest.
    pub fn new(percent: u16) -> Self {
        Self(percent.min(Self::MAX))
    }

    /// Reads `80` or `80%`; `None` for more than the loudest and for what is no number.
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_suffix('%').unwrap_or(text).parse().ok().filter(|n| *n <= Self::MAX).map(Self)
    }

    /// In percent.
    pub fn percent(self) -> u64 {
        self.0.into()
    }

    /// As a factor for samples, 0 to 2.
    pub fn factor(self) -> f32 {
        f32::from(self.0) / 100.0
    }

    pub(super) fn plus(self, percent: u16) -> Self {
        Self::new(self.0.saturating_add(percent))
    }

    pub(super) fn minus(self, percent: u16) -> Self {
        Self(self.0.saturating_sub(percent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_stay_within_bounds() {
        assert_eq!(Volume::parse("80%"), Some(Volume(80)));
        assert_eq!(Volume::parse("0").map(|v| v.minus(10)), Some(Volume(0)));
        assert_eq!(Volume::parse("195").map(|v| v.plus(10)), Some(Volume(200)));
        assert_eq!((Volume::parse("201"), Volume::parse("-1"), Volume::parse("loud")), (None, None, None));
        assert_eq!(Volume::default().factor(), 1.0);
    }
}
