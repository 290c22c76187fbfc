import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { JobDetails } from '../../api/wire';

/** What a rehearsal found: a list of what is to mend, and what was not tried. */
export function Report(props: {
  report: Required<Pick<JobDetails, 'findings' | 'remarks'>>;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { findings, remarks } = props.report;
  const { trans } = props;
  const fixes = [...new Set(findings.map(each => each.fix).filter(Boolean))];
  return (
    <section className="lb-Job-part lb-Report">
      <h2>{findings.length ? trans.__('To mend') : trans.__('Nothing to mend was found')}</h2>
      <ul>
        {findings.map(each => (
          <li key={each.sentence}>{each.sentence}</li>
        ))}
      </ul>
      {[...fixes, ...remarks].map(line => (
        <p key={line}>{line}</p>
      ))}
    </section>
  );
}
