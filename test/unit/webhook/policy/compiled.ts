import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { patchModule } from '../../../../webhook/policy/wasm/patch.ts';
import { patches } from '../../../../webhook/policy/wasm/runtime.ts';
import { ensureBinaries } from '../../../cluster/binaries/build.ts';

const execute = promisify(execFile);

/** Compiles Rego as the webhook does, with the real OPA, for tests of what comes after compiling. */
export async function compiled(rego: string, ...entrypoints: readonly string[]): Promise<WebAssembly.Module> {
  const patched = patchModule(await moduleOfOpa(rego, ...entrypoints), patches);
  if (patched.outcome !== 'patched') throw new Error(patched.message);
  return await WebAssembly.compile(patched.wasm);
}

/** The module as OPA makes it. */
export async function moduleOfOpa(rego: string, ...entrypoints: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { opa = '' } = await ensureBinaries(['opa'], { environment: process.env, report: console.log });
  const folder = await mkdtemp(join(tmpdir(), 'remora-rego-'));
  try {
    await writeFile(join(folder, 'policy.rego'), rego);
    const words = entrypoints.flatMap((each) => ['--entrypoint', each]);
    const bundle = join(folder, 'bundle.tar.gz');
    await execute(opa, ['build', '--target', 'wasm', ...words, '--output', bundle, join(folder, 'policy.rego')]);
    await execute('tar', ['--extract', '--file', bundle, '--directory', folder, '/policy.wasm']);
    return new Uint8Array(await readFile(join(folder, 'policy.wasm')));
  } finally {
    await rm(folder, { recursive: true });
  }
}
