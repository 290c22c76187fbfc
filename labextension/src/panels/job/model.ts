import type { Client } from '../../api/client';
import { sentence } from '../../api/failure';
import { fileUrl, readDiff, readFiles, readJob, readMetrics, wholeLogUrl } from '../../api/jobs';
import type { Receipt } from '../../api/receipt';
import { readReceipt } from '../../api/receipt';
import type { Job, JobDetails, JobDiff, JobFiles, Phase, Series } from '../../api/wire';
import { replicaName } from '../../api/wire';
import { Live } from '../../model/live';
import { LogTail } from '../../model/logtail';
import type { LogSource } from '../../model/logtail';
import { PageModel } from '../../model/page';

/** What a job page shows; replaced whole. */
export interface JobView {
  readonly job: Job | null;
  /** Why there is no job; empty while there is one, or none was looked for yet. */
  readonly problem: string;
  readonly series: Series;
  /** What it has written; null while that is not known. */
  readonly left: JobFiles | null;
  /** The job that it is compared with. */
  readonly beside: Beside | null;
  /** Its phases, the first one first; empty while they are not known. */
  readonly history: readonly Phase[];
  /** What a rehearsal found; null while that is not known. */
  readonly report: Required<Pick<JobDetails, 'findings' | 'remarks'>> | null;
}

/** Another job, and what is other in it. */
export interface Beside {
  readonly id: string;
  readonly diff: JobDiff | null;
  readonly series: Series;
  /** Why they cannot be compared; empty where they can. */
  readonly problem: string;
}

/** One job with its logs and curves, for as long as its page is open. */
export class JobModel extends PageModel<JobView> {
  constructor(
    private readonly _client: Client,
    private readonly _live: Live,
    private readonly _source: LogSource,
    readonly id: string
  ) {
    super({
      ...{ job: null, problem: '', series: {}, history: [] },
      ...{ report: null, left: null, beside: null }
    });
    _live.changed.connect(this.look, this);
    this.look();
    if (!this.view.job) {
      void this.find();
    }
  }

  /** Read where it came from. */
  receipt(): Promise<Receipt> {
    return readReceipt(this._client, this.id);
  }

  /** The log of a replica in the attempt that is the last now. */
  log(replica: string, attempt: number): LogTail {
    const key = `${replica} ${attempt}`;
    const known = this._logs.get(key);
    if (known) {
      return known;
    }
    const tail = new LogTail(this._source, { job: this.id, replica, attempt });
    this._logs.set(key, tail);
    return tail;
  }

  override dispose(): void {
    this._logs.forEach(tail => tail.dispose());
    super.dispose();
  }

  /** Where the whole of a log can be had. */
  wholeLog(replica: string, attempt: number): string {
    return wholeLogUrl(this._client, this.id, replica, attempt);
  }

  /** Where a file that it wrote can be had. */
  file(path: string): string {
    return fileUrl(this._client, this.id, path);
  }

  /** Put another job beside it; empty: none. */
  async compare(other: string): Promise<void> {
    this._compared = other;
    if (!other) {
      this.update({ beside: null });
      return;
    }
    try {
      const [diff, series] = await Promise.all([
        readDiff(this._client, this.id, other),
        readMetrics(this._client, other)
      ]);
      if (this._compared === other) {
        this.update({ beside: { id: other, diff, series, problem: '' } });
      }
    } catch (error) {
      this.update({ beside: { id: other, diff: null, series: {}, problem: sentence(error) } });
    }
  }

  /** Take in what the socket tells of it. */
  private look(): void {
    const job = this._live.job(this.id);
    const before = this.view.job;
    if (job && job !== before) {
      this.update({ job, problem: '' });
      if (job.state !== before?.state) {
        void this.leave();
      }
      if (headline(job) !== headline(before)) {
        void this.detail();
      }
      if (JSON.stringify(job.metrics) !== JSON.stringify(before?.metrics ?? {})) {
        void this.measure();
      }
    } else if (!job && before && this._live.picture.link === 'open') {
      void this.find();
    }
  }

  /** It is not among those that the socket tells of: ask for it. */
  private async find(): Promise<void> {
    try {
      const found = await readJob(this._client, this.id);
      this.update({ job: found, history: found.history, report: reportOf(found), problem: '' });
      await Promise.all([this.measure(), this.leave()]);
    } catch (error) {
      this.update({ job: null, problem: sentence(error) });
    }
  }

  /** Read what it has written. */
  private async leave(): Promise<void> {
    try {
      this.update({ left: await readFiles(this._client, this.id) });
    } catch {
      // What is known stays; the next change of its state asks again.
    }
  }

  /** Read its history, and what a rehearsal found. */
  private async detail(): Promise<void> {
    try {
      const found = await readJob(this._client, this.id);
      this.update({ history: found.history, report: reportOf(found) });
    } catch {
      // What is known stays; the next change asks again, and its logs say it too.
    }
  }

  /** Read the curves; what is asked for meanwhile is read once, after it. */
  private async measure(): Promise<void> {
    this._measured += 1;
    if (this._measuring) {
      return;
    }
    this._measuring = true;
    try {
      for (let at = 0; at !== this._measured && !this.isDisposed;) {
        at = this._measured;
        this.update({ series: await readMetrics(this._client, this.id) });
      }
    } catch {
      // The curves that are shown stay; the next change of a metric asks again.
    } finally {
      this._measuring = false;
    }
  }

  private readonly _logs = new Map<string, LogTail>();
  private _compared = '';
  private _measured = 0;
  private _measuring = false;
}

/** What its history tells of. */
const headline = (job: Job | null): string =>
  job ? [job.state, job.attempt, job.reason].join(' ') : '';

function reportOf({ findings, remarks }: JobDetails): JobView['report'] {
  return findings && remarks ? { findings, remarks } : null;
}

/** The replicas whose logs are shown at first: who leads, and the first that failed. */
export function firstLanes(job: Job): string[] {
  const leader = job.replicas.find(each => each.role === 'chief') ?? job.replicas[0];
  const failed = job.replicas.find(each => each.state === 'failed');
  return [...new Set([leader, failed].flatMap(each => (each ? [replicaName(each)] : [])))];
}
