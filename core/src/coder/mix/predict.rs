//! Predictions of a decision, and how they are mixed.

use super::logistic::{squash, stretch};
use super::tree::{Node, Table, Tree};
use crate::coder::{Contexts, Ctx, HISTORIES};

/// log2 of the number of trees by history.
const TABLE_BITS: u32 = 14;

/// Predictions that are mixed: by the context alone, by each history, by the context again in
/// proportion to its certainty, and a constant.
const INPUTS: usize = HISTORIES + 3;
const CERTAIN: usize = INPUTS - 2;
const CONSTANT: usize = INPUTS - 1;

/// Weights of the inputs, 16 bits after the point.
type Weights = [i32; INPUTS];

/// No weight leaves this range, so no sum overflows.
const MAX_WEIGHT: i32 = 1 << 22;

/// Weights are the sum of two sets: one by depth and how often the context and two of its histories
/// were seen, one by depth and the context itself.
const SETS: usize = 4 * 4 * 4 * 4;
const OWN_SETS: usize = 1024;
/// The sets of symbols whose histories the caller tells.
const TOLD: usize = SETS;

/// Weights at first. What a context says by itself counts for more where fewer of its histories were seen.
static FIRST_WEIGHTS: [Weights; 2 * SETS] = {
    let told = [30_000, 12_000, 12_000, 12_000, 12_000, 12_000, 12_000, 0, 0];
    let mut weights = [told; 2 * SETS];
    let mut set = 0;
    while set < TOLD {
        let seen = ((set >> 2 & 3) > 0) as usize + ((set & 3) > 0) as usize;
        weights[set] = [[60_000, 40_000, 30_000][seen], 12_000, 12_000, 12_000, 6_000, 6_000, 6_000, 0, 0];
        set += 1;
    }
    weights
};

/// How fast weights move.
const RATE: i32 = 6;

/// What level 9 keeps beside the contexts' trees.
#[derive(Debug)]
pub(crate) struct Mixing {
    table: Table,
    weights: Vec<Weights>,
    own_weights: Vec<Weights>,
}

impl Mixing {
    pub(crate) fn new() -> Self {
        Mixing {
            table: Table::new(TABLE_BITS),
            weights: FIRST_WEIGHTS.to_vec(),
            own_weights: vec![[0; INPUTS]; OWN_SETS],
        }
    }

    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.weights.copy_from_slice(&FIRST_WEIGHTS);
        self.own_weights.fill([0; INPUTS]);
    }

    /// Half the bytes held: what does not grow needs no room to double, which limits allow for.
    pub(crate) fn weight(&self) -> usize {
        let sets = self.weights.len() + self.own_weights.len();
        (self.table.trees.len() * size_of::<Tree>() + sets * size_of::<Weights>()) / 2
    }

    /// The predictors of a symbol in the context `ctx`.
    #[inline(always)]
    fn predictors<'a>(
        &'a mut self,
        own: &'a mut Tree,
        ctx: Ctx,
        histories: [u64; HISTORIES],
        sets: usize,
    ) -> Predictors<'a> {
        let places = histories.map(|hash| self.table.place(hash));
        let own_sets = ctx.number() as usize * 4 % OWN_SETS;
        Predictors {
            own,
            table: &mut self.table.trees,
            places,
            weights: &mut self.weights[sets..sets + SETS],
            own_weights: &mut self.own_weights[own_sets..own_sets + 4],
        }
    }
}

/// The last symbols with their contexts, as hashes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Past {
    one: u64,
    two: u64,
    three: u64,
}

impl Past {
    #[inline(always)]
    fn add(&mut self, ctx: Ctx, symbol: u32) {
        let new = ctx.number() as u64 | (symbol as u64 + 1) << 40;
        *self = Past { one: mix(new, 0), two: mix(self.one, new), three: mix(self.two, new) };
    }
}

#[inline(always)]
fn mix(a: u64, b: u64) -> u64 {
    let x = (a ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// The predictions for one symbol.
struct Predictors<'a> {
    own: &'a mut Tree,
    table: &'a mut [Tree],
    places: [usize; HISTORIES],
    weights: &'a mut [Weights],
    own_weights: &'a mut [Weights],
}

/// A prediction and what it was made of.
struct Prediction {
    inputs: [i32; INPUTS],
    set: usize,
    depth: usize,
    /// Of a one bit, 12 bits.
    p: i32,
}

impl Prediction {
    /// What the arithmetic coder takes: 16 bits, never zero or one.
    #[inline(always)]
    fn coded(&self) -> u32 {
        (self.p as u32 * 16 + 8).clamp(24, 65_512)
    }
}

impl Predictors<'_> {
    #[inline(always)]
    fn code(&mut self, symbol: u32, mut code: impl FnMut(u32, u32) -> u32) -> u32 {
        let mut node = 1;
        for depth in 0..4 {
            let prediction = self.predict(node, depth);
            let bit = code(prediction.coded(), symbol >> (3 - depth) & 1) & 1;
            self.learn(node, &prediction, bit);
            node = node << 1 | bit as usize;
        }
        node as u32 & 15
    }

    #[inline(always)]
    fn predict(&self, node: usize, depth: usize) -> Prediction {
        let own = self.own.0[node & 15];
        let mut inputs = [0; INPUTS];
        inputs[0] = stretch(own.probability());
        let mut seen = [0; HISTORIES];
        for i in 0..HISTORIES {
            let told = self.table[self.places[i]].0[node & 15];
            inputs[1 + i] = stretch(told.probability());
            seen[i] = told.count();
        }
        inputs[CERTAIN] = (own.probability() - 2048) * own.count() as i32 / 24;
        inputs[CONSTANT] = 256;
        let class = |count: u32| (count > 0) as usize + (count > 2) as usize + (count > 10) as usize;
        let set = depth << 6 | class(own.count()) << 4 | class(seen[1]) << 2 | class(seen[2]);
        let (weights, own_weights) = (&self.weights[set], &self.own_weights[depth]);
        let sum: i64 = (0..INPUTS).map(|i| inputs[i] as i64 * (weights[i] + own_weights[i]) as i64).sum();
        Prediction { inputs, set, depth, p: squash((sum >> 16).clamp(-2047, 2047) as i32) }
    }

    #[inline(always)]
    fn learn(&mut self, node: usize, prediction: &Prediction, bit: u32) {
        let error = (((bit as i32) << 12) - prediction.p) * RATE;
        for weights in [&mut self.weights[prediction.set], &mut self.own_weights[prediction.depth]] {
            for (weight, input) in weights.iter_mut().zip(prediction.inputs) {
                *weight = (*weight + ((input * error + 0x2000) >> 14)).clamp(-MAX_WEIGHT, MAX_WEIGHT);
            }
        }
        self.own.0[node & 15].adapt(bit);
        for place in self.places {
            self.table[place].0[node & 15].adapt(bit);
        }
    }
}

/// Codes a symbol by `code`, which codes one bit of a probability. Its histories: the last one, two
/// and three symbols, the last one and two in the same context, and the last one of either kind.
#[inline(always)]
pub(super) fn symbol(
    contexts: &mut Contexts,
    past: &mut Past,
    ctx: Ctx,
    symbol: u32,
    code: impl FnMut(u32, u32) -> u32,
) -> u32 {
    let (Some(tree), Some(mixing)) = contexts.mixed(ctx) else {
        return 0;
    };
    let same = tree.0[0].0 as u64;
    let context = mix(ctx.number() as u64 + 1, 0);
    let histories = [
        past.one,
        past.two ^ 0x5555,
        past.three ^ 0x7777,
        same & 15 | 1 << 20,
        same & 255 | 2 << 20,
        past.one ^ (same & 15 | 3 << 20) << 32,
    ];
    let mut predictors = mixing.predictors(tree, ctx, histories.map(|history| mix(context, history)), 0);
    let symbol = predictors.code(symbol, code);
    tree.0[0] = Node((same << 4 | symbol as u64) as u16);
    past.add(ctx, symbol);
    symbol
}

/// The same with histories that the caller tells.
#[inline(always)]
pub(super) fn told_symbol(
    contexts: &mut Contexts,
    ctx: Ctx,
    histories: &[u64; HISTORIES],
    symbol: u32,
    code: impl FnMut(u32, u32) -> u32,
) -> u32 {
    let (Some(tree), Some(mixing)) = contexts.mixed(ctx) else {
        return 0;
    };
    mixing.predictors(tree, ctx, *histories, TOLD).code(symbol, code)
}
