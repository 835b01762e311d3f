/** Variables whose image value admission must know: those it merges, and OpenTelemetry's own. */
const merged = new Set(['NODE_OPTIONS', 'JAVA_TOOL_OPTIONS', 'PYTHONPATH']);
const longestValue = 4096;

/**
 * The part of an image configuration's environment that is kept. Everything else is dropped here: images hold
 * secrets in their environment more often than they should.
 *
 * `configuration` is the OCI image configuration (`config.Env`, a list of `NAME=value`), written by whoever built
 * the image; undefined when it is not one, or when a value that matters is too long to keep.
 */
export function keptEnvironment(configuration: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof configuration !== 'object' || configuration === null) return undefined;
  const config: unknown = 'config' in configuration ? configuration.config : undefined;
  if (config === undefined || config === null) return {};
  if (typeof config !== 'object') return undefined;
  const variables: unknown = 'Env' in config ? config.Env : undefined;
  if (variables === undefined || variables === null) return {};
  if (!Array.isArray(variables)) return undefined;
  const kept: Record<string, string> = {};
  for (const entry of variables as readonly unknown[]) {
    if (typeof entry !== 'string') return undefined;
    const equals = entry.indexOf('=');
    const name = equals === -1 ? entry : entry.slice(0, equals);
    if (!merged.has(name) && !name.startsWith('OTEL_')) continue;
    const value = equals === -1 ? '' : entry.slice(equals + 1);
    if (value.length > longestValue) return undefined;
    kept[name] = value;
  }
  return kept;
}
