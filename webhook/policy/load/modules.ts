import { resources } from '../../../kube/resources.ts';
import type { KubeClient, KubeObject } from '../../../kube/types.ts';
import type { Logger } from '../../../runtime/log.ts';
import { moduleLabel, ofAnnotation } from '../../../settings/policies/modules.ts';
import type { ModuleSource } from '../../../settings/policies/types.ts';
import type { Builtin } from '../builtins/types.ts';
import { hashOf } from '../compile/hash.ts';
import { hashAnnotation, packModule, storedName, unpackModule } from '../compile/stored.ts';
import type { Compiler, NativeSource } from '../compile/types.ts';
import type { Pool } from '../evaluate/pool.ts';
import type { CompiledModule, RegoProblem } from '../types.ts';
import { createInstance, ModuleError } from '../wasm/instance.ts';

/** A module that threads can evaluate. */
export interface TakenModule {
  readonly hash: string;
  readonly entrypoints: readonly string[];
}

export type Taken =
  | { readonly outcome: 'taken'; readonly module: TakenModule }
  | { readonly outcome: 'refused'; readonly problems: readonly RegoProblem[] };

/** What a module is for. */
export interface ModuleOwner {
  readonly namespace: string;
  /** Of the policy ConfigMap. */
  readonly name: string;
  /** Kind of the template, where there may be several; '' for a native policy. */
  readonly part: string;
}

/** Compiled modules: in memory, in ConfigMaps of Remora's own namespace, or made by the compiler. */
export interface Modules {
  /** From wherever it is quickest to have; what had to be compiled is stored for the other replicas and the next start. */
  take(source: ModuleSource | NativeSource, owner: ModuleOwner): Promise<Taken>;
  /** What was stored last for the same part of the same policy, whatever it was made of; undefined for none. */
  last(owner: ModuleOwner): Promise<TakenModule | undefined>;
  /** Keeps what was compiled already, as for a ConfigMap that is about to be stored. Refused when it cannot be loaded. */
  keep(module: CompiledModule): Promise<Taken>;
  /** Forgets every module but these. */
  retain(hashes: ReadonlySet<string>): void;
}

export interface ModulesOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'list'>;
  /** Remora's own namespace. */
  readonly namespace: string;
  readonly compiler: Compiler;
  readonly pool: Pick<Pool, 'add' | 'forget'>;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly log: Logger;
}

interface StoredConfigMap extends KubeObject {
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** The ConfigMap of the chart that stored modules belong to: `helm uninstall` takes them along. */
const holderName = 'remora-audit';

/** Dry runs compile too; beyond so many of these the oldest are forgotten. */
const maxUnstored = 32;

/** Looks for modules where they may be. Nothing but a module's own hash says which it is, and its digest that it is whole. */
export function createModules(options: ModulesOptions): Modules {
  const { client, namespace, compiler, pool, builtins, log } = options;
  const known = new Map<string, TakenModule>();
  // Compiled for a ConfigMap that the API server has yet to store, or will not: nothing is written before it has.
  const unstored = new Map<string, CompiledModule>();

  const add = async ({ hash, wasm, entrypoints }: CompiledModule): Promise<Taken> => {
    try {
      const module = await WebAssembly.compile(wasm);
      // What an instance of it can be made of here can be made of in a thread: what is accepted always loads.
      createInstance({ module, builtins, limits: { memoryBytes: 16 << 20, resultBytes: 1 << 16 } });
      pool.add(hash, module);
    } catch (error) {
      if (!(error instanceof ModuleError || error instanceof WebAssembly.CompileError)) throw error;
      return { outcome: 'refused', problems: [problem('InvalidRego', error.message)] };
    }
    const taken = { hash, entrypoints };
    known.set(hash, taken);
    return { outcome: 'taken', module: taken };
  };

  const read = async (hash: string): Promise<CompiledModule | undefined> => {
    const found = await client.get<StoredConfigMap>(resources.configMaps, { namespace, name: storedName(hash) });
    if (found.outcome === 'failed') {
      if (found.code !== 'NotFound')
        log.warn('policy.module.unread', { hash, code: found.code, message: found.message });
      return undefined;
    }
    const { metadata, binaryData = {} } = found.value;
    const unpacked = await unpackModule(hash, { annotations: metadata.annotations ?? {}, binaryData });
    if (unpacked.outcome === 'unpacked') return unpacked.module;
    log.warn('policy.module.broken', { hash, message: unpacked.message });
    return undefined;
  };

  /** An object of the chart, so that what is stored goes with the chart. */
  const holder = async (): Promise<readonly object[]> => {
    const found = await client.get<KubeObject>(resources.configMaps, { namespace, name: holderName });
    if (found.outcome === 'failed') return [];
    return [{ apiVersion: 'v1', kind: 'ConfigMap', name: holderName, uid: found.value.metadata.uid }];
  };

  const store = async (module: CompiledModule, owner: ModuleOwner): Promise<void> => {
    const packed = await packModule(module);
    // What is too large was refused when the policy was written; what was written before is compiled at each start.
    if (packed.outcome === 'refused') return;
    const { name, labels, annotations, binaryData } = packed.stored;
    const ownerReferences = await holder();
    const object = {
      metadata: {
        namespace,
        name,
        labels,
        annotations: { ...annotations, [ofAnnotation]: titleOf(owner) },
        ownerReferences,
      },
      binaryData,
    };
    const created = await client.create(resources.configMaps, object);
    if (created.outcome === 'failed' && created.code !== 'AlreadyExists') {
      log.warn('policy.module.unstored', { hash: module.hash, code: created.code, message: created.message });
    }
  };

  return {
    take: async (source, owner) => {
      const hash = hashOf(source, compiler.version);
      const inMemory = known.get(hash);
      if (inMemory !== undefined) {
        const kept = unstored.get(hash);
        unstored.delete(hash);
        if (kept !== undefined) await store(kept, owner);
        return { outcome: 'taken', module: inMemory };
      }
      const stored = await read(hash);
      if (stored !== undefined) {
        const added = await add(stored);
        if (added.outcome === 'taken') {
          log.info('policy.module.taken', { hash, policy: titleOf(owner), from: 'store' });
          return added;
        }
      }
      const compiled = await compiler.compile(source, owner.namespace);
      if (compiled.outcome === 'refused') return compiled;
      const added = await add(compiled.module);
      if (added.outcome === 'taken') {
        log.info('policy.module.taken', { hash, policy: titleOf(owner), from: 'compiler' });
        await store(compiled.module, owner);
      }
      return added;
    },
    last: async (owner) => {
      const query = { namespace, labelSelector: `${moduleLabel}=true`, metadataOnly: true };
      const listed = await client.list(resources.configMaps, query);
      if (listed.outcome === 'failed') return undefined;
      const newest = listed.value.items
        .filter(({ metadata }) => metadata.annotations?.[ofAnnotation] === titleOf(owner))
        .sort((left, right) => madeAt(right) - madeAt(left))[0];
      const hash = newest?.metadata.annotations?.[hashAnnotation];
      const stored = hash === undefined ? undefined : await read(hash);
      const added = stored === undefined ? undefined : await add(stored);
      if (added?.outcome !== 'taken') return undefined;
      log.warn('policy.module.taken', { hash, policy: titleOf(owner), from: 'before' });
      return added.module;
    },
    keep: async (module) => {
      const inMemory = known.get(module.hash);
      if (inMemory !== undefined) return { outcome: 'taken', module: inMemory };
      const added = await add(module);
      if (added.outcome === 'taken') unstored.set(module.hash, module);
      for (const oldest of unstored.keys()) {
        if (unstored.size <= maxUnstored) break;
        unstored.delete(oldest);
        known.delete(oldest);
        pool.forget(oldest);
      }
      return added;
    },
    retain: (hashes) => {
      for (const hash of [...known.keys()].filter((each) => !hashes.has(each) && !unstored.has(each))) {
        known.delete(hash);
        pool.forget(hash);
      }
    },
  };
}

function madeAt({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}

function titleOf({ namespace, name, part }: ModuleOwner): string {
  return [namespace, name, part].filter((word) => word !== '').join('/');
}

function problem(code: RegoProblem['code'], message: string): RegoProblem {
  return { code, file: '', line: 0, column: 0, message, source: '' };
}
