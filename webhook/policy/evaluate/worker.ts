import { parentPort, workerData } from 'node:worker_threads';
import { builtins } from '../builtins/table.ts';
import { createEvaluator } from './evaluator.ts';
import type { FromWorker, ToWorker, WorkerStart } from './protocol.ts';

/** One thread that evaluates. The main thread ends it when an item does not end. */
const { limits, progress } = workerData as WorkerStart;
const begun = new Int32Array(progress);
const { gc } = globalThis;
// The pool asks V8 for it before it starts a thread.
if (gc === undefined) throw new Error('not a thread of a pool');
const evaluator = createEvaluator({
  builtins: new Map(Object.entries(builtins)),
  limits,
  context: () => ({
    nowNanoseconds: BigInt(Date.now()) * 1_000_000n,
    random: Math.random,
    cache: new Map(),
  }),
  collectGarbage: () => gc(),
});

// The time of the first item begins now, not when this thread was asked for.
Atomics.add(begun, 0, 1);
parentPort?.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'module':
      evaluator.add(message.hash, message.module);
      break;
    case 'forget':
      evaluator.forget(message.hash);
      break;
    case 'job':
      for (const [at, item] of message.items.entries()) {
        if (at < message.from) continue;
        Atomics.add(begun, 0, 1);
        const answer: FromWorker = { type: 'answer', at, evaluation: evaluator.evaluate(message.review, item) };
        parentPort?.postMessage(answer);
      }
  }
});
