import { up } from '../../cluster/up.ts';

/** A process that owns a cluster and waits to be killed: the soak of the cluster does so. Prints its guard's number. */
const [name = ''] = process.argv.slice(2);
const cluster = await up({ name, environment: process.env, report: (line) => console.error(line) });
console.log(`guard ${cluster.guardPid ?? 0}`);
setInterval(() => undefined, 60_000);
