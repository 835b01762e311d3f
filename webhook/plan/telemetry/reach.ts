import type { Pod } from '../pod.ts';
import type { Skip } from '../types.ts';

/**
 * Why a pod as a whole cannot send telemetry to the chart's collector; undefined when it can.
 *
 * Setting variables does a pod on the host's network no harm, but its resolver is the node's unless it asks for the
 * cluster's (`dnsPolicy: ClusterFirstWithHostNet`), and a Service's name means nothing there: the agents would log
 * failures for ever. An endpoint by address or public name is reached from anywhere.
 */
export function unreachable(pod: Pod, endpoint: string | undefined): Skip | undefined {
  const { spec } = pod;
  if (spec.os?.name === 'windows' || spec.nodeSelector?.['kubernetes.io/os'] === 'windows') {
    return skip('WindowsPod', 'the agents are built for Linux');
  }
  if (endpoint === undefined || !isClusterName(endpoint)) return undefined;
  if (spec.hostNetwork === true && spec.dnsPolicy !== 'ClusterFirstWithHostNet' && spec.dnsPolicy !== 'None') {
    const advice = 'set dnsPolicy: ClusterFirstWithHostNet';
    return skip('HostNetwork', `on the host's network the collector's name ${endpoint} is not resolved; ${advice}`);
  }
  if (spec.dnsPolicy === 'Default') {
    return skip('NodeResolver', `with dnsPolicy: Default the collector's name ${endpoint} is not resolved`);
  }
  return undefined;
}

/** Names that only the cluster's DNS knows: of one label, or `<service>.<namespace>[.svc[.<cluster domain>]]`. */
function isClusterName(endpoint: string): boolean {
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : endpoint;
  return /^[a-z0-9-]+$/i.test(host) || /\.svc(\.|$)/i.test(host);
}

function skip(code: string, message: string): Skip {
  return { feature: 'telemetry', code, message };
}
