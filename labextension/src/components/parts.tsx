import * as React from 'react';

import type { LabIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Job, JobState, ReplicaState } from '../api/wire';
import { progressWords, share, stateWord } from '../model/words';

/** A state, by a word and a colour. */
export function State(props: {
  state: JobState | ReplicaState;
  trans: TranslationBundle;
}): React.JSX.Element {
  return (
    <span className="lb-State" data-state={props.state}>
      {stateWord(props.state, props.trans)}
    </span>
  );
}

/** How far a job is: a bar and words; nothing where nothing is known. */
export function ProgressLine(props: {
  job: Job;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const part = share(props.job.progress);
  if (part === null || props.job.ended !== null) {
    return null;
  }
  const words = progressWords(props.job, props.trans);
  const percent = Math.round(part * 100);
  return (
    <div className="lb-Progress">
      <div
        className="lb-Progress-bar"
        role="progressbar"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-label={words}
      >
        <div style={{ width: `${percent}%` }} />
      </div>
      <span className="lb-Progress-words">{words}</span>
    </div>
  );
}

/** A button that is only an icon; its label is for the pointer that waits and for screen readers. */
export function IconButton(props: {
  icon: LabIcon;
  label: string;
  onClick: () => void;
}): React.JSX.Element {
  return (
    <button
      type="button"
      className="lb-IconButton"
      title={props.label}
      aria-label={props.label}
      onClick={props.onClick}
    >
      <props.icon.react tag="span" elementSize="normal" elementPosition="center" />
    </button>
  );
}

/** What to say where there is nothing yet. */
export function Empty(props: { children: React.ReactNode }): React.JSX.Element {
  return <p className="lb-Empty">{props.children}</p>;
}
