"""The shop's stock: says how many pieces of a product there are, and asks the price service what one costs."""

import os
import signal
import threading

import requests
from flask import Flask, jsonify
from werkzeug.serving import make_server

PRICE = os.environ.get("PRICE_URL", "http://price:8080")
PIECES = {"teapot": 7, "kettle": 3, "spoon": 120}

app = Flask(__name__)


@app.get("/healthz")
def healthz():
    return "ok\n", 200, {"Content-Type": "text/plain"}


@app.get("/stock/<name>")
def stock(name):
    if name not in PIECES:
        return jsonify(error=f"no product {name}"), 404
    try:
        answer = requests.get(f"{PRICE}/price/{name}", timeout=5)
        answer.raise_for_status()
    except requests.RequestException as error:
        return jsonify(error=f"price did not answer: {error}"), 502
    return jsonify(product=name, pieces=PIECES[name], **answer.json())


def main():
    server = make_server("0.0.0.0", 8080, app, threaded=True)
    # shutdown() waits for serve_forever(), which the signal interrupts: so it runs beside it.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print("stock listens on 8080", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
