import { parentPort, workerData } from 'node:worker_threads';
import { builtins } from '../builtins/table.ts';
import type { Evaluation } from '../types.ts';
import { createEvaluator } from './evaluator.ts';
import type { FromWorker, Item, ToWorker, WorkerStart } from './protocol.ts';

/** One thread that evaluates. The main thread ends it when an item does not end. */
const { limits, progress } = workerData as WorkerStart;
const begun = new Int32Array(progress);
const { gc } = globalThis;
// The pool asks V8 for it before it starts a thread.
if (gc === undefined) throw new Error('not a thread of a pool');
const patterns = new Map<string, unknown>();
const evaluator = createEvaluator({
  builtins: new Map(Object.entries(builtins)),
  limits,
  context: () => ({
    nowNanoseconds: BigInt(Date.now()) * 1_000_000n,
    random: Math.random,
    cache: new Map(),
    patterns,
  }),
  collectGarbage: () => gc(),
});

/** What a job has waited for longer is sent on, so that it is not lost with a thread that is ended. */
const flushMs = 20;

/** Evaluates items in their order. What was not sent when this thread is ended is evaluated again elsewhere. */
function work(review: Uint8Array, items: readonly Item[]): void {
  let [from, flushedAt] = [0, performance.now()];
  let beganAt = flushedAt;
  let evaluations: Evaluation[] = [];
  for (const item of items) {
    Atomics.add(begun, 0, 1);
    const evaluation = evaluator.evaluate(review, item);
    const endedAt = performance.now();
    evaluations.push({ ...evaluation, tookMs: endedAt - beganAt });
    beganAt = endedAt;
    const isLast = from + evaluations.length === items.length;
    if (!isLast && endedAt - flushedAt < flushMs) continue;
    const answers: FromWorker = { type: 'answers', from, evaluations };
    parentPort?.postMessage(answers);
    from += evaluations.length;
    evaluations = [];
    flushedAt = performance.now();
    beganAt = flushedAt;
  }
}

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
      work(message.review, message.items);
  }
});
