import type { Role } from '../api/wire';

/** How many replicas of each role were asked for. */
export interface Roles {
  readonly workers: number;
  readonly ps: number;
  readonly chief: boolean;
  readonly evaluator: boolean;
}

export interface Node {
  readonly role: Role;
  /** Counted from 0; -1 stands for all that are not drawn. */
  readonly index: number;
  readonly leads: boolean;
  readonly x: number;
  readonly y: number;
  /** What a node of the kind "and so many more" stands for, else 1. */
  readonly stands: number;
}

export interface Edge {
  readonly from: Node;
  readonly to: Node;
  /** Gradients, or a checkpoint that is looked at now and then. */
  readonly kind: 'traffic' | 'checkpoint';
}

export interface Topology {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

const COLUMN = 64;
const ROW = 64;
const MARGIN = 32;
/** More replicas of a role than this are drawn as one. */
const MOST = 5;

/** Lay out a job's replicas: parameter servers above, the chief and the workers, an evaluator below. */
export function topology(roles: Roles): Topology {
  const chief = roles.chief || roles.ps > 0;
  const rows = [
    spread('ps', roles.ps),
    [...(chief ? spread('chief', 1) : []), ...spread('worker', roles.workers)],
    spread('evaluator', roles.evaluator ? 1 : 0)
  ].filter(row => row.length > 0);
  const columns = Math.max(1, ...rows.map(row => row.length));
  const width = 2 * MARGIN + (columns - 1) * COLUMN;
  const nodes = rows.flatMap((row, y) =>
    row.map((node, x) => ({
      ...node,
      leads: leads(node, chief),
      x: width / 2 + (x - (row.length - 1) / 2) * COLUMN,
      y: MARGIN + y * ROW
    }))
  );
  return { width, height: 2 * MARGIN + (rows.length - 1) * ROW, nodes, edges: edges(nodes) };
}

type Unplaced = Pick<Node, 'role' | 'index' | 'stands'>;

function spread(role: Role, count: number): Unplaced[] {
  const drawn = count > MOST ? MOST - 1 : count;
  const nodes: Unplaced[] = Array.from({ length: drawn }, (_, index) => ({
    role,
    index,
    stands: 1
  }));
  return count > MOST ? [...nodes, { role, index: -1, stands: count - drawn }] : nodes;
}

function leads(node: Unplaced, chief: boolean): boolean {
  return chief ? node.role === 'chief' : node.role === 'worker' && node.index === 0;
}

/** With parameter servers each worker talks to each of them; else each to its neighbour. */
function edges(nodes: readonly Node[]): Edge[] {
  const of = (role: Role): Node[] => nodes.filter(node => node.role === role);
  const servers = of('ps');
  const computing = [...of('chief'), ...of('worker')];
  const leader = nodes.find(node => node.leads);
  const traffic: Edge[] = servers.length
    ? servers.flatMap(from => computing.map(to => ({ from, to, kind: 'traffic' as const })))
    : computing.slice(1).map((to, before) => ({
        from: computing[before] ?? to,
        to,
        kind: 'traffic' as const
      }));
  const looked = leader
    ? of('evaluator').map(to => ({ from: leader, to, kind: 'checkpoint' as const }))
    : [];
  return [...traffic, ...looked];
}
