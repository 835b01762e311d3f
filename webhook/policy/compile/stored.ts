import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { moduleLabel } from '../../../settings/policies/modules.ts';
import type { CompiledModule, RegoProblem } from '../types.ts';

/** A ConfigMap that carries one compiled module to other replicas, and over restarts. Written by Remora alone. */
export interface StoredModule {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Base64, as the API has it. */
  readonly binaryData: Readonly<Record<string, string>>;
}

export type PackedModule =
  | { readonly outcome: 'packed'; readonly stored: StoredModule }
  | { readonly outcome: 'refused'; readonly problem: RegoProblem };

export type UnpackedModule =
  | { readonly outcome: 'unpacked'; readonly module: CompiledModule }
  /** Somebody or something changed it: it is as if it were not there. */
  | { readonly outcome: 'broken'; readonly message: string };

export const hashAnnotation = 'remora.dev/policy-module-hash';
const entrypointsAnnotation = 'remora.dev/policy-module-entrypoints';
const digestAnnotation = 'remora.dev/policy-module-digest';
const moduleKey = 'module.wasm.gz';

/** What all values of a ConfigMap together may hold (core/v1 `MaxSecretSize`), in bytes before base64. */
const maxStoredBytes = 1024 * 1024;
/** Modules compress to an eighth or better; what unpacks to more than this was not made by us. */
const maxModuleBytes = 64 * 1024 * 1024;

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Name of the ConfigMap: enough of the hash that no two modules meet. */
export function storedName(hash: string): string {
  return `remora-module-${hash.slice(0, 40)}`;
}

/** Packs a module. Equal modules give equal ConfigMaps. Code: `PolicyTooLarge` past 1 MiB. */
export async function packModule({ hash, wasm, entrypoints }: CompiledModule): Promise<PackedModule> {
  const packed = await zip(wasm, { level: 9 });
  if (packed.length > maxStoredBytes) {
    const message = `its compiled module has ${packed.length} bytes when compressed, and a ConfigMap holds ${maxStoredBytes}`;
    return {
      outcome: 'refused',
      problem: { code: 'PolicyTooLarge', file: '', line: 0, column: 0, message, source: '' },
    };
  }
  return {
    outcome: 'packed',
    stored: {
      name: storedName(hash),
      labels: { [moduleLabel]: 'true' },
      annotations: {
        [hashAnnotation]: hash,
        [entrypointsAnnotation]: JSON.stringify(entrypoints),
        [digestAnnotation]: digestOf(wasm),
      },
      binaryData: { [moduleKey]: packed.toString('base64') },
    },
  };
}

/** Unpacks the module of this hash, and checks that it is the one that was packed. */
export async function unpackModule(
  hash: string,
  { annotations, binaryData }: Pick<StoredModule, 'annotations' | 'binaryData'>,
): Promise<UnpackedModule> {
  if (annotations[hashAnnotation] !== hash) return { outcome: 'broken', message: `it is not the module ${hash}` };
  const entrypoints = readEntrypoints(annotations[entrypointsAnnotation] ?? '');
  if (entrypoints === undefined) return { outcome: 'broken', message: 'it names no entrypoints' };
  const packed = Buffer.from(binaryData[moduleKey] ?? '', 'base64');
  const wasm = await unzip(packed, { maxOutputLength: maxModuleBytes }).catch(() => undefined);
  if (wasm === undefined || digestOf(wasm) !== annotations[digestAnnotation]) {
    return { outcome: 'broken', message: 'its bytes are not those that were stored' };
  }
  return { outcome: 'unpacked', module: { hash, wasm: new Uint8Array(wasm), entrypoints } };
}

function readEntrypoints(text: string): readonly string[] | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read) && read.length > 0 && read.every((item) => typeof item === 'string') ? read : undefined;
  } catch {
    return undefined;
  }
}

function digestOf(wasm: Uint8Array): string {
  return createHash('sha256').update(wasm).digest('hex');
}
