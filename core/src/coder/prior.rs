//! What contexts know at first.

use std::sync::OnceLock;

use super::cdf::{Cdf, Contexts, TOTAL};
use super::mix::Tree;

/// Count of updates that contexts which have learnt elsewhere start with.
const LOAD_COUNT: usize = 8;

/// What contexts know at first, by their numbers.
#[derive(Debug)]
pub(crate) struct Prior {
    pub(super) cdfs: Vec<Cdf>,
    /// The same for contexts that are mixed.
    trees: OnceLock<Vec<Tree>>,
}

impl Prior {
    /// Reads lines of a context's number, its age, and the ends of its symbols but for the last one; comments begin
    /// with `#`. Contexts that have no line know nothing.
    pub(crate) fn parse(lines: &str) -> Prior {
        let mut cdfs = Vec::new();
        for line in lines.lines().filter(|line| !line.starts_with('#')) {
            let mut numbers = line.split(',').map(|number| number.parse().unwrap_or(0));
            let (number, age) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
            let mut lanes = std::array::from_fn(|_| numbers.next().unwrap_or(0));
            lanes[15] = TOTAL + age;
            cdfs.resize(number as usize, Cdf::UNIFORM);
            cdfs.push(Cdf(lanes));
        }
        Prior { cdfs, trees: OnceLock::new() }
    }

    /// What these contexts, which are not mixed, have learnt; those that adopt it learn anew a little faster.
    pub(crate) fn learnt(contexts: Contexts) -> Prior {
        let mut cdfs = contexts.cdfs.to_vec();
        cdfs.iter_mut().for_each(|cdf| cdf.limit(LOAD_COUNT));
        Prior { cdfs, trees: OnceLock::new() }
    }

    pub(super) fn trees(&self) -> &[Tree] {
        self.trees.get_or_init(|| self.cdfs.iter().map(|cdf| Tree::from_cdf(cdf, cdf.count() as u32)).collect())
    }
}

/// How a prior is made.
#[cfg(test)]
pub(crate) mod fit {
    use super::super::cdf::{AGES, FORK_COUNT, PROB_BITS};
    use super::*;

    /// Contexts that know nothing but their numbers, which forks of them know too.
    pub(crate) fn tagged(count: u16) -> Prior {
        let tag = |number| {
            let mut lanes = [0; 16];
            (lanes[0], lanes[15]) = (number, TOTAL);
            Cdf(lanes)
        };
        Prior { cdfs: (0..count).map(tag).collect(), trees: OnceLock::new() }
    }

    /// The number of the context that this one comes from, unless it has not come from a tagged one.
    pub(crate) fn tag(Cdf(lanes): &Cdf) -> Option<u16> {
        (lanes[1] == 0).then_some(lanes[0])
    }

    /// Symbols that a context began with, and what they count for.
    #[derive(Debug)]
    pub(crate) struct Beginning {
        pub symbols: Vec<u8>,
        pub is_fork: bool,
        pub weight: f64,
    }

    /// Share of every symbol, whether it was seen or not.
    const LEAST: f64 = 0.005;

    /// The line of a context that has these beginnings; nothing if it had better know nothing.
    pub(crate) fn line(number: u16, beginnings: &[Beginning]) -> Option<String> {
        let mut shares = [0.0; 16];
        for Beginning { symbols, weight, .. } in beginnings {
            symbols.iter().for_each(|symbol| shares[*symbol as usize] += weight);
        }
        let total: f64 = shares.iter().sum();
        let (mut sum, mut lanes) = (0.0, [TOTAL; 16]);
        for i in 0..15 {
            sum += (shares[i] / total + LEAST) / (1.0 + 16.0 * LEAST);
            lanes[i] = (sum * TOTAL as f64) as u16;
        }
        let fitted = |count: usize| {
            let mut lanes = lanes;
            lanes[15] = TOTAL + AGES[count];
            Cdf(lanes)
        };
        let costs = (0..=16).map(|count| (cost(fitted(count), beginnings), count));
        let (best, count) = costs.min_by(|a, b| a.0.total_cmp(&b.0))?;
        if best >= cost(Cdf::UNIFORM, beginnings) {
            return None;
        }
        let Cdf(lanes) = fitted(count);
        let lanes: Vec<String> = [&[lanes[15] - TOTAL], &lanes[..15]].concat().iter().map(u16::to_string).collect();
        Some(format!("{number},{}\n", lanes.join(",")))
    }

    /// Bits that the beginnings take with such a context.
    fn cost(cdf: Cdf, beginnings: &[Beginning]) -> f64 {
        let cost = |beginning: &Beginning| {
            let mut cdf = cdf;
            if beginning.is_fork {
                cdf.limit(FORK_COUNT);
            }
            let bits = beginning.symbols.iter().map(|&symbol| {
                let (_, width) = cdf.interval(symbol as usize);
                cdf.adapt(symbol as usize);
                PROB_BITS as f64 - (width as f64).log2()
            });
            bits.sum::<f64>() * beginning.weight
        };
        beginnings.iter().map(cost).sum()
    }
}
