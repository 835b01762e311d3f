import { readSettingsConfigMap } from '../../settings/document.ts';
import type { SettingsConfigMap } from '../../settings/types.ts';
import type { ConfigMap } from './configmaps.ts';

/** Label of the ConfigMaps that hold settings for pods of their namespace. */
export const settingsLabel = 'remora.dev/settings';

/**
 * Parses a settings ConfigMap once, so that no pod waits for YAML. One that was stored broken, while the webhook was
 * away, is kept with its problems and refuses the pods that it may be meant for.
 */
export function keepSettings({ metadata, data }: ConfigMap): SettingsConfigMap {
  return readSettingsConfigMap(metadata.name ?? '', data ?? {});
}
