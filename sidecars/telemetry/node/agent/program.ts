import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';

/** What the agent knows of the program that is about to run. */
export interface Program {
  /** Absolute path of its entry, absent for `-e` and a prompt. */
  readonly entry: string | undefined;
  /** Whether its entry is an ECMAScript module, so that import hooks are needed. */
  readonly isModule: boolean;
}

/** The real path of the entry as Node finds it, also when it is named without its extension. */
function locate(argument: string): string | undefined {
  for (const candidate of [argument, `${argument}.js`, join(argument, 'index.js')]) {
    try {
      const path = realpathSync(resolve(candidate));
      if (extname(path) !== '') return path;
    } catch {
      // Not this one; an entry that is not there at all is Node's to report.
    }
  }
  return undefined;
}

function packageType(folder: string): string | undefined {
  for (let current = folder; ; current = dirname(current)) {
    const file = join(current, 'package.json');
    if (existsSync(file)) {
      try {
        const parsed = JSON.parse(readFileSync(file, 'utf8')) as { type?: unknown } | null;
        return typeof parsed?.type === 'string' ? parsed.type : undefined;
      } catch {
        return undefined;
      }
    }
    if (current === dirname(current)) return undefined;
  }
}

/**
 * Reads what kind of program starts, by Node's rules for `.mjs`, `.cjs` and `package.json` `type`
 * (https://nodejs.org/api/packages.html#determining-module-system).
 *
 * A `.js` file without a type that turns out to have `import` statements counts as CommonJS here.
 */
export function readProgram(argument: string | undefined, executableArguments: readonly string[]): Program {
  const entry = argument === undefined ? undefined : locate(argument);
  if (executableArguments.some((option) => option === '--input-type=module' || option.startsWith('--import'))) {
    return { entry, isModule: true };
  }
  if (entry === undefined) return { entry, isModule: false };
  const extension = extname(entry);
  if (extension === '.mjs' || extension === '.mts') return { entry, isModule: true };
  if (extension === '.cjs' || extension === '.cts') return { entry, isModule: false };
  return { entry, isModule: packageType(dirname(entry)) === 'module' };
}

/** Whether a package lies in a node_modules folder at or above this one. */
export function hasPackage(folder: string, name: string): boolean {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, 'node_modules', name, 'package.json'))) return true;
    if (current === dirname(current)) return false;
  }
}
