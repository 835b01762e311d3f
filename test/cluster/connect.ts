import { createClient } from '../../kube/client.ts';
import { kubeconfigConnection } from '../../kube/kubeconfig.ts';
import { createTransport } from '../../kube/transport.ts';
import type { KubeClient } from '../../kube/types.ts';
import { describeProblem } from '../../runtime/problem.ts';
import { systemTimer } from '../../runtime/clock.ts';

/** The client that a kubeconfig describes. @throws Error when the kubeconfig cannot be used. */
export async function clientOf(kubeconfig: string, context?: string): Promise<KubeClient> {
  const parsed = await kubeconfigConnection(kubeconfig, context);
  if (parsed.outcome === 'refused') throw new Error(parsed.problems.map(describeProblem).join('\n'));
  const transport = createTransport(parsed.value, 'remora-test');
  return createClient({ transport, timer: systemTimer, random: Math.random });
}
