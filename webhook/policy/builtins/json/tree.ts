import { readNumber, writeNumber } from '../../value/number.ts';
import { isArray, isEqual, isNumber, RegoObject, RegoSet } from '../../value/value.ts';
import type { Value } from '../../value/value.ts';
import { int64 } from '../operands.ts';
import { showTerm } from '../term.ts';
import { BuiltinError } from '../types.ts';

/** A path: each key as it is written, or any value. */
export type Path = readonly Value[];

/**
 * A value while it is patched (OPA `internal/edittree`, whose mistakes are kept: see `ArrayNode`). Only what a patch
 * walks through is unfolded into nodes.
 */
interface Node {
  /** The node of what is at a key, which may be changed in place. */
  unfold(key: Value): Node;
  insert(key: Value, value: Value): void;
  remove(key: Value): void;
  render(): Value;
}

/** The whole document. Nothing is left of it when its root was removed. */
export class Tree {
  #root: Node | undefined;

  constructor(value: Value) {
    this.#root = nodeOf(value);
  }

  insert(path: Path, value: Value): void {
    const key = path.at(-1);
    if (key === undefined) this.#root = nodeOf(value);
    else this.#unfold(path.slice(0, -1)).insert(key, value);
  }

  remove(path: Path): void {
    const key = path.at(-1);
    if (key !== undefined) this.#unfold(path.slice(0, -1)).remove(key);
    else {
      this.#unfold([]);
      this.#root = undefined;
    }
  }

  render(path: Path = []): Value {
    return this.#unfold(path).render();
  }

  #unfold(path: Path): Node {
    if (this.#root === undefined) throw new BuiltinError('the document was removed');
    return path.reduce<Node>((node, key) => node.unfold(key), this.#root);
  }
}

function nodeOf(value: Value): Node {
  if (isArray(value)) return new ArrayNode(value);
  if (value instanceof RegoObject) return new ObjectNode(value);
  return value instanceof RegoSet ? new SetNode(value) : new Leaf(value);
}

function missing(key: Value): never {
  throw new BuiltinError(`nothing is at ${showTerm(key)}`);
}

class Leaf implements Node {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  unfold(key: Value): never {
    return missing(key);
  }

  insert(key: Value): never {
    return missing(key);
  }

  remove(key: Value): never {
    return missing(key);
  }

  render(): Value {
    return this.#value;
  }
}

class ObjectNode implements Node {
  readonly #original: RegoObject;
  /** What was touched, by the text of its key; undefined for what was removed. */
  readonly #touched = new Map<string, { readonly key: Value; readonly node: Node | undefined }>();

  constructor(original: RegoObject) {
    this.#original = original;
  }

  unfold(key: Value): Node {
    const touched = this.#touched.get(textOf(key));
    if (touched !== undefined) return touched.node ?? missing(key);
    const value = this.#original.get(key);
    if (value === undefined) return missing(key);
    const node = nodeOf(value);
    this.#touched.set(textOf(key), { key, node });
    return node;
  }

  insert(key: Value, value: Value): void {
    this.#touched.set(textOf(key), { key, node: nodeOf(value) });
  }

  remove(key: Value): void {
    this.unfold(key);
    this.#touched.set(textOf(key), { key, node: undefined });
  }

  render(): Value {
    if (this.#touched.size === 0) return this.#original;
    const entries = new Map(this.#original.entries.map(([key, value]) => [textOf(key), [key, value] as const]));
    for (const [text, { key, node }] of this.#touched) {
      if (node === undefined) entries.delete(text);
      else entries.set(text, [key, node.render()]);
    }
    return new RegoObject(entries.values());
  }
}

/** Equal keys have equal texts: numbers however they are spelled. */
function textOf(key: Value): string {
  if (!isNumber(key)) return showTerm(key);
  const double = Number(writeNumber(key));
  return isEqual(double, key) ? String(double) : showTerm(key);
}

class SetNode implements Node {
  #members: RegoSet;
  /** Members that were walked into stay while they change. */
  readonly #nodes = new Map<string, Node>();

  constructor(members: RegoSet) {
    this.#members = members;
  }

  unfold(key: Value): Node {
    this.#collapse();
    if (!this.#members.has(key)) missing(key);
    const node = nodeOf(key);
    this.#nodes.set(textOf(key), node);
    return node;
  }

  insert(key: Value, value: Value): void {
    if (!isEqual(key, value)) throw new BuiltinError('the key of a member of a set is the member itself');
    this.#collapse();
    this.#members = new RegoSet([...this.#members.values, value]);
  }

  remove(key: Value): void {
    this.#collapse();
    if (!this.#members.has(key)) missing(key);
    this.#members = new RegoSet(this.#members.values.filter((member) => !isEqual(member, key)));
  }

  render(): Value {
    this.#collapse();
    return this.#members;
  }

  #collapse(): void {
    if (this.#nodes.size === 0) return;
    this.#members = new RegoSet(
      this.#members.values.map((member) => this.#nodes.get(textOf(member))?.render() ?? member),
    );
    this.#nodes.clear();
  }
}

/**
 * What stands at an index: an element of the original array, or what was inserted or walked into. OPA looks up an
 * element that is walked into for the first time by its present index in the original array, so that after insertions
 * or removals before it another element takes its place. To the policy that is OPA's answer, and so it is ours.
 */
class ArrayNode implements Node {
  readonly #original: readonly Value[];
  readonly #slots: (Node | { readonly element: Value })[];

  constructor(original: readonly Value[]) {
    this.#original = original;
    this.#slots = original.map((element) => ({ element }));
  }

  unfold(key: Value): Node {
    const at = this.#index(key);
    const slot = this.#slots[at];
    if (slot !== undefined && !('element' in slot)) return slot;
    const found = this.#original[at];
    if (found === undefined || slot === undefined) return missing(key);
    const node = nodeOf(found);
    this.#slots[at] = node;
    return node;
  }

  insert(key: Value, value: Value): void {
    const at = this.#index(key);
    if (at > this.#slots.length) missing(key);
    this.#slots.splice(at, 0, nodeOf(value));
  }

  remove(key: Value): void {
    const at = this.#index(key);
    if (at >= this.#slots.length) missing(key);
    this.#slots.splice(at, 1);
  }

  render(): Value {
    return this.#slots.map((slot) => ('element' in slot ? slot.element : slot.render()));
  }

  /** An index as number or text without leading zeros; `-` is the one after the last. */
  #index(key: Value): number {
    if (key === '-') return this.#slots.length;
    const isText = typeof key === 'string' && /^[+-]?\d+(?:\.0*)?$/.test(key);
    if (isText && key !== '0' && key.startsWith('0')) return missing(key);
    const number = isText ? readNumber(key.replace('+', '')) : key;
    const index = isNumber(number) ? int64(number) : undefined;
    return index === undefined || index < 0n ? missing(key) : Number(index);
  }
}
