//! What frames that were read with metering were spent on: bits by column, and by key and coding.

use std::collections::BTreeMap;

use super::meter::{COLUMNS, Column};
use crate::key_stats::{CODINGS, Coding, CodingStats, KeyStats, preview};
use crate::stats::{ColumnBytes, DecompressionStats};
use crate::wire::attribute::{self, Form, KeyParts};
use crate::wire::otlp::{self, LEVELS, Level};

/// The account of a decompressor. What belongs to a frame counts once it has proved to be whole.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    // Of all frames that are done.
    original: u64,
    compressed: u64,
    spans: u64,
    done: Totals,
    rows: Vec<Row>,
    attributes: [BTreeMap<Vec<u8>, usize>; LEVELS],
    fields: BTreeMap<(u8, u32), usize>,
    // Of the frame at hand.
    now: Totals,
    column: Column,
    /// Values that are being read: the last one is within the one before.
    open: Vec<Open>,
    spent: f64,
    mark: f64,
    /// What each value that is not as predicted costs beside itself.
    portion: f64,
}

/// Bits by [`Column`]: all, and those outside of values; bits of random words among the ids.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    columns: [f64; COLUMNS],
    rest: [f64; COLUMNS],
    random_ids: f64,
}

/// One key: an attribute, or another field of a message.
#[derive(Debug)]
struct Row {
    level: Level,
    /// The tag of a field that is no attribute.
    tag: Option<u32>,
    name: Vec<u8>,
    done: [Tally; CODINGS],
    now: [Tally; CODINGS],
    dearest: (f64, String),
}

/// Values that were coded alike.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    values: u64,
    bits: f64,
    original: u64,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    row: usize,
    coding: Option<Coding>,
    bits: f64,
    /// Bytes of the values within this one, which count for their own keys.
    inner: usize,
}

impl Ledger {
    /// Forgets what a frame that was not whole has left.
    pub(crate) fn begin(&mut self) {
        self.now = Totals::default();
        self.rows.iter_mut().for_each(|row| row.now = Default::default());
        self.column = Column::default();
        self.open.clear();
        (self.spent, self.portion) = (0.0, 0.0);
    }

    /// Notes that the frame is whole: `compressed` bytes that became `original` with `spans`. What no symbol
    /// accounts for (header, lengths, what coders round up) is structure, and so is a stored frame.
    pub(crate) fn commit(&mut self, compressed: usize, original: usize, spans: u64) {
        self.original += original as u64;
        self.compressed += compressed as u64;
        self.spans += spans;
        let rounding = 8.0 * compressed as f64 - self.now.columns.iter().sum::<f64>();
        self.now.columns[Column::Structure as usize] += rounding;
        self.now.rest[Column::Structure as usize] += rounding;
        self.done.add(&self.now);
        for row in &mut self.rows {
            row.done.iter_mut().zip(&row.now).for_each(|(done, now)| done.add(*now));
        }
        self.begin();
    }

    pub(super) fn column(&mut self, column: Column) {
        self.column = column;
    }

    pub(super) fn spend(&mut self, bits: f64) {
        self.spent += bits;
        self.now.columns[self.column as usize] += bits;
        *self.payer() += bits;
    }

    /// Notes a word of eight bytes that nothing predicts.
    pub(super) fn spend_word(&mut self) {
        self.spend(64.0);
        if self.column == Column::Ids {
            self.now.random_ids += 64.0;
        }
    }

    /// Who pays for what is read: the innermost value, or nobody.
    fn payer(&mut self) -> &mut f64 {
        match self.open.last_mut() {
            Some(open) => &mut open.bits,
            None => &mut self.now.rest[self.column as usize],
        }
    }

    /// Remembers this place for [`Ledger::share`].
    pub(crate) fn mark(&mut self) {
        self.mark = self.spent;
    }

    /// What was spent since the mark says which values are not as predicted: they pay in equal parts.
    pub(crate) fn share(&mut self, among: u32) {
        if among > 0 {
            let bits = self.spent - self.mark;
            *self.payer() -= bits;
            self.portion = bits / among as f64;
        }
    }

    /// A value of this key begins.
    pub(crate) fn open(&mut self, level: Level, key: KeyParts<'_>) {
        let row = self.row(level, key);
        self.open.push(Open { row, coding: None, bits: 0.0, inner: 0 });
    }

    /// As [`Ledger::open`], of a value that is not as predicted.
    pub(crate) fn open_missing(&mut self, level: Level, key: KeyParts<'_>) {
        let row = self.row(level, key);
        self.open.push(Open { row, coding: None, bits: self.portion, inner: 0 });
    }

    /// How the value at hand is coded; of something within it this says nothing.
    pub(crate) fn coded_as(&mut self, coding: Coding) {
        if let Some(open) = self.open.last_mut() {
            open.coding.get_or_insert(coding);
        }
    }

    /// The value at hand is read: a field of these bytes.
    pub(crate) fn close(&mut self, field: &[u8]) {
        let Some(Open { row, coding, bits, inner }) = self.open.pop() else { return };
        let own = field.len().saturating_sub(inner);
        self.note(row, coding.unwrap_or(Coding::Empty), Tally { values: 1, bits, original: own as u64 }, field.len());
        let row = &mut self.rows[row];
        if bits > row.dearest.0 {
            row.dearest = (bits, preview(attribute::split(field, row.tag.is_none())));
        }
    }

    /// A value that is as predicted, in a field of `len` bytes.
    pub(crate) fn predicted(&mut self, level: Level, key: KeyParts<'_>, len: usize) {
        let row = self.row(level, key);
        self.note(row, Coding::Predicted, Tally { values: 1, bits: 0.0, original: len as u64 }, len);
    }

    fn note(&mut self, row: usize, coding: Coding, tally: Tally, len: usize) {
        self.rows[row].now[coding as usize].add(tally);
        if let Some(outer) = self.open.last_mut() {
            outer.inner += len;
        }
    }

    fn row(&mut self, level: Level, key: KeyParts<'_>) -> usize {
        let next = self.rows.len();
        let tag = matches!(key.form, Form::Plain | Form::Verbatim).then_some(key.tag);
        let row = match tag {
            Some(tag) => *self.fields.entry((level as u8, tag)).or_insert(next),
            None => match self.attributes[level as usize].get(key.name) {
                Some(row) => *row,
                None => *self.attributes[level as usize].entry(key.name.to_vec()).or_insert(next),
            },
        };
        if row == next {
            let (done, now) = Default::default();
            self.rows.push(Row { level, tag, name: key.name.to_vec(), done, now, dearest: (0.0, String::new()) });
        }
        row
    }

    /// All that was read so far.
    pub(crate) fn stats(&self) -> DecompressionStats {
        let mut keys: Vec<KeyStats> = self.rows.iter().map(Row::stats).filter(|key| key.values > 0).collect();
        keys.sort_by(|a, b| {
            b.bytes.total_cmp(&a.bytes).then_with(|| (a.place as u8, &a.key).cmp(&(b.place as u8, &b.key)))
        });
        DecompressionStats {
            original_size: self.original,
            compressed_size: self.compressed,
            span_count: self.spans,
            columns: ColumnBytes::of(self.done.columns.map(|bits| bits / 8.0)),
            rest: ColumnBytes::of(self.done.rest.map(|bits| bits / 8.0)),
            random_ids: self.done.random_ids / 8.0,
            keys,
        }
    }
}

impl Totals {
    fn add(&mut self, other: &Totals) {
        self.columns.iter_mut().zip(other.columns).for_each(|(sum, bits)| *sum += bits);
        self.rest.iter_mut().zip(other.rest).for_each(|(sum, bits)| *sum += bits);
        self.random_ids += other.random_ids;
    }
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.values += other.values;
        self.bits += other.bits;
        self.original += other.original;
    }
}

impl Row {
    fn stats(&self) -> KeyStats {
        let coding = |(coding, tally): (&Coding, &Tally)| CodingStats {
            coding: *coding,
            values: tally.values,
            bytes: tally.bits / 8.0,
            original_bytes: tally.original,
        };
        let mut codings: Vec<CodingStats> = Coding::ALL.iter().zip(&self.done).map(coding).collect();
        codings.retain(|coding| coding.values > 0);
        codings.sort_by(|a, b| b.bytes.total_cmp(&a.bytes));
        let name = match self.tag {
            Some(tag) => otlp::field_name(self.level, tag),
            None => String::from_utf8_lossy(&self.name).into_owned(),
        };
        KeyStats::new(self.level, name, self.tag.is_none(), codings, self.dearest.1.clone())
    }
}
