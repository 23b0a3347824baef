//! The source of the crate that a cell becomes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::imports::Import;
use super::parse::{Binding, ItemKind, Kind, Parsed, Piece};
use super::session::{Imported, Item, Session};
use super::source::{Cell, Mark, Source};
use super::weave::{Weave, WeaveKind};

/// What is left out of a cell's crate, or done otherwise, after the compiler's complaints.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Include all items of the session, not only those that seem to be needed.
    pub everything: bool,
    /// Variables that aren't put into the store, because their value was moved or can't be kept.
    pub skipped: BTreeSet<String>,
    /// Those of them that are dropped before the others are put into the store, because they borrow from them.
    pub released: BTreeSet<String>,
    /// Old variables that the cell's code moves and fills again: put back inside of the closure that captured them.
    pub inside: BTreeSet<String>,
    /// Those of them that can't be put back at the cell's own checks for an interrupt.
    pub unrescued: BTreeSet<String>,
    /// The variables of earlier cells.
    pub old: BTreeSet<String>,
    /// The variables that the cell defines.
    pub new: BTreeSet<String>,
    /// Variables that aren't taken out of the store.
    pub untaken: BTreeSet<String>,
    /// Items and imports of earlier cells, by index, that no longer compile.
    pub dropped_items: BTreeSet<usize>,
    pub dropped_imports: BTreeSet<usize>,
}

impl Plan {
    /// The variables that the cell's own checks put back.
    fn rescued(&self) -> Vec<&String> {
        let kept =
            |name: &&String| ![&self.skipped, &self.unrescued, &self.new].iter().any(|names| names.contains(*name));
        self.inside.iter().filter(kept).collect()
    }
}

/// A generated crate.
#[derive(Debug)]
pub struct Generated {
    pub source: Source,
    /// Variables that the cell defines.
    pub new: Vec<Binding>,
    /// Items were left out because nothing seems to need them.
    pub pruned: bool,
}

const OPENING: &str = "use saigen_warm as _;
";

/// Generates the crate of a cell. `session` already has the cell's own items.
pub fn generate(session: &Session, cell: &Arc<Cell>, parsed: &Parsed, plan: &Plan) -> Generated {
    let mut source = opened(session, plan);
    let check = push_check(&mut source, cell.number, plan);
    let mentions = mentions(session, parsed);
    let taken: Vec<String> = session
        .variables
        .keys()
        .filter(|name| !plan.untaken.contains(*name) && body(parsed).any(|piece| piece.mentions.contains(*name)))
        .cloned()
        .collect();
    let pruned = push_items(&mut source, session, cell, plan, &mentions, &check);
    for piece in &parsed.pieces {
        if matches!(piece.kind, Kind::Item(ItemKind::Passing)) {
            push_woven(&mut source, cell, piece, plan, &check);
        }
    }
    let new = bound(parsed);
    push_function(&mut source, session, parsed, &Body { cell, plan, check: &check, taken: &taken, new: &new });
    Generated { source, new, pruned }
}

/// The variables that a cell defines, each as it is bound last.
pub fn bound(parsed: &Parsed) -> Vec<Binding> {
    let mut new: Vec<Binding> = Vec::new();
    for piece in body(parsed) {
        let Kind::Let(bindings) = &piece.kind else { continue };
        for binding in bindings {
            new.retain(|other| other.name != binding.name);
            new.push(binding.clone());
        }
    }
    new
}

/// The pieces that run.
fn body(parsed: &Parsed) -> impl Iterator<Item = &Piece> {
    parsed.pieces.iter().filter(|piece| !matches!(piece.kind, Kind::Use(_) | Kind::Item(_)))
}

/// All identifiers on which the choice of items rests.
fn mentions(session: &Session, parsed: &Parsed) -> BTreeSet<String> {
    let mut mentions = BTreeSet::new();
    for piece in &parsed.pieces {
        mentions.extend(piece.mentions.iter().cloned());
    }
    for (name, variable) in &session.variables {
        if mentions.contains(name) {
            mentions.extend(super::parse::words(&variable.kind));
        }
    }
    mentions
}

/// A crate that has what all code of the session may rest on, and the session's imports.
fn opened(session: &Session, plan: &Plan) -> Source {
    let mut source = Source::default();
    source.push(OPENING);
    for (index, Imported { cell, import }) in session.imports.iter().enumerate() {
        if !plan.dropped_imports.contains(&index) {
            source.marked(Mark::Import(index), |source| {
                push_import(source, cell, import);
            });
            source.push("\n");
        }
    }
    source
}

/// The call that checks for an interrupt: it tells which cell it belongs to, so that an interrupt stops one cell and
/// leaves the threads of others alone.
fn check_of(number: u32) -> String {
    format!("::saigen::cell::check({number})")
}

/// Adds the check that functions and closures do. Where the cell's own checks put variables back, the others wait a
/// little for them: a function that was called with such a variable would take it along.
fn push_check(source: &mut Source, number: u32, plan: &Plan) -> String {
    let check = check_of(number);
    if plan.rescued().is_empty() {
        return check;
    }
    source.push(&format!(
        "#[inline(always)] fn saigen_check() {{ if ::saigen::cell::interrupted() {{ saigen_wait() }} }}
#[cold] fn saigen_wait() {{
static SINCE: ::std::sync::OnceLock<::std::time::Instant> = ::std::sync::OnceLock::new();
if SINCE.get_or_init(::std::time::Instant::now).elapsed() > ::std::time::Duration::from_millis(100) {{ {check} }}
}}
"
    ));
    "crate::saigen_check()".to_owned()
}

/// Adds an import, in the user's own words where they are one path.
fn push_import(source: &mut Source, cell: &Arc<Cell>, import: &Import) {
    let declaration = import.declaration();
    let own = &cell.code[import.range.clone()];
    if declaration.strip_prefix("use ").and_then(|rest| rest.strip_suffix(';')) == Some(own) {
        source.push("use ");
        source.copy(cell, import.range.clone());
        source.push(";");
    } else {
        source.stand_in(&declaration, cell, import.range.clone());
    }
}

/// Adds the items of the cell itself and those of the session that it needs; true when some were left out.
fn push_items(
    source: &mut Source,
    session: &Session,
    cell: &Arc<Cell>,
    plan: &Plan,
    mentions: &BTreeSet<String>,
    check: &str,
) -> bool {
    let needed: BTreeSet<usize> = if plan.everything {
        (0..session.items.len()).collect()
    } else {
        session.needed(mentions).into_iter().collect()
    };
    let is_macro = |item: &Item| matches!(item.kind, ItemKind::Macro { .. });
    let chosen: Vec<(usize, &Arc<Item>)> = session
        .items
        .iter()
        .enumerate()
        .filter(|(index, item)| needed.contains(index) || Arc::ptr_eq(&item.cell, cell))
        .filter(|(index, _)| !plan.dropped_items.contains(index))
        .collect();
    // A macro must stand before its uses.
    for macros in [true, false] {
        for (index, item) in chosen.iter().filter(|(_, item)| is_macro(item) == macros) {
            source.marked(Mark::Item(*index), |source| push_item(source, item, cell, check));
            source.push("\n");
        }
    }
    chosen.len() < session.items.len()
}

fn push_item(source: &mut Source, item: &Item, cell: &Arc<Cell>, check: &str) {
    if let ItemKind::Static { name, mutable, declared_type, elided } = &item.kind {
        let symbol = format!("saigen_static_{}_{name}", item.cell.number);
        if Arc::ptr_eq(&item.cell, cell) {
            source.push(&format!("#[unsafe(export_name = \"{symbol}\")] "));
        } else {
            let safety = if *mutable { "unsafe static mut" } else { "safe static" };
            source.push(&format!("unsafe extern \"Rust\" {{ #[link_name = \"{symbol}\"] pub {safety} {name}: "));
            let mut done = declared_type.start;
            for at in elided {
                source.copy(&item.cell, done..*at);
                source.push("'static ");
                done = *at;
            }
            source.copy(&item.cell, done..declared_type.end);
            source.push("; }");
            return;
        }
    }
    for range in item.ranges() {
        let mut done = range.start;
        for weave in item.weaves.iter().filter(|weave| range.start <= weave.at && weave.at <= range.end) {
            source.copy(&item.cell, done..weave.at);
            source.push(&weave.text(check));
            done = weave.at;
        }
        source.copy(&item.cell, done..range.end);
    }
    if matches!(item.kind, ItemKind::Call { .. }) && !item.text().ends_with([';', '}']) {
        source.push(";");
    }
}

fn push_woven(source: &mut Source, cell: &Arc<Cell>, piece: &Piece, plan: &Plan, check: &str) {
    push_with(source, cell, piece, &piece.weaves, plan, check);
    source.push("\n");
}

/// Adds a piece with these of its weaves.
fn push_with<'a>(
    source: &mut Source,
    cell: &Arc<Cell>,
    piece: &Piece,
    weaves: impl IntoIterator<Item = &'a Weave>,
    plan: &Plan,
    check: &str,
) {
    let mut done = piece.range.start;
    for weave in weaves {
        source.copy(cell, done..weave.at);
        push_weave(source, weave, plan, check);
        done = weave.at;
    }
    source.copy(cell, done..piece.range.end);
}

/// A check. One in the cell's own code doesn't unwind when the cell has captured variables: it puts them back and
/// returns, so that `state = step(state)` in a loop keeps its state when the loop is interrupted.
fn push_weave(source: &mut Source, weave: &Weave, plan: &Plan, check: &str) {
    let rescued = plan.rescued();
    if weave.kind != WeaveKind::Check || !weave.own || rescued.is_empty() {
        source.push(&weave.text(check));
        return;
    }
    source.push(" if ::saigen::cell::interrupted() {");
    for name in rescued {
        let put = format!(" ::saigen::cell::put(\"{name}\", {name});");
        source.marked(Mark::Rescue(name.clone()), |source| source.push(&put));
    }
    source.push(" return ::core::result::Result::Err(\"interrupted\".into()); }");
}

/// What the function of a cell is written from, beside its code.
struct Body<'a> {
    cell: &'a Arc<Cell>,
    plan: &'a Plan,
    check: &'a str,
    /// Variables of earlier cells that the cell takes out of the store.
    taken: &'a [String],
    new: &'a [Binding],
}

fn push_function(source: &mut Source, session: &Session, parsed: &Parsed, function: &Body<'_>) {
    let Body { cell, plan, check, taken, new } = *function;
    let number = cell.number;
    source.push(&format!("#[unsafe(no_mangle)] pub fn saigen_cell_{number}() {{\n"));
    for name in taken {
        let Some(variable) = session.variables.get(name) else { continue };
        let mutable = if variable.mutable { "mut " } else { "" };
        source.marked(Mark::Take(name.clone()), |source| {
            source.push(&format!("let {mutable}{name}: {} = ::saigen::cell::take(\"{name}\");", variable.kind));
        });
        source.push("\n");
    }
    let (opening, closing) =
        if parsed.asynchronous { ("|| ::saigen::cell::block_on(async {", "})") } else { ("|| {", "}") };
    source.push(&format!("let saigen_done = ::saigen::cell::run({number}, {opening}\n"));
    source.push("use ::saigen_warm::shown::{Debugged as _, Opaque as _, Peeled as _, Shown as _};\n");
    for piece in body(parsed) {
        if matches!(piece.kind, Kind::Tail) {
            source.push(&format!("{check}; ("));
            // Its own check stands before the value, not in it.
            let inner =
                piece.weaves.iter().filter(|weave| weave.at > piece.range.start || weave.kind != WeaveKind::Check);
            push_with(source, cell, piece, inner, plan, check);
            source.push(").saigen_peeled().evcxr_display();\n");
        } else {
            push_woven(source, cell, piece, plan, check);
            // The last statement of a cell may do without a semicolon; what follows it can't.
            if !cell.code[piece.range.clone()].ends_with(';') {
                source.push("\n;\n");
            }
        }
    }
    for Binding { name, .. } in new.iter().rev().filter(|binding| plan.released.contains(&binding.name)) {
        let release = format!("::core::mem::drop({name});\n");
        source.marked(Mark::Release(name.clone()), |source| source.push(&release));
    }
    // A loop without an end makes what follows unreachable, which is what `unused` allows.
    for Binding { name, .. } in new.iter().filter(|binding| !plan.skipped.contains(&binding.name)) {
        let put = format!("::saigen::cell::put(\"{name}\", {name});\n");
        source.marked(Mark::Put(name.clone()), |source| source.push(&put));
    }
    let redefined = |name: &String| new.iter().any(|binding| binding.name == *name);
    for name in taken.iter().filter(|name| plan.inside.contains(*name) && !plan.skipped.contains(*name)) {
        if !redefined(name) {
            let put = format!("::saigen::cell::put(\"{name}\", {name});\n");
            source.marked(Mark::PutBack(name.clone()), |source| source.push(&put));
        }
    }
    source.push(&format!("::core::result::Result::<(), ::saigen::cell::CellError>::Ok(())\n{closing});\n"));
    for name in taken.iter().filter(|name| !plan.inside.contains(*name) && !plan.skipped.contains(*name)) {
        let condition = if redefined(name) { "if !saigen_done " } else { "" };
        let put = format!("{condition}{{ ::saigen::cell::put(\"{name}\", {name}); }}\n");
        source.marked(Mark::PutBack(name.clone()), |source| source.push(&put));
    }
    source.push("}\n");
}

/// A cell that can't be parsed as the compiler sees it best: by itself while its brackets don't match, otherwise as the
/// body of a function.
pub fn broken(cell: &Arc<Cell>) -> Source {
    let mut source = Source::default();
    if super::completeness::are_brackets_paired(&cell.code) {
        source.push(OPENING);
        source.push("pub async fn cell() {\n");
        source.copy(cell, 0..cell.code.len());
        source.push("\n");
        let end = cell.code.trim_end().len();
        source.stand_in("}", cell, end..end);
        source.push("\n");
    } else {
        source.copy(cell, 0..cell.code.len());
    }
    source
}

/// The crate that tells the type of an expression, without running it.
pub fn question(session: &Session, cell: &Arc<Cell>) -> Generated {
    let parsed = super::parse::parse(&cell.code, &session.item_macros());
    let plan = Plan { everything: true, ..Plan::default() };
    let mut source = opened(session, &plan);
    let mentions = mentions(session, &parsed);
    push_items(&mut source, session, cell, &plan, &mentions, &check_of(cell.number));
    source.push(
        "fn saigen_type_of<T: ?Sized>(_: &T) -> ::core::marker::PhantomData<T> { ::core::marker::PhantomData }\n",
    );
    source.push("pub fn saigen_question() -> ::core::result::Result<(), ::saigen::cell::CellError> {\n");
    for (name, variable) in &session.variables {
        if mentions.contains(name) {
            let kind = &variable.kind;
            source.marked(Mark::Take(name.clone()), |source| {
                source.push(&format!("let mut {name}: {kind} = ::saigen::cell::take(\"{name}\");\n"));
            });
        }
    }
    source.push("saigen_type_of(&(");
    source.copy(cell, 0..cell.code.len());
    source.push("));\n::core::result::Result::Ok(())\n}\n");
    Generated { source, new: Vec::new(), pruned: false }
}

/// The session's imports and items as source, for completion.
pub fn outline(session: &Session) -> String {
    let mut text = String::new();
    for Imported { import, .. } in &session.imports {
        text.push_str(&import.declaration());
        text.push('\n');
    }
    for item in &session.items {
        for range in item.ranges() {
            text.push_str(&item.cell.code[range]);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::parse::parse;
    use crate::cells::session::Variable;

    fn generated(earlier: &[&str], variables: &[(&str, &str)], code: &str, plan: &Plan) -> String {
        let mut session = Session::default();
        for (number, code) in (1..).zip(earlier) {
            session.commit(
                &Arc::new(Cell { number, count: 1, code: (*code).to_owned() }),
                &parse(code, &Default::default()),
            );
        }
        for (name, kind) in variables {
            session.variables.insert((*name).into(), Variable { kind: (*kind).into(), mutable: true });
        }
        let cell = Arc::new(Cell { number: 9, count: 9, code: code.to_owned() });
        let parsed = parse(code, &Default::default());
        session.commit(&cell, &parsed);
        generate(&session, &cell, &parsed, plan).source.text().to_owned()
    }

    #[test]
    fn a_cell_takes_what_it_mentions_and_puts_what_it_defines() {
        let text = generated(&[], &[("x", "i32"), ("y", "u8")], "let z = x + 1; z", &Plan::default());
        assert!(text.contains("let mut x: i32 = ::saigen::cell::take(\"x\");"), "{text}");
        assert!(!text.contains("take(\"y\")"), "{text}");
        assert!(text.contains("(z).saigen_peeled().evcxr_display();"), "{text}");
        assert!(text.contains("::saigen::cell::put(\"z\", z);"), "{text}");
        assert!(text.contains("{ ::saigen::cell::put(\"x\", x); }"), "{text}");
    }

    #[test]
    fn a_redefined_variable_goes_back_only_after_a_failure() {
        let text = generated(&[], &[("x", "i32")], "let x = x as f64;", &Plan::default());
        assert!(text.contains("if !saigen_done { ::saigen::cell::put(\"x\", x); }"), "{text}");
    }

    #[test]
    fn statics_are_defined_once() {
        let first = generated(&[], &[], "static N: u32 = 1; N", &Plan::default());
        assert!(first.contains("#[unsafe(export_name = \"saigen_static_9_N\")] static N: u32 = 1;"), "{first}");
        let later = generated(&["pub static N: u32 = 1;"], &[], "N", &Plan::default());
        assert!(later.contains("#[link_name = \"saigen_static_1_N\"] pub safe static N: u32; }"), "{later}");
        assert!(!later.contains("= 1"), "{later}");
    }

    #[test]
    fn old_loops_are_checked_for_the_cell_that_runs_them() {
        let text = generated(&["fn f() { loop {} }"], &[], "f()", &Plan::default());
        assert!(text.contains("loop { ::saigen::cell::check(9);}"), "{text}");
    }

    #[test]
    fn functions_wait_for_the_checks_that_put_variables_back() {
        let plan = Plan { inside: ["s".to_owned()].into(), old: ["s".to_owned()].into(), ..Plan::default() };
        let text = generated(&["fn f(s: u8) -> u8 { s }"], &[("s", "u8")], "loop { s = f(s); }", &plan);
        assert!(text.contains("fn f(s: u8) -> u8 { crate::saigen_check(); s }"), "{text}");
        assert!(
            text.contains("loop { if ::saigen::cell::interrupted() { ::saigen::cell::put(\"s\", s); return"),
            "{text}"
        );
    }

    #[test]
    fn macros_come_first() {
        let text = generated(&["fn f() -> u8 { m!() }"], &[], "macro_rules! m { () => { 1 } } f()", &Plan::default());
        assert!(text.find("macro_rules!").unwrap() < text.find("fn f()").unwrap(), "{text}");
    }
}
