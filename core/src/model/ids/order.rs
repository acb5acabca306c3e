//! The order in which the spans of a process probably began, and so drew their ids.

use crate::model::keys::NONE;

/// What the order depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begin {
    pub start: i64,
    /// Which of the spans is the parent; [`NONE`] if it is none of them.
    pub parent: u32,
}

/// Puts spans, given as they are exported, in order: by start; where clocks are too coarse to tell, a
/// parent before its children, and whole subtrees after each other, first the one that has the span exported first.
pub(super) fn by_begin(spans: &[Begin]) -> Vec<u32> {
    // To look at the starts where they are costs more than to move them along.
    let mut starts: Vec<(i64, u32)> = spans.iter().map(|span| span.start).zip(0..).collect();
    starts.sort_by_key(|(start, _)| *start);
    let mut order: Vec<u32> = starts.iter().map(|(_, at)| *at).collect();
    let mut tree = Tree::new(spans.len());
    let mut rest = &mut order[..];
    while let Some(first) = rest.first() {
        let start = spans[*first as usize].start;
        let len = rest.iter().take_while(|at| spans[**at as usize].start == start).count();
        let (tied, later) = rest.split_at_mut(len);
        if len > 1 {
            tree.sort(spans, tied);
        }
        rest = later;
    }
    order
}

/// Spans that began at the same time. All vectors have an entry for each span.
struct Tree {
    /// The place of the span of the subtree that was exported first.
    first: Vec<u32>,
    /// Children of the same parent are chained.
    child: Vec<u32>,
    sibling: Vec<u32>,
    done: Vec<bool>,
    stack: Vec<u32>,
}

/// Ancestors that are looked up for one span.
const DEEP: usize = 256;

impl Tree {
    fn new(len: usize) -> Self {
        Tree {
            first: (0..len as u32).collect(),
            child: vec![NONE; len],
            sibling: vec![NONE; len],
            done: vec![false; len],
            stack: Vec::new(),
        }
    }

    /// Sorts spans with the same start, which come in the order of their export.
    fn sort(&mut self, spans: &[Begin], tied: &mut [u32]) {
        let start = spans[tied[0] as usize].start;
        let parent_of = |at: u32| {
            let parent = spans[at as usize].parent;
            spans.get(parent as usize).filter(|parent| parent.start == start).map(|_| parent)
        };
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
        let mut by_first = tied.to_vec();
        by_first.sort_by_key(|at| std::cmp::Reverse((self.first[*at as usize], *at)));
        for &at in &by_first {
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
        for at in by_first.into_iter().rev().filter(|at| !self.done[*at as usize]) {
            tied[sorted] = at;
            sorted += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(spans: &[(i64, u32)]) -> Vec<u32> {
        by_begin(&spans.iter().map(|&(start, parent)| Begin { start, parent }).collect::<Vec<_>>())
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
