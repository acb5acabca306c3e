// A server that receives OTLP over HTTP, as Tracezip, gzip or plain, and counts bytes.
//
//     npm install tracezip express && node receiver.mts   (Node 22.18 or newer; or compile it with tsc)

import express from 'express';
import { tracezip } from 'tracezip/middleware';

const app = express();
app.use(tracezip({ maxSize: 64 << 20 }), express.raw({ type: 'application/x-protobuf', limit: '64mb' }));

app.post('/v1/traces', (req, res) => {
  const otlp: Buffer = req.body;
  console.log(`${otlp.length} bytes of OTLP`);
  res.type('application/x-protobuf').send(Buffer.alloc(0));
});

const port = Number(process.env['PORT'] ?? 4318);
app.listen(port, () => console.log(`http://localhost:${port}/v1/traces`));
