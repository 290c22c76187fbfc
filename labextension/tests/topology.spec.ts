import { describe, expect, it } from 'vitest';

import { topology } from '../src/model/topology';

const some = { workers: 2, ps: 0, chief: false, evaluator: false };

describe('topology', () => {
  it('lets the first worker lead where there is no chief', () => {
    const { nodes, edges } = topology(some);
    expect(nodes.map(node => [node.role, node.leads])).toEqual([
      ['worker', true],
      ['worker', false]
    ]);
    expect(edges).toHaveLength(1);
  });

  it('adds a chief to parameter servers and joins each server with each who computes', () => {
    const { nodes, edges } = topology({ ...some, ps: 2 });
    expect(nodes.filter(node => node.leads).map(node => node.role)).toEqual(['chief']);
    expect(edges).toHaveLength(2 * 3);
  });

  it('shows what the evaluator reads', () => {
    const { edges } = topology({ ...some, evaluator: true });
    expect(edges.filter(edge => edge.kind === 'checkpoint')).toHaveLength(1);
  });

  it('stays small with very many', () => {
    const { nodes, width } = topology({ ...some, workers: 400 });
    expect(nodes).toHaveLength(5);
    expect(nodes.at(-1)?.stands).toBe(396);
    expect(width).toBeLessThan(400);
  });

  it('has a place for nothing at all', () => {
    expect(topology({ ...some, workers: 0 }).nodes).toEqual([]);
  });
});
