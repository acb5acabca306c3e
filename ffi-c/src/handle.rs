//! Handles: what they point to, how they are made, found, changed and freed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Failure;
use crate::guard::{Checked, guard, required};
use crate::result::{TRACEZIP_WRONG_HANDLE, tracezip_result};

/// What can be had by handle.
pub(crate) trait Kind {
    /// Tells the kinds apart; any number that memory does not hold by chance.
    const MARK: u64;
}

/// A kind with a state.
pub(crate) trait Stateful: Kind {
    /// After a panic: what it left half done is not used again. The handle is as after its `_reset`.
    fn renew(&mut self);

    /// How the last call ended, for `_last_error`.
    fn last(&mut self) -> &mut Option<Failure>;
}

/// What a handle points to. The mark comes first, so that it is found whatever the kind.
#[repr(C)]
struct Marked<T> {
    mark: u64,
    value: T,
}

/// Moves what `make` gives to the heap and its handle to the caller.
///
/// # Safety
/// `out` must be NULL or writable.
pub(crate) unsafe fn new_handle<T: Kind>(out: *mut *mut T, make: impl FnOnce() -> Checked<T>) -> tracezip_result {
    guard(|| {
        required(out, "out")?;
        let handle = Box::into_raw(Box::new(Marked { mark: T::MARK, value: make()? }));
        // SAFETY: not NULL, and the caller vouches for it.
        unsafe { out.write(handle.cast()) };
        Ok(())
    })
}

/// Frees a handle. NULL is allowed; a handle of another kind is left alone.
///
/// # Safety
/// `handle` must be NULL or come from [`new_handle`], and must not be used again.
pub(crate) unsafe fn free_handle<T: Kind>(handle: *mut T) {
    guard(|| {
        // SAFETY: as this function's.
        let marked = unsafe { find(handle)? };
        // SAFETY: it came from `Box::into_raw`, and the caller gives it up. The mark goes first, for
        // those who use it again all the same.
        unsafe {
            (&raw mut (*marked).mark).write_volatile(0);
            drop(Box::from_raw(marked));
        }
        Ok(())
    });
}

/// Refuses NULL, and what is no `T` as far as can be told.
///
/// # Safety
/// `handle` must be NULL or a live handle of any kind.
unsafe fn find<T: Kind>(handle: *const T) -> Checked<*mut Marked<T>> {
    let marked = handle.cast_mut().cast::<Marked<T>>();
    if marked.is_null() {
        return Err(Failure::null("the handle"));
    }
    // SAFETY: not NULL; what is not aligned is not read; every handle begins with a mark.
    if !marked.is_aligned() || unsafe { (&raw const (*marked).mark).read() } != T::MARK {
        return Err(Failure::call(TRACEZIP_WRONG_HANDLE, "made by another _new, or freed"));
    }
    Ok(marked)
}

/// A handle that is only read.
///
/// # Safety
/// `handle` must be NULL or a live handle, which nobody changes during `'a`.
pub(crate) unsafe fn shared<'a, T: Kind>(handle: *const T) -> Checked<&'a T> {
    // SAFETY: as this function's.
    Ok(unsafe { &(*find(handle)?).value })
}

/// A handle that is changed.
///
/// # Safety
/// `handle` must be NULL or a live handle, which nobody else uses during `'a`.
pub(crate) unsafe fn exclusive<'a, T: Kind>(handle: *mut T) -> Checked<&'a mut T> {
    // SAFETY: as this function's.
    Ok(unsafe { &mut (*find(handle)?).value })
}

/// Runs `call`, which may change the handle, and keeps how it ended.
///
/// # Safety
/// `handle` must be NULL or a live handle that nobody else uses.
pub(crate) unsafe fn change<T: Stateful>(handle: *mut T, call: impl FnOnce(&mut T) -> Checked<()>) -> tracezip_result {
    guard(|| {
        // SAFETY: as this function's.
        let handle = unsafe { exclusive(handle)? };
        let done = catch_unwind(AssertUnwindSafe(|| call(handle))).unwrap_or_else(|_| {
            handle.renew();
            Err(Failure::internal())
        });
        *handle.last() = done.clone().err();
        done
    })
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;
    use crate::result::{TRACEZIP_INTERNAL, TRACEZIP_OK};

    #[derive(Default)]
    struct Counter {
        count: u32,
        last: Option<Failure>,
    }

    impl Kind for Counter {
        const MARK: u64 = 1;
    }

    impl Stateful for Counter {
        fn renew(&mut self) {
            self.count = 0;
        }

        fn last(&mut self) -> &mut Option<Failure> {
            &mut self.last
        }
    }

    #[test]
    fn after_a_panic_the_state_is_new_and_the_handle_tells() {
        let mut handle: *mut Counter = ptr::null_mut();
        // SAFETY: `handle` is live until it is freed.
        unsafe {
            assert_eq!(new_handle(&mut handle, || Ok(Counter::default())), TRACEZIP_OK);
            let half_done = |counter: &mut Counter| {
                counter.count = 7;
                std::panic::resume_unwind(Box::new("boom"))
            };
            assert_eq!(change(handle, half_done), TRACEZIP_INTERNAL);
            let counter = shared(handle).ok();
            assert_eq!(counter.map(|counter| counter.count), Some(0));
            assert_eq!(counter.and_then(|counter| Some(counter.last.as_ref()?.result)), Some(TRACEZIP_INTERNAL));
            free_handle(handle);
        }
    }
}
