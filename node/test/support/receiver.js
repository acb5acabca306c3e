'use strict';
// A real HTTP server on localhost that receives OTLP, behaves as it is told, and counts.

const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const path = require('node:path');
const zlib = require('node:zlib');
const { buffer } = require('node:stream/consumers');

const { decompressSync } = require('tracezip');
const { spanNames } = require('./otlp');
const paths = require('./paths');

const SERVERS = JSON.parse(fs.readFileSync(paths.negotiation, 'utf8')).servers;
const DECODERS = { tracezip: decompressSync, gzip: zlib.gunzipSync, deflate: zlib.inflateSync, none: (body) => body };

class Receiver {
  /** The coding of every request, in order. */
  requests = [];
  headers = [];
  sockets = new Set();
  /** Names of spans that were acknowledged, and how often. */
  spans = new Map();
  #server;

  /** `tls`: options of a server of https. */
  constructor(tls) {
    const take = (req, res) => this.#take(req, res);
    this.#server = tls ? https.createServer(tls, take) : http.createServer(take);
    this.scheme = tls ? 'https' : 'http';
    this.behaves('knows');
  }

  /** As this one of tests/negotiation.json. `text`: of refusals; `fields`: more header fields; `millis`: before it answers. */
  behaves(server, { text = '', fields = {}, millis = 0, acknowledgement = Buffer.alloc(0) } = {}) {
    this.answers = { ...SERVERS[server], text, fields, millis, acknowledgement };
  }

  async listen(port = 0) {
    await new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.url = `${this.scheme}://127.0.0.1:${this.#server.address().port}/v1/traces`;
    return this;
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(req, res) {
    const coding = req.headers['content-encoding'] ?? 'none';
    const { text, fields, millis, acknowledgement, ...answers } = this.answers;
    const body = await buffer(req);
    this.requests.push(coding);
    this.headers.push(req.headers);
    this.sockets.add(req.socket);
    const answer = answers[coding === 'tracezip' ? 'tracezip' : 'gzip'];
    if (millis) await new Promise((resolve) => setTimeout(resolve, millis));
    if (answer === 'lost') return req.socket.destroy();
    const acknowledged = answer.status < 300;
    if (acknowledged) {
      for (const name of spanNames(DECODERS[coding](body))) this.spans.set(name, (this.spans.get(name) ?? 0) + 1);
    }
    res.writeHead(answer.status, { ...(answer.advertises && { 'Accept-Encoding': 'tracezip, gzip' }), ...fields });
    res.end(acknowledged ? acknowledgement : text);
  }
}

/** A receiver that lives as long as the test. */
async function receiver(t, tls) {
  const made = await new Receiver(tls).listen();
  t.after(() => made.close());
  return made;
}

/** A certificate for 127.0.0.1 and its key: of these tests only, valid for a hundred years. */
const certificate = {
  cert: path.join(__dirname, 'tls-cert.pem'),
  key: path.join(__dirname, 'tls-key.pem'),
};

module.exports = { certificate, receiver, Receiver };
