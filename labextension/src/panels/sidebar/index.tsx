import * as React from 'react';

import { ReactWidget, SidePanel } from '@jupyterlab/ui-components';
import { Panel } from '@lumino/widgets';

import { useModel } from '../../components/hooks';
import { longboatIcon } from '../../icons';
import type { ILongboat } from '../../tokens';
import { Jobs } from './jobs';
import { Models } from './models';
import type { SidebarProps } from './model';
import { Services } from './services';

/** Jobs, models and services, one below the other. */
export function createSidebar(props: SidebarProps): SidePanel {
  const { trans } = props.longboat;
  const header = new Panel();
  const sidebar = new SidePanel({ header });
  sidebar.id = 'longboat-sidebar';
  sidebar.title.icon = longboatIcon;
  sidebar.title.caption = trans.__('Longboat: jobs, models and services');
  sidebar.addClass('lb-Sidebar');
  header.addWidget(ReactWidget.create(<Connection {...props.longboat} />));
  sidebar.addWidget(section(trans.__('Jobs'), <Jobs {...props} />));
  sidebar.addWidget(section(trans.__('Models'), <Models {...props} />));
  sidebar.addWidget(section(trans.__('Services'), <Services {...props} />));
  return sidebar;
}

function section(title: string, content: React.JSX.Element): ReactWidget {
  const widget = ReactWidget.create(content);
  widget.title.label = title;
  widget.addClass('lb-Section');
  return widget;
}

/** Says when what is shown may be old; else it takes no room. */
function Connection({ live, trans }: ILongboat): React.JSX.Element {
  const link = useModel(live, each => each.picture.link);
  return (
    <div className="lb-Connection" role="status" data-link={link}>
      {link === 'lost' ? trans.__('Not connected. What is shown may be old; trying again…') : ''}
    </div>
  );
}
