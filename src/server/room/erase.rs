//! A meeting of the room is deleted.

use tokio::sync::oneshot;
use tracing::{error, info};

use crate::library::{Answer, Refused};
use crate::store::{Erasure, ShelfChange};
use crate::wire::Refusal;

use super::ledger::Ledger;
use super::load::Room;
use super::people::Absences;
use super::seats::Seats;

/// What is to be erased, and who waits for it.
pub(super) type Erasing = (Box<Erasure>, oneshot::Sender<Answer>);

impl Room {
    /// Erases what was asked for, while nothing is being committed.
    pub(super) async fn erase_all(&mut self) {
        for (erasure, answer) in std::mem::take(&mut self.erasing) {
            // Who asked may be gone; it is done nevertheless.
            let _ = answer.send(self.erase(*erasure).await);
        }
    }

    async fn erase(&mut self, erasure: Erasure) -> Answer {
        let book = self.book.as_ref().filter(|book| book.id == erasure.meeting);
        let Some(book) = book else {
            return Ok(self.shared.store.change_shelf(ShelfChange::Erase(erasure)).await?);
        };
        if !self.is_over() || book.durable.roster().iter().any(|p| p.is_here()) {
            let text = "people are still in that meeting; delete it when they have left";
            return Err(Refused::new("in-use", text));
        }
        // Who only looks on is sent to look again.
        let _ = self.seats.end_all(&Refusal::NextMeeting, self.shared.wall.now());
        self.seats = Seats::following(&self.seats);
        self.shared.store.change_shelf(ShelfChange::Erase(erasure)).await?;
        info!(room = self.name, "the room's latest meeting is deleted");
        self.due.clear();
        self.absences = Absences::new(&self.shared.settings.timing);
        self.ledger = Ledger::default();
        self.book = None;
        match self.shared.store.room(&self.name).await {
            Ok(Some(stored)) => self.restore(stored),
            Ok(None) => {}
            Err(why) => error!(room = self.name, %why, "the room cannot be read anew"),
        }
        Ok(())
    }
}
