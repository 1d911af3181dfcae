//! Changes of the values that a server sends or accepts, judged by their effect on today's SDK.

use std::collections::BTreeSet;

use super::super::change::{Class, What};
use super::super::severity::{Kind, Level};
use super::view::{Part, Seen, View};
use crate::document::Side;

/// Names that are less alike than this are those of two things, where more than one went or came.
const ALIKE: f64 = 0.3;

/// The views of an operation: what the SDK has, and what the server had and has.
pub(super) struct Views<'v> {
    pub(super) sdk: &'v View,
    pub(super) old: &'v View,
    pub(super) new: &'v View,
}

/// A verdict on a place.
pub(super) struct Verdict<'v> {
    pub(super) level: Level,
    pub(super) kind: Kind,
    pub(super) what: What,
    pub(super) seen: &'v Seen,
}

/// A place that the SDK has, and what the server had there.
struct Place<'v> {
    sdk: &'v Seen,
    old: Option<&'v Seen>,
    new: &'v Seen,
}

impl<'v> Views<'v> {
    /// The verdicts on all places that the SDK has.
    pub(super) fn verdicts(&self) -> Vec<Verdict<'v>> {
        let mut verdicts = Vec::new();
        for (part, new) in self.new {
            // A field that the SDK does not have changes only the API.
            let Some(sdk) = self.sdk.get(part) else { continue };
            let place = Place { sdk, old: self.old.get(part), new };
            let mut found = match (place.old, new.is_absent) {
                (old, true) => {
                    let is_new = old.is_none_or(|old| !old.is_absent);
                    is_new.then(|| self.gone(part, &place)).flatten().into_iter().collect()
                }
                (Some(old), false) if old.is_absent => {
                    let mut found = vec![came(part)];
                    found.extend(place.verdicts(part).into_iter().filter(is_breaking));
                    found
                }
                (Some(_), false) => place.verdicts(part),
                (None, false) => place.verdicts(part).into_iter().filter(is_breaking).collect(),
            };
            if matches!(part, Part::Items(_)) {
                found.iter_mut().for_each(|found| {
                    found.2 = What::OfItems(Box::new(found.2.clone()));
                });
            }
            let verdict = |(level, kind, what)| Verdict { level, kind, what, seen: new };
            verdicts.extend(found.into_iter().map(verdict));
        }
        verdicts
    }

    /// A part that the server does not have; where it did not have the whole, it counts if the SDK needs it.
    fn gone(&self, part: &Part, place: &Place<'v>) -> Option<Found> {
        let Place { sdk, old, new } = place;
        let is_sent = new.side == Side::Sent;
        match part {
            Part::Value(_, value) => {
                // A value that the server did not list before is not gone.
                let was_listed = is_sent || old.is_some_and(|old| !old.is_absent);
                let renamed = self.renamed_value(part);
                let what = What::ValueGone { value: value.clone(), is_sent, renamed };
                let kind = if is_sent { Kind::Decoding } else { Kind::Other };
                (old.is_some() && was_listed).then_some((Level::Breaking, kind, what))
            }
            _ if is_sent => {
                old.is_some().then_some((Level::Breaking, Kind::Decoding, What::NotTaken))
            }
            _ => {
                let fails = !sdk.takes_missing();
                let renamed = self.renamed(part);
                let kind = if fails { Kind::Decoding } else { Kind::Other };
                let what = What::FieldGone { fails, renamed };
                (old.is_some() || fails).then_some((Level::Breaking, kind, what))
            }
        }
    }

    /// The new property that is most like one that is gone: of the same type, with the nearest name
    /// (whatever the name, where one went and one came).
    fn renamed(&self, part: &Part) -> Option<String> {
        let Part::Field(owner, wire) = part else { return None };
        let before = self.old.get(part)?;
        let fields = |view: &'v View| -> Vec<(&'v String, &'v Seen)> {
            let fields = view.iter().filter_map(|(part, seen)| match part {
                Part::Field(of, wire) if of == owner && !seen.is_absent => Some((wire, seen)),
                _ => None,
            });
            fields.collect()
        };
        let (was, is) = (fields(self.old), fields(self.new));
        let lacks = |all: &[(&String, &Seen)], wire: &String| all.iter().all(|it| it.0 != wire);
        let fresh: Vec<_> = is.iter().filter(|(wire, _)| lacks(&was, wire)).collect();
        let gone = was.iter().filter(|(wire, _)| lacks(&is, wire)).count();
        let alike = fresh.iter().filter_map(|(name, after)| {
            let likeness = strsim::normalized_damerau_levenshtein(wire, name);
            let is_same =
                before.classes == after.classes && before.may_be_null == after.may_be_null;
            let is_only = gone == 1 && fresh.len() == 1;
            (is_same && (likeness >= ALIKE || is_only)).then_some((likeness, *name))
        });
        let best = alike.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
        best.map(|(_, name)| name.clone())
    }

    /// The only new value, where one value went.
    fn renamed_value(&self, part: &Part) -> Option<String> {
        let Part::Value(owner, _) = part else { return None };
        let values = |view: &'v View| -> BTreeSet<&'v String> {
            let values = view.iter().filter_map(|(part, seen)| match part {
                Part::Value(of, value) if of == owner && !seen.is_absent => Some(value),
                _ => None,
            });
            values.collect()
        };
        let (was, is) = (values(self.old), values(self.new));
        let gone = was.difference(&is).count();
        let mut fresh = is.difference(&was);
        match (gone, fresh.next(), fresh.next()) {
            (1, Some(value), None) => Some((*value).clone()),
            _ => None,
        }
    }
}

/// The level, what it affects, and the sentence.
type Found = (Level, Kind, What);

fn is_breaking(found: &Found) -> bool {
    found.0 == Level::Breaking
}

/// A field that is new on the server, and that the SDK already has.
fn came(part: &Part) -> Found {
    let what = match part {
        Part::Value(_, value) => What::ValueNew { value: value.clone() },
        _ => What::FieldNew,
    };
    (Level::Additive, Kind::Other, what)
}

impl Place<'_> {
    fn verdicts(&self, part: &Part) -> Vec<Found> {
        let mut found = Vec::new();
        if !matches!(part, Part::Value(..)) {
            found.extend(self.class());
            found.extend(self.null());
            // A parameter is judged as a whole.
            if !matches!(part, Part::Param(_)) {
                found.extend(self.missing());
            }
        }
        found
    }

    /// The form before: that of the server or, if the server had none, that of the SDK.
    fn before(&self) -> &Seen {
        self.old.filter(|old| !old.is_absent).unwrap_or(self.sdk)
    }

    fn class(&self) -> Option<Found> {
        let Self { sdk, new, .. } = self;
        let old = self.before();
        if new.side == Side::Sent && new.is_listed && !old.is_listed && !sdk.is_listed {
            return Some((Level::Breaking, Kind::Decoding, What::Listed));
        }
        // The values of a hand-written type are not known, so only the two descriptions can be compared.
        let is_checked = self.old.is_none() && sdk.classes.contains(&Class::Checked);
        if old.classes == new.classes || is_checked {
            return None;
        }
        let fits = |to: &BTreeSet<Class>, from: &BTreeSet<Class>| {
            from.iter().all(|from| to.iter().any(|to| to.takes(*from)))
        };
        let fails = match new.side {
            Side::Received => !fits(&sdk.classes, &new.classes),
            Side::Sent => !fits(&new.classes, &sdk.classes),
        };
        let (was, is) = (old.classes.clone(), new.classes.clone());
        let (level, kind) = match fails {
            true => (Level::Breaking, Kind::Decoding),
            false => (Level::Cosmetic, Kind::Other),
        };
        Some((level, kind, What::Class { was, is, fails }))
    }

    fn null(&self) -> Option<Found> {
        let Self { sdk, new, .. } = self;
        let is_sent = new.side == Side::Sent;
        match (self.before().may_be_null, new.may_be_null) {
            // The SDK may send null.
            (true, false) if is_sent && sdk.may_be_null => {
                Some((Level::Breaking, Kind::Decoding, What::NullRefused))
            }
            (true, false) => Some((Level::Cosmetic, Kind::Other, What::NeverNull)),
            (false, true) if !is_sent && !sdk.takes_null() => {
                Some((Level::Breaking, Kind::Decoding, What::MayBeNull { fails: true }))
            }
            (false, true) => Some((Level::Cosmetic, Kind::Other, What::MayBeNull { fails: false })),
            _ => None,
        }
    }

    fn missing(&self) -> Option<Found> {
        let Self { sdk, new, .. } = self;
        let is_sent = new.side == Side::Sent;
        match (self.before().may_be_missing, new.may_be_missing) {
            (true, false) if is_sent => {
                let what = What::Required { is_new: false };
                Some((Level::Breaking, Kind::Decoding, what))
            }
            (true, false) => Some((Level::Cosmetic, Kind::Other, What::AlwaysThere)),
            (false, true) if !is_sent && !sdk.takes_missing() => {
                Some((Level::Breaking, Kind::Decoding, What::MayBeMissing { fails: true }))
            }
            (false, true) => {
                Some((Level::Cosmetic, Kind::Other, What::MayBeMissing { fails: false }))
            }
            _ => None,
        }
    }
}

impl Seen {
    /// True if the SDK accepts a missing value here: an `Option`, or an empty list.
    fn takes_missing(&self) -> bool {
        self.may_be_missing || self.may_be_null
    }

    /// True if the SDK accepts null here: an `Option`. A list that may be missing does not accept it.
    fn takes_null(&self) -> bool {
        let is_empty_when_missing =
            self.classes.contains(&Class::List) || self.classes.contains(&Class::Map);
        self.may_be_null
            || (self.may_be_missing && !is_empty_when_missing)
            || self.classes.contains(&Class::Any)
    }
}

impl Class {
    /// True if every value of the other class is also a value of this class.
    fn takes(self, other: Self) -> bool {
        self == other
            || matches!(
                (self, other),
                (Self::Any, _)
                    | (Self::Number, Self::Integer)
                    | (Self::Text, Self::Time | Self::Checked)
                    | (Self::Map | Self::Object, Self::Map | Self::Object)
            )
    }
}
