'use strict';
/** The shop's front: answers with a product, its stock and its price, which it asks the stock service for. */
const express = require('express');

const stock = process.env.STOCK_URL ?? 'http://stock:8080';
const app = express();

app.get('/healthz', (_request, response) => {
  response.type('text').send('ok\n');
});

app.get('/products/:name', async (request, response) => {
  try {
    const answer = await fetch(`${stock}/stock/${encodeURIComponent(request.params.name)}`, {
      signal: AbortSignal.timeout(5000),
    });
    response.status(answer.status).json({ service: 'web', ...(await answer.json()) });
  } catch (error) {
    response.status(502).json({ service: 'web', error: `stock did not answer: ${error.message}` });
  }
});

const server = app.listen(8080, () => console.log('web listens on 8080'));

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
