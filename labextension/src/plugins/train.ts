import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ReactWidget, ToolbarButtonComponent } from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';
import { createElement } from 'react';

import { longboatIcon } from '../icons';
import { createSubmitPanel } from '../panels/submit';
import type { Subject } from '../panels/submit/model';
import { commands, ILongboat } from '../tokens';
import { pythons } from './kernels';

/** Where a notebook's last choices are, in its metadata. */
const METADATA = 'longboat';

/** The Train button, and the panel that it opens beside the notebook. */
export const train: JupyterFrontEndPlugin<void> = {
  id: 'longboat:train',
  description: 'Submits the notebook as a job.',
  autoStart: true,
  requires: [ILongboat, INotebookTracker, IDocumentManager],
  optional: [ICommandPalette, IToolbarWidgetRegistry, IFileBrowserFactory],
  activate: (
    app,
    longboat: ILongboat,
    tracker: INotebookTracker,
    documents: IDocumentManager,
    palette: ICommandPalette | null,
    toolbars: IToolbarWidgetRegistry | null,
    browsers: IFileBrowserFactory | null
  ) => {
    const { trans } = longboat;
    const panels = new Panels(app, longboat);
    app.commands.addCommand(commands.train, {
      label: trans.__('Train Notebook…'),
      caption: trans.__('Run this notebook as a job'),
      icon: longboatIcon,
      isEnabled: () => tracker.currentWidget !== null || browsers?.tracker.currentWidget != null,
      execute: async args => {
        const notebook = args['selected']
          ? opened(documents, selectedNotebook(browsers))
          : tracker.currentWidget;
        if (notebook) {
          await panels.open(notebook);
        }
      },
      describedBy: {
        args: { type: 'object', properties: { selected: { type: 'boolean' } } }
      }
    });
    palette?.addItem({ command: commands.train, category: 'Longboat' });
    toolbars?.addFactory<NotebookPanel>('Notebook', 'longboat-train', notebook =>
      button(longboat, () => void panels.open(notebook))
    );
  }
};

/** No ToolbarButton: one with a click of its own stays pressed until the next. */
function button({ trans }: ILongboat, onClick: () => void): Widget {
  const made = ReactWidget.create(
    createElement(ToolbarButtonComponent, {
      icon: longboatIcon,
      label: trans.__('Train'),
      tooltip: trans.__('Run this notebook as a job'),
      onClick
    })
  );
  made.addClass('jp-ToolbarButton');
  return made;
}

function selectedNotebook(browsers: IFileBrowserFactory | null): string | null {
  for (const item of browsers?.tracker.currentWidget?.selectedItems() ?? []) {
    if (item.type === 'notebook') {
      return item.path;
    }
  }
  return null;
}

function opened(documents: IDocumentManager, path: string | null): NotebookPanel | null {
  const widget = path === null ? undefined : documents.openOrReveal(path);
  return widget instanceof NotebookPanel ? widget : null;
}

/** The open submit panels: one for each notebook. */
class Panels {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _longboat: ILongboat
  ) {}

  /** Save the notebook and show its panel. */
  async open(notebook: NotebookPanel): Promise<void> {
    await notebook.context.ready;
    await notebook.context.save();
    const known = this._open.get(notebook);
    if (known) {
      this._app.shell.activateById(known.id);
      return;
    }
    const panel = createSubmitPanel(this._longboat, this.subject(notebook), job => {
      void this._app.commands
        .execute(commands.openJob, { id: job.id, ref: panel.id })
        .then(() => panel.dispose());
    });
    panel.id = `longboat-submit-${++this._count}`;
    this._open.set(notebook, panel);
    panel.disposed.connect(() => this._open.delete(notebook));
    notebook.disposed.connect(() => panel.dispose());
    this._app.shell.add(panel, 'main', { ref: notebook.id, mode: 'split-right', type: 'Longboat' });
  }

  private subject(notebook: NotebookPanel): Subject {
    const { contents, kernelspecs } = this._app.serviceManager;
    return {
      saving: notebook.context.saveState,
      get kernels() {
        return pythons(kernelspecs.specs);
      },
      get path() {
        return contents.localPath(notebook.context.path);
      },
      remembered: notebook.content.model?.getMetadata(METADATA),
      save: async choices => {
        const model = notebook.content.model;
        if (Object.keys(choices).length) {
          model?.setMetadata(METADATA, choices);
        } else {
          model?.deleteMetadata(METADATA);
        }
        await notebook.context.save();
      }
    };
  }

  private readonly _open = new Map<NotebookPanel, Widget>();
  private _count = 0;
}
