import * as React from 'react';

import { useMemo } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { Empty } from '../../components/parts';
import { charts } from '../../model/curves';
import { Chart } from './chart';
import { Header } from './header';
import { Lanes } from './lanes';
import type { JobModel } from './model';
import { Report } from './report';

interface BodyProps {
  readonly model: JobModel;
  readonly trans: TranslationBundle;
  readonly run: (command: string, args: { id?: string; model?: string }) => void;
}

/** A job: how it is, its curves, its logs. */
export function Body({ model, trans, run }: BodyProps): React.JSX.Element {
  const { job, problem, series, report } = useModel(model, each => each.view);
  const curves = useMemo(() => charts(series), [series]);
  if (!job) {
    return <Empty>{problem || trans.__('Waiting for the server…')}</Empty>;
  }
  return (
    <div className="lb-Job">
      <Header job={job} trans={trans} run={run} />
      {report && <Report report={report} trans={trans} />}
      {curves.length > 0 && (
        <section className="lb-Job-part">
          <h2>{trans.__('Metrics')}</h2>
          <div className="lb-Charts">
            {curves.map(each => (
              <Chart key={each.title} curves={each} step={trans.__('step')} />
            ))}
          </div>
        </section>
      )}
      <section className="lb-Job-part lb-Job-logs">
        <h2>{trans.__('Logs')}</h2>
        <Lanes job={job} model={model} trans={trans} />
      </section>
    </div>
  );
}
