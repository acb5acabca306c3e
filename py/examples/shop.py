"""A Flask application that knows nothing of tracing: OpenTelemetry's auto-instrumentation makes its spans, and
Tracezip sends them.

    pip install 'tracezip[otel]' flask 'opentelemetry-distro[otlp]' opentelemetry-instrumentation-flask
    OTEL_TRACES_EXPORTER=tracezip opentelemetry-instrument flask --app shop run
"""

from flask import Flask

app = Flask(__name__)
PRICES = {"tea": 3, "coffee": 4}


@app.get("/price/<article>")
def price(article: str) -> tuple[str, int]:
    """The price of an article."""
    if article not in PRICES:
        return f"no {article} today\n", 404
    return f"{PRICES[article]}\n", 200
