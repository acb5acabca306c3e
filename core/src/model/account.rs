//! What a decoder that meters is told of values: nothing here is part of the format.

use super::Model;
use super::keys::NONE;
use super::template::CHUNK;
use crate::coder::Ledger;
use crate::key_stats::Coding;
use crate::wire::otlp::Level;

impl Model {
    /// A value of `key` begins.
    pub(super) fn open_value(&self, ledger: &mut Ledger, key: u32) {
        ledger.open(self.keys.get(key).level, self.keys.parts(key));
    }

    /// A value in the slot begins that is not as predicted.
    pub(super) fn open_slot(&self, ledger: &mut Ledger, slot: u32) {
        let key = self.templates.slots[slot as usize].key;
        ledger.open_missing(self.keys.get(key).level, self.keys.parts(key));
    }

    /// The value is read: its number in the string table, and how it was coded unless that was said.
    pub(super) fn close_value(&self, ledger: &mut Ledger, coding: Option<Coding>, value: u32) {
        coding.into_iter().for_each(|coding| ledger.coded_as(coding));
        ledger.close(self.strings.get(value));
    }

    /// Those values of a chunk that do not miss are as predicted.
    pub(super) fn note_predicted(&self, ledger: &mut Ledger, shape: u32, chunk: usize, missing: u64) {
        let slots = self.templates.slots_of(shape).iter().skip(chunk * CHUNK).take(CHUNK);
        for (_, slot) in slots.enumerate().filter(|(bit, _)| missing >> bit & 1 == 0) {
            let slot = &self.templates.slots[*slot as usize];
            ledger.predicted(self.keys.get(slot.key).level, self.keys.parts(slot.key), slot.len as usize);
        }
    }

    /// A name that is one of those known begins.
    pub(super) fn open_name(&self, ledger: &mut Ledger, level: Level) {
        let key = self.name_keys[level as usize];
        // A damaged frame may name what has no name; what it has told does not count.
        if key != NONE {
            self.open_value(ledger, key);
        }
    }

    /// The name is read.
    pub(super) fn close_name(&self, ledger: &mut Ledger, name: u32) {
        self.close_value(ledger, Some(Coding::Known), name);
    }

    /// The name of a message, if it has one, comes with its template.
    pub(super) fn note_name(&self, ledger: &mut Ledger, level: Level, name: u32) {
        let key = self.name_keys[level as usize];
        if name != NONE && key != NONE {
            ledger.predicted(level, self.keys.parts(key), self.strings.get(name).len());
        }
    }

    /// The name of messages of a shape.
    pub(super) fn name_of(&self, shape: u32) -> u32 {
        self.templates.families[self.templates.shapes[shape as usize].family as usize].name
    }
}
