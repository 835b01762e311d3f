import { canonicalText } from './canonical.ts';
import type { Skip } from './types.ts';

/** Version of what plans put into pods; it grows when a prover of the version before could not read the inventory. */
export const planVersion = 1;

export const injectedAnnotation = 'remora.dev/injected';
export const sealAnnotation = 'remora.dev/seal';

/** Prefix of the names of injected containers and volumes; nobody else may use it in an injected pod. */
export const reservedPrefix = 'remora-';

/** What was added to one container, or to several in the same way: names of variables and paths of mounts. */
export interface ContainerInventory {
  readonly names: readonly string[];
  readonly env: readonly string[];
  readonly mounts: readonly string[];
}

/** Names of everything that was added, by which the prover finds the sealed parts again. */
export interface Inventory {
  readonly volumes: readonly string[];
  readonly initContainers: readonly string[];
  readonly containers: readonly ContainerInventory[];
}

/** Whom the parts were sealed for; it is in the seal too, and stands here so that a refusal can name the difference. */
export interface BoundTo {
  readonly namespace: string;
  readonly serviceAccountName: string;
  /** uid of the controlling owner; empty when there is none. */
  readonly owner: string;
}

/** The annotation `remora.dev/injected`: part of the API, schema in docs/injected.schema.json. */
export interface Injected {
  /** Version of Remora that wrote it. */
  readonly version: string;
  readonly plan: number;
  readonly features: Readonly<Record<string, unknown>>;
  readonly skipped: readonly Pick<Skip, 'feature' | 'code' | 'container' | 'part'>[];
  /** Where each setting came from. */
  readonly settings: Readonly<Record<string, string>>;
  readonly adds: Inventory;
  readonly boundTo: BoundTo;
  /** Short digests of the sealed parts, by which a refusal names what differs; the seal covers them. */
  readonly digests: Readonly<Record<string, string>>;
  /** What was left out to stay within the size; absent when nothing was. */
  readonly truncated?: readonly string[];
}

/** What a prover reads of the annotation. */
export type SealedInjected = Pick<Injected, 'plan' | 'adds' | 'boundTo' | 'digests'>;

/**
 * Reads the annotation of a pod. It is written by Remora, but anyone who may create pods can send another text;
 * undefined when it is none that Remora wrote.
 */
export function readInjected(text: string): SealedInjected | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isFields(value)) return undefined;
  const { plan, adds, boundTo, digests } = value;
  if (typeof plan !== 'number' || !isInventory(adds) || !isBoundTo(boundTo) || !isTexts(digests)) return undefined;
  return { plan, adds, boundTo, digests };
}

/** Groups containers whose additions are the same, so that the annotation of a large pod stays small. */
export function groupInventory(
  containers: readonly { readonly name: string; readonly env: readonly string[]; readonly mounts: readonly string[] }[],
): readonly ContainerInventory[] {
  const groups = new Map<
    string,
    { readonly names: string[]; readonly env: readonly string[]; readonly mounts: readonly string[] }
  >();
  for (const { name, env, mounts } of containers) {
    const key = canonicalText([env, mounts]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { names: [name], env, mounts });
    else group.names.push(name);
  }
  return [...groups.values()];
}

function isInventory(value: unknown): value is Inventory {
  if (!isFields(value) || !isListOfTexts(value['volumes']) || !isListOfTexts(value['initContainers'])) return false;
  const { containers } = value;
  return (
    Array.isArray(containers) &&
    containers.every(
      (entry: unknown) =>
        isFields(entry) &&
        isListOfTexts(entry['names']) &&
        isListOfTexts(entry['env']) &&
        isListOfTexts(entry['mounts']),
    )
  );
}

function isBoundTo(value: unknown): value is BoundTo {
  return isTexts(value) && ['namespace', 'serviceAccountName', 'owner'].every((key) => value[key] !== undefined);
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isFields(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
