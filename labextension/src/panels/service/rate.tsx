import * as React from 'react';

import { useRef } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Service } from '../../api/wire';
import { useNow } from '../../components/hooks';
import { Sparkline } from '../../components/sparkline';
import { rates } from '../../model/trails';
import { figure } from '../../model/words';

/** Seconds that are looked back on. */
const KEPT = 60;

/** How many requests come in each second, now and in the last minute. */
export function Rate(props: { service: Service; trans: TranslationBundle }): React.JSX.Element {
  const { service, trans } = props;
  const now = useNow(1);
  const samples = useRef<readonly (readonly [number, number])[]>([]);
  if (samples.current.at(-1)?.[0] !== now) {
    samples.current = [...samples.current, [now, service.requests] as const].slice(-KEPT);
  }
  const found = rates(samples.current);
  const words = trans.__('%1 requests each second', figure(Math.round(found.at(-1) ?? 0)));
  return (
    <>
      {words}
      <Sparkline values={found} label={trans.__('Requests in the last minute')} />
    </>
  );
}
