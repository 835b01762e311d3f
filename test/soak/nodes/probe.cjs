'use strict';
/**
 * What the soak's probe pods run. `serve` answers with the node's name; `ask <json>` sends requests, each over a new
 * connection, and prints what came of them by target: `{"web": {"200 node1": 3, "ECONNREFUSED": 1}}`.
 */
const http = require('node:http');
const https = require('node:https');

const timeoutMs = 2_000;
const [mode, words] = process.argv.slice(2);

if (mode === 'serve') {
  http.createServer((_request, response) => response.end(process.env.NODE_NAME)).listen(8080);
  process.on('SIGTERM', () => process.exit(0));
} else {
  void askAll(JSON.parse(words)).then((seen) => console.log(JSON.stringify(seen)));
}

async function askAll(targets) {
  const seen = {};
  for (const target of targets) {
    const counts = (seen[target.name] = {});
    for (let at = 0; at < target.times; at += 1) {
      const answer = await ask(target);
      counts[answer] = (counts[answer] ?? 0) + 1;
    }
  }
  return seen;
}

function ask({ url, method = 'GET', body, ca, servername, headers }) {
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request(url, { method, agent: false, ca, servername, headers, signal }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', (error) => resolve(error.code ?? error.name));
      response.on('end', () => resolve(`${response.statusCode} ${Buffer.concat(chunks).toString().trim()}`.trim()));
    });
    sent.on('error', (error) => resolve(signal.aborted ? 'timeout' : (error.code ?? error.name)));
    sent.end(body);
  });
}
