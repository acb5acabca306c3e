//! What the contexts of variables know before the first string: a short made-up lesson.

use std::sync::LazyLock;

use super::variables::{FAR, KIND_IN_TRACE, LAST, NEAR, NEW, Roots};
use crate::coder::{Contexts, Encoder, EncoderBuffers};

static PRIOR: LazyLock<(Contexts, Roots)> = LazyLock::new(train);

/// The trained contexts and where they are.
pub(super) fn roots() -> (&'static Contexts, &'static Roots) {
    (&PRIOR.0, &PRIOR.1)
}

fn train() -> (Contexts, Roots) {
    let (mut contexts, mut buffers) = (Contexts::default(), EncoderBuffers::default());
    let roots = Roots::new(&mut contexts);
    let c = &mut Encoder::new(&mut contexts, &mut buffers);
    roots.learn_sources(c, &[NEW, NEW, LAST, NEW, NEAR, NEW, KIND_IN_TRACE, LAST, FAR, NEW, NEAR + 1, NEW]);
    for far in [10, 20, 50, 100, 300, 1000] {
        roots.far.code(c, far);
    }
    for digits in [16, 8, 32, 12, 40, 16, 8, 10] {
        roots.digits.code(c, digits);
    }
    for steps in [0, 0, 0, 1000, -1000, 0, 0] {
        roots.steps.code(c, steps);
    }
    for number in [1, 7, 12, 42, 100, 5, 250, 1000, 31, 3, 5000, 64, 12345, 18, 60000, 1_000_000, 500, 80, 8080, 2] {
        roots.plain.code(c, number);
        roots.difference.code(c, number);
        roots.difference.code(c, -number);
        roots.difference.code(c, 1);
    }
    (contexts, roots)
}
