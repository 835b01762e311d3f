import { BuiltinError } from '../types.ts';
import type { YamlMapping, YamlNode, YamlScalar, YamlSequence } from './node.ts';
import { scan } from './scan.ts';
import type { Token } from './scan/token.ts';

/** Characters that may not stand in YAML, not even in quotes. */
const forbidden = /[^\t\n\r -~\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * The first document of a text, undefined when it holds none. The others have to be YAML too.
 *
 * @throws BuiltinError for what is no YAML.
 */
export function parseFirst(text: string): YamlNode | undefined {
  if (forbidden.test(text)) throw new BuiltinError('yaml: control characters are not allowed');
  return new Parser(scan(text)).documents()[0];
}

type Kind = Token['kind'];

const nothing: YamlScalar = { kind: 'scalar', text: '', tag: '', isQuoted: false };
const usualTags: readonly (readonly [handle: string, prefix: string])[] = [
  ['!', '!'],
  ['!!', '!!'],
];

class Parser {
  readonly #tokens: readonly Token[];
  readonly #anchors = new Map<string, YamlNode>();
  #tags = new Map(usualTags);
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  documents(): readonly YamlNode[] {
    const documents: YamlNode[] = [];
    // The first document may begin without a mark.
    if (!this.#is('version', 'tag directive', 'document start', 'end')) {
      documents.push(this.#node(true, false));
      this.#skip('document end');
    }
    for (;;) {
      while (documents.length > 0 && this.#skip('document end'));
      if (this.#is('end')) return documents;
      this.#directives();
      if (!this.#skip('document start')) fail('did not find expected <document start>');
      const isEmpty = this.#is('version', 'tag directive', 'document start', 'document end', 'end');
      documents.push(isEmpty ? nothing : this.#node(true, false));
      this.#skip('document end');
    }
  }

  #directives(): void {
    const tags = new Map<string, string>();
    let hasVersion = false;
    for (let token = this.#peek(); token.kind === 'version' || token.kind === 'tag directive'; token = this.#peek()) {
      if (token.kind === 'version') {
        if (hasVersion || token.version !== '1.1') fail('found incompatible YAML document');
        hasVersion = true;
      } else {
        if (tags.has(token.handle)) fail('found duplicate %TAG directive');
        tags.set(token.handle, token.prefix.replace(/^tag:yaml\.org,2002:/, '!!'));
      }
      this.#at += 1;
    }
    this.#tags = new Map([...usualTags, ...tags]);
  }

  /** A node; in a mapping a sequence may stand at the mapping's own indent. */
  #node(isBlock: boolean, mayBeIndentless: boolean): YamlNode {
    const first = this.#peek();
    if (first.kind === 'alias') return this.#alias(first.name);
    const { anchor, tag } = this.#properties();
    const token = this.#peek();
    if (mayBeIndentless && token.kind === '-') return this.#sequence(anchor, () => this.#indentlessItem());
    if (token.kind === 'scalar') {
      this.#at += 1;
      return this.#keep(anchor, { ...token, tag: tag === '!' ? '' : tag });
    }
    if (token.kind === '[') return this.#flowSequence(anchor);
    if (token.kind === '{') return this.#flowMapping(anchor);
    if (isBlock && token.kind === 'block sequence') {
      this.#at += 1;
      return this.#sequence(anchor, () => this.#blockItem());
    }
    if (isBlock && token.kind === 'block mapping') return this.#blockMapping(anchor);
    if (anchor === undefined && tag === '') fail('did not find expected node content');
    return this.#keep(anchor, { ...nothing, tag: tag === '!' ? '' : tag });
  }

  #alias(name: string): YamlNode {
    this.#at += 1;
    const target = this.#anchors.get(name);
    if (target === undefined) throw new BuiltinError(`yaml: unknown anchor '${name}' referenced`);
    return { kind: 'alias', target: () => target };
  }

  /** An anchor and a tag, in either order. */
  #properties(): { readonly anchor: string | undefined; readonly tag: string } {
    let [anchor, tag]: [string | undefined, string | undefined] = [undefined, undefined];
    for (let token = this.#peek(); token.kind === 'anchor' || token.kind === 'tag'; token = this.#peek()) {
      if (token.kind === 'anchor') {
        if (anchor !== undefined) break;
        anchor = token.name;
      } else {
        if (tag !== undefined) break;
        tag = this.#tagOf(token.handle, token.suffix);
      }
      this.#at += 1;
    }
    return { anchor, tag: tag ?? '' };
  }

  #tagOf(handle: string, suffix: string): string {
    if (handle === '') return suffix.replace(/^tag:yaml\.org,2002:/, '!!');
    const prefix = this.#tags.get(handle);
    if (prefix === undefined) fail('found undefined tag handle');
    return prefix + suffix;
  }

  #keep<T extends YamlNode>(anchor: string | undefined, node: T): T {
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  /** A sequence is known by its anchor before it has items: one of them may be an alias of it. */
  #sequence(anchor: string | undefined, next: () => YamlNode | undefined): YamlSequence {
    const items: YamlNode[] = [];
    const node = this.#keep(anchor, { kind: 'sequence', items } as const);
    for (let item = next(); item !== undefined; item = next()) items.push(item);
    return node;
  }

  #mapping(anchor: string | undefined, next: () => readonly [YamlNode, YamlNode] | undefined): YamlMapping {
    const pairs: (readonly [YamlNode, YamlNode])[] = [];
    const node = this.#keep(anchor, { kind: 'mapping', pairs } as const);
    for (let pair = next(); pair !== undefined; pair = next()) pairs.push(pair);
    return node;
  }

  #blockItem(): YamlNode | undefined {
    if (this.#skip('block end')) return undefined;
    if (!this.#skip('-')) fail("did not find expected '-' indicator");
    return this.#is('-', 'block end') ? nothing : this.#node(true, false);
  }

  #indentlessItem(): YamlNode | undefined {
    if (!this.#skip('-')) return undefined;
    return this.#is('-', 'key', 'value', 'block end') ? nothing : this.#node(true, false);
  }

  #blockMapping(anchor: string | undefined): YamlMapping {
    this.#at += 1;
    const content = () => (this.#is('key', 'value', 'block end') ? nothing : this.#node(true, true));
    return this.#mapping(anchor, () => {
      if (this.#skip('block end')) return undefined;
      if (!this.#skip('key')) fail('did not find expected key');
      const key = content();
      return [key, this.#skip('value') ? content() : nothing];
    });
  }

  #flowSequence(anchor: string | undefined): YamlSequence {
    this.#at += 1;
    let isFirst = true;
    return this.#sequence(anchor, () => {
      if (this.#skip(']')) return undefined;
      if (!isFirst && !this.#skip(',')) fail("did not find expected ',' or ']'");
      isFirst = false;
      if (this.#skip(']')) return undefined;
      return this.#skip('key') ? this.#pair() : this.#node(false, false);
    });
  }

  /** A mapping of one entry in a flow sequence: `[a: b]`. */
  #pair(): YamlMapping {
    const isEmpty = this.#is('value', ',', ']');
    // libyaml drops what stands where the key is missing.
    if (isEmpty) this.#at += 1;
    const key = isEmpty ? nothing : this.#node(false, false);
    const hasValue = this.#skip('value') && !this.#is(',', ']');
    return { kind: 'mapping', pairs: [[key, hasValue ? this.#node(false, false) : nothing]] };
  }

  #flowMapping(anchor: string | undefined): YamlMapping {
    this.#at += 1;
    let isFirst = true;
    return this.#mapping(anchor, () => {
      if (this.#skip('}')) return undefined;
      if (!isFirst && !this.#skip(',')) fail("did not find expected ',' or '}'");
      isFirst = false;
      if (this.#skip('}')) return undefined;
      if (!this.#skip('key')) return [this.#node(false, false), nothing];
      const key = this.#is('value', ',', '}') ? nothing : this.#node(false, false);
      const hasValue = this.#skip('value') && !this.#is(',', '}');
      return [key, hasValue ? this.#node(false, false) : nothing];
    });
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end' };
  }

  #is(...kinds: readonly Kind[]): boolean {
    return kinds.includes(this.#peek().kind);
  }

  #skip(kind: Kind): boolean {
    if (this.#peek().kind !== kind) return false;
    this.#at += 1;
    return true;
  }
}

function fail(problem: string): never {
  throw new BuiltinError(`yaml: ${problem}`);
}
