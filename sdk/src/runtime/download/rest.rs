//! The rest of content of which the start is there: the request for it, and the check of the response.

use http::header::{CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::SignedDuration;

use crate::runtime::clock::http_date;
use crate::runtime::response::Meta;

/// The validator of content: a response with the same one has the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validator(HeaderValue);

/// The rest of content, from a byte on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) from: u64,
    /// The bytes of the whole content, if the server has declared them.
    pub(super) total: Option<u64>,
    pub(super) validator: Validator,
}

impl Validator {
    /// The validator of a response, if it has one that `If-Range` allows: a strong ETag; or, without an ETag, a
    /// time of modification that is at least a second before the response.
    pub(super) fn of(meta: &Meta) -> Option<Self> {
        let text = match meta.has(ETAG.as_str()) {
            true => meta.etag().filter(|etag| etag.starts_with('"'))?,
            false => {
                let modified = meta.header(LAST_MODIFIED.as_str())?;
                let age = meta.date()?.duration_since(http_date(modified)?);
                Some(modified).filter(|_| age >= SignedDuration::from_secs(1))?
            }
        };
        HeaderValue::from_str(text).ok().map(Self)
    }
}

impl Rest {
    /// The headers of a request for the rest.
    pub(super) fn headers(&self) -> HeaderMap {
        let range = HeaderValue::try_from(format!("bytes={}-", self.from));
        let range = range.ok().map(|range| (RANGE, range));
        range.into_iter().chain([(IF_RANGE, self.validator.0.clone())]).collect()
    }

    /// The bytes of the whole content, if the response has the rest: all of it, and of the same content.
    pub(super) fn total_in(&self, meta: &Meta) -> Option<u64> {
        let range = meta.header(CONTENT_RANGE.as_str())?.strip_prefix("bytes ")?;
        let (range, total) = range.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let [first, last, total] = [first, last, total].map(|number| number.parse::<u64>().ok());
        let total = total?;
        let is_rest = first? == self.from && last?.checked_add(1)? == total;
        let is_same = self.total.is_none_or(|declared| declared == total)
            && meta.etag().is_none_or(|etag| {
                let validator = self.validator.0.as_bytes();
                !validator.starts_with(b"\"") || validator == etag.as_bytes()
            });
        (meta.status() == StatusCode::PARTIAL_CONTENT && is_rest && is_same).then_some(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: (&str, &str) = ("date", "Mon, 05 Apr 2021 13:14:51 GMT");

    fn meta(status: u16, headers: &[(&'static str, &str)]) -> Meta {
        let headers = headers.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        });
        Meta::new(StatusCode::from_u16(status).unwrap(), headers.collect())
    }

    #[test]
    fn a_validator_is_a_strong_etag_or_a_time_before_the_response() {
        let modified = |time| ("last-modified", time);
        let (before, same) = ("Mon, 05 Apr 2021 13:14:50 GMT", "Mon, 05 Apr 2021 13:14:51 GMT");
        for (headers, validator) in [
            (&[("etag", "\"a\"")][..], Some("\"a\"")),
            (&[("etag", "\"a\""), DATE, modified(before)], Some("\"a\"")),
            (&[DATE, modified(before)], Some(before)),
            (&[DATE, modified(same)], None),
            (&[modified(before)], None),
            (&[DATE, modified("yesterday")], None),
            (&[("etag", "W/\"a\""), DATE, modified(before)], None),
            (&[("etag", "a"), DATE, modified(before)], None),
            (&[DATE], None),
        ] {
            let validator = validator.map(|text| Validator(HeaderValue::from_static(text)));
            assert_eq!(Validator::of(&meta(200, headers)), validator, "{headers:?}");
        }
    }

    fn rest(total: Option<u64>, validator: &'static str) -> Rest {
        Rest { from: 4, total, validator: Validator(HeaderValue::from_static(validator)) }
    }

    #[test]
    fn the_rest_is_requested_on_the_condition_that_the_content_is_the_same() {
        let headers = rest(None, "\"a\"").headers();
        assert_eq!(
            (&headers[RANGE], &headers[IF_RANGE]),
            (&"bytes=4-".parse().unwrap(), &"\"a\"".parse().unwrap())
        );
    }

    #[test]
    fn a_response_with_all_of_the_rest_is_accepted() {
        let part = meta(206, &[("content-range", "bytes 4-9/10"), ("etag", "\"a\"")]);
        for rest in [rest(Some(10), "\"a\""), rest(None, "\"a\""), rest(None, DATE.1)] {
            assert_eq!(rest.total_in(&part), Some(10), "{rest:?}");
        }
        let bare = meta(206, &[("content-range", "bytes 4-9/10")]);
        assert_eq!(rest(Some(10), "\"a\"").total_in(&bare), Some(10));
    }

    #[test]
    fn a_response_with_another_part_or_other_content_is_not_the_rest() {
        let mut others: Vec<_> = [
            "bytes 3-9/10",
            "bytes 5-9/10",
            "bytes 4-8/10",
            "bytes 4-9/*",
            "bytes */10",
            "bytes 4-10/11",
            "bytes 4-18446744073709551615/10",
            "bytes 4/10",
            "items 4-9/10",
            "",
        ]
        .map(|range| meta(206, &[("content-range", range)]))
        .into();
        others.push(meta(206, &[]));
        others.push(meta(200, &[("content-range", "bytes 4-9/10")]));
        others.push(meta(206, &[("content-range", "bytes 4-9/10"), ("etag", "\"b\"")]));
        for other in others {
            let range = other.header("content-range");
            assert_eq!(rest(Some(10), "\"a\"").total_in(&other), None, "{range:?}");
        }
    }
}
