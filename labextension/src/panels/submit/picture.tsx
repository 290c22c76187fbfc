import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Role } from '../../api/wire';
import { topology } from '../../model/topology';
import type { Edge, Node, Roles } from '../../model/topology';

const RADIUS = 15;

/** The replicas and who talks to whom, drawn. */
export function Picture(props: { roles: Roles; trans: TranslationBundle }): React.JSX.Element {
  const { trans, roles } = props;
  const { width, height, nodes, edges } = topology(roles);
  return (
    <figure className="lb-Picture">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="img"
        aria-label={summary(roles, trans)}
      >
        {edges.map(edge => (
          <Line key={`${key(edge.from)} ${key(edge.to)}`} edge={edge} />
        ))}
        {nodes.map(node => (
          <Circle key={key(node)} node={node} trans={trans} />
        ))}
      </svg>
      <figcaption>{summary(roles, trans)}</figcaption>
    </figure>
  );
}

const key = (node: Node): string => `${node.role}-${node.index}`;

function Line({ edge }: { edge: Edge }): React.JSX.Element {
  const { from, to, kind } = edge;
  return <line className="lb-Edge" data-kind={kind} x1={from.x} y1={from.y} x2={to.x} y2={to.y} />;
}

function Circle(props: { node: Node; trans: TranslationBundle }): React.JSX.Element {
  const { node, trans } = props;
  const text = node.stands > 1 ? `+${node.stands}` : letter(node.role);
  return (
    <g className="lb-Node" data-role={node.role} data-leads={node.leads}>
      <title>
        {node.leads ? trans.__('%1, which leads', label(node, trans)) : label(node, trans)}
      </title>
      <circle cx={node.x} cy={node.y} r={RADIUS} />
      <text x={node.x} y={node.y} dy="0.35em">
        {text}
      </text>
    </g>
  );
}

function letter(role: Role): string {
  return { chief: 'C', worker: 'W', ps: 'PS', evaluator: 'E' }[role];
}

function label(node: Node, trans: TranslationBundle): string {
  return node.stands > 1 ? trans.__('%1 more', String(node.stands)) : `${node.role}-${node.index}`;
}

/** The same in words. */
function summary(roles: Roles, trans: TranslationBundle): string {
  const { workers, ps } = roles;
  const parts = [trans._n('%1 worker', '%1 workers', workers, String(workers))];
  if (roles.chief || ps) {
    parts.unshift(trans.__('a chief'));
  }
  if (ps) {
    parts.push(trans._n('%1 parameter server', '%1 parameter servers', ps, String(ps)));
  }
  if (roles.evaluator) {
    parts.push(trans.__('an evaluator'));
  }
  return parts.join(', ');
}
