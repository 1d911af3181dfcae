//! The sentence about a change. Text of a description in it is inline code.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::{Class, Declared, Returns, Rust, Sort, What};
use crate::document::Ty;
use crate::untrusted::inline_code;

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(sort) => write!(f, "is new: {}", sort.addition()),
            Self::Gone(sort) => write!(f, "is gone: code that uses the {sort} does not compile"),
            Self::NewVariant { value, is_open: true } => write!(
                f,
                "is new: the value {}; additive, because the enum is open: an SDK without it keeps the value \
                 as `Unknown`",
                inline_code(value)
            ),
            Self::NewVariant { value, is_open: false } => {
                write!(f, "is new: the value {}; another value to send", inline_code(value))
            }
            Self::GoneVariant { value } => {
                write!(
                    f,
                    "is gone: the value {}; code that names it fails to compile",
                    inline_code(value)
                )
            }
            Self::Arguments { was, is } => {
                write!(f, "takes other arguments: they were ({}), and are ({})", tys(was), tys(is))
            }
            Self::Type { was, is } => {
                write!(f, "is another Rust type: it was `{was}`, and is `{is}`")
            }
            Self::Declared { was, is } => write!(f, "is {is} now; it was {was}"),
            Self::Returned { was, is } => {
                write!(f, "returns something else: it was {was}, and is {is}")
            }
            Self::NoList => f.write_str(
                "is gone, with `all` and `pages`: a page no longer has exactly one list",
            ),
            Self::OtherName { was, is } => write!(
                f,
                "stands for {} on the wire now; it stood for {}",
                inline_code(is),
                inline_code(was)
            ),
            Self::OfItems(what) => write!(f, "(each item) {what}"),
            Self::Server { before } => {
                write!(f, "is new: a server version that is not pinned; compared with {before}")
            }
            _ if self.is_of_operation() => self.of_operation(f),
            _ => self.of_param(f),
        }
    }
}

impl What {
    fn is_of_operation(&self) -> bool {
        matches!(
            self,
            Self::OperationGone
                | Self::OperationNew
                | Self::Moved { .. }
                | Self::Url { .. }
                | Self::Answers { .. }
                | Self::Body { .. }
                | Self::BodyRequired
                | Self::Media { .. }
                | Self::Status { .. }
                | Self::Page
                | Self::Deprecated
        )
    }

    fn of_operation(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OperationGone => f.write_str("is gone: the server does not have the operation"),
            Self::OperationNew => f.write_str("is new: an operation, which the SDK has already"),
            Self::Moved { was, is } => {
                let (was, is) = (inline_code(was), inline_code(is));
                write!(f, "is at another place: it was {was}, and is {is}")
            }
            Self::Url { was, is } => {
                let (was, is) = (inline_code(was), inline_code(is));
                write!(f, "is on another host or path: it was {was}, and is {is}")
            }
            Self::Answers { was, is } => {
                write!(f, "answers something else: it was {was}, and is {is}")
            }
            Self::Body { is_there: true } => f.write_str("takes a body now"),
            Self::Body { is_there: false } => f.write_str("takes no body any more"),
            Self::BodyRequired => f.write_str("needs a body now: a request without it is refused"),
            Self::Media { was, is } => {
                let (was, is) = (inline_code(was), inline_code(is));
                write!(f, "takes another media type: it was {was}, and is {is}")
            }
            Self::Status { is_new } => {
                let verb = if *is_new { "is new in" } else { "is gone from" };
                write!(f, "{verb} the list of answers: every error status is read, listed or not")
            }
            Self::Page => f.write_str("has another page of documentation (`externalDocs`)"),
            _ => f.write_str("is deprecated now"),
        }
    }

    fn of_param(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ParamGone => f.write_str("is gone: the server does not take the parameter"),
            Self::ParamNew => f.write_str("is new: a parameter, which the SDK has already"),
            Self::Required { is_new: true } => {
                f.write_str("is new and must be given: a request without it is refused")
            }
            Self::Required { is_new: false } => {
                f.write_str("must be given now: a request without it is refused")
            }
            Self::NotRequired => f.write_str("need not be given any more"),
            Self::Default { was, is } => write!(
                f,
                "means something else when it is not set: it was {}, and is {}",
                shown(was.as_ref()),
                shown(is.as_ref())
            ),
            Self::Limit { limit, was, is } => write!(
                f,
                "has another `{}`: it was {}, and is {}",
                limit.as_str(),
                shown(was.as_ref()),
                shown(is.as_ref())
            ),
            Self::Listed => f.write_str("takes one of a list of values now; it took any text"),
            _ => self.of_value(f),
        }
    }

    fn of_value(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fails = "and the SDK has no `Option` here: such answers fail";
        match self {
            Self::Class { was, is, fails } => {
                let (was, is) = (classes(was), classes(is));
                let reads = if *fails { "" } else { ", which the SDK handles" };
                write!(f, "is another type: it was {was}, and is {is}{reads}")
            }
            Self::MayBeMissing { fails: true } => write!(f, "may be missing now, {fails}"),
            Self::MayBeMissing { fails: false } => {
                f.write_str("may be missing now, which the SDK expects")
            }
            Self::AlwaysThere => f.write_str("is always there now"),
            Self::MayBeNull { fails: true } => write!(f, "may be null now, {fails}"),
            Self::MayBeNull { fails: false } => {
                f.write_str("may be null now, which the SDK expects")
            }
            Self::NullRefused => {
                f.write_str("must not be null any more: such requests are refused")
            }
            Self::FieldGone { fails, renamed } => {
                f.write_str(match fails {
                    true => "is gone, and the SDK has no `Option` here: every answer fails",
                    false => "is gone: those who read it get nothing",
                })?;
                write_renamed(f, "it is called", renamed.as_deref())
            }
            Self::FieldNew => f.write_str("is new: a field, which the SDK has already"),
            Self::NotTaken => f.write_str("is gone: the server does not take it"),
            Self::ValueGone { value, is_sent, renamed } => {
                let why = match is_sent {
                    true => "a server may refuse it",
                    false => "code that waits for it waits forever",
                };
                write!(f, "is gone: the value {}; {why}", inline_code(value))?;
                write_renamed(f, "it is", renamed.as_deref())
            }
            Self::ValueNew { value } => {
                write!(f, "is new: the value {}, which the SDK has already", inline_code(value))
            }
            _ => f.write_str("is never null any more"),
        }
    }
}

fn write_renamed(f: &mut fmt::Formatter<'_>, verb: &str, renamed: Option<&str>) -> fmt::Result {
    match renamed {
        Some(name) => write!(f, "; perhaps {verb} {} now", inline_code(name)),
        None => Ok(()),
    }
}

impl Sort {
    /// The item as something to have.
    fn addition(self) -> &'static str {
        match self {
            Self::Method => "a method",
            Self::Setter => "a parameter, and so a setter",
            Self::Type => "a type",
            Self::Field => "a field; an SDK without it ignores it",
            Self::Variant => "a variant",
        }
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "method",
            Self::Setter => "setter",
            Self::Type => "type",
            Self::Field => "field",
            Self::Variant => "variant",
        })
    }
}

impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Struct => "a struct",
            Self::OpenEnum => "an open enum",
            Self::ClosedEnum => "a closed enum",
            Self::Union => "a union",
            Self::Id => "an id",
            Self::Newtype => "a newtype",
        })
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::Time => "a time",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Object => "an object",
            Self::Any => "any value",
            Self::Checked => "a checked string",
        })
    }
}

impl fmt::Display for Returns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(ty) => write!(f, "`{}`", Shown(ty)),
            Self::List(ty) => write!(f, "a list with pages of `{}`", Shown(ty)),
            Self::OrNothing(ty) => write!(f, "`Option<{}>`", Shown(ty)),
            Self::Download => f.write_str("a download"),
            Self::Nothing => f.write_str("no body"),
            Self::Flag => f.write_str("yes or no"),
            Self::Several => f.write_str("one of several types"),
        }
    }
}

impl fmt::Display for Rust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ty = Shown(&self.ty);
        match (self.is_optional, self.is_boxed) {
            (true, true) => write!(f, "Option<Box<{ty}>>"),
            (true, false) => write!(f, "Option<{ty}>"),
            (false, true) => write!(f, "Box<{ty}>"),
            (false, false) => write!(f, "{ty}"),
        }
    }
}

/// A type in Rust.
struct Shown<'t>(&'t Ty);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ty::Bool => f.write_str("bool"),
            Ty::Integer { .. } => f.write_str("i64"),
            Ty::Number => f.write_str("f64"),
            Ty::Text => f.write_str("String"),
            Ty::Time => f.write_str("Timestamp"),
            Ty::Json => f.write_str("Value"),
            Ty::List(inner) => write!(f, "Vec<{}>", Shown(inner)),
            Ty::Map(inner) => write!(f, "BTreeMap<String, {}>", Shown(inner)),
            Ty::Named(name) => f.write_str(name),
            Ty::Nullable(inner) => write!(f, "Option<{}>", Shown(inner)),
        }
    }
}

fn tys(tys: &[Ty]) -> String {
    let shown: Vec<_> = tys.iter().map(|ty| format!("`{}`", Shown(ty))).collect();
    shown.join(", ")
}

fn classes(classes: &BTreeSet<Class>) -> String {
    let shown: Vec<_> = classes.iter().map(Class::to_string).collect();
    shown.join(" or ")
}

/// A value, or that there is none.
fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| inline_code(&value.to_string()))
}
