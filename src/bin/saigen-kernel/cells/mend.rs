//! Complaints of the compiler about generated code, and what to do about them.
//!
//! Whether a variable can be kept after a cell is for the compiler to say: a cell is first written as if all could, and
//! when the compiler objects that one was moved, or borrows from another, it is written once more without.

use super::generate::{Generated, Plan};
use super::parse::ItemKind;
use super::report;
use super::rustc::{Diagnostic, Span};
use super::session::Session;
use super::source::Mark;
use super::types::Unnameable;

/// What was left out of a cell, for the session and for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The cell moves the variable away.
    Moved(String),
    /// The variable is moved where the cell looks for an interrupt.
    Unrescued(String),
    /// The variable borrows from another one, which is not kept while it is borrowed.
    Borrows(String),
    /// It can't be dropped before the others are kept.
    Unreleased(String),
    /// The variable's type isn't `Sized + 'static`.
    Unkeepable(String),
    /// The type of an earlier cell's variable can't be written in this cell.
    Untyped(String),
    /// An item of an earlier cell no longer compiles.
    Item(usize),
    Import(usize),
}

/// What became of a cell's errors.
#[derive(Debug, PartialEq, Eq)]
pub enum Mended {
    /// The plan was changed: compile again.
    Again(Vec<Loss>),
    /// The errors at these indices are the user's.
    Not(Vec<usize>),
}

/// Codes of errors that an item which was left out can cause.
const MISSING: [&str; 14] = [
    "E0405", "E0407", "E0412", "E0422", "E0423", "E0424", "E0425", "E0432", "E0433", "E0573", "E0574", "E0599",
    "E0277", "E0369",
];

/// Looks for the generated code behind errors and changes the plan.
pub fn mend(
    errors: &[Diagnostic],
    generated: &Generated,
    session: &Session,
    current: u32,
    file: &str,
    plan: &mut Plan,
) -> Mended {
    let mut losses = Vec::new();
    let mut own = Vec::new();
    for (index, error) in errors.iter().enumerate() {
        match loss(error, generated, session, current, file, plan) {
            Some(loss) if !losses.contains(&loss) => losses.push(loss),
            Some(_) => {}
            None => own.push(index),
        }
    }
    let missing = own.iter().any(|index| MISSING.contains(&errors[*index].code()) || errors[*index].code().is_empty());
    let items = losses.iter().any(|loss| matches!(loss, Loss::Item(_) | Loss::Import(_)));
    if generated.pruned && !plan.everything && (missing || items) {
        // Perhaps more of the session is needed than it seemed.
        plan.everything = true;
        return Mended::Again(Vec::new());
    }
    if losses.is_empty()
        || !own.is_empty() && !losses.iter().any(|loss| matches!(loss, Loss::Item(_) | Loss::Import(_)))
    {
        let all = (0..errors.len()).collect();
        return Mended::Not(if own.is_empty() { all } else { own });
    }
    let mut told = Vec::new();
    for loss in losses {
        apply(&loss, plan, &mut told);
    }
    Mended::Again(told)
}

fn apply(loss: &Loss, plan: &mut Plan, told: &mut Vec<Loss>) {
    match loss {
        // The first try puts a variable back after the cell's closure; if the closure took it, the second puts it
        // back inside; only when that fails it was really moved away.
        Loss::Moved(name) if is_old(name, plan) && plan.inside.insert(name.clone()) => return,
        Loss::Moved(name) | Loss::Borrows(name) | Loss::Unkeepable(name) => {
            plan.skipped.insert(name.clone());
            if matches!(loss, Loss::Borrows(_)) {
                plan.released.insert(name.clone());
            }
        }
        Loss::Unrescued(name) => {
            plan.unrescued.insert(name.clone());
            return;
        }
        Loss::Unreleased(name) => {
            plan.released.remove(name);
            return;
        }
        Loss::Untyped(name) => {
            plan.untaken.insert(name.clone());
        }
        Loss::Item(index) => {
            plan.dropped_items.insert(*index);
        }
        Loss::Import(index) => {
            plan.dropped_imports.insert(*index);
        }
    }
    told.push(loss.clone());
}

fn is_old(name: &str, plan: &Plan) -> bool {
    plan.old.contains(name)
}

fn loss(
    error: &Diagnostic,
    generated: &Generated,
    session: &Session,
    current: u32,
    file: &str,
    plan: &Plan,
) -> Option<Loss> {
    let source = &generated.source;
    let spans = || error.spans.iter().chain(error.children.iter().flat_map(|child| &child.spans));
    let mark =
        |span: &Span| if report::is_ours(span, file) { source.mark(&(span.byte_start..span.byte_end)) } else { None };
    let put = |mark: &Mark| match mark {
        Mark::Put(name) | Mark::PutBack(name) => Some(name.clone()),
        _ => None,
    };
    // Rules of a macro are what they were: an error in them is the caller's.
    let item = |span: &Span| {
        calls(span).find_map(|span| match mark(span) {
            Some(Mark::Item(index)) if matches!(session.items[*index].kind, ItemKind::Macro { .. }) => None,
            found => found,
        })
    };
    let primary = error.spans.iter().find(|span| span.is_primary).and_then(item);
    match error.code() {
        // Use of a moved value, or of one that wasn't set on every way.
        "E0382" | "E0381" => {
            if let Some(name) = primary.and_then(put) {
                return Some(Loss::Moved(name));
            }
        }
        // Lifetimes: the variable that holds the borrow is the one that must not live on.
        "E0505" | "E0597" | "E0716" | "E0521" | "E0515" | "E0506" | "E0502" | "E0499" | "E0713" | "E0503" | "E0373" => {
            let holder = spans().filter(|span| !span.is_primary).find_map(|span| mark(span).and_then(put));
            let holder = holder.or_else(|| primary.and_then(put));
            if let Some(name) = holder {
                return Some(Loss::Borrows(name));
            }
        }
        // Defined twice, once by a macro, whose names are a guess.
        "E0428" | "E0119" | "E0201" | "E0592" => {
            let old = spans().filter_map(item).find_map(|mark| match mark {
                Mark::Item(index) if session.items[*index].cell.number != current => Some(*index),
                _ => None,
            });
            if let Some(index) = old {
                return Some(Loss::Item(index));
            }
        }
        _ => {}
    }
    let rescue = spans().find_map(|span| match mark(span) {
        Some(Mark::Rescue(name)) => Some(name.clone()),
        _ => None,
    });
    if let Some(name) = rescue.filter(|name| !plan.unrescued.contains(name)) {
        return Some(Loss::Unrescued(name));
    }
    match primary {
        Some(Mark::Release(name)) => return Some(Loss::Unreleased(name.clone())),
        Some(Mark::Put(name)) => return Some(Loss::Unkeepable(name.clone())),
        Some(Mark::Take(name)) => return Some(Loss::Untyped(name.clone())),
        Some(Mark::PutBack(name)) if !plan.skipped.contains(name) => return Some(Loss::Unkeepable(name.clone())),
        Some(Mark::Item(index)) if session.items[*index].cell.number != current => return Some(Loss::Item(*index)),
        Some(Mark::Import(index)) if session.imports[*index].cell.number != current => {
            return Some(Loss::Import(*index));
        }
        _ => {}
    }
    None
}

/// A span and those of the macro calls that it comes from, from the inside out.
fn calls(span: &Span) -> impl Iterator<Item = &Span> {
    std::iter::successors(Some(span), |span| Some(&span.expansion.as_ref()?.span))
}

/// What the user is told of a loss; `None` when it goes without saying.
pub fn note(loss: &Loss, session: &Session) -> Option<String> {
    match loss {
        Loss::Moved(_) | Loss::Unrescued(_) | Loss::Unreleased(_) => None,
        Loss::Borrows(name) => Some(format!("`{name}` borrows from another variable and is not kept after this cell")),
        Loss::Unkeepable(name) => {
            Some(format!("`{name}` can't be kept after this cell: its type isn't `Sized` and `'static`"))
        }
        Loss::Untyped(name) => Some(format!("`{name}` {}; it is no longer kept", Unnameable::Private.reason())),
        Loss::Item(index) => {
            let item = session.items.get(*index)?;
            Some(format!("`{}` of cell {} no longer compiles and was dropped", item.label(), item.cell.count))
        }
        Loss::Import(index) => {
            Some(format!("`{}` no longer resolves and was dropped", session.imports.get(*index)?.import.declaration()))
        }
    }
}
