import { resources } from '../../kube/resources.ts';
import type { KubeClient, KubeOutcome } from '../../kube/types.ts';

/** Name of the ConfigMap, and its only key. The chart creates it empty. */
export const imagesConfigMap = { name: 'remora-images', key: 'images.json' } as const;

/** Writes the catalog's text; only this key is ours (server-side apply). */
export function publishCatalog(client: KubeClient, namespace: string, text: string): Promise<KubeOutcome<unknown>> {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: imagesConfigMap.name, namespace },
    data: { [imagesConfigMap.key]: text },
  };
  return client.apply(resources.configMaps, object, { fieldManager: 'remora-images', force: true });
}
