import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { ILongboat } from '../../tokens';

/** What the sections of the sidebar are given. */
export interface SidebarProps {
  readonly longboat: ILongboat;
  /** Run a command of the Lab. */
  readonly run: (command: string, args: ReadonlyPartialJSONObject) => void;
}
