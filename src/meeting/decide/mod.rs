//! The rules: what a command does, or why it is refused. One file a subject.

mod acting;
mod agenda;
mod backstage;
mod conduct;
mod due;
mod hands;
mod landing;
mod moderation;
mod people;
mod proposal;
mod queue;
mod recording;
mod round;
mod stage;

use super::{
    Act, Actor, Command, Event, Item, MAX_LENGTH_MINS, Meeting, Millis, Participant, ParticipantId, Permit,
    Rejection, Role, Timestamp, text,
};

use people::Own;

type Outcome = Result<Vec<Event>, Rejection>;

/// What is so already: done, and nothing happened.
const NOTHING: Outcome = Ok(Vec::new());

/// The person who asks, as far as the table lets them.
#[derive(Clone, Copy)]
struct Asker<'a> {
    person: &'a Participant,
    /// Allowed on their own person or turn only.
    own: bool,
}

impl Asker<'_> {
    fn id(self) -> ParticipantId {
        self.person.id
    }

    fn refused(self) -> Rejection {
        Rejection::NotAllowed { role: self.person.role }
    }

    /// Refuses what is done to others when only oneself is allowed.
    fn may_act_on(self, target: ParticipantId) -> Result<(), Rejection> {
        if self.own && target != self.id() { Err(self.refused()) } else { Ok(()) }
    }

    /// Refuses what is done to a host by anybody else than a host; an acting one is none.
    fn may_touch(self, target: &Participant) -> Result<(), Rejection> {
        let above = self.person.role != Role::Host && target.role == Role::Host;
        if above { Err(self.refused()) } else { self.may_act_on(target.id) }
    }
}

impl Meeting {
    /// Decides what `command` of `actor` does at `now`. No event and no rejection: it is so already.
    ///
    /// # Errors
    /// The rule that the command breaks.
    pub fn decide(&self, command: &Command, actor: Actor, now: Timestamp) -> Result<Vec<Event>, Rejection> {
        if let Command::Open { title, number, owner, length, agenda, terms } = command {
            return self.decide_open(title, *number, *owner, *length, agenda, *terms);
        }
        if !self.is_open() {
            return Err(Rejection::NotOpen);
        }
        let events = match (command.act(), actor) {
            (Some(act), Actor::Participant(id)) => self.decide_asked(command, self.asker(id, act)?, now),
            (Some(_), Actor::Server) => Err(Rejection::NotHere),
            (None, _) => self.decide_served(command, actor, now),
        }?;
        Ok(self.with_hold_all(self.with_consent(self.with_acting(events)), now))
    }

    /// What the server says, by itself or on behalf of a hello.
    fn decide_served(&self, command: &Command, actor: Actor, now: Timestamp) -> Outcome {
        match (command, actor) {
            (Command::Join { seat, kind, name, listener, auto_open, newcomer }, Actor::Participant(id)) => {
                let own = Own { listener: *listener, auto_open: *auto_open, newcomer: *newcomer };
                self.decide_join(id, (*seat, *kind), name, own, now)
            }
            (Command::Join { .. }, Actor::Server) => Err(Rejection::NotHere),
            (_, Actor::Participant(_)) => Err(Rejection::ServerOnly),
            (Command::CloseSeat { seat }, _) => self.decide_close_seat(*seat),
            (Command::Expire { participant }, _) => self.decide_expire(*participant),
            (Command::RecordSpeech { participant, spoken }, _) => {
                self.decide_record_speech(*participant, *spoken)
            }
            (Command::KeepOut { bans }, _) => self.decide_keep_out(bans, now),
            (Command::Appoint { participant, role }, _) => self.decide_appoint(*participant, *role),
            (Command::HaltRecording { why }, _) => self.decide_halt_recording(*why),
            (Command::Tick, _) => self.decide_tick(now),
            _ => Err(Rejection::ServerOnly),
        }
    }

    /// What a person in the meeting asks for and the table allows.
    fn decide_asked(&self, command: &Command, asker: Asker<'_>, now: Timestamp) -> Outcome {
        match command {
            Command::Leave => self.decide_leave(asker),
            Command::Rename { name } => self.decide_rename(asker, name),
            Command::AutoOpen { on } => self.decide_auto_open(asker, *on),
            Command::SetRole { participant, role } => self.decide_set_role(asker, *participant, *role),
            Command::HandOver { participant } => self.decide_hand_over(asker, *participant),

            Command::Raise { topic, kind } => self.decide_raise(asker, topic, *kind),
            Command::Lower => self.decide_lower(asker),
            Command::Support { hand, on } => self.decide_support(asker, *hand, *on),
            Command::Next { current } => self.decide_next(*current),
            Command::Call { hand, current } => self.decide_call(*hand, *current),
            Command::Done { turn } => self.decide_done(asker, *turn),
            Command::Drop { hand } => self.decide_drop(*hand),
            Command::DropHands { hands } => self.decide_drop_hands(hands),
            Command::Merge { hands, into } => self.decide_merge(hands, *into),
            Command::Restore => self.decide_restore(now),
            Command::NotThere { turn } => self.decide_not_there(*turn),
            Command::Interrupt { turn } => self.decide_interrupt(*turn),
            Command::Move { hand, position } => self.decide_move(*hand, *position),
            Command::Reorder { order } => self.decide_reorder(*order),

            Command::SetParticipation { policy } => self.decide_set_participation(*policy),
            Command::SetMirror { open } => self.decide_set_mirror(*open),

            Command::StartRound { .. }
            | Command::RoundDone { .. }
            | Command::RoundPass { .. }
            | Command::RoundSkip { .. }
            | Command::RoundMove { .. }
            | Command::EndRound => self.decide_round(command, asker, now),

            _ => self.decide_on_stage(command, asker, now),
        }
    }

    /// What is asked about the stage and those on it.
    fn decide_on_stage(&self, command: &Command, asker: Asker<'_>, now: Timestamp) -> Outcome {
        match command {
            Command::Invite { participant } => self.decide_invite(*participant),
            Command::Accept => self.decide_accept(asker),
            Command::Decline => self.decide_decline(asker),
            Command::StepUp => self.decide_step_up(asker),
            Command::OffStage { participant } => self.decide_off_stage(asker, *participant),
            Command::Mute => self.decide_mute(asker),
            Command::Unmute => self.decide_unmute(asker),
            Command::TalkTo { reach } => self.decide_talk_to(asker, *reach),
            Command::Hold { participant } => self.decide_hold(asker, *participant),
            Command::Release { participant } => self.decide_release(asker, *participant),

            Command::HoldAll { on } => self.decide_hold_all(*on),
            Command::Remove { participant, why } => self.decide_remove(asker, *participant, why.as_deref()),
            Command::Ban { participant, length, why } => {
                self.decide_ban(asker, *participant, *length, why.as_deref(), now)
            }
            Command::Unban { participant } => self.decide_unban(*participant),
            Command::Lock { on } => self.decide_lock(*on),
            Command::RenameOther { participant, name } => self.decide_rename_other(asker, *participant, name),

            _ => self.decide_conduct(command, asker, now),
        }
    }

    /// Phases, the clock, the agenda, proposals.
    fn decide_conduct(&self, command: &Command, asker: Asker<'_>, now: Timestamp) -> Outcome {
        match command {
            Command::Prepare => self.decide_prepare(),
            Command::PlanStart { at } => self.decide_plan_start(*at, now),
            Command::Start => self.decide_start(asker),
            Command::Close => self.decide_close(),
            Command::End => self.decide_end(),
            Command::Extend { by } => self.decide_extend(*by),
            Command::ProposeExtension { by } => self.decide_propose(asker, *by),
            Command::Vote { proposal, yes } => self.decide_vote(asker, *proposal, *yes),
            Command::DismissProposal { proposal } => self.decide_dismiss(asker, *proposal),
            Command::PushLimit { by } => self.decide_push_limit(*by, now),
            Command::Pause => self.decide_pause(),
            Command::Resume => self.decide_resume(),
            Command::AddItem { item } => self.decide_add_item(item),
            Command::Borrow { current, by } => self.decide_borrow(*current, *by),
            Command::NextItem { current } => self.decide_next_item(*current),
            Command::PreviousItem { current } => self.decide_previous_item(*current),
            _ => self.decide_recording(command, asker),
        }
    }

    /// The recording.
    fn decide_recording(&self, command: &Command, asker: Asker<'_>) -> Outcome {
        match command {
            Command::StartRecording { without_host, tracks } => {
                self.decide_start_recording(asker, *without_host, *tracks)
            }
            Command::PauseRecording => self.decide_pause_recording(),
            Command::ResumeRecording => self.decide_resume_recording(),
            Command::StopRecording => self.decide_stop_recording(),
            Command::Strike => self.decide_strike(),
            Command::OffRecord { participant, on } => self.decide_off_record(asker, *participant, *on),
            Command::Consent { yes, text, tracks } => self.decide_consent(asker, *yes, text, *tracks),
            Command::SetRecordPolicy { policy } => self.decide_set_record_policy(*policy),
            // The table of acts has nothing else.
            _ => Err(Rejection::ServerOnly),
        }
    }

    /// The asker, when they are in the meeting and the table lets them do `act` now.
    fn asker(&self, id: ParticipantId, act: Act) -> Result<Asker<'_>, Rejection> {
        let person = self.participant(id).filter(|p| p.is_in()).ok_or(Rejection::NotHere)?;
        match act.permit(self.role_of(person), self.phase) {
            Permit::Yes => Ok(Asker { person, own: false }),
            Permit::Own => Ok(Asker { person, own: true }),
            Permit::No => Err(Rejection::NotAllowed { role: person.role }),
            Permit::NotNow if act == Act::Raise => Err(Rejection::QueueClosed),
            Permit::NotNow => Err(Rejection::WrongPhase { phase: self.phase }),
        }
    }

    /// Somebody who is in the meeting.
    fn person(&self, id: ParticipantId) -> Result<&Participant, Rejection> {
        self.participant(id).filter(|p| p.is_in()).ok_or(Rejection::NobodyThere)
    }
}

fn clean_item(item: &Item) -> Result<Item, Rejection> {
    check_length(item.length, MAX_LENGTH_MINS)?;
    Ok(Item { title: text::clean_line(&item.title)?, length: item.length })
}

fn check_length(length: Millis, max_mins: u64) -> Result<(), Rejection> {
    let fits = length >= Millis::from_mins(1) && length <= Millis::from_mins(max_mins);
    if fits { Ok(()) } else { Err(Rejection::BadLength { max_mins }) }
}
