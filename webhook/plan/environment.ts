import type { Facts } from './facts.ts';
import type { Container, EnvFromSource, EnvVar } from './pod.ts';

/** Why the value of a variable cannot be seen at admission. */
export type HiddenCode = 'EnvironmentFromReference' | 'EnvironmentFromSecret' | 'EnvironmentFromMissingConfigMap';

/**
 * Where a container gets a variable from, as far as its pod and what is known of its image say.
 *
 * `literal`: `env` with a value, as written (`$(NAME)` not expanded). `configMap`: `envFrom`, and `image`: the `ENV` of
 * the image, in both of which nothing is expanded. `hidden`: it is there, or may be, and its value cannot be seen; `in`
 * says which list it stands in. `nowhere` says nothing of an image that has not been read.
 */
export type Lookup =
  | { readonly found: 'nowhere' }
  | { readonly found: 'literal'; readonly value: string }
  | { readonly found: 'configMap'; readonly value: string; readonly configMap: string }
  | { readonly found: 'image'; readonly value: string }
  | { readonly found: 'hidden'; readonly in: 'env' | 'envFrom'; readonly code: HiddenCode; readonly message: string };

const nowhere: Lookup = { found: 'nowhere' };

/**
 * Looks a variable up as it will take effect: `env` over `envFrom`, in both lists the last one wins, and both over the
 * image's own.
 *
 * Written by the pod's author; ConfigMaps by whoever may write them in the namespace; images by whoever built them.
 */
export function lookUp(container: Container, name: string, facts: Facts): Lookup {
  const own = lastVariable(container.env ?? [], name);
  if (own !== undefined) {
    if (!own.valueFrom) return { found: 'literal', value: own.value ?? '' };
    return hidden('env', 'EnvironmentFromReference', `${name} comes from valueFrom, which cannot be read here`);
  }
  const sources = container.envFrom ?? [];
  for (let index = sources.length - 1; index >= 0; index -= 1) {
    const source = sources[index];
    const found = source === undefined ? nowhere : lookUpIn(source, name, facts);
    if (found.found !== 'nowhere') return found;
  }
  const ofImage = facts.image(container.image ?? '')?.environment.get(name);
  return ofImage === undefined ? nowhere : { found: 'image', value: ofImage };
}

/** The value of a variable that stands outside of `env`: one in `env` would hide it, so it is kept or merged. */
export function valueOutside(found: Lookup): string | undefined {
  return found.found === 'configMap' || found.found === 'image' ? found.value : undefined;
}

/** The variable of that name that takes effect: a list may hold a name twice, and the last one wins. */
export function lastVariable(variables: readonly EnvVar[], name: string): EnvVar | undefined {
  return variables.findLast((variable) => variable.name === name);
}

/** Writes a text so that the kubelet's expansion gives it back unchanged: `$$` is one `$`, `$(NAME)` a reference. */
export function escapeReferences(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function lookUpIn(source: EnvFromSource, name: string, facts: Facts): Lookup {
  const prefix = source.prefix ?? '';
  if (!name.startsWith(prefix)) return nowhere;
  const key = name.slice(prefix.length);
  const { configMapRef, secretRef } = source;
  if (secretRef) {
    const message = `${name} may come from Secret ${secretRef.name}, which Remora does not read; write it into env, empty if need be`;
    return hidden('envFrom', 'EnvironmentFromSecret', message);
  }
  return configMapRef ? lookUpInConfigMap(configMapRef, key, name, facts) : nowhere;
}

/**
 * A ConfigMap that is not there counts as empty where it is optional. Where it is required, its pod waits for it, and
 * what it will say is not known.
 */
function lookUpInConfigMap(
  reference: { readonly name: string; readonly optional?: boolean },
  key: string,
  name: string,
  facts: Facts,
): Lookup {
  const configMap = facts.configMap(reference.name);
  if (configMap === undefined) {
    if (reference.optional === true) return nowhere;
    const message = `${name} may come from ConfigMap ${reference.name}, which is not there yet`;
    return hidden('envFrom', 'EnvironmentFromMissingConfigMap', message);
  }
  if (!configMap.keys.has(key)) return nowhere;
  const value = configMap.values.get(key);
  if (value === undefined) {
    const message = `${name} comes from ConfigMap ${reference.name}, whose value of it is not kept`;
    return hidden('envFrom', 'EnvironmentFromReference', message);
  }
  return { found: 'configMap', value, configMap: reference.name };
}

function hidden(where: 'env' | 'envFrom', code: HiddenCode, message: string): Lookup {
  return { found: 'hidden', in: where, code, message };
}
