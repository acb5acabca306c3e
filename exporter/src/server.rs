//! A layer for servers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower_layer::Layer;
use tower_service::Service;
use tracezip::{ErrorKind, Limits};

use crate::negotiation::TOKEN;
use crate::payload::{Coding, gunzip};

/// How much longer than its content a frame can be, in bytes.
const HEADER_ROOM: usize = 16;

/// Decodes requests that come with Tracezip or gzip, and says in every response that it does.
///
/// Requests with other codings pass as they are. A body that is damaged is answered with 400, one that is too long
/// with 413, one of a newer version with 415; the answer is the `google.rpc.Status` that OTLP wants, with the number of
/// the error code of Tracezip in its message.
#[derive(Clone, Debug, Default)]
pub struct TracezipLayer {
    limits: Limits,
}

impl TracezipLayer {
    /// With the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// The most bytes that a request may have, after decoding. Default: 64 MiB.
    #[must_use]
    pub fn max_decoded_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_decoded_bytes = bytes;
        self
    }
}

impl<S> Layer<S> for TracezipLayer {
    type Service = TracezipService<S>;

    fn layer(&self, inner: S) -> TracezipService<S> {
        TracezipService { inner, limits: self.limits }
    }
}

/// What [`TracezipLayer`] makes of a service.
#[derive(Clone, Debug)]
pub struct TracezipService<S> {
    inner: S,
    limits: Limits,
}

impl<S, B, R> Service<Request<B>> for TracezipService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + From<Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that is ready is the one to call.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let limits = self.limits;
        Box::pin(async move {
            let is_json = request.headers().get(CONTENT_TYPE).is_some_and(|media| media == "application/json");
            let mut response = match decoded(request, limits).await {
                Ok(request) => inner.call(request).await?,
                Err(refusal) => refusal.answer(is_json),
            };
            response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("tracezip, gzip"));
            Ok(response)
        })
    }
}

/// The request without its coding.
async fn decoded<B>(request: Request<B>, limits: Limits) -> Result<Request<B>, Refusal>
where
    B: Body<Data = Bytes> + From<Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let Some(coding @ (Coding::Gzip | Coding::Tracezip)) = Coding::of(request.headers()) else {
        return Ok(request);
    };
    let (mut head, body) = request.into_parts();
    let body = match Limited::new(body, limits.max_decoded_bytes.saturating_add(HEADER_ROOM)).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(Refusal::too_long(limits)),
        Err(error) => return Err(Refusal { status: StatusCode::BAD_REQUEST, message: error.to_string() }),
    };
    let otlp = if coding == Coding::Gzip { from_gzip(&body, limits) } else { from_frame(&body, limits) }?;
    head.headers.remove(CONTENT_ENCODING);
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(otlp.len()));
    Ok(Request::from_parts(head, B::from(otlp.into())))
}

fn from_gzip(body: &[u8], limits: Limits) -> Result<Vec<u8>, Refusal> {
    match gunzip(body, limits.max_decoded_bytes) {
        Ok(otlp) if otlp.len() > limits.max_decoded_bytes => Err(Refusal::too_long(limits)),
        Ok(otlp) => Ok(otlp),
        Err(error) => Err(Refusal { status: StatusCode::BAD_REQUEST, message: format!("gzip: {error}") }),
    }
}

fn from_frame(frame: &[u8], limits: Limits) -> Result<Vec<u8>, Refusal> {
    tracezip::decompress_with(frame, limits).map_err(|error| {
        let is_too_long = tracezip::decompressed_len(frame).is_ok_and(|len| len > limits.max_decoded_bytes as u64);
        let status = match error.kind() {
            ErrorKind::LimitExceeded if is_too_long => StatusCode::PAYLOAD_TOO_LARGE, // with gzip as well
            ErrorKind::LimitExceeded | ErrorKind::UnsupportedVersion => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::BAD_REQUEST,
        };
        Refusal { status, message: format!("{TOKEN}: {error} [tracezip error {}]", error.kind().code()) }
    })
}

/// A request that is not taken, and why.
struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    fn too_long(limits: Limits) -> Self {
        let message = format!("too long: the limit is {} bytes", limits.max_decoded_bytes);
        Refusal { status: StatusCode::PAYLOAD_TOO_LARGE, message }
    }

    /// A `google.rpc.Status` with the code `INVALID_ARGUMENT`, in the format of the request.
    fn answer<R: From<Bytes>>(self, is_json: bool) -> Response<R> {
        let (media, body) = if is_json {
            let message: String = self.message.chars().filter(|c| !c.is_control() && !"\"\\".contains(*c)).collect();
            ("application/json", format!("{{\"code\":3,\"message\":\"{message}\"}}").into_bytes())
        } else {
            ("application/x-protobuf", self.protobuf())
        };
        let mut response = Response::new(R::from(body.into()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
        response
    }

    /// Field 1, the code, and field 2, the message, of which the length is a varint.
    fn protobuf(&self) -> Vec<u8> {
        let mut body = vec![0x08, 3, 0x12];
        let mut length = self.message.len();
        while length >= 0x80 {
            body.push(length as u8 | 0x80);
            length >>= 7;
        }
        body.push(length as u8);
        body.extend_from_slice(self.message.as_bytes());
        body
    }
}
