//! One of the things seen before at this place, or something new.
//!
//! A list holds its things in pages of fifteen; the sixteenth symbol of a page leads to the next page,
//! and that of the last page says "something else", which the caller then codes in full and adds.

use super::{Coder, Contexts, Ctx};
use crate::restore::{Tracked, restore};

/// Things on a page.
pub(crate) const PAGE: usize = 15;
const ESCAPE: u32 = 15;
/// Pages of a list. What comes after that replaces things of the last page in turn.
const PAGES: u32 = 4;
const NONE: u32 = u32::MAX;

/// Handle of a list in [`Choices`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice(u32);

/// A thing that lists hold.
pub(crate) trait Item: Copy + PartialEq + Default {
    /// What things mostly differ in.
    fn mark(self) -> u16;
}

impl Item for u32 {
    fn mark(self) -> u16 {
        self as u16
    }
}

#[derive(Clone, Copy, Debug)]
struct Page<T> {
    ctx: Ctx,
    items: [T; PAGE],
    /// Of each item.
    marks: [u16; PAGE + 1],
    len: u8,
    /// Number of this page in its list.
    depth: u8,
    /// Where the next thing goes once the last page is full.
    hand: u8,
    next: u32,
}

impl<T: Item> Page<T> {
    /// The place of `item`; [`ESCAPE`] if it is not on the page. Looks at all marks: at which one to stop could
    /// hardly be guessed.
    #[inline(always)]
    fn find(&self, item: T) -> u32 {
        let wanted = item.mark();
        let alike = self.marks.iter().enumerate().fold(0, |alike, (at, mark)| alike | ((*mark == wanted) as u16) << at);
        let mut alike = alike as u32 & !(u32::MAX << self.len);
        while alike != 0 {
            let at = alike.trailing_zeros();
            if self.items[at as usize] == item {
                return at;
            }
            alike &= alike - 1;
        }
        ESCAPE
    }

    fn put(&mut self, at: u8, item: T) {
        self.items[at as usize] = item;
        self.marks[at as usize] = item.mark();
    }
}

/// All lists of one kind of thing.
#[derive(Debug)]
pub(crate) struct Choices<T> {
    pages: Tracked<Page<T>>,
    /// What the contexts of the first pages of lists, and those of later pages, begin as copies of.
    roots: [Ctx; 2],
}

restore!(Choices<T> { pages; copy roots });

impl<T: Item> Choices<T> {
    /// No list.
    pub(crate) fn new(contexts: &mut Contexts) -> Self {
        let mut choices = Choices { pages: Tracked::default(), roots: [Ctx::NONE; 2] };
        choices.clear(contexts);
        choices
    }

    /// Forgets all lists; there have to be new roots before there is another one.
    pub(crate) fn forget(&mut self) {
        self.pages.clear();
    }

    pub(crate) fn clear(&mut self, contexts: &mut Contexts) {
        self.forget();
        let first = contexts.block(2);
        self.roots = [first, first.at(1)];
    }

    /// Pages of all lists.
    pub(crate) fn pages(&self) -> usize {
        self.pages.len()
    }

    /// A new, empty list.
    pub(crate) fn list(&mut self, contexts: &mut Contexts) -> Choice {
        self.page(contexts, 0)
    }

    fn page(&mut self, contexts: &mut Contexts, depth: u8) -> Choice {
        let (items, marks) = ([T::default(); PAGE], [0; PAGE + 1]);
        let ctx = contexts.fork(self.roots[(depth > 0) as usize]);
        let page = Page { ctx, items, marks, len: 0, depth, hand: 0, next: NONE };
        self.pages.push(page);
        Choice(self.pages.len() as u32 - 1)
    }

    /// The thing added first, for lists that hold just one.
    pub(crate) fn only(&self, list: Choice) -> Option<T> {
        let page = &self.pages[list.0 as usize];
        (page.len == 1).then_some(page.items[0])
    }

    /// The thing added first.
    pub(crate) fn first(&self, list: Choice) -> Option<T> {
        let page = &self.pages[list.0 as usize];
        (page.len > 0).then_some(page.items[0])
    }

    /// Whether one more thing would replace another.
    pub(crate) fn is_full(&self, list: Choice) -> bool {
        let mut page = &self.pages[list.0 as usize];
        while page.next != NONE {
            page = &self.pages[page.next as usize];
        }
        page.depth as u32 + 1 == PAGES && page.len as usize == PAGE
    }

    /// Whether `item` is on the list.
    pub(crate) fn contains(&self, list: Choice, item: T) -> bool {
        let mut at = list.0;
        while at != NONE {
            let page = &self.pages[at as usize];
            if page.find(item) != ESCAPE {
                return true;
            }
            at = page.next;
        }
        false
    }

    /// Codes `item`. Nothing comes back if it is not on the list.
    #[inline]
    pub(crate) fn code<C: Coder>(&self, c: &mut C, list: Choice, item: Option<T>) -> Option<T> {
        let mut at = list.0;
        loop {
            let page = &self.pages[at as usize];
            if page.len == 0 {
                return None;
            }
            let known = &page.items[..page.len as usize];
            let place = match item {
                Some(item) if C::ENCODES => page.find(item),
                _ => ESCAPE,
            };
            let place = c.symbol(page.ctx, place);
            if place != ESCAPE {
                // A place past the end can only come from a damaged frame: it counts as "something else".
                return known.get(place as usize).copied();
            }
            if page.next == NONE {
                return None;
            }
            at = page.next;
        }
    }

    /// Adds a thing that was not on the list.
    pub(crate) fn add(&mut self, contexts: &mut Contexts, list: Choice, item: T) {
        let mut at = list.0 as usize;
        while self.pages[at].next != NONE {
            at = self.pages[at].next as usize;
        }
        let page = &mut self.pages[at];
        if (page.len as usize) < PAGE {
            page.put(page.len, item);
            page.len += 1;
        } else if (page.depth as u32) + 1 < PAGES {
            let depth = page.depth + 1;
            let next = self.page(contexts, depth);
            self.pages[at].next = next.0;
            self.add(contexts, next, item);
        } else {
            page.put(page.hand, item);
            page.hand = (page.hand + 1) % PAGE as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Decoder, Encoder, EncoderBuffers, Reader};
    use super::*;

    fn run<C: Coder>(c: &mut C, items: &[u32]) -> Vec<u32> {
        let mut lists = Choices::new(c.contexts());
        let list = lists.list(c.contexts());
        let mut back = Vec::new();
        for &item in items {
            let known = lists.code(c, list, Some(item));
            let value = known.unwrap_or_else(|| c.bits(item as u64, 32) as u32);
            if known.is_none() {
                lists.add(c.contexts(), list, value);
            }
            back.push(value);
        }
        back
    }

    #[test]
    fn choices_come_back_when_pages_overflow() {
        let items: Vec<u32> = (0..5000u32).map(|i| (i * i) % 97).collect();
        let (mut contexts, mut buffers, mut symbols) = (Contexts::default(), EncoderBuffers::default(), Vec::new());
        let mut encoder = Encoder::new(&mut contexts, &mut buffers);
        run(&mut encoder, &items);
        let body = encoder.finish(&mut symbols);
        let mut contexts = Contexts::default();
        let mut decoder = Decoder::new(&mut contexts, body);
        assert_eq!(run(&mut decoder, &vec![0; items.len()]), items);
        assert_eq!(decoder.finished(), Some(0));
    }
}
