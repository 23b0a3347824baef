//! The variables that cells keep.

use std::any::{Any, type_name};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::run::Broken;

/// Says that a value of this type was stored; the kernel reads the type from the compiler's output.
pub struct Kept<T>(PhantomData<T>);

struct Variable {
    /// Its code lies in the cell's library, which is never unloaded.
    value: Box<dyn Any>,
    type_name: &'static str,
}

thread_local! {
    /// All cells run on one thread, so values need not be `Send`.
    static VARIABLES: RefCell<BTreeMap<String, Variable>> = const { RefCell::new(BTreeMap::new()) };
}

/// Stores a value under a name. A value that is there already is dropped.
pub fn put<T: 'static>(name: &'static str, value: T) -> Kept<T> {
    let variable = Variable { value: Box::new(value), type_name: type_name::<T>() };
    let replaced = VARIABLES.with_borrow_mut(|variables| variables.insert(name.to_owned(), variable));
    drop_safely(name, replaced);
    Kept(PhantomData)
}

/// Moves a value out of the store.
///
/// Without a value of that name and type the cell ends with [`super::message::Outcome::Broken`], and the value stays.
pub fn take<T: 'static>(name: &str) -> T {
    let problem = match VARIABLES.with_borrow_mut(|variables| variables.remove(name)) {
        None => format!("the variable `{name}` is not stored"),
        Some(Variable { value, type_name: stored }) => match value.downcast::<T>() {
            Ok(value) => return *value,
            Err(value) => {
                let variable = Variable { value, type_name: stored };
                VARIABLES.with_borrow_mut(|variables| variables.insert(name.to_owned(), variable));
                format!("the variable `{name}` is a `{stored}`, and the cell takes it for a `{}`", type_name::<T>())
            }
        },
    };
    resume_unwind(Box::new(Broken { problem }))
}

/// Drops a value, if there is one of that name.
pub fn discard(name: &str) {
    let removed = VARIABLES.with_borrow_mut(|variables| variables.remove(name));
    drop_safely(name, removed);
}

/// The names of all stored values, sorted.
pub fn names() -> Vec<String> {
    VARIABLES.with_borrow(|variables| variables.keys().cloned().collect())
}

/// Drops a value outside the store's borrow, so that its `drop` may do anything, even panic.
fn drop_safely(name: &str, variable: Option<Variable>) {
    let Some(Variable { value, type_name }) = variable else { return };
    if catch_unwind(AssertUnwindSafe(|| drop(value))).is_err() {
        eprintln!("dropping the old value of `{name}`, a `{type_name}`, failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    fn broken(take: impl FnOnce()) -> String {
        let payload = catch_unwind(AssertUnwindSafe(take)).unwrap_err();
        payload.downcast::<Broken>().unwrap().problem
    }

    #[test]
    fn values_need_be_neither_send_nor_clone_and_are_moved() {
        let value = Rc::new(RefCell::new(vec![1]));
        put("store_moved", Rc::clone(&value));
        value.borrow_mut().push(2);
        let back: Rc<RefCell<Vec<i32>>> = take("store_moved");
        assert_eq!(*back.borrow(), [1, 2]);
        assert!(!names().contains(&"store_moved".to_owned()));
    }

    #[test]
    fn a_wrong_type_and_a_missing_name_are_told_and_lose_nothing() {
        put("store_typed", 7_u8);
        let problem = broken(|| drop(take::<String>("store_typed")));
        assert!(problem.contains("store_typed") && problem.contains("u8") && problem.contains("String"), "{problem}");
        assert_eq!(take::<u8>("store_typed"), 7);
        assert!(broken(|| _ = take::<u8>("store_typed")).contains("not stored"));
    }

    #[test]
    fn replacing_and_discarding_drop_even_what_panics_or_uses_the_store() {
        struct Bad;
        impl Drop for Bad {
            fn drop(&mut self) {
                discard("store_other");
                panic!("no");
            }
        }
        put("store_other", 1);
        put("store_bad", Bad);
        put("store_bad", 2);
        assert_eq!(take::<i32>("store_bad"), 2);
        assert!(!names().contains(&"store_other".to_owned()));
        put("store_bad", Bad);
        discard("store_bad");
        discard("store_bad");
        assert!(!names().contains(&"store_bad".to_owned()));
    }
}
