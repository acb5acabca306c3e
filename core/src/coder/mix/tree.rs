//! Symbols as trees of binary decisions.

use crate::coder::cdf::Cdf;

/// A probability of a one bit (upper 12 bits) and the number of times it was adapted (lower 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node(pub(super) u16);

const UNSEEN: Node = Node(1 << 15);

impl Node {
    #[inline(always)]
    pub(super) fn probability(self) -> i32 {
        (self.0 >> 4) as i32
    }

    #[inline(always)]
    pub(super) fn count(self) -> u32 {
        self.0 as u32 & 15
    }

    #[inline(always)]
    pub(super) fn adapt(&mut self, bit: u32) {
        let count = self.count();
        let p = self.probability();
        let target = if bit != 0 { 4095 } else { 0 };
        let p = p + (((target - p) * RATES[count as usize] + 0x8000) >> 16);
        self.0 = (p << 4) as u16 | (count as u16 + (count < 15) as u16);
    }
}

/// 65536 / (n + 1.3), and less where the count stays.
const RATES: [i32; 16] = {
    let mut table = [0; 16];
    let mut n = 0;
    while n < 15 {
        table[n] = (655_360 / (10 * n + 13)) as i32;
        n += 1;
    }
    table[15] = 65_536 / SLOWEST;
    table
};
const SLOWEST: i32 = 32;

/// The decisions of one symbol: node `i` has the children `2i` and `2i + 1`. Node 0 is not a decision:
/// in the tree of a context it holds the last symbols, in the table it says whose tree it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree(pub(super) [Node; 16]);

impl Tree {
    pub(crate) const NEW: Tree = {
        let mut nodes = [UNSEEN; 16];
        nodes[0] = Node(0);
        Tree(nodes)
    };

    /// What another tree has learnt, with at most `count` updates.
    pub(crate) fn limited(mut self, count: u32) -> Tree {
        for node in &mut self.0[1..] {
            node.0 = node.0 & !15 | node.count().min(count) as u16;
        }
        self
    }

    /// The same distribution as decisions.
    pub(crate) fn from_cdf(cdf: &Cdf, count: u32) -> Tree {
        let mut tree = Tree::NEW;
        let end = |symbol: u32| if symbol == 0 { 0 } else { cdf.end(symbol as usize - 1) as u64 };
        for i in 1..16u32 {
            let span = 16 >> i.ilog2();
            let first = (i << (4 - i.ilog2())) & 15;
            let (low, middle, high) = (end(first), end(first + span / 2), end(first + span));
            let p = (((high - middle) << 12) / (high - low).max(1)).clamp(8, 4088);
            tree.0[i as usize] = Node((p as u16) << 4 | count.min(15) as u16);
        }
        tree
    }
}

/// Trees by hash, each marked with the hash it is for.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) trees: Vec<Tree>,
    bits: u32,
    /// Part of every mark; another one forgets all trees.
    epoch: u8,
}

impl Table {
    pub(super) fn new(bits: u32) -> Self {
        Table { trees: vec![Tree::NEW; 1 << bits], bits, epoch: 1 }
    }

    pub(super) fn clear(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.trees.fill(Tree::NEW);
            self.epoch = 1;
        }
    }

    /// The place of the tree of a hash, which is made new if it was another's.
    #[inline(always)]
    pub(super) fn place(&mut self, hash: u64) -> usize {
        let place = (hash >> (64 - self.bits)) as usize;
        // The epoch is compared in full: what earlier frames left must never be found.
        let mark = Node((self.epoch as u16) << 8 | hash as u16 & 255);
        let tree = &mut self.trees[place];
        if tree.0[0] != mark {
            *tree = Tree::NEW;
            tree.0[0] = mark;
        }
        place
    }
}
