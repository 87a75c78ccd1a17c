//! The stage and its microphones.

use palco::meeting::{Command, Event, Mic, Rejection, Role, StageReason, TurnId};

use super::hall::{ANA, BRUNO, HOST, Hall};

fn on_stage() -> Hall {
    let mut hall = Hall::live();
    hall.ok(HOST, Command::Invite { participant: ANA });
    hall.ok(ANA, Command::Accept);
    hall
}

#[test]
fn an_invitation_is_accepted_muted() {
    let mut hall = Hall::live();
    let invite = Command::Invite { participant: ANA };
    assert_eq!(hall.ok(HOST, invite.clone()).len(), 1);
    assert_eq!(hall.ok(HOST, invite.clone()), []);
    assert!(hall.who(ANA).invited_at.is_some());
    hall.ok(ANA, Command::Accept);
    assert_eq!((hall.who(ANA).mic(), hall.who(ANA).invited_at), (Mic::Muted, None));
    assert_eq!(hall.ok(ANA, Command::Accept), []);
    assert_eq!(hall.no(HOST, invite), Rejection::OnStage);
    assert_eq!(hall.no(BRUNO, Command::Accept), Rejection::NotInvited);
}

#[test]
fn an_invitation_is_declined_or_taken_back() {
    let mut hall = Hall::live();
    for answer in [(ANA, Command::Decline), (HOST, Command::OffStage { participant: ANA })] {
        hall.ok(HOST, Command::Invite { participant: ANA });
        assert_eq!(hall.ok(answer.0, answer.1), [Event::Declined { participant: ANA }]);
        assert_eq!(hall.no(ANA, Command::Accept), Rejection::NotInvited);
    }
    assert_eq!(hall.ok(ANA, Command::Decline), []);
}

#[test]
fn a_role_opens_the_stage() {
    let mut hall = Hall::live();
    assert!(matches!(hall.no(ANA, Command::StepUp), Rejection::NotAllowed { .. }));
    hall.set_role(ANA, Role::Speaker);
    hall.ok(ANA, Command::StepUp);
    assert_eq!(hall.who(ANA).mic(), Mic::Muted);
    assert_eq!(hall.ok(ANA, Command::StepUp), []);
    hall.ok(ANA, Command::OffStage { participant: ANA });
    assert_eq!(hall.who(ANA).mic(), Mic::Closed);
    assert_eq!(hall.ok(ANA, Command::OffStage { participant: ANA }), []);
}

#[test]
fn who_was_called_may_stay_when_invited() {
    let mut hall = Hall::live();
    hall.give_turn(ANA);
    hall.ok(HOST, Command::Invite { participant: ANA });
    hall.ok(ANA, Command::Accept);
    assert_eq!(hall.who(ANA).mic(), Mic::Live, "accepting does not cut a turn");
    hall.done();
    let place = hall.who(ANA).stage.clone().unwrap();
    assert_eq!((place.reason, place.muted), (StageReason::Invited, true));
}

#[test]
fn ones_own_microphone() {
    let mut hall = on_stage();
    assert_eq!(hall.ok(ANA, Command::Mute), []);
    hall.ok(ANA, Command::Unmute);
    assert_eq!((hall.who(ANA).mic(), hall.ok(ANA, Command::Unmute)), (Mic::Live, vec![]));
    hall.ok(ANA, Command::Mute);
    assert_eq!(hall.who(ANA).mic(), Mic::Muted);
    for command in [Command::Mute, Command::Unmute] {
        assert_eq!(hall.no(BRUNO, command), Rejection::NotOnStage);
    }
}

#[test]
fn a_hold_lasts_until_released_and_opens_nothing() {
    let mut hall = on_stage();
    hall.ok(ANA, Command::Unmute);
    hall.ok(HOST, Command::Hold { participant: ANA });
    assert_eq!(hall.ok(HOST, Command::Hold { participant: ANA }), []);
    assert_eq!(hall.who(ANA).mic(), Mic::Held);
    assert_eq!(hall.no(ANA, Command::Unmute), Rejection::MicHeld);
    hall.ok(HOST, Command::Release { participant: ANA });
    assert_eq!(hall.who(ANA).mic(), Mic::Muted);
    assert_eq!(hall.ok(HOST, Command::Release { participant: ANA }), []);
    hall.ok(ANA, Command::Unmute);
    assert_eq!(hall.no(HOST, Command::Hold { participant: BRUNO }), Rejection::NotOnStage);
}

#[test]
fn a_hold_is_not_shed_by_going_away() {
    let mut hall = on_stage();
    hall.set_role(ANA, Role::Speaker);
    hall.ok(HOST, Command::Hold { participant: ANA });
    hall.ok(ANA, Command::OffStage { participant: ANA });
    hall.ok(ANA, Command::StepUp);
    assert_eq!(hall.who(ANA).mic(), Mic::Held, "stepping off and on");
    hall.ok(ANA, Command::Leave);
    hall.join(ANA, "Ana");
    hall.ok(ANA, Command::StepUp);
    assert_eq!(hall.who(ANA).mic(), Mic::Held, "leaving and coming back");
    hall.ok(HOST, Command::Release { participant: ANA });
    assert_eq!(hall.who(ANA).mic(), Mic::Muted);
}

#[test]
fn off_the_stage_ends_the_turn() {
    let mut hall = Hall::live();
    hall.give_turn(ANA);
    let expected = [Event::TurnEnded { turn: TurnId(1) }, Event::SteppedDown { participant: ANA }];
    assert_eq!(hall.ok(HOST, Command::OffStage { participant: ANA }), expected);
    assert!(hall.meeting.turn().is_none());
}
