//! What stands at the masks of a pattern: a value that was seen before, by where, or a new one.

use super::super::index::{Cache, Index};
use super::super::keys::NONE;
use super::super::strings::StringTable;
use super::super::text::KIND_VALUE;
use super::super::value::{NumberState, decode, put_uuid, uuid_of};
use super::super::{Model, weight};
use super::mask::Variable;
use super::time;
use super::{ADDRESS, ALNUM, BEFORE, DECIMAL, HEX, PADDED, Part, SPAN_ID, TIME, TRACE_ID, UUID, UUID4, hash_site};
use crate::coder::{Coder, Contexts, Ctx, Number, Signed};
use crate::key_stats::Coding;
use crate::restore::{Tracked, restore};

/// Where a value comes from: the site's last; the one that came after the value before it the last time;
/// the last at this site in the trace; the last of its kind in the trace; one that was used longer ago;
/// a new one; from here on, the one used so many uses ago.
const LAST: u32 = 0;
const AFTER: u32 = 1;
const IN_TRACE: u32 = 2;
const KIND_IN_TRACE: u32 = 3;
const FAR: u32 = 4;
const NEW: u32 = 5;
const NEAR: u32 = 6;
const NEAREST: u32 = 16 - NEAR;

/// Uses that are remembered of each kind.
const USES: usize = 4096;
/// Kinds of variable, and the first of them.
const KINDS: usize = (TIME - TRACE_ID) as usize + 1;

/// log2 of the entries of the cache.
const CACHE_BITS: u32 = 12;

/// Marks a trace, and a kind, among what a cache is asked for.
const MARK: u32 = 1 << 31;

/// Where variables stand.
#[derive(Clone, Copy, Debug)]
struct Site {
    key: u32,
    kind: u8,
    before: [u8; BEFORE],
    len: u8,
    /// Its value last.
    last: u32,
    /// A time's distance from the span or event.
    offset: i64,
    used: bool,
    source: Option<Ctx>,
    steps: Option<Signed>,
    number: NumberState,
}

/// Values of one kind as they were used.
#[derive(Debug, Default)]
struct Uses {
    values: Tracked<u32>,
    count: usize,
}

#[derive(Debug)]
pub(super) struct Variables {
    sites: Tracked<Site>,
    index: Index,
    /// Every distinct value once, by kind.
    values: StringTable,
    /// Of each value, when it was used last.
    used: Tracked<u32>,
    uses: [Uses; KINDS],
    cache: Cache,
    address: NumberState,
    roots: Roots,
}

restore!(Uses { values; copy count });
restore!(Variables { sites, index, values, used, uses, cache; copy address, roots });

/// Contexts that those of the sites begin as copies of, and those that all share.
#[derive(Clone, Copy, Debug)]
struct Roots {
    /// By kind.
    source: Ctx,
    far: Number,
    digits: Number,
    steps: Signed,
    difference: Signed,
    plain: Signed,
}

impl Roots {
    fn new(contexts: &mut Contexts) -> Self {
        Roots {
            source: contexts.block(KINDS),
            far: Number::new(contexts),
            digits: Number::new(contexts),
            steps: Signed::new(contexts),
            difference: Signed::new(contexts),
            plain: Signed::new(contexts),
        }
    }
}

impl Variables {
    pub(super) fn new(contexts: &mut Contexts) -> Self {
        Variables {
            sites: Tracked::default(),
            index: Index::default(),
            values: StringTable::new(usize::MAX),
            used: Tracked::default(),
            uses: Default::default(),
            cache: Cache::new(CACHE_BITS),
            address: NumberState::default(),
            roots: Roots::new(contexts),
        }
    }

    pub(super) fn clear(&mut self, contexts: &mut Contexts) {
        self.sites.clear();
        self.index.clear();
        self.values.clear();
        self.used.clear();
        self.uses.iter_mut().for_each(Uses::clear);
        self.cache.clear();
        self.address = NumberState::default();
        self.roots = Roots::new(contexts);
    }

    pub(super) fn weight(&self) -> usize {
        self.sites.len() * weight::SITE + self.values.weight() + self.cache.weight()
    }

    /// How many sites there are.
    pub(super) fn sites(&self) -> usize {
        self.sites.len()
    }

    /// The site of a variable that has these bytes before it; at most [`BEFORE`].
    pub(super) fn site(&mut self, key: u32, kind: u8, before: &[u8]) -> u32 {
        let hash = hash_site(key, kind, before);
        let same = |site: &Site| site.key == key && site.kind == kind && site.before[..site.len as usize] == *before;
        if let Some(site) = self.index.find(hash, |site| same(&self.sites[site as usize])) {
            return site;
        }
        self.index.add(hash);
        let mut bytes = [0; BEFORE];
        bytes[..before.len()].copy_from_slice(before);
        self.sites.push(Site {
            key,
            kind,
            before: bytes,
            len: before.len() as u8,
            last: NONE,
            offset: 0,
            used: false,
            source: None,
            steps: None,
            number: NumberState::default(),
        });
        self.sites.len() as u32 - 1
    }

    /// The value that `source` names.
    fn candidate(&self, source: u32, part: Part, before: u32, trace: u32) -> Option<u32> {
        let value = match source {
            LAST => self.sites[part.site as usize].last,
            AFTER if before != NONE => self.cache.get(part.site, before)?,
            IN_TRACE if trace != NONE => self.cache.get(part.site, trace | MARK)?,
            KIND_IN_TRACE if trace != NONE => self.cache.get(part.kind as u32 | MARK, trace | MARK)?,
            NEAR.. => return self.uses_of(part.kind).back((source - NEAR) as usize),
            _ => NONE,
        };
        (value != NONE).then_some(value)
    }

    fn uses_of(&self, kind: u8) -> &Uses {
        &self.uses[(kind - TRACE_ID) as usize]
    }

    /// Encoder: where the value comes from, and how many uses ago it was used.
    fn source_of(&self, value: Option<u32>, part: Part, before: u32, trace: u32, len: usize) -> (u32, usize) {
        let Some(value) = value else {
            return (NEW, 0);
        };
        let known = [LAST, AFTER, IN_TRACE, KIND_IN_TRACE];
        if let Some(source) = known.into_iter().find(|s| self.candidate(*s, part, before, trace) == Some(value)) {
            return (source, 0);
        }
        let uses = self.uses_of(part.kind);
        let back = uses.count - 1 - self.used[value as usize] as usize;
        match back {
            _ if back < NEAREST as usize => (NEAR + back as u32, back),
            _ if back < USES && (len >= 6 || part.kind == ALNUM) => (FAR, back),
            _ => (NEW, 0),
        }
    }

    /// Learns that `value` was used.
    fn learn(&mut self, value: u32, part: Part, before: &mut u32, trace: u32) {
        if *before != NONE {
            self.cache.set(part.site, *before, value);
        }
        if trace != NONE {
            self.cache.set(part.site, trace | MARK, value);
            self.cache.set(part.kind as u32 | MARK, trace | MARK, value);
        }
        self.sites[part.site as usize].last = value;
        let uses = &mut self.uses[(part.kind - TRACE_ID) as usize];
        if uses.back(0) != Some(value) {
            uses.add(value);
        }
        if self.used.len() <= value as usize {
            self.used.resize(value as usize + 1, 0);
        }
        self.used[value as usize] = (uses.count - 1) as u32;
        *before = value;
    }
}

impl Uses {
    fn clear(&mut self) {
        self.values.clear();
        self.count = 0;
    }

    fn add(&mut self, value: u32) {
        match self.values.get_mut(self.count % USES) {
            Some(oldest) => *oldest = value,
            None => self.values.push(value),
        }
        self.count += 1;
    }

    /// The value used `back` uses before the last.
    fn back(&self, back: usize) -> Option<u32> {
        (back < self.values.len()).then(|| self.values[(self.count - 1 - back) % USES])
    }
}

/// What statistics call a new value of this kind.
fn coding_of(kind: u8) -> Coding {
    match kind {
        UUID | UUID4 => Coding::Uuid,
        HEX | ADDRESS => Coding::Hex,
        DECIMAL | PADDED => Coding::Decimal,
        _ => Coding::Text,
    }
}

impl Model {
    /// Codes the variable at `part`; an encoder's is the one with this number in its mask.
    pub(super) fn variable<C: Coder>(
        &mut self,
        c: &mut C,
        part: Part,
        number: usize,
        before: &mut u32,
        string: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let found = if C::ENCODES { self.patterns.mask.variables.get(number).copied() } else { None };
        match part.kind {
            TRACE_ID | SPAN_ID => {
                c.account(|ledger| ledger.coded_as(Coding::OwnId));
                let own = if part.kind == TRACE_ID { &self.own.trace } else { &self.own.span };
                if !C::ENCODES {
                    out.extend_from_slice(own);
                }
                // An id that is not known yet has no text.
                (!own.is_empty()).then_some(())
            }
            TIME => self.time(c, part, found, out),
            _ => {
                let text = found.map_or(&[][..], |found| &string[found.start as usize..found.end as usize]);
                let value = self.variable_value(c, part, *before, text, found.map_or(0, |found| found.number))?;
                let trace = self.trace;
                let variables = &mut self.patterns.variables;
                variables.learn(value, part, before, trace);
                if !C::ENCODES {
                    out.extend_from_slice(variables.values.get(value));
                }
                Some(())
            }
        }
    }

    /// Codes a time as a number of steps from the span or event, less what that was the last time.
    #[inline(never)]
    fn time<C: Coder>(&mut self, c: &mut C, part: Part, found: Option<Variable>, out: &mut Vec<u8>) -> Option<()> {
        let unit = time::unit(part.param)?;
        let from = self.moment().div_euclid(unit);
        let Variables { sites, roots, .. } = &mut self.patterns.variables;
        let site = &mut sites[part.site as usize];
        let from = from.wrapping_add(site.offset);
        let steps = found.map_or(0, |found| found.number.div_euclid(unit));
        let signed = forked(c, &mut site.used, &mut site.steps, roots.steps, Signed::fork);
        let difference = signed.code(c, steps.wrapping_sub(from));
        let steps = from.wrapping_add(difference);
        site.offset = site.offset.wrapping_add(difference);
        if C::ENCODES { Some(()) } else { time::write(part.param, steps, out) }
    }

    /// Codes the value of a variable.
    fn variable_value<C: Coder>(
        &mut self,
        c: &mut C,
        part: Part,
        before: u32,
        text: &[u8],
        number: i64,
    ) -> Option<u32> {
        let trace = self.trace;
        let variables = &mut self.patterns.variables;
        let wanted = if C::ENCODES { variables.values.find(part.kind as u32, text) } else { None };
        let (source, back) =
            if C::ENCODES { variables.source_of(wanted, part, before, trace, text.len()) } else { (NEW, 0) };
        let root = variables.roots.source.at((part.kind - TRACE_ID) as u32);
        let site = &mut variables.sites[part.site as usize];
        let ctx = forked(c, &mut site.used, &mut site.source, root, |root, contexts| contexts.fork(root));
        let source = c.symbol(ctx, source);
        c.account(|ledger| ledger.coded_as(if source == NEW { coding_of(part.kind) } else { Coding::Seen }));
        match source {
            NEW => {
                let at = self.scratch_value.len();
                self.new_variable(c, part, text, number)?;
                let variables = &mut self.patterns.variables;
                let kind = part.kind as u32;
                let value = if C::ENCODES { text } else { &self.scratch_value[at..] };
                let known = if C::ENCODES { wanted } else { variables.values.find(kind, value) };
                let id = match known {
                    Some(id) => id,
                    None => {
                        self.room = self.room.checked_sub(value.len() + weight::VALUE)?;
                        variables.values.add(kind, value)
                    }
                };
                self.scratch_value.truncate(at);
                Some(id)
            }
            FAR => {
                let back = variables.roots.far.code(c, back as u64);
                variables.uses_of(part.kind).back(usize::try_from(back).ok()?)
            }
            source => variables.candidate(source, part, before, trace),
        }
    }

    /// Codes a value that was not seen; a decoder appends it to the scratch.
    #[inline(never)]
    fn new_variable<C: Coder>(&mut self, c: &mut C, part: Part, text: &[u8], number: i64) -> Option<()> {
        let out = &mut self.scratch_value;
        let Variables { sites, roots, address, .. } = &mut self.patterns.variables;
        let site = &mut sites[part.site as usize];
        let deltas = self.config.deltas;
        match part.kind {
            UUID4 => {
                let [high, low] = uuid_of(text).unwrap_or_default();
                let high = c.bits(high >> 16, 48) << 16 | 4 << 12 | c.bits(high, 12);
                let low = 2 << 62 | c.bits(low, 62);
                decode::<C>(out, |out| put_uuid([high, low], out));
            }
            UUID => {
                let halves = uuid_of(text).unwrap_or_default().map(|half| c.word(half));
                decode::<C>(out, |out| put_uuid(halves, out));
            }
            HEX => {
                let len = usize::try_from(roots.digits.code(c, text.len() as u64)).ok()?;
                self.room = self.room.checked_sub(len)?;
                let mut digits = text.iter();
                for _ in 0..len {
                    let digit = digits.next().map_or(0, |digit| (digit & 15) + (digit >> 6) * 9);
                    let digit = c.bits(digit as u64, 4) as usize;
                    decode::<C>(out, |out| out.push(b"0123456789abcdef"[digit & 15]));
                    if c.overrun() {
                        return None;
                    }
                }
            }
            DECIMAL | PADDED => {
                let number = site.number.code_sparing(c, (roots.difference, roots.plain), deltas, number);
                let width = part.param as usize;
                decode::<C>(out, |out| out.extend_from_slice(format!("{number:0width$}").as_bytes()));
            }
            ADDRESS => {
                let number = address.code_sparing(c, (roots.difference, roots.plain), deltas, number);
                decode::<C>(out, |out| out.extend_from_slice(format!("{number:#x}").as_bytes()));
            }
            _ => {
                let at = self.history.len();
                self.text.code(c, self.history.grow(), KIND_VALUE, None, text, self.room)?;
                self.room = self.room.checked_sub(self.history.len() - at)?;
                decode::<C>(out, |out| out.extend_from_slice(&self.history[at..]));
            }
        }
        Some(())
    }
}

/// The site's own contexts: the first time it is `root`, the second time a fork of it.
fn forked<C: Coder, T: Copy>(
    c: &mut C,
    used: &mut bool,
    own: &mut Option<T>,
    root: T,
    fork: impl FnOnce(T, &mut Contexts) -> T,
) -> T {
    if !std::mem::replace(used, true) {
        return root;
    }
    *own.get_or_insert_with(|| fork(root, c.contexts()))
}
