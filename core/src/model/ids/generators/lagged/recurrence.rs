//! The recurrences, on words by their positions.
//!
//! Go: an additive lagged Fibonacci generator, x[i] = x[i-607] + x[i-273] (`math/rand/rng.go`; Mitchell and Reeds).
//! C++: MT19937-64, x[i] = x[i-156] ^ twist(x[i-312], x[i-311]) (Nishimura, "Tables of 64-bit Mersenne Twisters",
//! ACM TOMACS 10, 2000; `std::mt19937_64`), of which what comes out is temper(x[i]).

/// How ids are made of words. The order is that of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Of the 56 lowest bits, the lowest byte first: `Rand.Read`, by OpenTelemetry's SDK for Go before 1.38.
    GoBytes,
    /// Each of one word of 63 bits: `Rand.Int63`, by tracers for Go that come from Datadog's.
    GoWords,
    /// Each of one word, tempered: Jaeger's client for C++.
    Twister,
}

/// Bytes that a word gives to [`Form::GoBytes`].
pub(super) const BYTES: usize = 7;

const MATRIX: u64 = 0xb502_6f5a_a966_19e9;
/// The bits of x[i] that count, and those of x[i+1].
const TOP: u64 = 0xffff_ffff_8000_0000;
const REST: u64 = !TOP;

impl Form {
    /// Words from which all others follow: as far back as the recurrence goes.
    pub(super) const fn state(self) -> usize {
        match self {
            Form::GoBytes | Form::GoWords => 607,
            Form::Twister => 312,
        }
    }

    /// How far back the second word is that a word follows from: to a twister the first one's neighbour, else the
    /// first itself.
    pub(super) const fn second(self) -> usize {
        self.state() - matches!(self, Form::Twister) as usize
    }

    /// How far back the nearest is.
    pub(super) const fn nearer(self) -> usize {
        match self {
            Form::GoBytes | Form::GoWords => 273,
            Form::Twister => 156,
        }
    }

    /// The bits of a word.
    pub(super) const fn mask(self) -> u64 {
        match self {
            Form::GoBytes => u64::MAX >> 8,
            Form::GoWords => u64::MAX >> 1,
            Form::Twister => u64::MAX,
        }
    }

    /// Bytes of a word in a state.
    pub(super) const fn word_len(self) -> usize {
        if matches!(self, Form::GoBytes) { BYTES } else { 8 }
    }

    /// Positions that a span id takes.
    pub(super) const fn span(self) -> u64 {
        if matches!(self, Form::GoBytes) { 8 } else { 1 }
    }

    /// Positions that the trace id of a root takes before its span id.
    pub(super) const fn trace(self) -> u64 {
        if matches!(self, Form::GoBytes) { 16 } else { 0 }
    }

    /// The word that follows from those so far behind it.
    #[inline]
    pub(super) fn next(self, behind: impl Fn(usize) -> u64) -> u64 {
        let (first, nearer) = (behind(self.state()), behind(self.nearer()));
        match self {
            Form::GoBytes | Form::GoWords => first.wrapping_add(nearer) & self.mask(),
            Form::Twister => nearer ^ twist(first, behind(self.second())),
        }
    }

    /// The nearest of these, of the word that followed and the others.
    #[inline]
    pub(super) fn nearer_of(self, next: u64, behind: impl Fn(usize) -> u64) -> u64 {
        let first = behind(self.state());
        match self {
            Form::GoBytes | Form::GoWords => next.wrapping_sub(first) & self.mask(),
            Form::Twister => next ^ twist(first, behind(self.second())),
        }
    }

    /// The word at `position`, of later ones.
    #[inline]
    pub(super) fn before(self, word: impl Fn(u64) -> u64, position: u64) -> u64 {
        match self {
            Form::GoBytes | Form::GoWords => {
                let [next, nearer] = self.ahead(&word, position);
                next.wrapping_sub(nearer) & self.mask()
            }
            Form::Twister => self.untwisted(&word, position) & TOP | self.rest(&word, position),
        }
    }

    /// The first word of a state: the lower bits of a twister's are no part of it, but follow from the others.
    #[inline]
    pub(super) fn first(self, word: impl Fn(u64) -> u64) -> u64 {
        match self {
            Form::GoBytes | Form::GoWords => word(0),
            Form::Twister => word(0) & TOP | self.rest(&word, 0),
        }
    }

    /// The word that follows from the one at `position`, and the nearer one that it follows from.
    #[inline]
    fn ahead(self, word: impl Fn(u64) -> u64, position: u64) -> [u64; 2] {
        [self.state(), self.state() - self.nearer()].map(|distance| word(position.wrapping_add(distance as u64)))
    }

    /// The bits that count of the word at `position` and the next one.
    #[inline]
    fn untwisted(self, word: impl Fn(u64) -> u64, position: u64) -> u64 {
        let [next, nearer] = self.ahead(word, position);
        untwist(next ^ nearer)
    }

    /// The lower bits of the word at `position`, which count with the one before it.
    #[inline]
    fn rest(self, word: impl Fn(u64) -> u64, position: u64) -> u64 {
        self.untwisted(word, position.wrapping_sub(1)) & REST
    }

    /// The word of an id that one word makes.
    #[inline]
    pub(super) fn word_of(self, span: u64) -> u64 {
        if self == Form::Twister { untemper(span) } else { span }
    }

    /// The id that one word makes.
    #[inline]
    pub(super) fn span_of(self, word: u64) -> u64 {
        if self == Form::Twister { temper(word) } else { word }
    }
}

/// x[i+312] ^ x[i+156], of x[i] (its upper bits count) and x[i+1] (the lower 31).
#[inline]
fn twist(first: u64, second: u64) -> u64 {
    let y = first & TOP | second & REST;
    (y >> 1) ^ ((y & 1).wrapping_neg() & MATRIX)
}

/// The bits of both that count, of that.
#[inline]
fn untwist(twisted: u64) -> u64 {
    // The shift clears the top bit and the matrix has it set: it tells the bit that was shifted out.
    let odd = twisted >> 63;
    ((twisted ^ (odd.wrapping_neg() & MATRIX)) << 1) | odd
}

#[inline]
fn temper(mut word: u64) -> u64 {
    word ^= (word >> 29) & 0x5555_5555_5555_5555;
    word ^= (word << 17) & 0x71d6_7fff_eda6_0000;
    word ^= (word << 37) & 0xfff7_eee0_0000_0000;
    word ^ (word >> 43)
}

#[inline]
fn untemper(mut word: u64) -> u64 {
    word ^= word >> 43;
    word ^= (word << 37) & 0xfff7_eee0_0000_0000;
    // Each round makes 17 more of the lowest bits right, or 29 of the highest.
    let tempered = word;
    for _ in 0..3 {
        word = tempered ^ ((word << 17) & 0x71d6_7fff_eda6_0000);
    }
    let tempered = word;
    for _ in 0..2 {
        word = tempered ^ ((word >> 29) & 0x5555_5555_5555_5555);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let mut word = 1u64;
        for _ in 0..1000 {
            word = word.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x7f4a_7c15);
            let other = word.rotate_left(19);
            assert_eq!(untemper(temper(word)), word);
            assert_eq!(untwist(twist(word, other)), word & TOP | other & REST);
        }
    }

    /// The ten thousandth number of a new `std::mt19937_64`, as the C++ standard gives it.
    #[test]
    fn twists_as_the_standard_says() {
        let mut words: Vec<u64> = vec![5489];
        for i in 1..312 {
            let last = words[i - 1];
            words.push((last ^ last >> 62).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(i as u64));
        }
        for i in 312..312 + 10_000 {
            words.push(Form::Twister.next(|distance| words[i - distance]));
        }
        assert_eq!(Form::Twister.span_of(words[312 + 9_999]), 9_981_545_732_273_789_042);
        for i in (1..9_000).step_by(77) {
            // The lower bits of the first word are no part of the state.
            assert_eq!(Form::Twister.before(|at| words[at as usize], i), words[i as usize]);
        }
    }
}
