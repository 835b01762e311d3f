import { silentLogger } from '../../../../../runtime/log.ts';
import type { LogFields, Logger } from '../../../../../runtime/log.ts';
import { builtins } from '../../../../../webhook/policy/builtins/table.ts';
import type { Compiler } from '../../../../../webhook/policy/compile/types.ts';
import { createModules } from '../../../../../webhook/policy/load/modules.ts';
import type { Modules } from '../../../../../webhook/policy/load/modules.ts';
import { clientOf } from '../../../kube/clients.ts';
import type { ApiServer, Stored } from '../../../kube/apiserver.ts';

/** One replica's modules, and what they did to whom. */
export interface Shelf {
  readonly modules: Modules;
  /** Hashes that the threads have. */
  readonly pool: ReadonlySet<string>;
  /** How often the compiler was asked. */
  readonly compiled: number;
  /** Events and fields that were logged as warnings. */
  readonly warnings: readonly (readonly [event: string, fields: LogFields])[];
}

/** A replica before the test's API server, with nothing in its memory. */
export function openShelf(api: ApiServer, compiler: Compiler): Shelf {
  const pool = new Set<string>();
  const warnings: (readonly [string, LogFields])[] = [];
  const log: Logger = { ...silentLogger, warn: (event, fields = {}) => void warnings.push([event, fields]) };
  let count = 0;
  const modules = createModules({
    client: clientOf(api.url),
    namespace: 'remora-system',
    compiler: {
      ...compiler,
      compile: async (...words) => {
        count += 1;
        return await compiler.compile(...words);
      },
    },
    pool: { add: (hash) => void pool.add(hash), forget: (hash) => void pool.delete(hash) },
    builtins: new Map(Object.entries(builtins)),
    log,
  });
  return {
    modules,
    pool,
    get compiled() {
      return count;
    },
    warnings,
  };
}

const folder = '/api/v1/namespaces/remora-system/configmaps/';

/** Path of what the API server has stored of a module. */
export function pathsOf(api: ApiServer): readonly string[] {
  return [...api.objects.keys()].filter((path) => path.startsWith(`${folder}remora-module-`));
}

/** The ConfigMap of the chart that owns what is stored. */
export function putHolder(api: ApiServer): Stored {
  return api.put(`${folder}remora-audit`, { metadata: { namespace: 'remora-system', name: 'remora-audit' } });
}
