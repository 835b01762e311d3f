import { isArray, RegoSet } from '../value/value.ts';
import type { RegoObject, Value } from '../value/value.ts';
import { collectionOperand, objectOperand } from './operands.ts';
import type { Builtin } from './types.ts';

/** The neighbours of a vertex, an array or a set; undefined when it is not in the graph, none for any other value. */
function neighbours(graph: RegoObject, vertex: Value): readonly Value[] | undefined {
  const edges = graph.get(vertex);
  if (edges === undefined) return undefined;
  if (edges instanceof RegoSet) return edges.values;
  return isArray(edges) ? edges : [];
}

const reachablePaths: Builtin = (args) => {
  const graph = objectOperand(args, 1);
  const paths: Value[][] = [];
  for (const start of collectionOperand(args, 2)) {
    const next = neighbours(graph, start);
    if (next?.length === 0) paths.push([start]);
    for (const vertex of next ?? []) walk(graph, vertex, [start], paths);
  }
  return new RegoSet(paths);
};

/** Follows each edge until it leaves the graph, ends, or comes back to where the path has been. */
function walk(graph: RegoObject, vertex: Value, path: readonly Value[], paths: Value[][]): void {
  const next = neighbours(graph, vertex);
  if (next === undefined) {
    paths.push([...path]);
    return;
  }
  const longer = [...path, vertex];
  if (next.length === 0) paths.push(longer);
  const seen = new RegoSet(longer);
  for (const neighbour of next) {
    if (seen.has(neighbour)) paths.push([...longer]);
    else walk(graph, neighbour, longer, paths);
  }
}

/** https://www.openpolicyagent.org/docs/policy-reference/builtins/graph */
export const graph: Readonly<Record<string, Builtin>> = { 'graph.reachable_paths': reachablePaths };
