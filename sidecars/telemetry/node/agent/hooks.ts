import Module, { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Called with each specifier that is about to be loaded, before the module is. Must not throw. */
export type OnSpecifier = (specifier: string) => void;

interface ModuleInternals {
  _load: (this: unknown, request: string, ...rest: readonly unknown[]) => unknown;
}

interface LoaderHooks {
  /** Off-thread hooks, of Node before 22.15. */
  register: (specifier: string, parent: string, options: { readonly data: unknown }) => void;
  registerHooks?: (hooks: {
    resolve: (specifier: string, context: unknown, next: (specifier: string, context: unknown) => unknown) => unknown;
  }) => unknown;
}

interface ImportHooks {
  readonly supportsSyncHooks: () => boolean;
  readonly register: (options: { readonly include: readonly string[] }) => void;
}

/** Watches `require`; one map look-up for each call. */
export function watchRequire(onSpecifier: OnSpecifier): void {
  const internals = Module as unknown as ModuleInternals;
  const original = internals._load;
  internals._load = function load(this: unknown, request, ...rest) {
    if (typeof request === 'string') onSpecifier(request);
    return original.call(this, request, ...rest);
  };
}

/**
 * Makes `import` of these packages patchable, by import-in-the-middle beside the agent.
 *
 * Newer Nodes have hooks in the thread, so an instrumentation can wait until its package is imported; older ones
 * run hooks in a thread of their own and need every instrumentation beforehand: then
 * `onSpecifier` is called at once for each package that `isPresent`.
 */
export function watchImport(
  agentFile: string,
  packages: readonly string[],
  onSpecifier: OnSpecifier,
  isPresent: (name: string) => boolean,
): void {
  const require = createRequire(agentFile);
  const { register, registerHooks } = Module as LoaderHooks;
  // A Node that has registerHooks can also require these modules.
  const hooks =
    registerHooks === undefined ? undefined : (require('import-in-the-middle/register-hooks.mjs') as ImportHooks);
  if (registerHooks !== undefined && hooks?.supportsSyncHooks() === true) {
    hooks.register({ include: packages });
    registerHooks({
      resolve: (specifier, context, next) => {
        onSpecifier(specifier);
        return next(specifier, context);
      },
    });
    return;
  }
  register('import-in-the-middle/hook.mjs', pathToFileURL(agentFile).href, { data: { include: packages } });
  for (const name of packages) if (isPresent(name)) onSpecifier(name);
}
