import type { Builtin, BuiltinContext } from '../builtins/types.ts';
import type { Evaluation } from '../types.ts';
import { Input } from '../wasm/input.ts';
import { createInstance, ModuleError } from '../wasm/instance.ts';
import type { PolicyInstance } from '../wasm/instance.ts';
import type { Item, WorkerLimits } from './protocol.ts';
import { violationsOf } from './violations.ts';

/** Evaluates items one after the other, with an instance of each module that stays for the next review. */
export interface Evaluator {
  add(hash: string, module: WebAssembly.Module): void;
  forget(hash: string): void;
  /** `review`: the request, as JSON text. */
  evaluate(review: Uint8Array, item: Item): Evaluation;
  readonly keptBytes: number;
}

export interface EvaluatorOptions {
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly limits: WorkerLimits;
  readonly context: () => BuiltinContext;
  /** Frees memories that nobody refers to any more: V8 does not see how large they are, and would wait too long. */
  readonly collectGarbage: () => void;
}

/** So much memory may wait to be freed. */
const garbageBytes = 16 << 20;

interface Kept {
  readonly instance: PolicyInstance;
  dataKey: string | undefined;
}

/** Makes an evaluator. Instances over `keptBytes` go, those that were not used for longest first. */
export function createEvaluator({ builtins, limits, context, collectGarbage }: EvaluatorOptions): Evaluator {
  const modules = new Map<string, WebAssembly.Module>();
  // In the order of use: a Map keeps the order in which keys were set.
  const kept = new Map<string, Kept>();
  const inputs = new Inputs();
  let droppedBytes = 0;
  const drop = (one: Kept | undefined): void => {
    droppedBytes += one?.instance.memoryBytes ?? 0;
    if (droppedBytes < garbageBytes) return;
    droppedBytes = 0;
    collectGarbage();
  };

  const take = (hash: string): Kept | undefined => {
    const found = kept.get(hash);
    if (found !== undefined) {
      kept.delete(hash);
      return found;
    }
    const module = modules.get(hash);
    if (module === undefined) return undefined;
    const instanceLimits = { memoryBytes: limits.instanceBytes, resultBytes: limits.resultBytes };
    return { instance: createInstance({ module, builtins, limits: instanceLimits }), dataKey: undefined };
  };
  const bytes = (): number => [...kept.values()].reduce((sum, { instance }) => sum + instance.memoryBytes, 0);
  const keep = (hash: string, one: Kept): void => {
    kept.set(hash, one);
    for (const oldest of kept.keys()) {
      if (bytes() <= limits.keptBytes) break;
      const dropped = kept.get(oldest);
      kept.delete(oldest);
      drop(dropped);
    }
  };

  const evaluateOn = (one: Kept, review: Uint8Array, item: Item): Evaluation => {
    // Policies of one source share a module, but not what they may see: who has no data must find none of the others'.
    if (item.data?.key !== one.dataKey) {
      if (!one.instance.setData(Buffer.from(item.data?.json ?? '{}'))) {
        return { outcome: 'failed', code: 'PolicyMemory', message: 'data.inventory does not fit its memory' };
      }
      one.dataKey = item.data?.key;
    }
    const result = one.instance.evaluate(item.entrypoint, inputs.of(review, item.input), context(), item.parameters);
    return result.outcome === 'failed' ? result : violationsOf(result.value);
  };

  return {
    add: (hash, module) => void modules.set(hash, module),
    forget: (hash) => {
      modules.delete(hash);
      const dropped = kept.get(hash);
      kept.delete(hash);
      drop(dropped);
    },
    evaluate: (review, item) => {
      try {
        const one = take(item.module);
        if (one === undefined) {
          return { outcome: 'failed', code: 'PolicyBroken', message: 'its module is not loaded' };
        }
        const evaluation = evaluateOn(one, review, item);
        // What ran out of memory, or aborted, is in no state to go on with.
        if (evaluation.outcome === 'evaluated' || evaluation.code === 'PolicyOutput') keep(item.module, one);
        else drop(one);
        return evaluation;
      } catch (error) {
        if (!(error instanceof ModuleError)) throw error;
        return { outcome: 'failed', code: 'PolicyBroken', message: error.message };
      }
    },
    get keptBytes() {
      return bytes();
    },
  };
}

const text = (of: string): Uint8Array => Buffer.from(of);
const [reviewKey, secondReviewKey, close] = ['{"review":', ',"review":', '}'].map(text) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

/** The inputs that the last review makes: all items of a job are asked about one review, and it is parsed once. */
class Inputs {
  #review: Uint8Array | undefined;
  readonly #made = new Map<Item['input'], Input>();

  of(review: Uint8Array, form: Item['input']): Input {
    if (review !== this.#review) {
      this.#review = review;
      this.#made.clear();
    }
    const made = this.#made.get(form) ?? inputOf(review, form);
    this.#made.set(form, made);
    return made;
  }
}

/** The input without its parameters, in pieces, so that the review's bytes are written into the module's memory at once. */
function inputOf(review: Uint8Array, form: Item['input']): Input {
  if (form === 'gatekeeper') return new Input([reviewKey, review, close]);
  return new Input([review.subarray(0, review.length - 1), secondReviewKey, review, close]);
}
