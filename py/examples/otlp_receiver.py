"""A receiver of OTLP in Flask that reads Tracezip: prints what comes.

    pip install tracezip flask opentelemetry-proto
    flask --app otlp_receiver run --port 4318
"""

import gzip

from flask import Flask, Response, request
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from tracezip.wsgi import TracezipMiddleware

app = Flask(__name__)
app.wsgi_app = TracezipMiddleware(app.wsgi_app)  # type: ignore[method-assign]


@app.post("/v1/traces")
def traces() -> Response:
    """Takes a request: as it is, or as gzip; Tracezip was decoded before."""
    body = request.get_data()
    coding = request.headers.get("Content-Encoding")
    otlp = gzip.decompress(body) if coding == "gzip" else body
    for group in ExportTraceServiceRequest.FromString(otlp).resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                print(f"{span.name}  {(span.end_time_unix_nano - span.start_time_unix_nano) / 1e6:.1f} ms", flush=True)
    return Response(ExportTraceServiceResponse().SerializeToString(), mimetype="application/x-protobuf")
