'use strict';
// A shop under automatic instrumentation; nothing in it knows of OpenTelemetry or Tracezip.
//
//     npm install tracezip express @opentelemetry/api @opentelemetry/sdk-node \
//       @opentelemetry/otlp-transformer @opentelemetry/auto-instrumentations-node
//     OTEL_SERVICE_NAME=shop node --require tracezip/register app.js
//     curl http://localhost:8080/orders/7

const express = require('express');

const app = express();

app.get('/orders/:id', async (req, res) => {
  const stock = await fetch(`http://localhost:${process.env.PORT ?? 8080}/stock/${req.params.id}`);
  res.json({ order: req.params.id, ...(await stock.json()) });
});

app.get('/stock/:id', (req, res) => {
  res.json({ stock: Number(req.params.id) % 3 });
});

app.listen(process.env.PORT ?? 8080, () => console.log('the shop is open'));
