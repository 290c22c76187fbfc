import * as React from 'react';

import { closeIcon } from '@jupyterlab/ui-components';

import type { Service } from '../../api/wire';
import { Empty, IconButton } from '../../components/parts';
import { useModel } from '../../components/hooks';
import { commands } from '../../tokens';
import type { SidebarProps } from './model';

/** The models that answer. */
export function Services({ longboat, run }: SidebarProps): React.JSX.Element {
  const { trans, live } = longboat;
  const { services, empty } = useModel(live, each => each.picture);
  if (empty || !services.length) {
    return (
      <Empty>
        {empty
          ? trans.__('Waiting for the server…')
          : trans.__('No services yet. Press the arrow beside a model to deploy it.')}
      </Empty>
    );
  }
  return (
    <ul className="lb-List">
      {services.map(service => (
        <Row key={service.name} service={service} longboat={longboat} run={run} />
      ))}
    </ul>
  );
}

function Row(props: SidebarProps & { service: Service }): React.JSX.Element {
  const { service, run } = props;
  const { trans } = props.longboat;
  return (
    <li className="lb-Row">
      <button
        type="button"
        className="lb-Row-main"
        title={trans.__('Open %1, and try it', service.name)}
        onClick={() => run(commands.openService, { name: service.name })}
      >
        <span className="lb-Row-line">
          <span className="lb-Row-name">{service.name}</span>
          <span className="lb-State" data-state={service.state}>
            {service.state}
          </span>
        </span>
        <span className="lb-Row-detail" title={service.url ?? undefined}>
          <span className="lb-Row-words">
            {service.message || `${service.model}@${service.version}`}
          </span>
          <span className="lb-Row-age">
            {trans._n('%1 request', '%1 requests', service.requests, String(service.requests))}
          </span>
        </span>
      </button>
      <IconButton
        icon={closeIcon}
        label={trans.__('Undeploy %1', service.name)}
        onClick={() => run(commands.undeploy, { name: service.name })}
      />
    </li>
  );
}
