"""Ids as the OpenTelemetry SDK for Python draws them: python make_mt19937.py > mt19937.txt

Needs opentelemetry-sdk. A line a span, in the order of their starts: its span id, and behind it its trace id
if it is a root. A line that is a number: so many words were drawn there by somebody else (from request 39 on).
A seed makes the file the same each time.
"""

import random

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import set_span_in_context

random.seed(20240229)
tracer = TracerProvider().get_tracer("ids")


def show(span, root):
    context = span.get_span_context()
    print(f"{context.span_id:016x}" + (f" {context.trace_id:032x}" if root else ""))


for request in range(100):
    root = tracer.start_span("request", context={})
    show(root, True)
    inside = set_span_in_context(root)
    for _ in range(3 + request % 7):
        show(tracer.start_span("call", context=inside), False)
    if request > 40 and request % 16 == 15:
        random.getrandbits(32)
        print(1)
    if request % 40 == 39:
        random.random()
        print(2)
