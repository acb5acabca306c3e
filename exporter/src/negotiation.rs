//! Whether the other side reads Tracezip: the state machine of `spec/negotiation.md`. No input or output here.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The name of the coding.
pub(crate) const TOKEN: &str = "tracezip";

/// How long the fallback is sent after a first refusal. Each further one in a row doubles it.
pub(crate) const FIRST_WAIT: Duration = Duration::from_secs(600);
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// When a client sends Tracezip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Once the server has said that it reads it.
    #[default]
    Auto,
    /// From the first request on, until it is refused.
    Eager,
    /// Always: for tests, and servers that are known.
    Force,
    /// Never.
    Off,
}

impl std::str::FromStr for Mode {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "auto" => Ok(Mode::Auto),
            "eager" => Ok(Mode::Eager),
            "force" => Ok(Mode::Force),
            "off" => Ok(Mode::Off),
            _ => Err(format!("the mode is {word:?}; it must be one of auto, eager, force, off")),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum State {
    Ask,
    On,
    Off { until: Duration, advertised: bool },
}

/// What kind of answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Acknowledged,
    Refused,
    Other,
    Lost,
}

impl Class {
    pub(crate) fn of(status: u16) -> Self {
        match status {
            200..=299 => Class::Acknowledged,
            400 | 406 | 415 | 422 | 500 | 501 => Class::Refused,
            _ => Class::Other,
        }
    }
}

/// What the machine looks at. An answer that is lost advertises nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) class: Class,
    pub(crate) advertises: bool,
}

pub(crate) const LOST: Answer = Answer { class: Class::Lost, advertises: false };

/// Whether the `Accept-Encoding` fields of a response name Tracezip.
pub(crate) fn advertises<'a>(fields: impl IntoIterator<Item = &'a str>) -> bool {
    fields.into_iter().flat_map(|field| field.split(',')).any(is_offer)
}

fn is_offer(element: &str) -> bool {
    let mut parts = element.split(';').map(str::trim);
    let is_ours = parts.next().is_some_and(|token| token.eq_ignore_ascii_case(TOKEN));
    let weight = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse().unwrap_or(0.0))
    });
    is_ours && weight.unwrap_or(1.0) > 0.0
}

/// A random number from -0.1 to +0.1, by which a wait is made longer.
pub(crate) fn jitter() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    (random as f64 / u64::MAX as f64 * 2.0 - 1.0) / 10.0
}

/// The negotiation with one endpoint, for any number of calls at the same time. `now` is the time since a start that
/// never changes.
#[derive(Debug)]
pub(crate) struct Machine {
    mode: Mode,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: Option<State>,
    refusals: u32,
}

impl Machine {
    pub(crate) fn new(mode: Mode) -> Self {
        let state = match mode {
            Mode::Auto => Some(State::Ask),
            Mode::Eager => Some(State::On),
            Mode::Force | Mode::Off => None,
        };
        Machine { mode, inner: Mutex::new(Inner { state, refusals: 0 }) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(crate) fn state(&self) -> Option<State> {
        self.lock().state
    }

    /// Begins a call: whether to send Tracezip, or else the fallback.
    pub(crate) fn choose(&self, now: Duration) -> bool {
        let mut inner = self.lock();
        if let Some(State::Off { until, advertised }) = inner.state
            && now >= until
        {
            inner.state = Some(if advertised || self.mode == Mode::Eager { State::On } else { State::Ask });
        }
        self.mode == Mode::Force || inner.state == Some(State::On)
    }

    /// Takes the first answer of a call: whether the same payload is to go out again, with the fallback.
    pub(crate) fn answered(&self, tracezip: bool, answer: Answer) -> bool {
        let mut inner = self.lock();
        let Some(state) = inner.state else { return false };
        match (tracezip, answer.class, state) {
            (true, Class::Refused, _) => return true,
            (true, Class::Acknowledged, State::On) if answer.advertises => inner.refusals = 0,
            (true, Class::Acknowledged, State::On) => inner.state = Some(State::Ask),
            (false, _, State::Ask) if answer.advertises => inner.state = Some(State::On),
            (false, Class::Acknowledged | Class::Refused | Class::Other, State::Off { until, .. }) => {
                inner.state = Some(State::Off { until, advertised: answer.advertises });
            }
            _ => {}
        }
        false
    }

    /// Takes the second answer of a call: whether Tracezip is left for a while.
    pub(crate) fn answered_again(&self, answer: Answer, now: Duration, first_wait: Duration, jitter: f64) -> bool {
        let mut inner = self.lock();
        if answer.class == Class::Refused || inner.state != Some(State::On) {
            return false;
        }
        let wait = first_wait.saturating_mul(1 << inner.refusals.min(16)).min(LONGEST_WAIT.max(first_wait));
        inner.refusals += 1;
        let until = now + wait.mul_f64(1.0 + jitter);
        inner.state = Some(State::Off { until, advertised: answer.advertises });
        true
    }
}

#[cfg(test)]
#[path = "negotiation_tests.rs"]
mod tests;
