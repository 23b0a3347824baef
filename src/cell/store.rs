//! The variables that cells keep.
//!
//! [`put`] and [`take`] are compiled into every cell that uses them, once for each type: they do as little as they can.

use std::alloc::Layout;
use std::any::{TypeId, type_name};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::message::Stored;
use super::run::Broken;

/// Says that a value of this type was stored; the kernel reads the type from the compiler's output.
pub struct Kept<T>(PhantomData<T>);

/// A value on the heap, whatever its type.
struct Variable {
    /// From `Box::into_raw`, for a value of the type that `type_id` tells.
    value: *mut (),
    type_id: TypeId,
    /// Size and alignment. All cells are crates of one name, so that a session's type is the same type in all of them;
    /// one that was defined anew has the same identity but seldom the same layout.
    layout: Layout,
    type_name: &'static str,
    /// Drops the box. Its code lies in the cell's library, which is never unloaded.
    drop: unsafe fn(*mut ()),
}

impl Drop for Variable {
    fn drop(&mut self) {
        // SAFETY: `value` and `drop` were made together by `put`, and nobody else has the value any more.
        unsafe { (self.drop)(self.value) }
    }
}

/// # Safety
/// The pointer must come from `Box::into_raw` of a `Box<T>`, and not be used again.
unsafe fn drop_box<T>(value: *mut ()) {
    // SAFETY: as the caller promises.
    drop(unsafe { Box::from_raw(value.cast::<T>()) });
}

thread_local! {
    /// All cells run on one thread, so values need not be `Send`.
    static VARIABLES: RefCell<BTreeMap<String, Variable>> = const { RefCell::new(BTreeMap::new()) };
}

/// Stores a value under a name. A value that is there already is dropped.
pub fn put<T: 'static>(name: &'static str, value: T) -> Kept<T> {
    let value = Box::into_raw(Box::new(value)).cast();
    let drop = drop_box::<T>;
    let (type_id, layout, type_name) = (TypeId::of::<T>(), Layout::new::<T>(), type_name::<T>());
    insert(name, Variable { value, type_id, layout, type_name, drop });
    Kept(PhantomData)
}

fn insert(name: &'static str, variable: Variable) {
    let replaced = VARIABLES.with_borrow_mut(|variables| variables.insert(name.to_owned(), variable));
    drop_safely(name, replaced);
}

/// Moves a value out of the store.
///
/// Without a value of that name and type the cell ends with [`super::message::Outcome::Broken`], and the value stays.
pub fn take<T: 'static>(name: &str) -> T {
    let value = remove(name, TypeId::of::<T>(), Layout::new::<T>(), type_name::<T>());
    // SAFETY: the value is a `Box<T>` by its type's identity, and the store has given it away.
    *unsafe { Box::from_raw(value.cast::<T>()) }
}

fn remove(name: &str, type_id: TypeId, layout: Layout, type_name: &str) -> *mut () {
    let removed = VARIABLES.with_borrow_mut(|variables| match variables.get(name) {
        None => Err(format!("the variable `{name}` is not stored")),
        Some(found) if found.type_id != type_id => {
            let stored = found.type_name;
            Err(format!("the variable `{name}` is a `{stored}`, and the cell takes it for a `{type_name}`"))
        }
        Some(found) if found.layout != layout => {
            Err(format!("the type `{type_name}` of the variable `{name}` was defined anew since it was stored"))
        }
        Some(_) => Ok(variables.remove(name)),
    });
    match removed {
        Ok(Some(variable)) => ManuallyDrop::new(variable).value,
        Ok(None) => resume_unwind(Box::new(Broken { problem: format!("the variable `{name}` is not stored") })),
        Err(problem) => resume_unwind(Box::new(Broken { problem })),
    }
}

/// Drops a value, if there is one of that name.
pub fn discard(name: &str) {
    let removed = VARIABLES.with_borrow_mut(|variables| variables.remove(name));
    drop_safely(name, removed);
}

/// All stored values, sorted by name.
pub fn stored() -> Vec<Stored> {
    let told = |(name, variable): (&String, &Variable)| Stored {
        name: name.clone(),
        type_name: variable.type_name.to_owned(),
        size: variable.layout.size(),
    };
    VARIABLES.with_borrow(|variables| variables.iter().map(told).collect())
}

/// Drops a value outside the store's borrow, so that its `drop` may do anything, even panic.
fn drop_safely(name: &str, variable: Option<Variable>) {
    let Some(variable) = variable else { return };
    let type_name = variable.type_name;
    if catch_unwind(AssertUnwindSafe(|| drop(variable))).is_err() {
        eprintln!("dropping the old value of `{name}`, a `{type_name}`, failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    fn is_stored(name: &str) -> bool {
        stored().iter().any(|stored| stored.name == name)
    }

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
        assert!(!is_stored("store_moved"));
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
        assert!(!is_stored("store_other"));
        put("store_bad", Bad);
        discard("store_bad");
        discard("store_bad");
        assert!(!is_stored("store_bad"));
    }
}
