//! How a turn goes: the asker asks, the speaker answers, the asker thanks and is done.

use crate::meeting::{Millis, TurnId};

use super::pace::{between, dice};

/// How long somebody who is held or muted waits for their microphone before they give the turn back.
const ASKER_PATIENCE: Millis = Millis::from_secs(20);

/// How long an asker waits for an answer that does not begin, because nobody on the stage can be heard.
const ANSWER_PATIENCE: Millis = Millis::from_secs(2);

/// What a turn is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// The asker puts the question.
    Ask,
    /// The speaker answers.
    Answer,
    /// The asker says a last word.
    Thanks,
    /// Nothing more to say.
    Over,
}

/// The course of one turn. Lengths are the script's, before the pace is applied.
#[derive(Clone, Debug)]
pub(crate) struct TurnPlay {
    /// The turn.
    pub(crate) turn: TurnId,
    /// Whose turn, by place in the cast.
    pub(crate) asker: usize,
    scene: Scene,
    /// A breath before somebody says something.
    breath: Millis,
    left: Millis,
    stalled: Millis,
    answer: Millis,
    thanks: Millis,
}

impl TurnPlay {
    /// The `nth` turn of `asker`.
    pub(crate) fn new(seed: u64, turn: TurnId, asker: usize, nth: u32) -> Self {
        let mut dice = dice(seed, &[1, asker as u64, u64::from(nth)]);
        Self {
            turn,
            asker,
            scene: Scene::Ask,
            breath: between(&mut dice, 150, 500),
            left: between(&mut dice, 5_000, 10_000),
            stalled: Millis::ZERO,
            answer: between(&mut dice, 4_000, 9_000),
            thanks: between(&mut dice, 900, 2_200),
        }
    }

    /// What it is at.
    pub(crate) fn scene(&self) -> Scene {
        self.scene
    }

    /// Whether somebody says something at this moment, rather than taking a breath.
    pub(crate) fn is_speaking(&self) -> bool {
        self.breath == Millis::ZERO && self.scene != Scene::Over
    }

    /// Goes on by `progress`, if who should be heard now can be `heard`.
    pub(crate) fn advance(&mut self, progress: Millis, heard: bool) {
        if !heard {
            self.stalled = self.stalled.plus(progress);
            let patience = if self.scene == Scene::Answer { ANSWER_PATIENCE } else { ASKER_PATIENCE };
            if self.stalled >= patience {
                // Without an answer there may still be a last word; without the asker there is nothing to wait for.
                self.scene = if self.scene == Scene::Answer { Scene::Thanks } else { Scene::Over };
                (self.left, self.stalled) = (self.thanks, Millis::ZERO);
            }
            return;
        }
        self.stalled = Millis::ZERO;
        let spoken = progress.minus(self.breath);
        self.breath = self.breath.minus(progress);
        self.left = self.left.minus(spoken);
        if self.left == Millis::ZERO {
            self.turn_page();
        }
    }

    fn turn_page(&mut self) {
        (self.scene, self.left, self.breath) = match self.scene {
            Scene::Ask => (Scene::Answer, self.answer, Millis(500)),
            Scene::Answer => (Scene::Thanks, self.thanks, Millis(350)),
            Scene::Thanks | Scene::Over => (Scene::Over, Millis::ZERO, Millis::ZERO),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Millis = Millis(50);

    fn play() -> TurnPlay {
        TurnPlay::new(3, TurnId(1), 4, 0)
    }

    #[test]
    fn a_turn_that_is_heard_goes_through_all_scenes_in_seconds() {
        let mut play = play();
        let mut scenes = vec![play.scene()];
        let mut ticks = 0;
        while play.scene() != Scene::Over {
            play.advance(TICK, true);
            ticks += 1;
            if scenes.last() != Some(&play.scene()) {
                scenes.push(play.scene());
            }
        }
        assert_eq!(scenes, [Scene::Ask, Scene::Answer, Scene::Thanks, Scene::Over]);
        assert!((200..=480).contains(&ticks), "{ticks} ticks of 50 ms");
    }

    #[test]
    fn without_an_answer_it_goes_on_to_the_last_word() {
        let mut play = play();
        for _ in 0..2_000 {
            let heard = play.scene() != Scene::Answer;
            play.advance(TICK, heard);
        }
        assert_eq!(play.scene(), Scene::Over);
    }

    #[test]
    fn a_held_asker_waits_and_then_gives_up() {
        let mut play = play();
        play.advance(Millis(1_000), true);
        for _ in 0..380 {
            play.advance(TICK, false);
        }
        assert_eq!(play.scene(), Scene::Ask);
        play.advance(Millis(1_000), false);
        assert_eq!(play.scene(), Scene::Over);
    }
}
