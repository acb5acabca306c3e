//! The order in which the spans of a process probably began, and so drew their ids.

use crate::model::keys::NONE;

/// Puts spans, given as they are exported, in order: by start; where clocks are too coarse to tell, a
/// parent before its children, and whole subtrees after each other, first the one that has the span exported first.
///
/// `parents` are asked for only if they matter: which of the spans each one's parent is, [`NONE`] if none of them.
pub(super) fn by_begin<P: AsRef<[u32]>>(starts: &[i64], parents: impl Fn() -> P) -> Vec<u32> {
    // To look at the starts where they are costs more than to move them along.
    let mut sorted: Vec<(i64, u32)> = starts.iter().copied().zip(0..).collect();
    sorted.sort_by_key(|(start, _)| *start);
    let mut order: Vec<u32> = sorted.iter().map(|(_, at)| *at).collect();
    let mut tree = None;
    let mut rest = &mut order[..];
    for same in sorted.chunk_by(|one, next| one.0 == next.0) {
        let (tied, later) = rest.split_at_mut(same.len());
        if tied.len() > 1 {
            tree.get_or_insert_with(|| Tree::new(parents())).sort(starts, tied);
        }
        rest = later;
    }
    order
}

/// Spans that began at the same time. All vectors have an entry for each span, but for the last two.
struct Tree<P> {
    parents: P,
    /// The place of the span of the subtree that was exported first.
    first: Vec<u32>,
    /// Children of the same parent are chained.
    child: Vec<u32>,
    sibling: Vec<u32>,
    done: Vec<bool>,
    stack: Vec<u32>,
    by_first: Vec<u32>,
}

/// Ancestors that are looked up for one span.
const DEEP: usize = 256;

impl<P: AsRef<[u32]>> Tree<P> {
    fn new(parents: P) -> Self {
        let len = parents.as_ref().len();
        Tree {
            parents,
            first: (0..len as u32).collect(),
            child: vec![NONE; len],
            sibling: vec![NONE; len],
            done: vec![false; len],
            stack: Vec::new(),
            by_first: Vec::new(),
        }
    }

    /// Sorts spans with the same start, which come in the order of their export.
    fn sort(&mut self, starts: &[i64], tied: &mut [u32]) {
        let start = starts[tied[0] as usize];
        let parents = self.parents.as_ref();
        let parent_of = |at: u32| {
            let parent = parents[at as usize];
            starts.get(parent as usize).filter(|of_parent| **of_parent == start).map(|_| parent)
        };
        // As often as not nobody's parent is among them.
        if !tied.iter().any(|at| parent_of(*at).is_some()) {
            return;
        }
        for &at in &*tied {
            let mut above = at;
            for _ in 0..DEEP {
                match parent_of(above) {
                    Some(parent) if self.first[parent as usize] > at => {
                        self.first[parent as usize] = at;
                        above = parent;
                    }
                    _ => break,
                }
            }
        }
        // The last one in front: chained so, and taken from a stack, the first one comes first.
        self.by_first.clear();
        self.by_first.extend_from_slice(tied);
        self.by_first.sort_unstable_by_key(|at| std::cmp::Reverse((self.first[*at as usize], *at)));
        for &at in &self.by_first {
            match parent_of(at) {
                Some(parent) => {
                    self.sibling[at as usize] = self.child[parent as usize];
                    self.child[parent as usize] = at;
                }
                None => self.stack.push(at),
            }
        }
        let mut sorted = 0;
        while let Some(at) = self.stack.pop() {
            self.done[at as usize] = true;
            tied[sorted] = at;
            sorted += 1;
            let begin = self.stack.len();
            let mut child = self.child[at as usize];
            while child != NONE {
                self.stack.push(child);
                child = self.sibling[child as usize];
            }
            self.stack[begin..].reverse();
        }
        // What is its own ancestor is in no tree.
        for &at in self.by_first.iter().rev().filter(|at| !self.done[**at as usize]) {
            tied[sorted] = at;
            sorted += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(spans: &[(i64, u32)]) -> Vec<u32> {
        let (starts, parents): (Vec<i64>, Vec<u32>) = spans.iter().copied().unzip();
        by_begin(&starts, || &parents)
    }

    #[test]
    fn parents_come_before_children_and_subtrees_after_each_other() {
        assert_eq!(order(&[(5, NONE), (3, NONE), (4, 1)]), [1, 2, 0]);
        // Two trees that began at once, exported from the leaves up and mixed.
        assert_eq!(order(&[(1, 4), (1, 5), (1, 4), (1, 5), (1, NONE), (1, NONE)]), [4, 0, 2, 5, 1, 3]);
        assert_eq!(order(&[(1, 1), (1, 2), (1, NONE), (1, NONE)]), [2, 1, 0, 3]);
    }

    #[test]
    fn a_circle_of_parents_loses_nobody() {
        assert_eq!(order(&[(1, 1), (1, 0), (1, NONE), (1, 3)]), [2, 0, 1, 3]);
        assert_eq!(order(&[]), []);
    }
}
