import * as React from 'react';

import { useMemo } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { Empty } from '../../components/parts';
import { charts, together } from '../../model/curves';
import { Beside } from './beside';
import { Chart } from './chart';
import { Header } from './header';
import { Lanes } from './lanes';
import { Left } from './left';
import type { Live } from '../../model/live';
import type { JobModel } from './model';
import { Origin } from './origin';
import { Report } from './report';
import { Timeline } from './timeline';

interface BodyProps {
  readonly model: JobModel;
  readonly live: Live;
  readonly trans: TranslationBundle;
  readonly run: (command: string, args: object) => void;
}

/** A job: how it is, its curves, its logs. */
export function Body({ model, live, trans, run }: BodyProps): React.JSX.Element {
  const { job, problem, history, series, report, beside } = useModel(model, each => each.view);
  const curves = useMemo(
    () => charts(beside ? together(series, beside.series, beside.id) : series),
    [series, beside]
  );
  const jobs = useModel(live, each => each.picture.jobs);
  const others = jobs.filter(each => each.id !== job?.id && each.name === job?.name).slice(0, 20);
  if (!job) {
    return <Empty>{problem || trans.__('Waiting for the server…')}</Empty>;
  }
  return (
    <div className="lb-Job">
      <Header job={job} trans={trans} run={run} />
      <Timeline job={job} history={history} trans={trans} />
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
      <Left model={model} trans={trans} run={run} />
      <Origin key={model.id} read={() => model.receipt()} trans={trans} />
      <Beside others={others} beside={beside} trans={trans} choose={id => void model.compare(id)} />
    </div>
  );
}
