import { readNumber } from '../../value/number.ts';
import { RegoObject } from '../../value/value.ts';
import type { Value } from '../../value/value.ts';
import { formatFloat } from '../go/float.ts';
import { integerValue } from '../operands.ts';
import { BuiltinError } from '../types.ts';
import type { YamlMapping, YamlNode, YamlScalar } from './node.ts';
import { resolve } from './resolve.ts';

/** Of many nodes, so many may come from aliases (go-yaml's guard against documents that explode). */
const aliasedShare = { low: 400_000, high: 4_000_000 };

/**
 * Decodes a document as OPA does (`internal/yaml`): JSON, keys that are numbers or booleans written as such, of equal
 * keys the last, `<<` merged.
 *
 * @throws BuiltinError for what has no JSON: keys that are null or collections, infinities, aliases without end.
 */
export function decode(node: YamlNode): Value {
  return new Decoder().decode(node);
}

class Decoder {
  readonly #open = new Set<YamlNode>();
  #count = 0;
  #aliased = 0;

  decode(node: YamlNode): Value {
    this.#countNode();
    switch (node.kind) {
      case 'scalar':
        return decodeScalar(node);
      case 'sequence':
        return node.items.map((item) => this.decode(item));
      case 'mapping':
        return new RegoObject(this.#entries(node, new Set()));
      case 'alias':
        return this.#follow(node, (target) => this.decode(target));
    }
  }

  #follow<T>(alias: YamlNode & { readonly kind: 'alias' }, then: (target: YamlNode) => T): T {
    if (this.#open.has(alias)) throw new BuiltinError('an anchor contains itself');
    this.#open.add(alias);
    const result = then(alias.target());
    this.#open.delete(alias);
    return result;
  }

  #countNode(): void {
    this.#count += 1;
    if (this.#open.size > 0) this.#aliased += 1;
    const { low, high } = aliasedShare;
    const over = Math.min(Math.max((this.#count - low) / (high - low), 0), 1);
    const isMuch = this.#aliased > 100 && this.#count > 1000;
    if (isMuch && this.#aliased / this.#count > 0.99 - 0.89 * over) throw new BuiltinError('excessive aliasing');
  }

  /** The entries of a mapping but for keys that are taken; then what it merges, the first to have a key wins. */
  #entries({ pairs }: YamlMapping, taken: Set<string>): (readonly [string, Value])[] {
    const own = new Map<string, Value>();
    for (const [key, value] of pairs) {
      if (!isMerge(key)) own.set(this.#key(key), this.decode(value));
    }
    const entries: (readonly [string, Value])[] = [...own].filter(([key]) => !taken.has(key));
    for (const [key] of entries) taken.add(key);
    for (const [key, value] of pairs) {
      if (isMerge(key)) entries.push(...this.#merged(value, taken));
    }
    return entries;
  }

  #merged(node: YamlNode, taken: Set<string>, isItem = false): (readonly [string, Value])[] {
    this.#countNode();
    if (node.kind === 'mapping') return this.#entries(node, taken);
    if (node.kind === 'alias') {
      return this.#follow(node, (target) => {
        if (target.kind !== 'mapping') throw new BuiltinError('map merge requires map or sequence of maps');
        return this.#entries(target, taken);
      });
    }
    if (node.kind === 'sequence' && !isItem) return node.items.flatMap((item) => this.#merged(item, taken, true));
    throw new BuiltinError('map merge requires map or sequence of maps');
  }

  #key(node: YamlNode): string {
    this.#countNode();
    if (node.kind === 'alias') return this.#follow(node, (target) => this.#key(target));
    if (node.kind !== 'scalar') throw new BuiltinError('invalid map key');
    const scalar = resolveScalar(node);
    switch (scalar.type) {
      case '!!str':
        return scalar.value;
      case '!!bool':
      case '!!int':
        return String(scalar.value);
      case '!!float':
        return floatKey(scalar.value);
      case '!!null':
        throw new BuiltinError('unsupported map key');
    }
  }
}

function isMerge(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.text === '<<' && (key.tag === '!!merge' || (key.tag === '' && !key.isQuoted));
}

function resolveScalar({ tag, text, isQuoted }: YamlScalar): ReturnType<typeof resolve> {
  if (tag !== '!!binary') return resolve(tag === '' && isQuoted ? '!!str' : tag, text);
  const plain = text.replaceAll(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(plain)) {
    throw new BuiltinError('!!binary value contains invalid base64 data');
  }
  return { type: '!!str', value: Buffer.from(plain, 'base64').toString() };
}

function decodeScalar(node: YamlScalar): Value {
  const scalar = resolveScalar(node);
  switch (scalar.type) {
    case '!!null':
      return null;
    case '!!int':
      return integerValue(scalar.value);
    case '!!float':
      if (!Number.isFinite(scalar.value)) throw new BuiltinError('JSON has no such number');
      return readNumber(Object.is(scalar.value, -0) ? '-0' : String(scalar.value));
    case '!!bool':
    case '!!str':
      return scalar.value;
  }
}

/** OPA writes keys that are floats with the digits of 32 bits. */
function floatKey(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return Number.isNaN(single) ? '.nan' : single > 0 ? '.inf' : '-.inf';
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return formatFloat(short, 'g', -1);
  }
  return formatFloat(Number(single.toPrecision(9)), 'g', -1);
}
