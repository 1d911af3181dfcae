//! Types that contain themselves: where a box is needed, and which types have no finite value.

use std::collections::{BTreeMap, BTreeSet};

use super::{Document, Field, Shape, Ty, Type};
use crate::openapi::refusal::{Refusal, Refusals};

/// The types that contain each other directly, not in a list or map: those of one cycle have the same number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cycles {
    /// Through all types.
    all: BTreeMap<String, usize>,
    /// Not through unions, whose variants are boxed.
    without_unions: BTreeMap<String, usize>,
}

impl Cycles {
    pub(super) fn of(types: &BTreeMap<String, Type>) -> Self {
        let of = |has_parts: fn(&Shape) -> bool| {
            let edges = types.iter().map(|(name, ty)| {
                let parts = has_parts(&ty.shape).then(|| ty.shape.tys().filter_map(direct));
                (name.as_str(), parts.into_iter().flatten().collect())
            });
            let numbers = numbers(&edges.collect()).into_iter();
            numbers.map(|(name, number)| (name.to_owned(), number)).collect()
        };
        Self { all: of(|_| true), without_unions: of(|shape| !matches!(shape, Shape::Union(..))) }
    }
}

impl Document {
    /// True if a part of the named type contains one of that type directly, not in a list or map.
    pub(crate) fn holds(&self, part: &Ty, name: &str) -> bool {
        is_in_cycle(&self.cycles.all, part, name)
    }

    /// True if a field of the named object is boxed: the object contains itself there, and no union is between,
    /// whose variants are boxed. So the type of a field depends only on what it refers to.
    pub(crate) fn is_boxed(&self, field: &Field, object: &str) -> bool {
        is_in_cycle(&self.cycles.without_unions, &field.ty, object)
    }

    /// Refuses types without a finite value. Call this only if nothing else is refused: two types with one name can
    /// look like a cycle.
    pub(crate) fn endless(&self) -> Refusals {
        let of = |parts: fn(&Type) -> Vec<&str>| -> Vec<&str> {
            let edges = self.types.iter().map(|(name, ty)| (name.as_str(), parts(ty)));
            in_cycles(&edges.collect())
        };
        let objects = of(needed).into_iter().map(|name| {
            let problem = "requires itself, so every value would be infinite";
            (name, problem, "make one of the properties optional or nullable in spec/overlay.yaml")
        });
        let unions = of(variants).into_iter().map(|name| {
            let problem = "is a variant of itself, so decoding would never end";
            (name, problem, "remove the variant in spec/overlay.yaml")
        });
        let mut refusals = Refusals::default();
        for (name, problem, remedy) in objects.chain(unions) {
            let Some(ty) = self.types.get(name) else { continue };
            let servers = ty.servers.of(&self.servers);
            refusals.push(Refusal {
                at: ty.at.clone(),
                servers: servers.into_iter().map(str::to_owned).collect(),
                problem: format!("`{name}` {problem}"),
                remedy: remedy.to_owned(),
            });
        }
        refusals
    }
}

/// Types, each with those that it contains.
type Edges<'t> = BTreeMap<&'t str, Vec<&'t str>>;

/// A type of the document that a value contains directly, or null.
fn direct(ty: &Ty) -> Option<&str> {
    match ty.split_null().0 {
        Ty::Named(name) => Some(name),
        _ => None,
    }
}

fn is_in_cycle(numbers: &BTreeMap<String, usize>, part: &Ty, name: &str) -> bool {
    direct(part).is_some_and(|part| part == name || numbers.get(part) == numbers.get(name))
}

/// The types that each value of a type contains.
fn needed(ty: &Type) -> Vec<&str> {
    let parts: Vec<&Ty> = match &ty.shape {
        Shape::Object { fields, .. } => {
            fields.iter().filter(|field| field.required).map(|field| &field.ty).collect()
        }
        Shape::Newtype(inner) => vec![inner],
        // A union of one type is that type.
        Shape::Union(variants, _) if variants.len() == 1 => {
            variants.iter().map(|variant| &variant.ty).collect()
        }
        _ => Vec::new(),
    };
    let named = parts.into_iter().filter(|ty| matches!(ty, Ty::Named(_)));
    named.filter_map(direct).collect()
}

/// The types that a value of a type is one of.
fn variants(ty: &Type) -> Vec<&str> {
    match &ty.shape {
        Shape::Union(variants, _) => {
            variants.iter().filter_map(|variant| direct(&variant.ty)).collect()
        }
        Shape::Newtype(inner) => direct(inner).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The types that are in a cycle.
fn in_cycles<'t>(edges: &Edges<'t>) -> Vec<&'t str> {
    let numbers = numbers(edges);
    let is_in_one = |(name, parts): &(&&str, &Vec<&str>)| {
        parts.iter().any(|part| numbers.get(part) == numbers.get(**name))
    };
    edges.iter().filter(is_in_one).map(|(name, _)| *name).collect()
}

/// The number of the cycle that each type is in; a type in no cycle has a number of its own.
fn numbers<'t>(edges: &Edges<'t>) -> BTreeMap<&'t str, usize> {
    let mut reversed: Edges<'t> = BTreeMap::new();
    for (from, to) in edges {
        to.iter().for_each(|to| reversed.entry(to).or_default().push(from));
    }
    let mut finished = Vec::new();
    let mut seen = BTreeSet::new();
    for start in edges.keys() {
        visit(edges, start, &mut |name| seen.insert(name), &mut |name| finished.push(name));
    }
    // From the last one on, what leads to a type and is not numbered yet is in a cycle with it.
    let mut numbers = BTreeMap::new();
    for (number, start) in finished.into_iter().rev().enumerate() {
        let mut is_new = |name| match numbers.contains_key(name) {
            true => false,
            false => numbers.insert(name, number).is_none(),
        };
        visit(&reversed, start, &mut is_new, &mut |_| {});
    }
    numbers
}

/// Visits what is not visited yet: `enter` returns false for what is, `leave` is called after all parts.
fn visit<'t>(
    edges: &Edges<'t>,
    start: &'t str,
    enter: &mut impl FnMut(&'t str) -> bool,
    leave: &mut impl FnMut(&'t str),
) {
    let parts = |name: &str| edges.get(name).map_or(&[][..], Vec::as_slice).iter();
    if !enter(start) {
        return;
    }
    let mut path = vec![(start, parts(start))];
    while let Some((name, rest)) = path.last_mut() {
        match rest.next() {
            Some(part) if enter(part) => path.push((part, parts(part))),
            Some(_) => {}
            None => {
                leave(name);
                path.pop();
            }
        }
    }
}
