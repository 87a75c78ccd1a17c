//! What lies in the database's pages between the rows, and is none of them: copies that SQLite left when it moved rows from page
//! to page. `secure_delete` zeroes what is deleted, and not what was moved before.
//!
//! Every byte that belongs to nothing is made zero, by the file format (<https://sqlite.org/fileformat2.html>): in a page of a
//! tree what is neither header, cell pointer nor cell, behind the end of a long row, and all of a free page. It goes through
//! `sqlite_dbpage`, and so through the write-ahead log as any other change does.

use std::collections::HashSet;
use std::ops::Range;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, params};

use super::StoreError;

/// Bytes of the header of a page of a tree, without the pointer that an interior page has more.
const HEADER: usize = 8;

/// Bytes before the header of page 1.
const FILE_HEADER: usize = 100;

/// Where the file's header says how many bytes of a page are not SQLite's, and which page the free ones begin at.
const RESERVED_AT: usize = 20;
const FREE_AT: usize = 32;

/// Bytes of a page number.
const NUMBER: usize = 4;

/// Bytes that a cell takes at least.
const SMALLEST_CELL: usize = 4;

/// Zeroes what belongs to nothing in these pages, all or nothing; those that are not there are left out.
pub(super) fn wipe(db: &Connection, pages: impl IntoIterator<Item = u32>) -> Result<(), StoreError> {
    let tx = db.unchecked_transaction()?;
    Wiper::new(&tx)?.wipe(pages)?;
    Ok(tx.commit()?)
}

/// How many pages there are.
pub(super) fn pages(db: &Connection) -> Result<u32, StoreError> {
    Ok(db.query_row("PRAGMA page_count", [], |row| row.get(0))?)
}

struct Wiper<'a> {
    read: CachedStatement<'a>,
    write: CachedStatement<'a>,
    /// Bytes of a page that are SQLite's.
    usable: usize,
    /// Pages in the file.
    pages: u32,
    /// Pages of the list of free ones, which hold numbers of others, and how many of them.
    trunks: Vec<(u32, usize)>,
    free: HashSet<u32>,
}

impl<'a> Wiper<'a> {
    fn new(db: &'a Connection) -> Result<Self, StoreError> {
        let pages = pages(db)?;
        let mut wiper = Self {
            read: db.prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?")?,
            write: db.prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")?,
            usable: 0,
            pages,
            trunks: Vec::new(),
            free: HashSet::new(),
        };
        let head = wiper.page(1)?;
        wiper.usable = head.len().saturating_sub(byte(&head, RESERVED_AT)?.into());
        let mut trunk = number(&head, FREE_AT)?;
        while trunk != 0 {
            let page = wiper.page(trunk)?;
            let count = number(&page, NUMBER)? as usize;
            for n in 0..count {
                wiper.free.insert(number(&page, (2 + n) * NUMBER)?);
            }
            if wiper.trunks.len() > pages as usize {
                return Err(damaged(trunk));
            }
            wiper.trunks.push((trunk, count));
            trunk = number(&page, 0)?;
        }
        Ok(wiper)
    }

    fn wipe(&mut self, pages: impl IntoIterator<Item = u32>) -> Result<(), StoreError> {
        for at in pages.into_iter().filter(|at| (1..=self.pages).contains(at)).collect::<Vec<_>>() {
            if self.free.contains(&at) {
                self.wipe_from(at, 0)?;
            } else if let Some((_, count)) = self.trunks.iter().find(|(trunk, _)| *trunk == at).copied() {
                self.wipe_from(at, (2 + count) * NUMBER)?;
            } else {
                self.wipe_tree_page(at)?;
            }
        }
        Ok(())
    }

    /// Wipes a page of a tree, and behind the ends of its long rows. A page of a long row begins with a page number, and none is so
    /// large that it looks like a page of a tree: that would be a file of 128 GiB.
    fn wipe_tree_page(&mut self, at: u32) -> Result<(), StoreError> {
        let page = self.page(at)?;
        let start = if at == 1 { FILE_HEADER } else { 0 };
        let Some(kind) = Kind::of(byte(&page, start)?) else { return Ok(()) };
        let mut used = Vec::new();
        let cells = usize::from(short(&page, start + 3)?);
        let pointers = start + HEADER + if kind.is_interior() { NUMBER } else { 0 };
        used.push(0..pointers + 2 * cells);
        let mut hole = usize::from(short(&page, start + 1)?);
        while hole != 0 {
            // What is free in between begins with where the next such piece is, and its own length.
            used.push(hole..hole + NUMBER);
            let next = usize::from(short(&page, hole)?);
            if next != 0 && next <= hole {
                return Err(damaged(at));
            }
            hole = next;
        }
        for n in 0..cells {
            let cell = usize::from(short(&page, pointers + 2 * n)?);
            let (end, rest) = kind.cell(&page, cell, self.usable).ok_or_else(|| damaged(at))?;
            used.push(cell..end.max(cell + SMALLEST_CELL));
            if let Some((first, bytes)) = rest {
                self.wipe_end(first, bytes)?;
            }
        }
        let unused = gaps(used, self.usable).ok_or_else(|| damaged(at))?;
        self.zero(at, page, &unused)
    }

    /// Wipes behind the end of a long row, of which so many bytes are in a chain of pages of their own.
    fn wipe_end(&mut self, first: u32, mut bytes: usize) -> Result<(), StoreError> {
        let (mut at, room) = (first, self.usable.saturating_sub(NUMBER));
        while bytes > room {
            at = number(&self.page(at)?, 0)?;
            bytes -= room;
        }
        self.wipe_from(at, NUMBER + bytes)
    }

    /// Wipes a page from a byte on.
    fn wipe_from(&mut self, at: u32, first: usize) -> Result<(), StoreError> {
        let (page, rest) = (self.page(at)?, first..self.usable);
        self.zero(at, page, std::slice::from_ref(&rest))
    }

    /// Makes these bytes of a page zero, if they are not.
    fn zero(&mut self, at: u32, mut page: Vec<u8>, ranges: &[Range<usize>]) -> Result<(), StoreError> {
        let mut is_dirty = false;
        for range in ranges {
            let bytes = page.get_mut(range.clone()).ok_or_else(|| damaged(at))?;
            // Not `any`, which looks at one byte after the other.
            if bytes.iter().fold(0, |all, byte| all | byte) != 0 {
                bytes.fill(0);
                is_dirty = true;
            }
        }
        if is_dirty {
            self.write.execute(params![at, page])?;
        }
        Ok(())
    }

    fn page(&mut self, at: u32) -> Result<Vec<u8>, StoreError> {
        self.read.query_row([at], |row| row.get(0)).optional()?.ok_or_else(|| damaged(at))
    }
}

/// A page of a tree, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    InteriorIndex,
    InteriorTable,
    LeafIndex,
    LeafTable,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        match byte {
            0x02 => Some(Self::InteriorIndex),
            0x05 => Some(Self::InteriorTable),
            0x0a => Some(Self::LeafIndex),
            0x0d => Some(Self::LeafTable),
            _ => None,
        }
    }

    fn is_interior(self) -> bool {
        matches!(self, Self::InteriorIndex | Self::InteriorTable)
    }

    /// Where a cell ends that begins at `at`, and what of it is in other pages: the first of them, and how many bytes.
    fn cell(self, page: &[u8], at: usize, usable: usize) -> Option<(usize, Option<(u32, usize)>)> {
        let mut at = at + if self.is_interior() { NUMBER } else { 0 };
        if self == Self::InteriorTable {
            return Some((varint(page, &mut at).map(|_| at)?, None));
        }
        let payload = usize::try_from(varint(page, &mut at)?).ok()?;
        if self == Self::LeafTable {
            varint(page, &mut at)?;
        }
        let most = match self {
            Self::LeafTable => usable - 35,
            _ => (usable - 12) * 64 / 255 - 23,
        };
        if payload <= most {
            return Some((at + payload, None));
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let fits = least + (payload - least) % (usable - NUMBER);
        let here = if fits <= most { fits } else { least };
        let first = number(page, at + here).ok()?;
        Some((at + here + NUMBER, Some((first, payload - here))))
    }
}

/// What lies between ranges up to `end`; `None` when one goes beyond it.
fn gaps(mut used: Vec<Range<usize>>, end: usize) -> Option<Vec<Range<usize>>> {
    used.sort_by_key(|range| range.start);
    let (mut gaps, mut at) = (Vec::new(), 0);
    for range in used {
        if range.start > at {
            gaps.push(at..range.start);
        }
        at = at.max(range.end);
    }
    if at < end {
        gaps.push(at..end);
    }
    (at <= end).then_some(gaps)
}

/// SQLite's integers of one to nine bytes.
fn varint(page: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0;
    for n in 0..9 {
        let byte = *page.get(*at)?;
        *at += 1;
        if n == 8 {
            return Some(value << 8 | u64::from(byte));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            break;
        }
    }
    Some(value)
}

fn byte(page: &[u8], at: usize) -> Result<u8, StoreError> {
    page.get(at).copied().ok_or_else(|| damaged(0))
}

fn short(page: &[u8], at: usize) -> Result<u16, StoreError> {
    let bytes = page.get(at..at + 2).and_then(|b| b.try_into().ok());
    bytes.map(u16::from_be_bytes).ok_or_else(|| damaged(0))
}

fn number(page: &[u8], at: usize) -> Result<u32, StoreError> {
    let bytes = page.get(at..at + NUMBER).and_then(|b| b.try_into().ok());
    bytes.map(u32::from_be_bytes).ok_or_else(|| damaged(0))
}

fn damaged(page: u32) -> StoreError {
    StoreError::Database(format!("page {page} of the database is damaged"))
}
