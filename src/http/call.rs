//! What is sent: method, path, headers and body, with the request's number where it stands in them.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Uri};

/// Stands for the number of the request in a path and a body.
const NUMBER: &str = "{request}";

/// A request that is made over and over. Its headers may hold credentials, so it is never shown.
#[derive(Clone)]
pub struct Call {
    method: Method,
    path: Text,
    headers: HeaderMap,
    body: Text,
}

/// What of a request cannot be sent. No message says what was found: it may be a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Not a method.
    #[error("the method of the request is none that HTTP has")]
    Method,
    /// Not a path.
    #[error("the path of the request is none that HTTP has: begin it with / and encode what is no letter")]
    Path,
    /// Not a header.
    #[error("the header {0} has a name or a value that HTTP does not have")]
    Header(String),
}

impl Call {
    /// A request to this method and path, with these headers and this body.
    ///
    /// # Errors
    /// When HTTP has no such request.
    pub fn new(
        method: &str,
        (base, path): (&str, &str),
        headers: &[(String, String)],
        body: &str,
    ) -> Result<Self, CallError> {
        let method = method.parse().map_err(|_| CallError::Method)?;
        let path = Text::of(&format!("{base}{path}"));
        path.with(0).parse::<Uri>().ok().filter(|uri| uri.path().starts_with('/')).ok_or(CallError::Path)?;
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let wrong = || CallError::Header(name.clone());
            let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
            value.set_sensitive(true);
            map.append(name.parse::<HeaderName>().map_err(|_| wrong())?, value);
        }
        Ok(Self { method, path, headers: map, body: Text::of(body) })
    }

    /// The request of this number, to this host.
    pub(super) fn request(&self, host: &HeaderValue, number: u64) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.bytes(number)));
        *request.method_mut() = self.method.clone();
        // It was a path with one number, and is one with every other.
        *request.uri_mut() = self.path.with(number).parse().unwrap_or_default();
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().entry(HOST).or_insert_with(|| host.clone());
        request
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Call(not shown)")
    }
}

/// A text in which the number of the request may stand.
#[derive(Clone)]
struct Text {
    /// What stands between the numbers.
    parts: Vec<String>,
    /// All of it where there is no number: it is sent as it is.
    whole: Bytes,
}

impl Text {
    fn of(text: &str) -> Self {
        Self { parts: text.split(NUMBER).map(str::to_owned).collect(), whole: Bytes::from(text.to_owned()) }
    }

    fn with(&self, number: u64) -> String {
        self.parts.join(&number.to_string())
    }

    fn bytes(&self, number: u64) -> Bytes {
        if self.parts.len() == 1 { self.whole.clone() } else { self.with(number).into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_number_of_the_request_stands_in_path_and_body() {
        let body = r#"{"name": "job {request}"}"#;
        let call = Call::new("POST", ("/api", "/x/{request}?n={request}"), &headers(&[("a", "b")]), body);
        let request = call.unwrap().request(&HeaderValue::from_static("h:1"), 17);
        assert_eq!((request.method(), request.uri().to_string().as_str()), (&Method::POST, "/api/x/17?n=17"));
        assert_eq!(
            (&request.headers()["host"], &request.headers()["a"]),
            (&"h:1".parse().unwrap(), &"b".parse().unwrap())
        );
        assert_eq!(
            format!("{:?}", request.body()),
            format!("{:?}", Full::new(Bytes::from(r#"{"name": "job 17"}"#)))
        );
    }

    #[test]
    fn what_http_does_not_have_is_refused_and_not_shown() {
        let call = |method, path, pairs: &[(&str, &str)]| Call::new(method, ("", path), &headers(pairs), "");
        let fault = |call: Result<Call, CallError>| call.unwrap_err().to_string();
        assert!(fault(call("GE T", "/", &[])).contains("method"));
        assert!(fault(call("GET", "no slash", &[])).contains("path"));
        let secret = fault(call("GET", "/", &[("authorization", "s3cret\nx")]));
        assert!(secret.contains("authorization") && !secret.contains("s3cret"), "{secret}");
        let sound = call("GET", "/s3cret", &[("authorization", "s3cret")]).unwrap();
        assert!(!format!("{sound:?}").contains("s3cret"));
    }
}
