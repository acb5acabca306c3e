/**
 * `node --require tracezip/register app.js`: OpenTelemetry's Node SDK with TracezipSpanExporter, and all automatic
 * instrumentations that are installed (@opentelemetry/auto-instrumentations-node). Set up by the OTEL_* variables.
 */

import { NodeSDK } from '@opentelemetry/sdk-node';

import { TracezipSpanExporter } from './exporter';

/** The instrumentations, if their package is installed. */
function instrumentations(): unknown[] {
  const name = '@opentelemetry/auto-instrumentations-node';
  try {
    require.resolve(name);
  } catch {
    return [];
  }
  return [(require(name) as typeof import('@opentelemetry/auto-instrumentations-node')).getNodeAutoInstrumentations()];
}

const isOff = process.env.OTEL_TRACES_EXPORTER?.trim().toLowerCase() === 'none';
const sdk = new NodeSDK({
  ...(isOff ? {} : { traceExporter: new TracezipSpanExporter() }),
  instrumentations: instrumentations() as never[],
});
sdk.start();

async function shutdown(): Promise<void> {
  try {
    await sdk.shutdown();
  } catch (error) {
    console.error('tracezip/register: the last spans may not have been sent:', error);
  }
}
process.once('beforeExit', shutdown);
// A listener keeps the signal from ending the process: if there is no other one, it is sent again.
process.once('SIGTERM', async () => {
  await shutdown();
  if (process.listenerCount('SIGTERM') === 0) process.kill(process.pid, 'SIGTERM');
});
