import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Timer } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/log.ts';
import type { Evaluation } from '../types.ts';
import { createBreaker } from './breaker.ts';
import type { FromWorker, Item, ToWorker, WorkerLimits, WorkerStart } from './protocol.ts';

export interface PoolOptions {
  /** The worker's script: worker.ts, or its bundle. */
  readonly script: URL;
  readonly workers: number;
  /** How long one item may take. */
  readonly timeoutMs: number;
  /** How long a review may wait for a worker; the API server gives up after 3 s. */
  readonly queueMs: number;
  readonly limits: WorkerLimits;
  readonly timer: Timer;
  readonly log: Logger;
}

/** Threads that evaluate policies, so that none stalls anything else, and a runaway is ended. */
export interface Pool {
  add(hash: string, module: WebAssembly.Module): void;
  forget(hash: string): void;
  /** Evaluates items for one request (JSON text); never rejects. Evaluations are in the order of the items. */
  evaluate(review: string, items: readonly Item[]): Promise<readonly Evaluation[]>;
  close(): Promise<void>;
}

interface Job {
  readonly review: Uint8Array;
  readonly items: readonly Item[];
  /** By the positions of their items. */
  readonly evaluations: Map<number, Evaluation>;
  readonly since: number;
  readonly done: (evaluations: readonly Evaluation[]) => void;
}

interface Thread {
  worker: Worker;
  progress: Int32Array;
  job: Job | undefined;
  /** Positions of the items that it was given of its job, and how many of these it answered. */
  given: readonly number[];
  answered: number;
  /** What `progress` will say as the first of them begins. */
  beginsAt: number;
  /** What `progress` said when it was last another, and when that was. */
  seen: number;
  seenAt: number;
}

/** How long a thread may take to start: to load its script and its modules. */
const startMs = 10_000;

/** Beyond so many reviews that wait, a further one is answered at once. */
const queueLimit = 1_000;

/** Makes a pool; its threads start with the first module. */
export function createPool(options: PoolOptions): Pool {
  const { timer, log, timeoutMs } = options;
  // What threads free memories of instances with, `gc`: 30 policies that used up theirs came to 2 GB without it.
  setFlagsFromString('--expose-gc');
  const modules = new Map<string, WebAssembly.Module>();
  const breaker = createBreaker(timer);
  const queue: Job[] = [];
  const threads: Thread[] = [];
  let isClosed = false;
  let watching: AbortController | undefined;

  const start = (): Pick<Thread, 'worker' | 'progress'> => {
    const progress = new SharedArrayBuffer(4);
    const workerData: WorkerStart = { limits: options.limits, progress };
    // Its own heap is small: what policies make is in the memory of their instances. JSON may be 10 000 deep.
    const resourceLimits = { maxOldGenerationSizeMb: 64, stackSizeMb: 32 };
    const worker = new Worker(options.script, { workerData, resourceLimits });
    for (const [hash, module] of modules) send(worker, { type: 'module', hash, module });
    return { worker, progress: new Int32Array(progress) };
  };

  const finish = (thread: Thread): void => {
    const { job } = thread;
    if (job === undefined || job.evaluations.size < job.items.length) return;
    thread.job = undefined;
    job.done(job.items.map((_, at) => job.evaluations.get(at) ?? barred));
    next();
  };

  const listen = (thread: Thread): void => {
    const { worker } = thread;
    worker.on('message', ({ from, evaluations }: FromWorker) => {
      if (thread.worker !== worker || thread.job === undefined || thread.answered !== from) return;
      for (const [at, evaluation] of evaluations.entries()) {
        const place = thread.given[from + at] ?? 0;
        thread.job.evaluations.set(place, evaluation);
        const item = thread.job.items[place];
        // It ran away as well: only that its memory ended before its time did.
        if (item !== undefined && evaluation.outcome === 'failed' && evaluation.code === 'PolicyMemory') {
          breaker.note(keyOf(item));
        }
      }
      thread.answered += evaluations.length;
      thread.seenAt = timer.now();
      finish(thread);
    });
    const fail = (error: Error): void => {
      if (thread.worker !== worker) return;
      log.error('policy.worker.failed', { error });
      const isMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
      replace(thread, isMemory ? 'PolicyMemory' : 'PolicyBroken', `ended its thread: ${error.message}`);
    };
    worker.on('error', fail);
    worker.on('messageerror', fail);
  };

  /** Ends a thread: the item that it was at is answered, the others that it did not answer go on in a new one. */
  const replace = (thread: Thread, code: 'PolicyTimeout' | 'PolicyMemory' | 'PolicyBroken', message: string): void => {
    void thread.worker.terminate();
    if (isClosed) return;
    // What was answered is not what it was at, though the message came a moment before the item's own end was seen.
    const begun = Atomics.load(thread.progress, 0) - thread.beginsAt;
    const at = thread.given[Math.max(begun, thread.answered)];
    Object.assign(thread, start());
    listen(thread);
    const { job } = thread;
    if (job === undefined) return;
    const item = at === undefined ? undefined : job.items[at];
    if (at !== undefined && item !== undefined) {
      breaker.note(keyOf(item));
      job.evaluations.set(at, { outcome: 'failed', code, message });
    }
    dispatch(thread, job);
    finish(thread);
  };

  const dispatch = (thread: Thread, job: Job): void => {
    const { review, items, evaluations } = job;
    const open = items.map((item, at) => ({ item, at })).filter(({ at }) => !evaluations.has(at));
    thread.job = job;
    thread.given = open.map(({ at }) => at);
    thread.answered = 0;
    thread.seen = Atomics.load(thread.progress, 0);
    thread.seenAt = timer.now();
    // It counts once more when it has started.
    thread.beginsAt = Math.max(thread.seen, 1) + 1;
    if (open.length > 0) send(thread.worker, { type: 'job', review, items: open.map(({ item }) => item) });
    watch();
  };

  const next = (): void => {
    for (const thread of threads) {
      if (thread.job !== undefined) continue;
      let job = queue.shift();
      while (job !== undefined && timer.now() - job.since > options.queueMs) {
        refuse(job, `waited ${options.queueMs} ms for a thread`);
        job = queue.shift();
      }
      if (job === undefined) return;
      dispatch(thread, job);
    }
  };

  /** Looks at busy threads, several times within the time that an item has, for as long as there are any. */
  const watch = (): void => {
    if (watching !== undefined) return;
    const ending = new AbortController();
    watching = ending;
    const look = async (): Promise<void> => {
      while (threads.some(({ job }) => job !== undefined) && !ending.signal.aborted) {
        await timer.wait(timeoutMs / 8, ending.signal);
        for (const thread of threads) judge(thread);
      }
      watching = undefined;
    };
    void look();
  };

  const judge = (thread: Thread): void => {
    if (thread.job === undefined) return;
    const seen = Atomics.load(thread.progress, 0);
    if (seen !== thread.seen) {
      thread.seen = seen;
      thread.seenAt = timer.now();
      return;
    }
    // A thread that has yet to start is not at any item; on a busy node that takes longer than an item may.
    const limitMs = seen === 0 ? startMs : timeoutMs;
    if (timer.now() - thread.seenAt >= limitMs) {
      replace(thread, 'PolicyTimeout', `took longer than ${limitMs} ms`);
    }
  };

  const refuse = (job: Job, message: string): void => {
    const evaluation: Evaluation = { outcome: 'failed', code: 'PolicyTimeout', message };
    job.done(job.items.map(() => evaluation));
  };

  /** Where nobody writes policies, no thread costs memory. */
  const startAll = (): void => {
    while (threads.length < options.workers && !isClosed) {
      const idle = { job: undefined, given: [], answered: 0, beginsAt: 0, seen: 0, seenAt: 0 };
      const thread: Thread = { ...start(), ...idle };
      threads.push(thread);
      listen(thread);
    }
  };

  const run = (review: Uint8Array, items: readonly Item[]): Promise<readonly Evaluation[]> =>
    new Promise((done) => {
      const job: Job = { review, items, evaluations: new Map(), since: timer.now(), done };
      if (isClosed || queue.length >= queueLimit) {
        refuse(job, isClosed ? 'this replica is stopping' : `${queueLimit} requests wait for a thread`);
        return;
      }
      queue.push(job);
      startAll();
      next();
    });

  return {
    add: (hash, module) => {
      for (const { worker } of threads) send(worker, { type: 'module', hash, module });
      modules.set(hash, module);
      startAll();
    },
    forget: (hash) => {
      modules.delete(hash);
      for (const { worker } of threads) send(worker, { type: 'forget', hash });
    },
    evaluate: async (review, items) => {
      const open = new Set(items.filter((item) => breaker.isOpen(keyOf(item))));
      const asked = items.filter((item) => !open.has(item));
      const answered = asked.length === 0 ? [] : await run(Buffer.from(review), asked);
      const rest = answered.values();
      return items.map((item) => (open.has(item) ? barred : (rest.next().value ?? barred)));
    },
    close: async () => {
      isClosed = true;
      watching?.abort();
      for (const job of [...queue.splice(0), ...threads.flatMap(({ job }) => (job === undefined ? [] : [job]))]) {
        refuse(job, 'this replica is stopping');
      }
      await Promise.all(threads.map(async ({ worker }) => await worker.terminate()));
    },
  };
}

const barred: Evaluation = {
  outcome: 'failed',
  code: 'PolicyTimeout',
  message: 'ran away three times within a minute, and is not asked for 30 s',
};

function keyOf({ module, entrypoint, parameters }: Item): string {
  return `${module} ${entrypoint} ${parameters}`;
}

function send(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}
