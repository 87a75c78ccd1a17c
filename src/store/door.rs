//! The statements about doors.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::meeting::{Audience, ParticipantId, Role, Timestamp};

use super::sql::stored;
use super::{DoorChange, Lock, StoreError, StoredDoor, StoredInvite};

/// Writes changes within the transaction that is open.
pub(super) fn write(db: &Connection, room: &str, changes: &[DoorChange]) -> Result<(), StoreError> {
    for change in changes {
        match change {
            DoorChange::Lock(lock) => write_lock(db, room, lock)?,
            DoorChange::Recordings(audience) => {
                db.prepare_cached(
                    "INSERT INTO keeping (room, hear) VALUES (?1, ?2) ON CONFLICT (room) DO UPDATE SET hear = ?2",
                )?
                .execute([room, audience.word()])?;
            }
            DoorChange::Invited(new) => write_invite(db, room, new)?,
            DoorChange::Used { invite, participant } => {
                db.prepare_cached("INSERT OR IGNORE INTO invited (invite, key) VALUES (?, ?)")?
                    .execute(params![invite, participant.to_string()])?;
            }
            DoorChange::Revoked { invite } => {
                db.prepare_cached("DELETE FROM invites WHERE id = ? AND room = ?")?
                    .execute([invite, room])?;
            }
        }
    }
    Ok(())
}

fn write_lock(db: &Connection, room: &str, lock: &Lock) -> Result<(), StoreError> {
    let (kind, secret) = match lock {
        Lock::Open => ("open", None),
        Lock::Passcode { salt, hash } => ("passcode", Some((salt.as_slice(), hash.as_slice()))),
        Lock::Keys(_) => ("keys", None),
        Lock::Invite => ("invite", None),
    };
    db.prepare_cached("INSERT OR REPLACE INTO doors (room, kind, salt, hash) VALUES (?, ?, ?, ?)")?
        .execute(params![room, kind, secret.map(|s| s.0), secret.map(|s| s.1)])?;
    db.prepare_cached("DELETE FROM door_keys WHERE room = ?")?.execute([room])?;
    if let Lock::Keys(keys) = lock {
        let mut insert = db.prepare_cached("INSERT INTO door_keys (room, key) VALUES (?, ?)")?;
        for key in keys {
            insert.execute(params![room, key.to_string()])?;
        }
    }
    Ok(())
}

fn write_invite(db: &Connection, room: &str, new: &StoredInvite) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO invites (id, room, hash, role, uses, expires) VALUES (?, ?, ?, ?, ?, ?)")?
        .execute(params![
            new.id,
            room,
            new.hash.as_slice(),
            new.role.word(),
            new.uses,
            stored(new.expires)
        ])?;
    Ok(())
}

/// The door of a room; open when nothing is kept of it. What cannot be read is no open door.
pub(super) fn read(db: &Connection, room: &str) -> Result<StoredDoor, StoreError> {
    let lock = db
        .prepare_cached("SELECT kind, salt, hash FROM doors WHERE room = ?")?
        .query_row([room], |r| Ok((r.get::<_, String>(0)?, r.get(1)?, r.get(2)?)))
        .optional()?;
    let lock = match lock {
        None => Lock::Open,
        Some((kind, salt, hash)) => match (kind.as_str(), salt, hash) {
            ("open", ..) => Lock::Open,
            ("passcode", Some(salt), Some(hash)) => Lock::Passcode { salt, hash },
            ("keys", ..) => Lock::Keys(keys(db, "SELECT key FROM door_keys WHERE room = ?", room)?),
            ("invite", ..) => Lock::Invite,
            _ => return Err(StoreError::Entry(format!("door of {room}"))),
        },
    };
    Ok(StoredDoor { lock, invites: invites(db, room)?, recordings: audience(db, room)? })
}

/// Who may hear a room's recordings. A word that is not known is nobody but hosts.
fn audience(db: &Connection, room: &str) -> Result<Audience, StoreError> {
    let word: Option<Option<String>> = db
        .prepare_cached("SELECT hear FROM keeping WHERE room = ?")?
        .query_row([room], |r| r.get(0))
        .optional()?;
    let word = word.flatten();
    Ok(word.map_or(Audience::default(), |word| Audience::from_word(&word).unwrap_or(Audience::Hosts)))
}

fn invites(db: &Connection, room: &str) -> Result<Vec<StoredInvite>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT id, hash, role, uses, expires FROM invites WHERE room = ? ORDER BY id")?;
    let mut rows = query.query([room])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let role = Role::from_word(&row.get::<_, String>(2)?);
        let role = role.ok_or_else(|| StoreError::Entry(format!("role of the invite {id}")))?;
        all.push(StoredInvite {
            hash: row.get(1)?,
            role,
            uses: row.get(3)?,
            expires: Timestamp(u64::try_from(row.get::<_, i64>(4)?).unwrap_or_default()),
            used_by: keys(db, "SELECT key FROM invited WHERE invite = ?", &id)?,
            id,
        });
    }
    Ok(all)
}

fn keys(db: &Connection, query: &str, of: &str) -> Result<BTreeSet<ParticipantId>, StoreError> {
    let mut query = db.prepare_cached(query)?;
    let words = query.query_map([of], |r| r.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let read = |key: &String| key.parse().map_err(|_| StoreError::Entry(format!("key {key} at the door")));
    words.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::{Millis, Recorded, Seq};
    use crate::store::{Batch, Entry, MeetingId, NewMeeting, NewRoom, Store};

    const ANA: ParticipantId = ParticipantId([1; 32]);

    fn batch(door: Vec<DoorChange>) -> Batch {
        Batch {
            room: "monday".into(),
            new_room: None,
            new_meeting: None,
            meeting: MeetingId("monday-1".into()),
            entries: Vec::new(),
            ended: None,
            door,
        }
    }

    async fn opened(store: &Store) {
        let event = crate::meeting::Event::Extended { by: Millis(1) };
        let recorded = Recorded { seq: Seq(1), at: Timestamp(1), by: None, event };
        let opening = Batch {
            new_room: Some(NewRoom { owner: ANA, created: Timestamp(1) }),
            new_meeting: Some(NewMeeting {
                id: MeetingId("monday-1".into()),
                number: 1,
                opened: Timestamp(1),
            }),
            entries: vec![Entry { recorded, cause: None }],
            ..batch(Vec::new())
        };
        store.commit(opening).await.unwrap();
    }

    #[tokio::test]
    async fn a_door_is_as_it_was_left() {
        let store = Store::in_memory().unwrap();
        opened(&store).await;
        let door = async || store.room("monday").await.unwrap().unwrap().door;
        assert_eq!(door().await, StoredDoor::default());
        let keys = Lock::Keys([ANA, ParticipantId([2; 32])].into());
        for lock in [Lock::Passcode { salt: [7; 16], hash: [8; 32] }, keys, Lock::Invite, Lock::Open] {
            store.commit(batch(vec![DoorChange::Lock(lock.clone())])).await.unwrap();
            assert_eq!(door().await.lock, lock);
        }
        let invite = StoredInvite {
            id: "01A".into(),
            hash: [9; 32],
            role: Role::Speaker,
            uses: 3,
            expires: Timestamp(5),
            used_by: BTreeSet::new(),
        };
        let used = DoorChange::Used { invite: "01A".into(), participant: ANA };
        store.commit(batch(vec![DoorChange::Invited(invite.clone()), used.clone(), used])).await.unwrap();
        assert_eq!(door().await.invites, [StoredInvite { used_by: [ANA].into(), ..invite }]);
        store.commit(batch(vec![DoorChange::Revoked { invite: "01A".into() }])).await.unwrap();
        assert_eq!(door().await.invites, []);
        assert_eq!(door().await.recordings, Audience::Members);
        for audience in [Audience::Public, Audience::Hosts] {
            store.commit(batch(vec![DoorChange::Recordings(audience)])).await.unwrap();
            assert_eq!(store.door("monday").await.unwrap().unwrap().recordings, audience);
        }
    }
}
