//! Media types: their essence, and the form of content of a media type.

/// The form of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// JSON, also of a vendor.
    Json,
    /// An HTML form (`application/x-www-form-urlencoded`).
    UrlEncoded,
    /// A form with parts (`multipart/form-data`).
    Multipart,
    /// Literal text.
    Text,
    /// Bytes.
    Bytes,
}

impl Form {
    /// The form of content of a media type, with or without parameters.
    pub(crate) fn of(media: &str) -> Self {
        match essence(media).as_str() {
            json if json.ends_with("/json") || json.ends_with("+json") => Self::Json,
            "application/x-www-form-urlencoded" => Self::UrlEncoded,
            "multipart/form-data" => Self::Multipart,
            text if text.starts_with("text/") => Self::Text,
            _ => Self::Bytes,
        }
    }
}

/// A media type without its parameters, in lower case.
pub(crate) fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// True if the text can be a media type in a header (RFC 9110): a type and a subtype of token characters.
pub(crate) fn is_media_type(essence: &str) -> bool {
    let is_sign = |c: char| "!#$%&'*+-.^_`|~".contains(c);
    let is_token = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || is_sign(c))
    };
    essence.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_essence_decides_on_the_form_without_case_and_parameters() {
        for (media, form) in [
            ("application/json", Form::Json),
            ("Application/JSON ; charset=utf-8", Form::Json),
            ("application/vnd.github+json", Form::Json),
            ("application/scim+json;v=2", Form::Json),
            ("text/json", Form::Json),
            ("application/json+sarif", Form::Bytes),
            ("application/octet-stream; x=+json", Form::Bytes),
            ("application/x-www-form-urlencoded; charset=utf-8", Form::UrlEncoded),
            ("multipart/Form-Data; boundary=b", Form::Multipart),
            ("Text/plain", Form::Text),
        ] {
            assert_eq!(Form::of(media), form, "{media}");
        }
    }

    #[test]
    fn a_text_that_no_header_can_have_is_not_a_media_type() {
        for media in ["application/vnd.github.v3.star+json", "*/*", "text/x-markdown"] {
            assert!(is_media_type(media), "{media}");
        }
        for text in
            ["", "json", "/json", "a/", "a/b/c", "a/b c", "a/b\r\nx: y", "a/\u{e4}", "a/b,c/d"]
        {
            assert!(!is_media_type(text), "{text}");
        }
    }
}
