import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureBinaries } from '../../../cluster/binaries/build.ts';

const execute = promisify(execFile);

/** Compiles Rego with the real OPA, for tests of what comes after compiling. */
export async function compiled(rego: string, ...entrypoints: readonly string[]): Promise<WebAssembly.Module> {
  const { opa = '' } = await ensureBinaries(['opa'], { environment: process.env, report: console.log });
  const folder = await mkdtemp(join(tmpdir(), 'remora-rego-'));
  try {
    await writeFile(join(folder, 'policy.rego'), rego);
    const words = entrypoints.flatMap((each) => ['--entrypoint', each]);
    const bundle = join(folder, 'bundle.tar.gz');
    await execute(opa, ['build', '--target', 'wasm', ...words, '--output', bundle, join(folder, 'policy.rego')]);
    await execute('tar', ['--extract', '--file', bundle, '--directory', folder, '/policy.wasm']);
    return await WebAssembly.compile(new Uint8Array(await readFile(join(folder, 'policy.wasm'))));
  } finally {
    await rm(folder, { recursive: true });
  }
}
