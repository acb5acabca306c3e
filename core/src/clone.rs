//! Copies into memory that is there already.

/// Implements `Clone` so that `clone_from` copies field by field and keeps what memory the fields have, which
/// the derived one gives up.
macro_rules! clone_in_place {
    ($type:ident $(<$t:ident>)? { $($field:ident),* $(,)? }) => {
        impl $(<$t: Clone>)? Clone for $type $(<$t>)? {
            fn clone(&self) -> Self {
                let $type { $($field),* } = self;
                $type { $($field: $field.clone()),* }
            }

            fn clone_from(&mut self, from: &Self) {
                let $type { $($field),* } = from;
                $(self.$field.clone_from($field);)*
            }
        }
    };
}

pub(crate) use clone_in_place;
