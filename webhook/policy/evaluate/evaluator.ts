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

/** A larger memory is given back rather than cleared for another instance. */
const spareBytes = 2 << 20;

const noData: Uint8Array = Buffer.from('{}');

/** So much memory may wait to be freed. */
const garbageBytes = 16 << 20;

interface Kept {
  readonly instance: PolicyInstance;
  dataKey: string | undefined;
  /** Number of the evaluation that used it last. */
  usedAt: number;
}

/** An instance that was not used for so many evaluations is of a policy that is for little. */
const oldAfter = 1_000;

/**
 * Makes an evaluator. Of instances over `keptBytes` those go that were not used for long; where all are in use it is the
 * last one that is not kept. Were it the oldest one then, each of many policies that are asked in turn would find its own
 * gone.
 */
export function createEvaluator({ builtins, limits, context, collectGarbage }: EvaluatorOptions): Evaluator {
  const modules = new Map<string, WebAssembly.Module>();
  // In the order of use: a Map keeps the order in which keys were set.
  const kept = new Map<string, Kept>();
  const inputs = new Inputs();
  let [keptBytes, droppedBytes, evaluations] = [0, 0, 0];
  // Of the instance that went last: where many do not fit, the next one that is made takes it over.
  let spare: WebAssembly.Memory | undefined;
  const drop = ({ instance }: Kept): void => {
    if (instance.memoryBytes <= spareBytes) {
      spare = instance.memory;
      return;
    }
    droppedBytes += instance.memoryBytes;
    if (droppedBytes < garbageBytes) return;
    droppedBytes = 0;
    collectGarbage();
  };

  const take = (hash: string): Kept | undefined => {
    const found = kept.get(hash);
    if (found !== undefined) {
      kept.delete(hash);
      keptBytes -= found.instance.memoryBytes;
      return found;
    }
    const module = modules.get(hash);
    if (module === undefined) return undefined;
    const instanceLimits = { memoryBytes: limits.instanceBytes, resultBytes: limits.resultBytes };
    const memory = spare;
    spare = undefined;
    const instance = createInstance({
      module,
      builtins,
      limits: instanceLimits,
      ...(memory === undefined ? {} : { memory }),
    });
    return { instance, dataKey: undefined, usedAt: 0 };
  };
  const keep = (hash: string, one: Kept): void => {
    evaluations += 1;
    one.usedAt = evaluations;
    kept.set(hash, one);
    keptBytes += one.instance.memoryBytes;
    while (keptBytes > limits.keptBytes) {
      const [oldest = hash, { usedAt } = one] = kept.entries().next().value ?? [];
      release(evaluations - usedAt > oldAfter ? oldest : hash);
    }
  };
  const release = (hash: string): void => {
    const one = kept.get(hash);
    if (one === undefined) return;
    kept.delete(hash);
    keptBytes -= one.instance.memoryBytes;
    drop(one);
  };

  const evaluateOn = (one: Kept, review: Uint8Array, item: Item): Evaluation => {
    // Policies of one source share a module, but not what they may see: who has no data must find none of the others'.
    if (item.data?.key !== one.dataKey) {
      if (!one.instance.setData(item.data?.json ?? noData)) {
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
      release(hash);
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
      return keptBytes;
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
  readonly #made = new Map<Item['input'], { readonly review: Uint8Array; readonly input: Input }>();

  of(review: Uint8Array, form: Item['input']): Input {
    const made = this.#made.get(form);
    if (made?.review === review) return made.input;
    const input = new Input(piecesOf(review, form), made?.input);
    this.#made.set(form, { review, input });
    return input;
  }
}

/** The input without its parameters, in pieces, so that the review's bytes are written into the module's memory at once. */
function piecesOf(review: Uint8Array, form: Item['input']): readonly Uint8Array[] {
  if (form === 'gatekeeper') return [reviewKey, review, close];
  return [review.subarray(0, review.length - 1), secondReviewKey, review, close];
}
