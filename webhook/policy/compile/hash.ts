import { createHash } from 'node:crypto';
import type { ModuleSource } from '../types.ts';
import type { NativeSource } from './types.ts';

/** Changes when Remora asks OPA for something else than before, or does something else to its modules, so that modules of old are not taken for new ones. */
const recipe = 3;

/**
 * Names what a source compiles to before it is compiled: SHA-256, hex, over the files, what is asked for, and the
 * version of OPA. For a native policy that is its package, since version and entrypoints follow from its files.
 */
export function hashOf(source: ModuleSource | NativeSource, compilerVersion: string): string {
  const asked =
    'entrypoints' in source
      ? ['module', source.regoVersion, source.entrypoints]
      : ['native', source.package === undefined ? [] : [source.package]];
  const files = source.files.map(({ name, text }) => [name, text]);
  return createHash('sha256')
    .update(JSON.stringify([recipe, compilerVersion, asked, files]))
    .digest('hex');
}
