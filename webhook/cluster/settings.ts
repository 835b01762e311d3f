import { parseSettingsConfigMap } from '../../settings/document.ts';
import type { SettingsConfigMap } from '../../settings/types.ts';
import { settingsFile } from '../../settings/yaml.ts';
import type { ConfigMap } from './configmaps.ts';

/** Label of the ConfigMaps that hold settings for pods of their namespace. */
export const settingsLabel = 'remora.dev/settings';

/**
 * Parses a settings ConfigMap once, so that no pod waits for YAML. One without `settings.yaml` says nothing; one
 * that was stored broken (while the webhook was away) is kept with its problems, and refuses the pods it meets.
 */
export function keepSettings({ metadata, data }: ConfigMap): SettingsConfigMap {
  return { name: metadata.name ?? '', document: parseSettingsConfigMap(data?.[settingsFile] ?? '') };
}
