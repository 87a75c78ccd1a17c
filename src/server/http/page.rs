//! The page of a room, for browsers. Its files lie in `src/server/page`.

use axum::extract::{Path, Request};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, UPGRADE, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

const INDEX: &str = include_str!("../page/index.html");
const SCRIPT: &str = include_str!("../page/page.js");
const RECORDING: &str = include_str!("../page/recording.js");
const STYLE: &str = include_str!("../page/page.css");

/// What the page may do: nothing but load its own files, hear, follow and ask its own server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Whether a browser asks for the page of a room: programs that join upgrade, and others do not want HTML.
pub(super) fn is_asked_for(request: &Request) -> bool {
    let headers = request.headers();
    let wants = headers.get(ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"));
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    wants && reads && !headers.contains_key(UPGRADE)
}

/// The page. It is the same for every room, and finds out from its address which it is.
pub(super) fn index() -> Response {
    let mut page = sent("text/html; charset=utf-8", INDEX);
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    page.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    page
}

/// The page's script and style.
pub(super) async fn file(Path(file): Path<String>) -> Response {
    match file.as_str() {
        "page.js" => sent("text/javascript; charset=utf-8", SCRIPT),
        "recording.js" => sent("text/javascript; charset=utf-8", RECORDING),
        "page.css" => sent("text/css; charset=utf-8", STYLE),
        _ => (StatusCode::NOT_FOUND, "no such file\n").into_response(),
    }
}

/// A file that may be another one with the next version of palco.
fn sent(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-cache"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The policy forbids both, so a page that needed them would be dead.
    #[test]
    fn the_page_is_small_and_has_nothing_inline() {
        assert!(INDEX.len() + SCRIPT.len() + STYLE.len() < 30_000);
        for inline in ["<style", "style=", "onclick", "onload", "javascript:", "http://", "https://"] {
            assert!(!INDEX.contains(inline), "{inline} in the page");
        }
        assert_eq!(INDEX.matches("<script").count(), INDEX.matches("<script src=").count());
        for markup in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            for script in [SCRIPT, RECORDING] {
                assert!(!script.contains(markup), "{markup} would take names for markup");
            }
        }
    }
}
