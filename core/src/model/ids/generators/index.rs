//! Where words of the sequence stand: chains by hash as in zlib's `deflate.c`, which need no removal.

/// Positions of the words lately inserted, at most `RING`, a power of two below 2^16.
#[derive(Clone, Debug)]
pub(super) struct Index<const RING: usize> {
    /// By hash, the lower bits of the position that came last.
    heads: Box<[u16; RING]>,
    /// By position, that of the one before with the same hash. What is left of older chains is told by
    /// distances that do not grow, or by its words.
    before: Box<[u16; RING]>,
    start: u64,
    end: u64,
}

impl<const RING: usize> Index<RING> {
    pub(super) fn new(start: u64) -> Self {
        Index { heads: Box::new([0; RING]), before: Box::new([0; RING]), start, end: start }
    }

    /// Inserts what is missing between two positions, less than `RING` apart; if it must begin anew, from
    /// `lowest` on.
    pub(super) fn extend(&mut self, start: u64, lowest: u64, end: u64, word: impl Fn(u64) -> u32) {
        let (inserted, from_start) = (self.end.wrapping_sub(self.start), start.wrapping_sub(self.start));
        if from_start > inserted {
            (self.start, self.end) = (lowest, lowest); // before everything that is known, or after a gap
        }
        let missing = end.wrapping_sub(self.end) as i64;
        for position in (0..missing).map(|distance| self.end.wrapping_add(distance as u64)) {
            let head = &mut self.heads[word(position) as usize % RING];
            self.before[position as usize % RING] = *head;
            *head = position as u16;
        }
        self.end = self.end.wrapping_add(missing.max(0) as u64);
        let oldest = self.end.wrapping_sub(RING as u64);
        if (oldest.wrapping_sub(self.start) as i64) > 0 {
            self.start = oldest;
        }
    }

    /// Positions at which `word` may stand, the last one first.
    pub(super) fn candidates(&self, word: u32) -> impl Iterator<Item = u64> {
        // The words are random (their sequence was recognised by its words), so any bits of them are a hash.
        let mut next = self.heads[word as usize % RING];
        let mut last = 0;
        std::iter::from_fn(move || {
            let distance = (self.end as u16).wrapping_sub(next);
            if distance <= last || distance as usize > RING {
                return None;
            }
            last = distance;
            let position = self.end.wrapping_sub(u64::from(distance));
            next = self.before[position as usize % RING];
            Some(position)
        })
    }
}
