// The exporter in an SDK that is set up by hand.

import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import { TracezipSpanExporter } from 'tracezip/exporter';

const exporter: SpanExporter = new TracezipSpanExporter({ url: 'http://localhost:4318/v1/traces', mode: 'auto', level: 3 });
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });

provider.getTracer('example').startSpan('hello').end();
await provider.shutdown();
