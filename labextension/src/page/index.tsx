/** A service as a page of its own, without the Lab around it; bundled by itself. */
import * as React from 'react';

import { createRoot } from 'react-dom/client';

import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';

import { Client } from '../api/client';
import { Stream } from '../api/stream';
import { Live } from '../model/live';
import { ServiceModel } from '../panels/service/model';
import { Page } from './body';

/** What is painted and not styled asks for the theme by its name, as in the Lab. */
function followTheme(): void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const name = (): void => {
    document.body.dataset['jpThemeName'] = dark.matches ? 'JupyterLab Dark' : 'JupyterLab Light';
  };
  dark.addEventListener('change', name);
  name();
}

const place = document.getElementById('longboat-try');
const service = place?.dataset['service'];
if (place && service) {
  followTheme();
  const trans = nullTranslator.load('longboat');
  const client = new Client(ServerConnection.makeSettings(), trans);
  const live = new Live();
  new Stream(client, live).start();
  createRoot(place).render(<Page model={new ServiceModel(client, live, service)} trans={trans} />);
}
