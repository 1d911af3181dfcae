//! The content of a request: its setters collect it, and it is encoded in the media type of the operation.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use http::HeaderValue;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::runtime::args::arg::Arg;
use crate::runtime::args::bounds::Bounded;
use crate::runtime::args::invalid_input::{InvalidInput, quoted};
use crate::runtime::request::body::Body;
use crate::runtime::request::data::Data;
use crate::runtime::response::decode::json_path;

/// The encoded content of a request.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    pub(crate) content_type: HeaderValue,
    pub(crate) body: Body,
}

#[allow(dead_code, reason = "only some sets of operations send content")]
impl Data {
    /// Sends a value, as JSON or as a form.
    pub(crate) fn body<T: Serialize>(mut self, value: &T) -> Self {
        if is_json(self.operation.sends()) {
            return match serde_json::to_vec(value) {
                Ok(json) => self.raw(json),
                Err(error) => self.unencodable("body", value, &error),
            };
        }
        match serde_json::to_value(value) {
            Ok(Value::Object(fields)) => self.fields = Some(fields),
            Ok(_) => {
                let refused = InvalidInput::new("a form needs an object");
                return self.refused(refused.of_argument("body"));
            }
            Err(error) => return self.unencodable("body", value, &error),
        }
        self
    }

    /// As [`body`](Self::body), for integers with bounds.
    pub(crate) fn body_within<T: Serialize + Bounded>(
        self,
        value: &T,
        bounds: RangeInclusive<i64>,
    ) -> Self {
        match value.check(&bounds) {
            Ok(()) => self.body(value),
            Err(refused) => self.refused(refused.of_argument("body")),
        }
    }

    /// Sends content as it is.
    pub(crate) fn raw(mut self, body: impl Into<Body>) -> Self {
        let body = body.into();
        if let Some(media) = body.media_type().filter(|media| header(media).is_none()) {
            let refused = InvalidInput::new(format!("{} is not a media type", quoted(media)));
            return self.refused(refused.of_argument("body"));
        }
        self.body = Some(body);
        self
    }

    /// Sends an object, also if none of its fields is set.
    pub(crate) fn object(mut self) -> Self {
        self.fields.get_or_insert_default();
        self
    }

    /// Sets a field of the object.
    pub(crate) fn field<T: Serialize>(mut self, name: &'static str, value: T) -> Self {
        match serde_json::to_value(&value) {
            Ok(value) => {
                self.fields.get_or_insert_default().insert(name.to_owned(), value);
            }
            Err(error) => return self.unencodable(name, &value, &error),
        }
        self
    }

    /// As [`field`](Self::field), for integers with bounds.
    pub(crate) fn field_within<T: Serialize + Bounded>(
        self,
        name: &'static str,
        value: T,
        bounds: RangeInclusive<i64>,
    ) -> Self {
        self.set_field(name, checked(value, &bounds))
    }

    /// Sets a field of the object to an argument.
    pub(crate) fn field_arg<T: Serialize>(self, name: &'static str, value: impl Arg<T>) -> Self {
        self.set_field(name, value.arg())
    }

    /// As [`field_arg`](Self::field_arg), for an integer with bounds.
    pub(crate) fn field_arg_within(
        self,
        name: &'static str,
        value: impl Arg<i64>,
        bounds: RangeInclusive<i64>,
    ) -> Self {
        self.set_field(name, value.arg().and_then(|value| checked(value, &bounds)))
    }

    /// Sets a field of the object to a list of arguments.
    pub(crate) fn field_list<T: Serialize, A: Arg<T>>(
        self,
        name: &'static str,
        values: impl IntoIterator<Item = A>,
    ) -> Self {
        self.set_field(name, values.into_iter().map(Arg::arg).collect::<Result<Vec<T>, _>>())
    }

    /// As [`field_list`](Self::field_list), for integers with bounds.
    pub(crate) fn field_list_within<A: Arg<i64>>(
        self,
        name: &'static str,
        values: impl IntoIterator<Item = A>,
        bounds: RangeInclusive<i64>,
    ) -> Self {
        let values: Result<Vec<i64>, _> = values.into_iter().map(Arg::arg).collect();
        self.set_field(name, values.and_then(|values| checked(values, &bounds)))
    }

    fn set_field<T: Serialize>(self, name: &'static str, value: Result<T, InvalidInput>) -> Self {
        match value {
            Ok(value) => self.field(name, value),
            Err(refused) => self.refused(refused.of_argument(name)),
        }
    }

    /// Refuses a value that cannot be encoded. It is encoded once more, to find the place.
    fn unencodable<T: Serialize>(
        self,
        name: &'static str,
        value: &T,
        error: &serde_json::Error,
    ) -> Self {
        let mut track = serde_path_to_error::Track::new();
        let mut serializer = serde_json::Serializer::new(std::io::sink());
        let serializer = serde_path_to_error::Serializer::new(&mut serializer, &mut track);
        let place = match value.serialize(serializer) {
            Ok(()) => String::new(),
            Err(_) => json_path(&track.path()),
        };
        let place = place.trim_start_matches(['$', '.']);
        let at = if place.is_empty() { String::new() } else { format!(" `{place}`") };
        let refused = InvalidInput::new(format!("the value{at} cannot be encoded: {error}"));
        self.refused(refused.of_argument(name))
    }
}

impl Data {
    /// The content in the media type of the operation; `None` if the request sends none.
    pub(crate) fn encoded(&self) -> Option<Encoded> {
        let media = self.operation.sends();
        let plain = HeaderValue::try_from(media)
            .unwrap_or(HeaderValue::from_static("application/octet-stream"));
        let Some(fields) = &self.fields else {
            return self.body.clone().map(|body| Encoded {
                content_type: body.media_type().and_then(header).unwrap_or(plain),
                body,
            });
        };
        let (content_type, body) = match media {
            "application/x-www-form-urlencoded" => (plain, form(fields).into()),
            "multipart/form-data" => {
                let (content_type, body) = multipart(fields);
                (content_type, body.into())
            }
            _ => (plain, Value::Object(fields.clone()).to_string().into()),
        };
        Some(Encoded { content_type, body })
    }
}

/// The value, if its integers are within the bounds.
#[allow(dead_code, reason = "only some sets of operations send integers with bounds")]
fn checked<T: Bounded>(value: T, bounds: &RangeInclusive<i64>) -> Result<T, InvalidInput> {
    value.check(bounds).map(|()| value)
}

/// A media type with optional parameters, as the value of a header.
fn header(media: &str) -> Option<HeaderValue> {
    let (kind, subtype) = media.split(';').next()?.trim().split_once('/')?;
    let is_token = |text: &str| {
        let is_sign = |c: char| "!#$%&'*+-.^_`|~".contains(c);
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || is_sign(c))
    };
    HeaderValue::from_str(media).ok().filter(|_| is_token(kind) && is_token(subtype))
}

/// True for JSON, also of a vendor, whatever the case and the parameters of its media type.
pub(crate) fn is_json(media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json")
}

/// The texts of a field of a form: a list has one for each item, and null has none.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn form(fields: &Map<String, Value>) -> String {
    let mut form = reqwest::Url::parse("a:").ok();
    let pairs = fields
        .iter()
        .flat_map(|(name, value)| texts(value).into_iter().map(move |text| (name.as_str(), text)));
    if let Some(url) = &mut form {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    form.as_ref().and_then(|url| url.query()).unwrap_or_default().to_owned()
}

fn multipart(fields: &Map<String, Value>) -> (HeaderValue, String) {
    let parts: Vec<_> = fields
        .iter()
        .flat_map(|(name, value)| texts(value).into_iter().map(move |text| (name, text)))
        .collect();
    // The loop repeats until no part contains the boundary.
    let mut boundary = String::new();
    while boundary.is_empty() || parts.iter().any(|(_, text)| text.contains(&boundary)) {
        boundary = format!("{:032x}", fastrand::u128(..));
    }
    let mut body = String::new();
    for (name, text) in parts {
        // HTML's escapes of a name: it ends at a quote, and its header at a line break.
        let name = name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22");
        // Writing to a string cannot fail.
        let _ = write!(
            body,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        );
    }
    let _ = write!(body, "--{boundary}--\r\n");
    let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"));
    (content_type.unwrap_or(HeaderValue::from_static("multipart/form-data")), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn the_essence_of_a_media_type_says_whether_it_is_json() {
        for media in [
            "application/json",
            "Application/JSON ; charset=utf-8",
            "application/vnd.github+json",
            "application/scim+json; v=2",
        ] {
            assert!(is_json(media), "{media}");
        }
        for media in ["", "text/plain", "application/json+sarif", "text/plain; x=+json"] {
            assert!(!is_json(media), "{media}");
        }
    }

    #[test]
    fn a_form_has_each_value_as_text_and_no_null() {
        let value =
            serde_json::json!({"a b": "x&y", "list": [1, true], "none": null, "map": {"k": 1}});
        assert_eq!(form(&object(value)), "a+b=x%26y&list=1&list=true&map=%7B%22k%22%3A1%7D");
    }

    #[test]
    fn the_name_of_a_part_cannot_end_its_header() {
        let value = serde_json::json!({"a\"; x=\"\r\nHeader: 1": "text\r\n--end"});
        let (content_type, body) = multipart(&object(value));
        let boundary = content_type.to_str().unwrap().split_once("boundary=").unwrap().1;
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"a%22; x=%22%0D%0AHeader: 1\"\r\n\r\n\
             text\r\n--end\r\n--{boundary}--\r\n"
        );
        assert_eq!(body, expected);
    }
}
