import { isArray, isEqual, RegoObject } from '../../value/value.ts';
import type { Value } from '../../value/value.ts';
import { typeName } from '../operands.ts';
import { BuiltinError } from '../types.ts';
import { Tree } from './tree.ts';
import type { Path } from './tree.ts';

/**
 * Applies a JSON Patch (RFC 6902) to any value, sets too: the key of a member is the member. The first operation that
 * cannot be done fails the whole.
 */
export function applyPatch(document: Value, operations: readonly Value[]): Value {
  const tree = new Tree(document);
  for (const operation of operations) {
    if (!(operation instanceof RegoObject)) throw new BuiltinError('an operation must be an object');
    const path = readPath(attribute(operation, 'path'));
    const kind = attribute(operation, 'op');
    if (typeof kind !== 'string') throw new BuiltinError("attribute 'op' must be a string");
    apply(tree, kind, path, operation);
  }
  return tree.render();
}

function apply(tree: Tree, kind: string, path: Path, operation: RegoObject): void {
  switch (kind) {
    case 'add':
      tree.insert(path, attribute(operation, 'value'));
      return;
    case 'remove':
      tree.remove(path);
      return;
    case 'replace':
      tree.remove(path);
      tree.insert(path, attribute(operation, 'value'));
      return;
    case 'move': {
      const from = readPath(attribute(operation, 'from'));
      const value = tree.render(from);
      tree.remove(from);
      tree.insert(path, value);
      return;
    }
    case 'copy':
      tree.insert(path, tree.render(readPath(attribute(operation, 'from'))));
      return;
    case 'test':
      if (!isEqual(tree.render(path), attribute(operation, 'value'))) throw new BuiltinError('the test failed');
      return;
    default:
      throw new BuiltinError(`unrecognized op: ${kind}`);
  }
}

function attribute(operation: RegoObject, name: string): Value {
  const value = operation.get(name);
  if (value === undefined) throw new BuiltinError(`missing required attribute '${name}'`);
  return value;
}

/** A JSON Pointer (RFC 6901), whose first slash may be missing, or an array of keys. */
function readPath(path: Value): Path {
  if (isArray(path)) return path;
  if (typeof path !== 'string') throw new BuiltinError(`a path must be string or array but got ${typeName(path)}`);
  if (path === '') return [];
  const keys = path.replace(/^\/+/, '').split('/');
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
