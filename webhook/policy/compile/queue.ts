/** What became of a job: what it made, or why it was not run to its end. */
export type Queued<T> =
  { readonly outcome: 'done'; readonly value: T } | { readonly outcome: 'refused'; readonly reason: string };

export interface QueueBounds {
  readonly waitingPerOwner: number;
  readonly waiting: number;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: (reason: string) => void;
}

export interface Queue {
  /**
   * Runs the job when its owner's turn comes. Its signal is aborted by the caller's signal and by `drain`; a job that
   * ends by it still says what it made.
   */
  run<T>(owner: string, job: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<Queued<T>>;
  drain(): Promise<void>;
}

/**
 * One job at a time; owners take turns, and each owner's jobs keep their order. So an owner who floods the queue delays
 * others by one job each, and is refused past the bound.
 */
export function createQueue(bounds: QueueBounds): Queue {
  // Owners in the order of their turns; an owner is here only while something of theirs waits.
  const turns = new Map<string, Waiting[]>();
  const draining = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let isBusy = false;

  function next(): void {
    const [turn] = turns;
    if (isBusy || turn === undefined) return;
    const [owner, jobs] = turn;
    const job = jobs.shift();
    turns.delete(owner);
    if (jobs.length > 0) turns.set(owner, jobs);
    job?.start();
  }

  function remove(owner: string, job: Waiting): void {
    const rest = (turns.get(owner) ?? []).filter((other) => other !== job);
    if (rest.length > 0) turns.set(owner, rest);
    else turns.delete(owner);
  }

  function boundOf(owner: string): string | undefined {
    if (draining.signal.aborted) return 'this replica is shutting down';
    const own = turns.get(owner)?.length ?? 0;
    if (own >= bounds.waitingPerOwner) return `${own} compilations of namespace ${owner} are waiting already`;
    const all = [...turns.values()].reduce((sum, jobs) => sum + jobs.length, 0);
    return all >= bounds.waiting ? `${all} compilations are waiting already` : undefined;
  }

  return {
    async run(owner, job, signal) {
      const bound = boundOf(owner);
      if (bound !== undefined) return { outcome: 'refused', reason: bound };
      if (signal?.aborted === true) return { outcome: 'refused', reason: 'nobody waits for it any more' };
      return await new Promise((resolve, reject) => {
        const onAbort = (): void => {
          remove(owner, waiting);
          resolve({ outcome: 'refused', reason: 'it waited too long for its turn' });
        };
        const waiting: Waiting = {
          refuse: (reason) => resolve({ outcome: 'refused', reason }),
          start() {
            signal?.removeEventListener('abort', onAbort);
            isBusy = true;
            const both = AbortSignal.any([draining.signal, ...(signal === undefined ? [] : [signal])]);
            const run = job(both).then((value) => resolve({ outcome: 'done', value }), reject);
            running = run.finally(() => {
              isBusy = false;
              next();
            });
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        turns.set(owner, [...(turns.get(owner) ?? []), waiting]);
        next();
      });
    },
    async drain() {
      const waiting = [...turns.values()].flat();
      turns.clear();
      draining.abort(new Error('this replica is shutting down'));
      for (const job of waiting) job.refuse('this replica is shutting down');
      await running;
    },
  };
}
