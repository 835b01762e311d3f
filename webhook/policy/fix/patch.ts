import fastJsonPatch from 'fast-json-patch';
import type { Operation } from 'fast-json-patch';
import type { KubeObject } from '../../../settings/policies/object.ts';
import type { Verdict } from '../answer/answer.ts';

/** What one violation says would mend it: operations of JSON Patch (RFC 6902) on the request's object. */
export interface ViolationPatch {
  /** Title of the policy. */
  readonly title: string;
  /** Equal for equal operations. */
  readonly key: string;
  readonly operations: readonly PatchOperation[];
}

export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** Patches of violations that refuse, equal ones once, the first 50; and of the policies whose patch is none, their titles. */
export interface ReadPatches {
  readonly patches: readonly ViolationPatch[];
  readonly broken: readonly string[];
}

/** Patches are advice; what is longer than this is no help to anybody. */
const maxOperations = 50;
const maxPatches = 50;

/** Reads `patch` of each violation that refuses. Written by the policy's author. */
export function readPatches(verdicts: readonly Verdict[]): ReadPatches {
  const patches = new Map<string, ViolationPatch>();
  const broken = new Set<string>();
  for (const { policy, enforcement, evaluation } of verdicts) {
    if (enforcement !== 'deny' || evaluation.outcome === 'failed') continue;
    for (const { details } of evaluation.violations) {
      const { patch } = details;
      if (patch === undefined) continue;
      const operations = readOperations(patch);
      if (operations === undefined) broken.add(policy.title);
      else {
        const key = JSON.stringify(operations);
        if (!patches.has(key) && patches.size < maxPatches) patches.set(key, { title: policy.title, key, operations });
      }
    }
  }
  return { patches: [...patches.values()], broken: [...broken] };
}

function readOperations(patch: unknown): readonly PatchOperation[] | undefined {
  if (!Array.isArray(patch) || patch.length === 0 || patch.length > maxOperations) return undefined;
  const operations = patch.map(readOperation);
  return operations.every((operation) => operation !== undefined) ? operations : undefined;
}

function readOperation(written: unknown): PatchOperation | undefined {
  if (typeof written !== 'object' || written === null) return undefined;
  const { op, path, value, ...others } = written as Readonly<Record<string, unknown>>;
  if (typeof path !== 'string' || !path.startsWith('/') || Object.keys(others).length > 0) return undefined;
  if (op === 'remove') return value === undefined ? { op, path } : undefined;
  if ((op !== 'add' && op !== 'replace') || value === undefined) return undefined;
  return { op, path, value };
}

/**
 * The object with all patches applied in turn; undefined when one cannot be. Unlike RFC 6902 an `add` below a map that is
 * not there makes that map, so that a policy need not know whether `securityContext` was written.
 */
export function applyPatches(object: KubeObject, patches: readonly ViolationPatch[]): KubeObject | undefined {
  const patched = structuredClone(object) as Record<string, unknown>;
  try {
    for (const { operations } of patches) {
      for (const operation of operations) {
        if (operation.op === 'add') makeParents(patched, operation.path);
        fastJsonPatch.applyOperation(patched, structuredClone(operation) as Operation, true, true, true);
      }
    }
    return patched;
  } catch {
    // A path that is not there, or one of JavaScript's own names.
    return undefined;
  }
}

/** As many of the patches as can be applied in turn; what one takes away another may want to take away too. */
export function applyFitting(object: KubeObject, patches: readonly ViolationPatch[]): Fitted {
  const patched = applyPatches(object, patches);
  if (patched !== undefined) return { fitting: patches, patched };
  return patches.reduce<Fitted>(
    ({ fitting, patched: before }, patch) => {
      const after = applyPatches(before, [patch]);
      return after === undefined ? { fitting, patched: before } : { fitting: [...fitting, patch], patched: after };
    },
    { fitting: [], patched: object },
  );
}

export interface Fitted {
  readonly fitting: readonly ViolationPatch[];
  readonly patched: KubeObject;
}

function makeParents(object: Record<string, unknown>, path: string): void {
  const keys = path.split('/').slice(1, -1).map(unescaped);
  let at: unknown = object;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) !== /^\d+$/.test(key)) return;
    const container = at as Record<string, unknown>;
    if (!Object.hasOwn(container, key)) {
      if (Array.isArray(at) || key === '__proto__') return;
      container[key] = {};
    }
    at = container[key];
  }
}

/** RFC 6901, section 4. */
function unescaped(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}
